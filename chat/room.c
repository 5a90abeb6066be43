/* SPDX-License-Identifier: MIT */
#include "chat/room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/owners.h"
#include "chat/server.h"
#include "chat/word.h"
#include "common/casemap.h"

struct room *room_create(struct server *server, const char *name)
{
	struct room *room = calloc(1, sizeof(*room));

	if (room == NULL)
		return NULL;
	room->server = server;
	snprintf(room->name, sizeof(room->name), "%s", name);
	if (table_add(&server->rooms, &room->by_name, room->name) < 0) {
		free(room);
		return NULL;
	}
	room->modes = ROOM_MODE_INSIDE | ROOM_MODE_TOPIC;
	room->created_s = time(NULL);
	list_init(&room->link);
	list_add_tail(&server->all_rooms, &room->link);
	list_init(&room->members);
	list_init(&room->invites);
	for (size_t i = 0; i < ROOM_LISTS; i++)
		list_init(&room->masks[i]);
	return room;
}

static void destroy_invite(struct invite *invite)
{
	list_remove(&invite->by_room);
	list_remove(&invite->by_client);
	free(invite);
}

static void destroy(struct room *room)
{
	struct list *link, *after;

	for (size_t i = 0; i < ROOM_LISTS; i++)
		list_each_safe (link, after, &room->masks[i])
			free(list_item(link, struct room_mask, link));
	list_each_safe (link, after, &room->invites)
		destroy_invite(list_item(link, struct invite, by_room));
	table_remove(&room->server->rooms, &room->by_name);
	list_remove(&room->link);
	free(room);
}

/* ---- members ---- */

bool room_is_quiet(const struct room *room)
{
	size_t limit = (size_t)room->server->config->quiet_room;

	return limit > 0 && room->n_members > limit;
}

struct member *room_add(struct room *room, struct client *client)
{
	struct member *member = calloc(1, sizeof(*member));

	if (member == NULL) {
		if (room->n_members == 0)
			destroy(room);
		return NULL;
	}
	member->room = room;
	member->client = client;
	member->modes = room->n_members == 0 ? MEMBER_OPERATOR : 0;
	if (owners_has(&room->server->config->streams, room->name, client->account))
		member->modes |= MEMBER_OWNER;
	list_init(&member->by_room);
	list_init(&member->by_client);
	list_add_tail(&room->members, &member->by_room);
	list_add_tail(&client->memberships, &member->by_client);
	room->n_members++;
	member->late = room_is_quiet(room);
	client->n_rooms++;
	return member;
}

void room_remove(struct member *member)
{
	struct room *room = member->room;

	list_remove(&member->by_room);
	list_remove(&member->by_client);
	room->n_members--;
	member->client->n_rooms--;
	free(member);
	if (room->n_members == 0)
		destroy(room);
}

void room_pass_on(struct member *member, struct client *to)
{
	list_remove(&member->by_client);
	member->client->n_rooms--;
	member->client = to;
	list_add_tail(&to->memberships, &member->by_client);
	to->n_rooms++;
}

/* By the client's memberships, which are few. */
struct member *room_find(const struct room *room, const struct client *client)
{
	struct list *link;

	list_each (link, &client->memberships) {
		struct member *member = list_item(link, struct member, by_client);

		if (member->room == room)
			return member;
	}
	return NULL;
}

unsigned member_role(const struct member *member)
{
	unsigned role = MEMBER_OWNER;

	while (role != 0 && (member->modes & role) == 0)
		role >>= 1;
	return role;
}

bool room_may(const struct room *room, const struct client *client, enum member_mode role)
{
	const struct member *member = room_find(room, client);

	return (client->modes & USER_MODE_OPERATOR) != 0 ||
	       (member != NULL && member_role(member) >= role);
}

bool room_may_remove(const struct member *member, const struct client *by)
{
	const struct member *own = room_find(member->room, by);

	return (by->modes & USER_MODE_OPERATOR) != 0 ||
	       (own != NULL && member_role(own) >= member_role(member));
}

void room_tell(struct room *room, struct event *event, const struct client *but, unsigned need,
	       unsigned lack, unsigned modes)
{
	struct list *link;

	list_each (link, &room->members) {
		struct member *member = list_item(link, struct member, by_room);
		unsigned caps = member->client->caps;

		if (member->client != but && (caps & need) == need && (caps & lack) == 0 &&
		    (modes == 0 || (member->modes & modes) != 0))
			client_tell(member->client, event);
	}
}

bool room_hushes(const struct member *member)
{
	return member->late && (member->modes & MEMBER_OPERATORS) == 0;
}

void room_tell_of(struct member *member, struct event *event, const struct client *but,
		  unsigned need, unsigned lack)
{
	struct client *client = member->client;
	bool hushed = room_hushes(member);

	room_tell(member->room, event, but, need, lack, hushed ? MEMBER_OPERATORS : 0);
	if (hushed && client != but && (client->caps & need) == need && (client->caps & lack) == 0)
		client_tell(client, event);
}

void room_kick(struct member *member, struct client *by, const char *reason)
{
	struct room *room = member->room;
	struct event event;

	event_init(&event, room->server, by, "KICK");
	message_write_word(&event.writer, room->name);
	message_write_word(&event.writer, member->client->nick);
	message_write_text(&event.writer, reason);
	room_tell(room, &event, NULL, 0, 0, 0);
	/* Who kicks from outside isn't told as a member. */
	if (by != NULL && room_find(room, by) == NULL)
		client_tell(by, &event);
	event_finish(&event);
	room_remove(member);
}

/* ---- lists of masks ---- */

bool room_lists(const struct room *room, enum room_list list, const struct client *client)
{
	struct list *link;

	list_each (link, &room->masks[list]) {
		if (mask_match(list_item(link, struct room_mask, link)->mask, client->source))
			return true;
	}
	return false;
}

bool room_bans(const struct room *room, const struct client *client)
{
	return room_lists(room, ROOM_BANS, client) && !room_lists(room, ROOM_EXCEPTIONS, client);
}

bool room_blocks(const struct room *room, const char *text)
{
	const struct option_list *words = &room->server->config->block_words;
	struct list *link;

	for (size_t i = 0; i < words->n; i++) {
		if (word_found(words->items[i], text))
			return true;
	}
	list_each (link, &room->masks[ROOM_WORDS]) {
		if (word_found(list_item(link, struct room_mask, link)->mask, text))
			return true;
	}
	return false;
}

static struct room_mask *find_mask(const struct room *room, enum room_list list, const char *mask)
{
	struct list *link;

	list_each (link, &room->masks[list]) {
		struct room_mask *found = list_item(link, struct room_mask, link);

		if (casemap_equal(found->mask, mask))
			return found;
	}
	return NULL;
}

int room_mask_add(struct room *room, enum room_list list, const char *mask, const char *by)
{
	if (find_mask(room, list, mask) != NULL)
		return -EEXIST;
	if (room->n_masks[list] == ROOM_MAX_LIST)
		return -ENOSPC;
	struct room_mask *added = calloc(1, sizeof(*added));
	if (added == NULL)
		return -ENOMEM;
	snprintf(added->mask, sizeof(added->mask), "%s", mask);
	snprintf(added->by, sizeof(added->by), "%s", by);
	added->set_s = time(NULL);
	list_init(&added->link);
	list_add_tail(&room->masks[list], &added->link);
	room->n_masks[list]++;
	return 0;
}

int room_mask_remove(struct room *room, enum room_list list, const char *mask)
{
	struct room_mask *found = find_mask(room, list, mask);

	if (found == NULL)
		return -ENOENT;
	list_remove(&found->link);
	free(found);
	room->n_masks[list]--;
	return 0;
}

/* ---- invitations ---- */

static struct invite *find_invite(const struct room *room, const struct client *client)
{
	struct list *link;

	list_each (link, &client->invites) {
		struct invite *invite = list_item(link, struct invite, by_client);

		if (invite->room == room)
			return invite;
	}
	return NULL;
}

/* The oldest one makes way: a client holds no more of them than rooms. */
static void forget_oldest(struct client *client)
{
	struct list *link;
	int64_t n = 0;

	list_each (link, &client->invites)
		n++;
	if (n >= client->server->config->max_joined)
		destroy_invite(list_item(client->invites.next, struct invite, by_client));
}

int room_invite(struct room *room, struct client *client)
{
	if (find_invite(room, client) != NULL)
		return 0;
	struct invite *invite = calloc(1, sizeof(*invite));
	if (invite == NULL)
		return -ENOMEM;
	forget_oldest(client);
	invite->room = room;
	list_init(&invite->by_room);
	list_init(&invite->by_client);
	list_add_tail(&room->invites, &invite->by_room);
	list_add_tail(&client->invites, &invite->by_client);
	return 0;
}

bool room_invited(const struct room *room, const struct client *client)
{
	return find_invite(room, client) != NULL;
}

void room_forget_invite(struct room *room, struct client *client)
{
	struct invite *invite = find_invite(room, client);

	if (invite != NULL)
		destroy_invite(invite);
}

void room_forget_invites(struct client *client)
{
	struct list *link, *after;

	list_each_safe (link, after, &client->invites)
		destroy_invite(list_item(link, struct invite, by_client));
}
