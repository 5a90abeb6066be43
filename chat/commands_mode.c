/* SPDX-License-Identifier: MIT */
/* MODE, of rooms and of oneself. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/word.h"
#include "common/casemap.h"

enum { MAX_LIMIT = 1000000, MAX_SLOW_S = 21600 };

/* Changes that were made, as they are told. */
struct changes {
	size_t n;
	struct change {
		bool add;
		char letter;
		char parameter[MASK_MAX]; /* "": none */
	} made[MODE_MAX_CHANGES];
};

static void note(struct changes *changes, const struct mode_change *change, const char *parameter)
{
	struct change *made = &changes->made[changes->n++];

	made->add = change->add;
	made->letter = change->letter;
	snprintf(made->parameter, sizeof(made->parameter), "%s", parameter);
}

/* ---- telling ---- */

/* How many of the changes from `first` on fit into one message that has room for so many bytes. */
static size_t count_fitting(const struct changes *changes, size_t first, size_t room)
{
	size_t n = first, used = 2;

	for (; n < changes->n; n++) {
		size_t len = strlen(changes->made[n].parameter);

		used += 2 + (len > 0 ? 1 + len : 0);
		if (used > room)
			break;
	}
	return n > first ? n - first : 1;
}

static void write_changes(struct message_writer *writer, const struct change *made, size_t n)
{
	char letters[2 * MODE_MAX_CHANGES + 1];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || made[i].add != made[i - 1].add)
			letters[len++] = made[i].add ? '+' : '-';
		letters[len++] = made[i].letter;
	}
	letters[len] = '\0';
	message_write_word(writer, letters);
	for (size_t i = 0; i < n; i++) {
		if (made[i].parameter[0] != '\0')
			message_write_word(writer, made[i].parameter);
	}
}

/* To the members of a room, or, without one, to the client alone. */
static void tell_changes(struct client *client, struct room *room, const struct changes *changes)
{
	const char *target = room != NULL ? room->name : client->nick;
	size_t n;

	for (size_t i = 0; i < changes->n; i += n) {
		struct event event;

		event_init(&event, client->server, client, "MODE");
		message_write_word(&event.writer, target);
		n = count_fitting(changes, i, sizeof(event.text) - 3 - event.writer.len);
		write_changes(&event.writer, &changes->made[i], n);
		if (room != NULL)
			room_tell(room, &event, NULL, 0, 0, 0);
		if (room == NULL || room_find(room, client) == NULL)
			client_tell(client, &event);
		event_finish(&event);
	}
}

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
	[ROOM_BANS] = {RPL_BANLIST, RPL_ENDOFBANLIST, mask_complete},
	[ROOM_EXCEPTIONS] = {RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, mask_complete},
	[ROOM_INVITED] = {RPL_INVEXLIST, RPL_ENDOFINVEXLIST, mask_complete},
	[ROOM_WORDS] = {RPL_WORDLIST, RPL_ENDOFWORDLIST, complete_word},
};

static void tell_list(struct client *client, const struct room *room, enum room_list which)
{
	struct list *link;

	list_each (link, &room->masks[which]) {
		struct room_mask *mask = list_item(link, struct room_mask, link);

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
			struct changes *changes)
{
	enum room_list which = (enum room_list)change->mode->bit;
	const char letter[] = {change->letter, '\0'};
	char mask[MASK_MAX];
	int error;

	if (change->parameter == NULL) {
		tell_list(client, room, which);
		return;
	}
	if (list_rows[which].complete(change->parameter, mask) < 0) {
		refuse_parameter(client, room, change, "That is no mask");
		return;
	}
	error = change->add ? room_mask_add(room, which, mask, client->source)
			    : room_mask_remove(room, which, mask);
	if (error == 0)
		note(changes, change, mask);
	else if (error == -ENOSPC || error == -ENOMEM)
		reply(client, ERR_BANLISTFULL, room->name, letter, NULL);
}

static void set_bit(struct room *room, const struct mode_change *change)
{
	room->modes = change->add ? room->modes | change->mode->bit
				  : room->modes & ~(unsigned)change->mode->bit;
}

static void change_key(struct client *client, struct room *room, const struct mode_change *change,
		       struct changes *changes)
{
	const char *key = change->parameter;

	if (change->add && (*key == '\0' || *key == ':' || strlen(key) > MODE_MAX_KEY ||
			    strpbrk(key, " ,") != NULL)) {
		refuse_parameter(client, room, change,
				 "A key has 1 to 32 bytes without blanks and commas");
		return;
	}
	if (!change->add && (room->modes & ROOM_MODE_KEY) == 0)
		return;
	set_bit(room, change);
	snprintf(room->key, sizeof(room->key), "%s", change->add ? key : "");
	note(changes, change, change->add ? key : "*");
}

/* Modes with a number. */
static const struct number_row {
	unsigned bit, max;
	size_t offset; /* of a size_t in struct room */
	const char *rule;
} number_rows[] = {
	{ROOM_MODE_LIMIT, MAX_LIMIT, offsetof(struct room, limit), "A limit is a number from 1 on"},
	{ROOM_MODE_SLOW, MAX_SLOW_S, offsetof(struct room, slow_s),
	 "Slow mode takes a number of seconds from 1 to 21600"},
};

static size_t *find_number(struct room *room, const struct number_row *row)
{
	return (size_t *)(void *)((char *)room + row->offset);
}

static void change_number(struct client *client, struct room *room,
			  const struct mode_change *change, struct changes *changes)
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
	if (!change->add && (room->modes & row->bit) == 0)
		return;
	set_bit(room, change);
	*find_number(room, row) = (size_t)number;
	note(changes, change, change->add ? number_text((int64_t)number).text : "");
}

static void change_flag(struct client *client, struct room *room, const struct mode_change *change,
			struct changes *changes)
{
	unsigned before = room->modes;

	(void)client;
	set_bit(room, change);
	if (room->modes != before)
		note(changes, change, "");
}

/* An owner's and an admin's role are given by owners; one's own may be given back. */
static bool may_give(const struct client *client, const struct member *member, unsigned role)
{
	return role <= MEMBER_OPERATOR || room_may(member->room, client, MEMBER_OWNER) ||
	       (member->client == client && member_role(member) >= role);
}

static void change_member(struct client *client, struct room *room,
			  const struct mode_change *change, struct changes *changes)
{
	struct client *other = server_find_client(client->server, change->parameter);
	struct member *member = other != NULL ? room_find(room, other) : NULL;
	unsigned before = member != NULL ? member->modes : 0;

	if (other == NULL) {
		refuse_parameter(client, room, change, "There is nobody of that name");
		return;
	}
	if (member == NULL) {
		reply(client, ERR_USERNOTINCHANNEL, other->nick, room->name, NULL);
		return;
	}
	if (!may_give(client, member, change->mode->bit)) {
		commands_refuse_role(client, room, change->mode->bit);
		return;
	}
	member->modes =
		change->add ? before | change->mode->bit : before & ~(unsigned)change->mode->bit;
	if (member->modes != before)
		note(changes, change, other->nick);
}

static void (*const change_by_kind[])(struct client *client, struct room *room,
				      const struct mode_change *change, struct changes *changes) = {
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

/* Anybody may look at a list; the rest is for operators, who are looked for once. */
static bool may_change(struct client *client, const struct room *room,
		       const struct mode_change *changes, size_t n)
{
	bool inside = room_find(room, client) != NULL;
	bool may = room_may(room, client, MEMBER_OPERATOR);

	for (size_t i = 0; i < n; i++) {
		bool looks = changes[i].mode != NULL && changes[i].mode->kind == MODE_LIST &&
			     changes[i].parameter == NULL;

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
	struct changes changes = {0};
	size_t n = mode_parse(mode_of_rooms, message->parameters + 1, message->n_parameters - 1,
			      wanted);

	if (!may_change(client, room, wanted, n))
		return;
	for (size_t i = 0; i < n; i++) {
		const char letter[] = {wanted[i].letter, '\0'};

		if (wanted[i].problem == MODE_UNKNOWN)
			reply(client, ERR_UNKNOWNMODE, letter, NULL);
		else if (wanted[i].problem == MODE_LACKS_PARAMETER)
			refuse_parameter(client, room, &wanted[i],
					 "You must specify a parameter for this mode");
		else
			change_by_kind[wanted[i].mode->kind](client, room, &wanted[i], &changes);
	}
	tell_changes(client, room, &changes);
}

void command_slow(struct client *client, const struct message *message)
{
	struct room *room = commands_operated(client, message->parameters[0]);
	char set[] = "+S", unset[] = "-S", *words[] = {set, message->parameters[1]};
	struct mode_change wanted[MODE_MAX_CHANGES];
	struct changes changes = {0};

	if (room == NULL)
		return;
	if (strcmp(words[1], "0") == 0)
		words[0] = unset;
	mode_parse(mode_of_rooms, words, 2, wanted);
	change_number(client, room, wanted, &changes);
	tell_changes(client, room, &changes);
}

/* ---- of oneself ---- */

static void change_user(struct client *client, const struct message *message)
{
	struct mode_change wanted[MODE_MAX_CHANGES];
	struct changes changes = {0};
	bool unknown = false;
	size_t n = mode_parse(mode_of_users, message->parameters + 1, message->n_parameters - 1,
			      wanted);

	for (size_t i = 0; i < n; i++) {
		unsigned before = client->modes;
		bool gives_itself = wanted[i].add && wanted[i].mode != NULL &&
				    wanted[i].mode->bit == USER_MODE_OPERATOR;

		if (wanted[i].problem != MODE_OK) {
			unknown = true;
			continue;
		}
		if (gives_itself)
			continue; /* as OPER does */
		client->modes = wanted[i].add ? before | wanted[i].mode->bit
					      : before & ~(unsigned)wanted[i].mode->bit;
		if (client->modes != before)
			note(&changes, &wanted[i], "");
		if (((client->modes ^ before) & USER_MODE_INVISIBLE) != 0)
			client->server->n_invisible += wanted[i].add ? 1 : (size_t)-1;
		if (((client->modes ^ before) & USER_MODE_OPERATOR) != 0)
			client->server->n_operators--;
	}
	tell_changes(client, NULL, &changes);
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
