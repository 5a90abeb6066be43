/* SPDX-License-Identifier: MIT */
#include "chat/announcer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat/record.h"
#include "chat/room.h"
#include "chat/server.h"

/* No client tag: those anybody can send. */
#define ANNOUNCEMENT_TAG "spillway/announcement="

/* ---- telling ---- */

struct tags {
	char text[48];
};

/* The tags are borrowed by the event. */
static void write_event(struct event *event, struct tags *tags, struct server *server,
			const char *target, const struct board_item *item)
{
	char text[ANNOUNCEMENTS_MAX_TEXT + 32];

	snprintf(tags->text, sizeof(tags->text), ANNOUNCEMENT_TAG "%" PRId64, item->id);
	snprintf(text, sizeof(text), "[Announcement] %s", item->text);
	event_init(event, server, NULL, "NOTICE");
	timestamp_write(item->time_ms, event->time);
	event->client_tags = tags->text;
	message_write_word(&event->writer, target);
	message_write_text(&event->writer, text);
}

static void tell_one(struct client *client, const char *target, const struct board_item *item)
{
	struct event event;
	struct tags tags;

	write_event(&event, &tags, client->server, target, item);
	client_tell(client, &event);
	event_finish(&event);
}

static void tell_all(struct server *server, const struct board_item *item)
{
	struct list *link;

	list_each (link, &server->clients) {
		struct client *client = list_item(link, struct client, link);

		if (client->registered && !client->left)
			tell_one(client, client->nick, item);
	}
}

static void tell_room(struct server *server, const struct board_item *item)
{
	struct room *room = server_find_room(server, item->place->room);
	struct event event;
	struct tags tags;

	if (room == NULL)
		return;
	write_event(&event, &tags, server, room->name, item);
	room_tell(room, &event, NULL, 0, 0, 0);
	event_finish(&event);
}

void announcer_tell(struct client *client, const struct room *room)
{
	const struct board_place *place =
		board_place(&client->server->board, room != NULL ? room->name : "");
	struct list *link;

	if (place == NULL)
		return;
	list_each (link, &place->items) {
		const struct board_item *item = list_item(link, struct board_item, link);

		if (item->id != 0)
			tell_one(client, room != NULL ? room->name : client->nick, item);
	}
}

/* ---- storing ---- */

struct announcing {
	struct store_write write;
	struct server *server;
	struct board_item *item;
	announcer_done *done;
	void *context;
};

static void stored(struct store_job *job, int result)
{
	struct announcing *announcing = (struct announcing *)(void *)job;
	struct server *server = announcing->server;
	struct board_item *item = announcing->item;

	server_stored(server, result < 0 ? result : 0);
	if (result >= 0) {
		item->id = announcing->write.id;
		(item->place->room[0] != '\0' ? tell_room : tell_all)(server, item);
	}
	announcing->done(announcing->context, item, result < 0 ? result : 0);
	if (result < 0)
		board_remove(&server->board, item);
	free(announcing);
	server_check_drained(server);
}

int announcer_say(struct server *server, const struct announcement *announcement,
		  announcer_done *done, void *context)
{
	struct announcement timed = *announcement;
	struct announcing *announcing = calloc(1, sizeof(*announcing));
	int error;

	if (announcing == NULL)
		return -ENOMEM;
	announcing->server = server;
	announcing->done = done;
	announcing->context = context;
	timed.id = 0;
	timed.time_ms = timestamp_now();
	error = board_add(&server->board, &timed, &announcing->item);
	if (error == 0) {
		record_act(server, timed.by, "announce", timed.room, "", timed.text);
		error = announcements_add(server->store, &announcing->write, &timed, stored);
		if (error < 0)
			board_remove(&server->board, announcing->item);
	}
	if (error < 0)
		free(announcing);
	return error;
}

void announcer_explain(int error, char ret_why[ANNOUNCER_WHY_SIZE])
{
	if (error == -ENOSPC || error == -E2BIG)
		snprintf(ret_why, ANNOUNCER_WHY_SIZE,
			 "There are %d announcements %s; remove one first",
			 error == -ENOSPC ? BOARD_MAX : ANNOUNCEMENTS_MAX,
			 error == -ENOSPC ? "there" : "on this server");
	else
		snprintf(ret_why, ANNOUNCER_WHY_SIZE, "Not done: %s",
			 error == -EAGAIN ? "too much is being said at once, try again"
					  : database_sentence(error));
}
