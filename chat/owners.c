/* SPDX-License-Identifier: MIT */
#include "chat/owners.h"

#include <string.h>

#include "chat/room_name.h"
#include "common/casemap.h"
#include "common/name.h"

static const struct stream_rule *find(const struct stream_rules *streams, const char *room)
{
	char name[ROOM_NAME_MAX + 1];
	size_t len = 0;

	for (const char *at = room + 1; *at != '\0' && len < sizeof(name); at++)
		name[len++] = casemap_fold(*at);
	struct slice stream = {name, len};

	return name_valid(stream) ? stream_rules_find(streams, stream) : NULL;
}

const char *owners_find(const struct stream_rules *streams, const char *room)
{
	const struct stream_rule *rule = find(streams, room);

	return rule != NULL ? rule->owner : NULL;
}

bool owners_is_stream(const struct stream_rules *streams, const char *room)
{
	return find(streams, room) != NULL;
}

bool owners_has(const struct stream_rules *streams, const char *room, const char *account)
{
	const char *owner = owners_find(streams, room);

	return owner != NULL && casemap_equal(owner, account);
}

static bool equal_rules(const struct stream_rule *a, const struct stream_rule *b)
{
	const char *a_owner = a->owner != NULL ? a->owner : "";
	const char *b_owner = b->owner != NULL ? b->owner : "";

	return strcmp(a->name, b->name) == 0 && strcmp(a_owner, b_owner) == 0;
}

bool owners_equal(const struct stream_rules *a, const struct stream_rules *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (!equal_rules(&a->items[i], &b->items[i]))
			return false;
	}
	return a->n == b->n;
}
