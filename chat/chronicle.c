/* SPDX-License-Identifier: MIT */
#include "chat/chronicle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/room.h"
#include "chat/server.h"

/* Whatever names the room does so as its first parameter, which isn't kept: it may have another
 * name then. */
static bool names_room(const char *command)
{
	return strcmp(command, "QUIT") != 0 && strcmp(command, "NICK") != 0;
}

/* ---- noting ---- */

/* The next word of a message, which is cut off there. */
static char *take_word(char **at)
{
	char *word = *at;

	*at += strcspn(word, " ");
	if (**at != '\0')
		*(*at)++ = '\0';
	return word;
}

/* ":SOURCE COMMAND [ROOM] REST" */
static void take_apart(char *text, struct history_message *ret_message)
{
	char *at = text + 1;

	ret_message->source = take_word(&at);
	ret_message->command = take_word(&at);
	if (names_room(ret_message->command))
		take_word(&at);
	ret_message->text = at;
}

static size_t text_len(const struct event *event)
{
	return event->writer.len - (event->complete ? 2 : 0); /* CR LF */
}

void chronicle_note(const struct room *room, const struct event *event)
{
	struct chronicle *chronicle = &room->server->chronicle;
	size_t len = text_len(event);
	struct history_event *note;

	/* That the service ends isn't what people did. */
	if (room->server->draining || room->renaming[0] != '\0' || chronicle->n == CHRONICLE_MAX)
		return;
	note = malloc(sizeof(*note) + len + 1);
	if (note == NULL)
		return;
	memcpy(note->memory, event->text, len);
	note->memory[len] = '\0';
	memcpy(note->room, room->name, sizeof(note->room));
	note->kept = room->kept;
	memcpy(note->account, event->account, sizeof(note->account));
	snprintf(note->id, sizeof(note->id), "%s", event->id);
	/* The service's own doing has none. */
	if (event->id[0] == '\0')
		server_next_id(room->server, note->id);
	note->message = (struct history_message){
		.msgid = note->id,
		.account = note->account,
		.tags = "",
		.bot = event->bot,
	};
	timestamp_parse(event->time, &note->message.time_ms);
	take_apart(note->memory, &note->message);
	list_init(&note->link);
	list_add_tail(&chronicle->waiting, &note->link);
	chronicle->n++;
	if (++chronicle->n_waiting == CHRONICLE_MANY)
		chronicle_flush(chronicle);
}

void chronicle_note_everywhere(const struct client *client, const struct event *event)
{
	struct list *link;

	list_each (link, &client->memberships) {
		const struct member *member = list_item(link, struct member, by_client);

		if (!room_hushes(member))
			chronicle_note(member->room, event);
	}
}

/* ---- storing ---- */

struct gathered {
	struct history_events events;
	struct chronicle *chronicle;
	size_t n;
};

static void forget(struct list *events)
{
	struct list *link, *after;

	list_each_safe (link, after, events)
		free(list_item(link, struct history_event, link));
	list_init(events);
}

static void destroy(struct gathered *gathered)
{
	gathered->chronicle->n -= gathered->n;
	forget(&gathered->events.events);
	free(gathered);
}

static void stored(struct store_job *job, int result)
{
	struct gathered *gathered = (struct gathered *)(void *)job;
	struct server *server = gathered->chronicle->server;

	destroy(gathered);
	server_stored(server, result);
	server_check_drained(server);
}

void chronicle_flush(struct chronicle *chronicle)
{
	struct gathered *gathered;

	if (chronicle->n_waiting == 0)
		return;
	gathered = malloc(sizeof(*gathered));
	if (gathered == NULL)
		return;
	gathered->chronicle = chronicle;
	gathered->n = chronicle->n_waiting;
	list_init(&gathered->events.events);
	list_move_all(&chronicle->waiting, &gathered->events.events);
	chronicle->n_waiting = 0;
	if (history_add_events(chronicle->server->store, &gathered->events, stored) < 0)
		destroy(gathered);
}

void chronicle_init(struct chronicle *chronicle, struct server *server)
{
	*chronicle = (struct chronicle){.server = server};
	list_init(&chronicle->waiting);
}

void chronicle_finish(struct chronicle *chronicle)
{
	forget(&chronicle->waiting);
}

/* ---- telling it again ---- */

void chronicle_recall(struct event *event, unsigned caps, const char *room,
		      const struct history_message *message)
{
	bool joins = strcmp(message->command, "JOIN") == 0;

	event_init_plain(event);
	event->bot = message->bot;
	snprintf(event->account, sizeof(event->account), "%s", message->account);
	snprintf(event->id, sizeof(event->id), "%s", message->msgid);
	timestamp_write(message->time_ms, event->time);
	message_write_command(&event->writer, message->source, message->command);
	if (names_room(message->command))
		message_write_word(&event->writer, room);
	if (*message->text != '\0' && (!joins || (caps & CAP_EXTENDED_JOIN) != 0))
		message_write_rest(&event->writer, message->text);
}
