/* SPDX-License-Identifier: MIT */
#include "chat/room_grant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat/mode_tell.h"
#include "chat/owners.h"
#include "chat/server.h"
#include "common/casemap.h"

static struct room_grant *find(const struct room *room, const char *account)
{
	struct list *link;

	list_each (link, &room->grants) {
		struct room_grant *grant = list_item(link, struct room_grant, link);

		if (casemap_equal(grant->account, account))
			return grant;
	}
	return NULL;
}

unsigned room_grant_recorded(const struct room *room, const char *account)
{
	const struct room_grant *grant = *account != '\0' ? find(room, account) : NULL;

	return grant != NULL ? grant->modes : 0;
}

unsigned room_grant_of(const struct room *room, const char *account)
{
	unsigned modes = room_grant_recorded(room, account);

	if (owners_has(&room->server->config->streams, room->name, account))
		modes |= MEMBER_OWNER | MEMBER_OPERATOR;
	return modes;
}

static void destroy(struct room *room, struct room_grant *grant)
{
	list_remove(&grant->link);
	free(grant);
	room->n_grants--;
}

int room_grant_set(struct room *room, const char *account, unsigned modes)
{
	struct room_grant *grant = find(room, account);

	if (modes == 0) {
		if (grant != NULL)
			destroy(room, grant);
		return 0;
	}
	if (grant == NULL) {
		grant = calloc(1, sizeof(*grant));
		if (grant == NULL)
			return -ENOMEM;
		snprintf(grant->account, sizeof(grant->account), "%s", account);
		list_init(&grant->link);
		list_add_tail(&room->grants, &grant->link);
		room->n_grants++;
	}
	grant->modes = modes;
	return 0;
}

void room_grant_clear(struct room *room)
{
	struct list *link, *after;

	list_each_safe (link, after, &room->grants)
		destroy(room, list_item(link, struct room_grant, link));
}

size_t room_grant_count_owned(const struct server *server, const char *account)
{
	struct list *link;
	size_t n = 0;

	list_each (link, &server->all_rooms)
		n += (room_grant_recorded(list_item(link, struct room, link), account) &
		      MEMBER_OWNER) != 0;
	return n;
}

void room_grant_lose(struct room *room)
{
	room->kept = false;
	room_grant_clear(room);
}

void room_grant_let_go(struct room *room)
{
	if (room->kept && !room_is_owned(room))
		room_grant_lose(room);
}

void room_grant_forget(struct server *server, const char *account)
{
	struct list *link, *after;

	list_each_safe (link, after, &server->all_rooms) {
		struct room *room = list_item(link, struct room, link);

		if (room_grant_recorded(room, account) == 0)
			continue;
		room_grant_set(room, account, 0);
		room_grant_let_go(room);
		room_check_end(room);
	}
}

/* ---- members ---- */

static void tell(struct member *member, unsigned modes, bool add)
{
	struct mode_tell told;

	mode_tell_init(&told, member->room->server, NULL, member->room, NULL);
	told.about = member;
	mode_tell_member(&told, member, modes, add);
	mode_tell_end(&told);
}

void room_grant_tell(struct member *member)
{
	tell(member, room_grant_of(member->room, member->client->account), true);
}

void room_grant_log_in(struct client *client)
{
	struct list *link;

	list_each (link, &client->memberships) {
		struct member *member = list_item(link, struct member, by_client);
		unsigned given = room_grant_of(member->room, client->account) & ~member->modes;

		member->modes |= given;
		tell(member, given, true);
	}
}

void room_grant_log_out(struct client *client)
{
	struct list *link;

	list_each (link, &client->memberships) {
		struct member *member = list_item(link, struct member, by_client);
		unsigned taken = room_grant_of(member->room, client->account) & member->modes;

		/* Whom it hid before, it hides after that. */
		tell(member, taken, false);
		member->modes &= ~taken;
	}
}
