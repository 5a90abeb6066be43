/* SPDX-License-Identifier: MIT */
#include "chat/owners.h"

#include <string.h>

#include "chat/room_name.h"
#include "common/casemap.h"
#include "common/name.h"

const char *owners_find(const struct stream_rules *streams, const char *room)
{
	char name[ROOM_NAME_MAX + 1];
	size_t len = 0;

	for (const char *at = room + 1; *at != '\0' && len < sizeof(name); at++)
		name[len++] = casemap_fold(*at);
	struct slice stream = {name, len};
	const struct stream_rule *rule =
		name_valid(stream) ? stream_rules_find(streams, stream) : NULL;

	return rule != NULL ? rule->owner : NULL;
}

bool owners_has(const struct stream_rules *streams, const char *room, const char *account)
{
	const char *owner = owners_find(streams, room);

	return owner != NULL && casemap_equal(owner, account);
}
