/* SPDX-License-Identifier: MIT */
/* MODE, of rooms and of oneself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat/commands_impl.h"
#include "chat/mode_tell.h"
#include "chat/reply.h"
#include "chat/room_change.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "chat/word.h"
#include "common/casemap.h"

enum { MAX_LIMIT = 1000000, MAX_SLOW_S = 21600 };

/* ---- of rooms ---- */

static int complete_word(const char *text, char ret_mask[MASK_MAX])
{
	if (!word_valid(text))
		return -EINVAL;
	strcpy(ret_mask, text);
	return 0;
}

static const struct {
	enum numeric_id entry, end;
	int (*complete)(const char *text, char ret_mask[MASK_MAX]);
} list_rows[ROOM_LISTS] = {
	[ROOM_BANS] = {RPL_BANLIST, RPL_ENDOFBANLIST, extban_complete},
	[ROOM_EXCEPTIONS] = {RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, extban_complete},
	[ROOM_INVITED] = {RPL_INVEXLIST, RPL_ENDOFINVEXLIST, extban_complete},
	[ROOM_WORDS] = {RPL_WORDLIST, RPL_ENDOFWORDLIST, complete_word},
};

static void tell_list(struct client *client, const struct room *room, enum room_list which)
{
	struct list *link;

	list_each (link, &room->masks[which].entries) {
		struct mask_entry *mask = list_item(link, struct mask_entry, link);

		reply(client, list_rows[which].entry, room->name, mask->mask, mask->by,
		      number_text(mask->set_s).text, NULL);
	}
	reply(client, list_rows[which].end, room->name, NULL);
}

static void refuse_parameter(struct client *client, const struct room *room,
			     const struct mode_change *change, const char *why)
{
	const char letter[] = {change->letter, '\0'};
	reply(client, ERR_INVALIDMODEPARAM, room->name, letter,
	      change->parameter != NULL ? change->parameter : "*", why, NULL);
}

static void change_list(struct client *client, struct room *room, const struct mode_change *change,
			struct room_change *gathered)
{
	enum room_list which = (enum room_list)change->mode->bit;
	const struct mask_list *list = &room->masks[which];
	const char letter[] = {change->letter, '\0'};
	struct mask_entry entry = {.set_s = time(NULL)};

	if (change->parameter == NULL) {
		tell_list(client, room, which);
		return;
	}
	if (list_rows[which].complete(change->parameter, entry.mask) < 0) {
		refuse_parameter(client, room, change, "That is no mask");
		return;
	}
	if (which == ROOM_INVITED && extban_mutes(entry.mask)) {
		refuse_parameter(client, room, change, "A mute is no invitation");
		return;
	}
	if ((mask_list_find(list, entry.mask) != NULL) == change->add)
		return;
	if (change->add && list->n + room_change_count_masks(gathered, which) >= ROOM_MAX_LIST) {
		reply(client, ERR_BANLISTFULL, room->name, letter, NULL);
		return;
	}
	snprintf(entry.by, sizeof(entry.by), "%s", client->source);
	room_change_mask(gathered, which, change->add, &entry);
}

static void change_key(struct client *client, struct room *room, const struct mode_change *change,
		       struct room_change *gathered)
{
	const char *key = change->parameter;

	if (change->add && (*key == '\0' || *key == ':' || strlen(key) > MODE_MAX_KEY ||
			    strpbrk(key, " ,") != NULL)) {
		refuse_parameter(client, room, change,
				 "A key has 1 to 32 bytes without blanks and commas");
		return;
	}
	room_change_mode(gathered, change->mode, change->add, change->add ? key : "");
}

/* Modes with a number. */
static const struct number_row {
	unsigned bit, max;
	const char *rule;
} number_rows[] = {
	{ROOM_MODE_LIMIT, MAX_LIMIT, "A limit is a number from 1 on"},
	{ROOM_MODE_SLOW, MAX_SLOW_S, "Slow mode takes a number of seconds from 1 to 21600"},
};

static void change_number(struct client *client, struct room *room,
			  const struct mode_change *change, struct room_change *gathered)
{
	const struct number_row *row = number_rows;
	unsigned long long number = 0;

	while (row->bit != change->mode->bit)
		row++;
	if (change->add &&
	    (slice_number(slice_from(change->parameter), row->max, &number) < 0 || number == 0)) {
		refuse_parameter(client, room, change, row->rule);
		return;
	}
	room_change_mode(gathered, change->mode, change->add,
			 change->add ? number_text((int64_t)number).text : "");
}

static void change_flag(struct client *client, struct room *room, const struct mode_change *change,
			struct room_change *gathered)
{
	(void)client;
	if (((room->modes & change->mode->bit) != 0) != change->add)
		room_change_mode(gathered, change->mode, change->add, "");
}

/* An owner's and an admin's role are given by owners; one's own may be given back. */
static bool may_give(const struct client *client, const struct member *member, unsigned role)
{
	return role <= MEMBER_OPERATOR || room_may(member->room, client, MEMBER_OWNER) ||
	       (member->client == client && member_role(member) >= role);
}

/* In a kept room his account would own one more than it may; operators of the service may do
 * that. */
static bool owns_enough(const struct client *client, const struct room *room,
			const struct client *other)
{
	return room->kept && other->account[0] != '\0' &&
	       (client->modes & USER_MODE_OPERATOR) == 0 &&
	       (room_grant_recorded(room, other->account) & MEMBER_OWNER) == 0 &&
	       room_change_owns_enough(client->server, other->account);
}

static void change_member(struct client *client, struct room *room,
			  const struct mode_change *change, struct room_change *gathered)
{
	struct client *other = server_find_client(client->server, change->parameter);
	struct member *member = other != NULL ? room_find(room, other) : NULL;

	if (other == NULL) {
		refuse_parameter(client, room, change, "There is nobody of that name");
	} else if (member == NULL) {
		reply(client, ERR_USERNOTINCHANNEL, other->nick, room->name, NULL);
	} else if (!may_give(client, member, change->mode->bit)) {
		commands_refuse_role(client, room, change->mode->bit);
	} else if (change->add && room->kept && other->account[0] != '\0' &&
		   room_grant_of(room, other->account) == 0 &&
		   room->n_grants + gathered->n >= ROOM_MAX_GRANTS) {
		refuse_parameter(client, room, change, "As many as may have a role here");
	} else if (change->add && change->mode->bit == MEMBER_OWNER &&
		   owns_enough(client, room, other)) {
		refuse_parameter(client, room, change, "That account owns as many rooms as it may");
	} else {
		room_change_member(gathered, member, change->mode, change->add);
	}
}

static void (*const change_by_kind[])(struct client *client, struct room *room,
				      const struct mode_change *change,
				      struct room_change *gathered) = {
	[MODE_LIST] = change_list, [MODE_ALWAYS] = change_key,	  [MODE_SET] = change_number,
	[MODE_FLAG] = change_flag, [MODE_MEMBER] = change_member,
};

static void show_room(struct client *client, const struct room *room)
{
	bool inside = room_find(room, client) != NULL;
	char modes[MODE_TEXT_SIZE];
	struct event event;

	mode_text(mode_of_rooms, room->modes, modes);
	event_init(&event, client->server, NULL, numeric_table[RPL_CHANNELMODEIS].code);
	message_write_word(&event.writer, client->nick);
	message_write_word(&event.writer, room->name);
	message_write_word(&event.writer, modes);
	/* In the order of the table: k, l, S. */
	if ((room->modes & ROOM_MODE_KEY) != 0)
		message_write_word(&event.writer, inside ? room->key : "*");
	if ((room->modes & ROOM_MODE_LIMIT) != 0)
		message_write_word(&event.writer, number_text((int64_t)room->limit).text);
	if ((room->modes & ROOM_MODE_SLOW) != 0)
		message_write_word(&event.writer, number_text((int64_t)room->slow_s).text);
	client_tell(client, &event);
	event_finish(&event);
	reply(client, RPL_CREATIONTIME, room->name, number_text(room->created_s).text, NULL);
}

/* Anybody may look at a list, but the words that are blocked; the rest is for operators, who are
 * looked for once. */
static bool may_change(struct client *client, const struct room *room,
		       const struct mode_change *changes, size_t n)
{
	bool inside = room_find(room, client) != NULL;
	bool may = room_may(room, client, MEMBER_OPERATOR);

	for (size_t i = 0; i < n; i++) {
		bool looks = changes[i].mode != NULL && changes[i].mode->kind == MODE_LIST &&
			     changes[i].mode->bit != ROOM_WORDS && changes[i].parameter == NULL;

		if (looks || changes[i].problem == MODE_UNKNOWN || may)
			continue;
		if (inside)
			commands_refuse_role(client, room, MEMBER_OPERATOR);
		else
			reply(client, ERR_NOTONCHANNEL, room->name, NULL);
		return false;
	}
	return true;
}

static void change_room(struct client *client, struct room *room, const struct message *message)
{
	struct mode_change wanted[MODE_MAX_CHANGES];
	struct room_change *gathered;
	size_t n = mode_parse(mode_of_rooms, message->parameters + 1, message->n_parameters - 1,
			      wanted);

	if (!may_change(client, room, wanted, n))
		return;
	gathered = room_change_create(client, room, "MODE", sizeof(*gathered));
	if (gathered == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		const char letter[] = {wanted[i].letter, '\0'};

		if (wanted[i].problem == MODE_UNKNOWN)
			reply(client, ERR_UNKNOWNMODE, letter, NULL);
		else if (wanted[i].problem == MODE_LACKS_PARAMETER)
			refuse_parameter(client, room, &wanted[i],
					 "You must specify a parameter for this mode");
		else
			change_by_kind[wanted[i].mode->kind](client, room, &wanted[i], gathered);
	}
	room_change_commit(gathered, client);
}

void command_slow(struct client *client, const struct message *message)
{
	struct room *room = commands_operated(client, message->parameters[0]);
	char set[] = "+S", unset[] = "-S", *words[] = {set, message->parameters[1]};
	struct mode_change wanted[MODE_MAX_CHANGES];
	struct room_change *gathered;

	if (room == NULL)
		return;
	gathered = room_change_create(client, room, "SLOW", sizeof(*gathered));
	if (gathered == NULL)
		return;
	if (strcmp(words[1], "0") == 0)
		words[0] = unset;
	mode_parse(mode_of_rooms, words, 2, wanted);
	change_number(client, room, wanted, gathered);
	room_change_commit(gathered, client);
}

/* ---- of oneself ---- */

static void change_user(struct client *client, const struct message *message)
{
	struct mode_change wanted[MODE_MAX_CHANGES];
	struct event_author author;
	struct mode_tell tell;
	bool unknown = false;
	size_t n = mode_parse(mode_of_users, message->parameters + 1, message->n_parameters - 1,
			      wanted);

	event_author_init(&author, client);
	mode_tell_init(&tell, client->server, &author, NULL, client);
	for (size_t i = 0; i < n; i++) {
		unsigned before = client->modes;

		if (wanted[i].problem != MODE_OK) {
			unknown = true;
			continue;
		}
		if (wanted[i].add && wanted[i].mode->bit == USER_MODE_OPERATOR)
			continue; /* as OPER does */
		client->modes = wanted[i].add ? before | wanted[i].mode->bit
					      : before & ~(unsigned)wanted[i].mode->bit;
		if (client->modes != before)
			mode_tell_add(&tell, wanted[i].add, wanted[i].letter, "");
		if (((client->modes ^ before) & USER_MODE_INVISIBLE) != 0)
			client->server->n_invisible += wanted[i].add ? 1 : (size_t)-1;
		if (((client->modes ^ before) & USER_MODE_OPERATOR) != 0)
			client->server->n_operators--;
	}
	mode_tell_end(&tell);
	if (unknown)
		reply(client, ERR_UMODEUNKNOWNFLAG, NULL);
}

static void command_mode_user(struct client *client, const struct message *message)
{
	const char *nick = message->parameters[0];
	char modes[MODE_TEXT_SIZE];

	if (!casemap_equal(nick, client->nick)) {
		if (server_find_client(client->server, nick) != NULL)
			reply(client, ERR_USERSDONTMATCH, NULL);
		else
			reply(client, ERR_NOSUCHNICK, nick, NULL);
	} else if (message->n_parameters > 1) {
		change_user(client, message);
	} else {
		mode_text(mode_of_users, client->modes, modes);
		reply(client, RPL_UMODEIS, modes, NULL);
	}
}

void command_mode(struct client *client, const struct message *message)
{
	struct room *room;

	if (message->parameters[0][0] != '#') {
		command_mode_user(client, message);
		return;
	}
	room = commands_room(client, message->parameters[0]);
	if (room == NULL)
		return;
	if (message->n_parameters > 1)
		change_room(client, room, message);
	else
		show_room(client, room);
}
