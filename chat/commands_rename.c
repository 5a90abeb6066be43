/* SPDX-License-Identifier: MIT */
/*
 * Another name for a room: RENAME (IRCv3 draft/channel-rename). What is kept of the room follows in
 * one transaction; then it has the name, and then all are told. Meanwhile nothing is said or
 * changed there, and nobody else gets the name.
 *
 * The room of a stream has the stream's name: pages and players find it by that, and the service
 * would begin it anew. So neither is it renamed, nor does another room become one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/board.h"
#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/herald.h"
#include "chat/limits.h"
#include "chat/owners.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/room_record.h"
#include "chat/server.h"
#include "common/casemap.h"
#include "common/utf8.h"

enum { MAX_REASON = 250 };

struct renaming {
	struct store_job job;
	struct errand *errand;
	struct event_author author;
	bool same; /* but for capitals */
	char from[ROOM_NAME_MAX + 1], to[ROOM_NAME_MAX + 1];
	char reason[MAX_REASON + 1];
};

static void fail(struct client *client, const char *code, const char *from, const char *to,
		 const char *text)
{
	struct event event;

	event_init(&event, client->server, NULL, "FAIL");
	message_write_word(&event.writer, "RENAME");
	message_write_word(&event.writer, code);
	message_write_word(&event.writer, from);
	message_write_word(&event.writer, to);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

/* ---- telling ---- */

/* Who doesn't know it leaves one room and enters another, as far as it sees. */
static void tell_fallback(const struct renaming *renaming, struct room *room, struct client *client)
{
	struct event event;

	event_init(&event, room->server, client, "PART");
	message_write_word(&event.writer, renaming->from);
	if (*renaming->reason != '\0')
		message_write_text(&event.writer, renaming->reason);
	client_tell(client, &event);
	event_finish(&event);
	event_init(&event, room->server, client, "JOIN");
	message_write_word(&event.writer, room->name);
	if ((client->caps & CAP_EXTENDED_JOIN) != 0) {
		message_write_word(&event.writer,
				   client->account[0] != '\0' ? client->account : "*");
		message_write_text(&event.writer, client->real);
	}
	client_tell(client, &event);
	event_finish(&event);
	if (room->topic[0] != '\0')
		commands_tell_topic(client, room);
	if ((client->caps & CAP_NO_IMPLICIT_NAMES) == 0)
		commands_tell_names(client, room);
}

static void tell(const struct renaming *renaming, struct room *room)
{
	struct event event;
	struct list *link;

	event_init_by(&event, room->server, &renaming->author, "RENAME");
	message_write_word(&event.writer, renaming->from);
	message_write_word(&event.writer, renaming->to);
	message_write_text(&event.writer, renaming->reason);
	room_tell(room, &event, NULL, CAP_CHANNEL_RENAME, 0, 0);
	event_finish(&event);
	list_each (link, &room->members) {
		struct client *client = list_item(link, struct member, by_room)->client;

		if ((client->caps & CAP_CHANNEL_RENAME) == 0 && !renaming->same)
			tell_fallback(renaming, room, client);
	}
}

/* ---- renaming ---- */

static int run(struct store_job *job, struct database *database)
{
	struct renaming *renaming = (struct renaming *)(void *)job;

	return room_record_rename(database, renaming->from, renaming->to);
}

static void explain(struct client *client, const struct renaming *renaming, int error)
{
	char text[160];

	if (error == -EEXIST) {
		fail(client, "CHANNEL_NAME_IN_USE", renaming->from, renaming->to,
		     "A room had that name, and what was said there is kept");
		return;
	}
	snprintf(text, sizeof(text), "The room keeps its name: %s", database_sentence(error));
	fail(client, "CANNOT_RENAME", renaming->from, renaming->to, text);
}

static void renamed(struct store_job *job, int result)
{
	struct renaming *renaming = (struct renaming *)(void *)job;
	struct errand *errand = renaming->errand;
	struct client *client = errand_enter(errand);
	struct server *server = errand->server;
	struct room *room = server_find_room(server, renaming->from);

	server_stored(server, result == -EEXIST ? 0 : result);
	if (room != NULL)
		room_end_renaming(room, result == 0 ? renaming->to : NULL);
	if (result == 0) {
		board_rename(&server->board, renaming->from, renaming->to);
		record_act(server, record_author(&renaming->author), "rename", renaming->to,
			   renaming->from, renaming->reason);
	}
	if (result == 0 && room != NULL)
		tell(renaming, room);
	else if (result < 0 && client != NULL)
		explain(client, renaming, result);
	if (room != NULL)
		room_check_end(room);
	free(renaming);
	errand_leave(errand);
}

static void start(struct client *client, struct room *room, const char *to, const char *reason)
{
	struct renaming *renaming = calloc(1, sizeof(*renaming));
	int error = -ENOMEM;

	if (renaming == NULL) {
		fail(client, "CANNOT_RENAME", room->name, to, "The chat is out of memory");
		return;
	}
	memcpy(renaming->from, room->name, sizeof(renaming->from));
	snprintf(renaming->to, sizeof(renaming->to), "%s", to);
	snprintf(renaming->reason, sizeof(renaming->reason), "%.*s",
		 (int)utf8_fit(slice_from(reason), MAX_REASON), reason);
	renaming->same = casemap_equal(room->name, to);
	event_author_init(&renaming->author, client);
	renaming->errand = errand_of(client);
	/* What happened under the old name comes before. */
	chronicle_flush(&client->server->chronicle);
	if (renaming->errand != NULL)
		error = store_write_job(client->server->store, &renaming->job, run, renamed);
	if (error < 0) {
		explain(client, renaming, error);
		free(renaming);
		return;
	}
	room_begin_renaming(room, to);
	errand_add(renaming->errand);
}

/* ---- what may be ---- */

static bool is_streams(const struct server *server, const char *name)
{
	return owners_is_stream(&server->config->streams, name) ||
	       herald_knows(server->herald, name);
}

/* Why it can't; NULL: it can. */
static const char *what_is_wrong(const struct server *server, const struct room *room,
				 const char *to, const char **ret_code)
{
	const struct room *other = server_find_room(server, to);
	bool same = casemap_equal(room->name, to);

	*ret_code = "CANNOT_RENAME";
	if (!room_name_valid(to))
		return "That can't be the name of a room";
	if (is_streams(server, room->name) || is_streams(server, to))
		return "The room of a stream has the stream's name";
	if (room->renaming[0] != '\0')
		return "The room is being renamed";
	*ret_code = "CHANNEL_NAME_IN_USE";
	if ((other != NULL && other != room) || room_is_promised(server, to))
		return "There is a room of that name";
	if (!same && board_place(&server->board, to) != NULL)
		return "There are announcements for a room of that name";
	return NULL;
}

void command_rename(struct client *client, const struct message *message)
{
	struct room *room = commands_room(client, message->parameters[0]);
	const char *to = message->parameters[1], *code, *why;
	const char *reason = message->n_parameters > 2 ? message->parameters[2] : "";

	if (room == NULL)
		return;
	if (!room_may(room, client, MEMBER_OWNER)) {
		if (room_find(room, client) == NULL)
			reply(client, ERR_NOTONCHANNEL, room->name, NULL);
		else
			commands_refuse_role(client, room, MEMBER_OWNER);
		return;
	}
	why = what_is_wrong(client->server, room, to, &code);
	if (why != NULL)
		fail(client, code, room->name, to, why);
	else if (strcmp(room->name, to) != 0 &&
		 limits_pass(client, FLOOD_NICKS, "RENAME", room->name))
		start(client, room, to, reason);
}
