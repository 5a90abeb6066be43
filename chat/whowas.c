/* SPDX-License-Identifier: MIT */
#include "chat/whowas.h"

#include "common/casemap.h"

struct whowas_entry *whowas_add(struct whowas *whowas)
{
	return &whowas->entries[whowas->n++ % WHOWAS_MAX];
}

const struct whowas_entry *whowas_next(const struct whowas *whowas, const char *nick, size_t *at)
{
	size_t n = whowas->n < WHOWAS_MAX ? whowas->n : WHOWAS_MAX;

	while (*at < n) {
		size_t i = (whowas->n - ++*at) % WHOWAS_MAX;

		if (casemap_equal(whowas->entries[i].nick, nick))
			return &whowas->entries[i];
	}
	return NULL;
}
