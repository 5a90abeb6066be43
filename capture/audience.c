/* SPDX-License-Identifier: MIT */
#include "capture/audience.h"

void audience_init(struct audience *audience, int64_t now_us)
{
	*audience = (struct audience){.opened_us = now_us};
}

bool audience_told(struct audience *audience, uint64_t n, int64_t now_us)
{
	bool watches = n > 0, news = !audience->tells || watches != audience->watches;

	if (news && !watches)
		audience->left_us = now_us;
	audience->tells = true;
	audience->watches = watches;
	return news;
}

bool audience_is_there(const struct audience *audience, int64_t now_us)
{
	if (audience->tells)
		return audience->watches;
	return now_us - audience->opened_us >= AUDIENCE_TELL_US;
}

bool audience_wants(const struct audience *audience, int64_t now_us)
{
	return !audience->tells || audience->watches ||
	       now_us - audience->left_us < AUDIENCE_LINGER_US;
}
