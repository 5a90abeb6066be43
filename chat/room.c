/* SPDX-License-Identifier: MIT */
#include "chat/room.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/owners.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "chat/twitch.h"
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
	list_init(&room->grants);
	for (size_t i = 0; i < ROOM_LISTS; i++)
		mask_list_init(&room->masks[i]);
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
		mask_list_finish(&room->masks[i]);
	room_grant_clear(room);
	metadata_clear(&room->metadata);
	list_each_safe (link, after, &room->invites)
		destroy_invite(list_item(link, struct invite, by_room));
	table_remove(&room->server->rooms, &room->by_name);
	list_remove(&room->link);
	free(room);
}

bool room_is_owned(const struct room *room)
{
	struct list *link;

	list_each (link, &room->grants) {
		if ((list_item(link, struct room_grant, link)->modes & MEMBER_OWNER) != 0)
			return true;
	}
	return owners_find(&room->server->config->streams, room->name) != NULL;
}

void room_check_end(struct room *room)
{
	if (room->n_members == 0 && !room->kept && room->renaming[0] == '\0')
		destroy(room);
}

void room_begin_renaming(struct room *room, const char *to)
{
	snprintf(room->renaming, sizeof(room->renaming), "%s", to);
	room->server->n_renaming++;
}

void room_end_renaming(struct room *room, const char *to)
{
	struct server *server = room->server;

	room->renaming[0] = '\0';
	server->n_renaming--;
	if (to == NULL)
		return;
	table_remove(&server->rooms, &room->by_name);
	snprintf(room->name, sizeof(room->name), "%s", to);
	table_add(&server->rooms, &room->by_name, room->name); /* there is room: one has left */
}

bool room_is_promised(const struct server *server, const char *name)
{
	struct list *link;

	if (server->n_renaming == 0)
		return false;
	list_each (link, &server->all_rooms) {
		if (casemap_equal(list_item(link, struct room, link)->renaming, name))
			return true;
	}
	return false;
}

void room_end_all(struct server *server)
{
	struct list *link, *after;

	list_each_safe (link, after, &server->all_rooms)
		destroy(list_item(link, struct room, link));
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
		room_check_end(room);
		return NULL;
	}
	member->room = room;
	member->client = client;
	member->modes = room_grant_of(room, client->account);
	if (room->n_members == 0 && !room_is_owned(room))
		member->modes |= MEMBER_OPERATOR;
	list_init(&member->by_room);
	list_init(&member->by_client);
	list_init(&member->speeches);
	list_add_tail(&room->members, &member->by_room);
	list_add_tail(&client->memberships, &member->by_client);
	room->server->n_busy_rooms += room->n_members++ == 0;
	member->late = room_is_quiet(room);
	client->n_rooms++;
	return member;
}

void room_speech_begin(struct room_speech *speech, struct member *member)
{
	speech->cut_off = false;
	list_init(&speech->by_member);
	if (member != NULL)
		list_add_tail(&member->speeches, &speech->by_member);
}

void room_cut_off(struct member *member)
{
	struct list *link;

	list_each (link, &member->speeches)
		list_item(link, struct room_speech, by_member)->cut_off = true;
}

void room_remove(struct member *member)
{
	struct room *room = member->room;

	while (!list_empty(&member->speeches))
		list_remove(member->speeches.next);
	list_remove(&member->by_room);
	list_remove(&member->by_client);
	room->server->n_busy_rooms -= --room->n_members == 0;
	member->client->n_rooms--;
	free(member);
	room_check_end(room);
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
	return mode_greatest(member->modes);
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

void room_kick(struct member *member, const struct event_author *author, struct client *by,
	       const char *reason)
{
	struct room *room = member->room;
	struct event event;

	event_init_by(&event, room->server, author, "KICK");
	message_write_word(&event.writer, room->name);
	message_write_word(&event.writer, member->client->nick);
	message_write_text(&event.writer, reason);
	room_tell(room, &event, NULL, 0, 0, 0);
	chronicle_note(room, &event);
	/* Who kicks from outside isn't told as a member. */
	if (by != NULL && room_find(room, by) == NULL)
		client_tell(by, &event);
	event_finish(&event);
	twitch_tell_part(member);
	room_cut_off(member);
	room_remove(member);
}

/* ---- modes ---- */

/* Where the number of a mode is; NULL: it has none. */
static size_t *find_number(struct room *room, const struct mode *mode)
{
	if (mode->bit == ROOM_MODE_LIMIT)
		return &room->limit;
	return mode->bit == ROOM_MODE_SLOW ? &room->slow_s : NULL;
}

bool room_set_mode(struct room *room, const struct mode *mode, bool add, const char *value)
{
	size_t *to = find_number(room, mode);
	unsigned before = room->modes;
	unsigned long long number = 0;
	bool same = true;

	if (to != NULL && add &&
	    (slice_number(slice_from(value), SIZE_MAX, &number) < 0 || number == 0))
		return false;
	room->modes = add ? before | mode->bit : before & ~(unsigned)mode->bit;
	if (mode->bit == ROOM_MODE_KEY) {
		same = !add || strcmp(room->key, value) == 0;
		snprintf(room->key, sizeof(room->key), "%s", add ? value : "");
	} else if (to != NULL) {
		same = !add || *to == number;
		*to = (size_t)number;
	}
	return !same || room->modes != before;
}

struct room_value room_mode_value(struct room *room, const struct mode *mode)
{
	const size_t *number = find_number(room, mode);
	struct room_value value = {""};

	if (mode->bit == ROOM_MODE_KEY)
		snprintf(value.text, sizeof(value.text), "%s", room->key);
	else if (number != NULL)
		snprintf(value.text, sizeof(value.text), "%zu", *number);
	return value;
}

/* ---- lists of masks ---- */

struct extban_who room_who(const struct client *client)
{
	return (struct extban_who){
		.source = client->source, .account = client->account, .real = client->real};
}

bool room_lists(const struct room *room, enum room_list list, const struct client *client)
{
	const struct extban_who who = room_who(client);

	return mask_list_match(&room->masks[list], &who, false) != NULL;
}

const struct mask_entry *room_ban(const struct room *room, const struct client *client)
{
	const struct extban_who who = room_who(client);

	if (mask_list_match(&room->masks[ROOM_EXCEPTIONS], &who, false) != NULL)
		return NULL;
	return mask_list_match(&room->masks[ROOM_BANS], &who, false);
}

bool room_blocks(const struct room *room, const char *text)
{
	const struct option_list *words = &room->server->config->block_words;
	struct list *link;

	for (size_t i = 0; i < words->n; i++) {
		if (word_found(words->items[i], text))
			return true;
	}
	list_each (link, &room->masks[ROOM_WORDS].entries) {
		if (word_found(list_item(link, struct mask_entry, link)->mask, text))
			return true;
	}
	return false;
}

/* An exception to bans is one to mutes, too; one of its own form is to mutes alone. */
const struct mask_entry *room_silence(const struct room *room, const struct client *client)
{
	const struct extban_who who = room_who(client);
	const struct mask_entry *ban;

	if (room_may(room, client, MEMBER_VOICE) ||
	    mask_list_match(&room->masks[ROOM_EXCEPTIONS], &who, false) != NULL)
		return NULL;
	ban = mask_list_match(&room->masks[ROOM_BANS], &who, false);
	if (ban != NULL || mask_list_match(&room->masks[ROOM_EXCEPTIONS], &who, true) != NULL)
		return ban;
	return mask_list_match(&room->masks[ROOM_BANS], &who, true);
}

bool room_hears_farewell(const struct room *room, const struct client *client, const char *text)
{
	if (room_may(room, client, MEMBER_OPERATOR))
		return true;
	if (!room_may(room, client, MEMBER_VOICE) &&
	    ((room->modes & (ROOM_MODE_MODERATED | ROOM_MODE_SLOW)) != 0 ||
	     room_silence(room, client) != NULL))
		return false;
	return !room_blocks(room, text);
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
