/* SPDX-License-Identifier: MIT */
/*
 * ANNOUNCE, ANNOUNCEMENTS, UNANNOUNCE. What is announced is stored before anybody is told: those
 * who are here now, and each who joins the room later; what is for all rooms, each who comes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/announcer.h"
#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/server.h"

static const char *word(const char *room)
{
	return *room != '\0' ? room : "*";
}

/* ---- answers ---- */

static void note(struct client *client, const char *command, const char *code, const char *room,
		 int64_t id, const char *text)
{
	struct event event;

	event_init(&event, client->server, NULL, "NOTE");
	message_write_word(&event.writer, command);
	message_write_word(&event.writer, code);
	message_write_word(&event.writer, word(room));
	message_write_word(&event.writer, number_text(id).text);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

static void refuse(struct client *client, const char *command, const char *room, int error)
{
	char why[ANNOUNCER_WHY_SIZE];

	announcer_explain(error, why);
	reply_standard(client, "FAIL", command,
		       error == -ENOSPC || error == -E2BIG ? "TOO_MANY" : "NOT_STORED", word(room),
		       why);
}

/* ---- ANNOUNCE ---- */

static void announced(void *context, const struct board_item *item, int error)
{
	struct errand *errand = context;
	struct client *client = errand_enter(errand);
	const char *room = item->place->room;
	char text[64];

	snprintf(text, sizeof(text), "Announced, until UNANNOUNCE %" PRId64, item->id);
	if (client != NULL && error < 0)
		refuse(client, "ANNOUNCE", room, error);
	else if (client != NULL)
		note(client, "ANNOUNCE", "ANNOUNCED", room, item->id, text);
	errand_leave(errand);
}

static int announce(struct client *client, const char *room, const char *text)
{
	const struct announcement announcement = {
		.room = room, .by = client->account, .text = text};
	struct errand *errand = errand_of(client);
	int error;

	if (errand == NULL)
		return -ENOMEM;
	error = announcer_say(client->server, &announcement, announced, errand);
	if (error == 0)
		errand_add(errand);
	return error;
}

/* Whether the client may announce there; it is told, if not. Operators of the service may in rooms
 * in which nobody is, too. name: "": all rooms. */
static bool may_announce(struct client *client, const char *name, char ret_room[ROOM_NAME_MAX + 1])
{
	bool is_operator = (client->modes & USER_MODE_OPERATOR) != 0;
	const struct room *room = NULL;

	*ret_room = '\0';
	if (*name == '\0' && is_operator)
		return true;
	if (*name == '\0') {
		reply(client, ERR_NOPRIVILEGES, NULL);
		return false;
	}
	if (!is_operator || !room_name_valid(name) ||
	    server_find_room(client->server, name) != NULL) {
		room = commands_operated(client, name);
		if (room == NULL)
			return false;
	}
	/* It would stay with the name that the room had. */
	if (room_is_promised(client->server, name) || (room != NULL && room->renaming[0] != '\0')) {
		reply_standard(client, "FAIL", "ANNOUNCE", "TRY_AGAIN", name,
			       "The room is just being renamed");
		return false;
	}
	strcpy(ret_room, room != NULL ? room->name : name);
	return true;
}

/* "[#room] text", the text in one parameter or many. Returns its first. */
static size_t read_room(const struct message *message, const char **ret_room)
{
	bool names_room = room_name_valid(message->parameters[0]);

	*ret_room = names_room ? message->parameters[0] : "";
	return names_room ? 1 : 0;
}

void command_announce(struct client *client, const struct message *message)
{
	char room[ROOM_NAME_MAX + 1], text[MESSAGE_MAX_LINE] = "", limit[64];
	const char *name;
	size_t len = 0;
	int error;

	for (size_t i = read_room(message, &name); i < message->n_parameters; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? " " : "",
					message->parameters[i]);
	if (len == 0) {
		reply(client, ERR_NEEDMOREPARAMS, "ANNOUNCE", NULL);
		return;
	}
	if (!may_announce(client, name, room))
		return;
	if (client->account[0] == '\0') {
		/* A guest's room keeps nothing. */
		reply_standard(client, "FAIL", "ANNOUNCE", "ACCOUNT_REQUIRED", word(room),
			       "Log in, so that it is known whose announcement it is");
		return;
	}
	if (len > ANNOUNCEMENTS_MAX_TEXT) {
		snprintf(limit, sizeof(limit), "An announcement has at most %d bytes",
			 ANNOUNCEMENTS_MAX_TEXT);
		reply_standard(client, "FAIL", "ANNOUNCE", "TOO_LONG", word(room), limit);
		return;
	}
	error = announce(client, room, text);
	if (error < 0)
		refuse(client, "ANNOUNCE", room, error);
}

/* ---- ANNOUNCEMENTS ---- */

static void list_entry(struct client *client, const struct board_item *item)
{
	char time[TIMESTAMP_SIZE];
	struct event event;

	timestamp_write(item->time_ms, time);
	event_init(&event, client->server, NULL, "NOTE");
	message_write_word(&event.writer, "ANNOUNCEMENTS");
	message_write_word(&event.writer, "ENTRY");
	message_write_word(&event.writer, word(item->place->room));
	message_write_word(&event.writer, number_text(item->id).text);
	message_write_word(&event.writer, time);
	message_write_word(&event.writer, item->by);
	message_write_text(&event.writer, item->text);
	client_tell(client, &event);
	event_finish(&event);
}

static void list_place(struct client *client, const char *room)
{
	const struct board_place *place = board_place(&client->server->board, room);
	struct list *link;

	if (place == NULL)
		return;
	list_each (link, &place->items) {
		const struct board_item *item = list_item(link, struct board_item, link);

		if (item->id != 0)
			list_entry(client, item);
	}
}

void command_announcements(struct client *client, const struct message *message)
{
	const char *name = message->n_parameters > 0 ? message->parameters[0] : "";
	bool is_operator = (client->modes & USER_MODE_OPERATOR) != 0;
	struct list *link;

	if (*name != '\0' && !is_operator && commands_member(client, name) == NULL)
		return;
	list_place(client, name);
	if (*name == '\0') {
		list_each (link, &client->memberships)
			list_place(client, list_item(link, struct member, by_client)->room->name);
	}
	reply_standard(client, "NOTE", "ANNOUNCEMENTS", "END", word(name),
		       "End of the announcements");
}

/* ---- UNANNOUNCE ---- */

struct removing {
	struct store_write write;
	struct errand *errand;
	int64_t id;
};

static void refuse_unknown(struct client *client, const char *id)
{
	reply_standard(client, "FAIL", "UNANNOUNCE", "UNKNOWN_ID", id,
		       "There is no such announcement");
}

static void removed(struct store_job *job, int result)
{
	struct removing *removing = (struct removing *)(void *)job;
	struct errand *errand = removing->errand;
	struct server *server = errand->server;
	struct client *client = errand_enter(errand);
	/* Somebody else may have removed it meanwhile. */
	struct board_item *item = board_find(&server->board, removing->id);
	char room[ROOM_NAME_MAX + 1] = "";

	server_stored(server, result < 0 ? result : 0);
	if (item != NULL)
		memcpy(room, item->place->room, sizeof(room));
	if (result >= 0 && item != NULL)
		board_remove(&server->board, item);
	if (client != NULL && result < 0)
		refuse(client, "UNANNOUNCE", room, result);
	else if (client != NULL && item == NULL)
		refuse_unknown(client, number_text(removing->id).text);
	else if (client != NULL)
		note(client, "UNANNOUNCE", "REMOVED", room, removing->id,
		     "The announcement was removed");
	free(removing);
	errand_leave(errand);
}

static int start_removing(struct client *client, const struct board_item *item)
{
	struct removing *removing = calloc(1, sizeof(*removing));
	int error = -ENOMEM;

	if (removing == NULL)
		return error;
	removing->id = item->id;
	removing->errand = errand_of(client);
	if (removing->errand != NULL) {
		record_act(client->server, record_name(client), "unannounce", item->place->room,
			   number_text(item->id).text, item->text);
		error = announcements_remove(client->server->store, &removing->write, item->id,
					     removed);
	}
	if (error < 0) {
		free(removing);
		return error;
	}
	errand_add(removing->errand);
	return 0;
}

void command_unannounce(struct client *client, const struct message *message)
{
	const char *given = message->parameters[0];
	char room[ROOM_NAME_MAX + 1];
	unsigned long long id = 0;
	struct board_item *item = NULL;
	int error;

	if (slice_number(slice_from(given), INT64_MAX, &id) == 0 && id != 0)
		item = board_find(&client->server->board, (int64_t)id);
	if (item == NULL) {
		refuse_unknown(client, given);
		return;
	}
	if (!may_announce(client, item->place->room, room))
		return;
	error = start_removing(client, item);
	if (error < 0)
		refuse(client, "UNANNOUNCE", room, error);
}
