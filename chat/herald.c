/* SPDX-License-Identifier: MIT */
#include "chat/herald.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/commands.h"
#include "chat/history.h"
#include "chat/onair_words.h"
#include "chat/relay_link.h"
#include "chat/server.h"
#include "common/log.h"
#include "common/utf8.h"

struct herald {
	struct server *server; /* borrowed */
	struct relay_link link;
	char *wish; /* the link's, owned: a new configuration ends the old one's */
	struct onair onair;
	bool told_lost; /* the log has it */
	bool ended;
};

/* ---- saying ---- */

/* A notice on its way to a room by way of the store. */
struct saying {
	struct history_add add;
	struct server *server;
	struct event event;
	char room[ROOM_NAME_MAX + 1];
	char text[ONAIR_WORDS_SIZE];
};

static void stored(struct store_job *job, int result)
{
	struct saying *saying = (struct saying *)(void *)job;
	struct server *server = saying->server;
	struct room *room = server_find_room(server, saying->room);

	server_stored(server, result);
	timestamp_write(saying->add.message.time_ms, saying->event.time);
	if (result == 0 && room != NULL) {
		memcpy(room->last_id, saying->event.id, sizeof(room->last_id));
		room_tell(room, &saying->event, NULL, 0, 0, 0);
	}
	event_finish(&saying->event);
	free(saying);
	server_check_drained(server);
}

/* Where it can't be stored at once it is left unsaid. */
static void say(struct server *server, const struct room *room, const char *text)
{
	struct saying *saying = malloc(sizeof(*saying));

	if (saying == NULL)
		return;
	saying->server = server;
	snprintf(saying->room, sizeof(saying->room), "%s", room->name);
	snprintf(saying->text, sizeof(saying->text), "%s", text);
	event_init(&saying->event, server, NULL, "NOTICE");
	server_next_id(server, saying->event.id);
	message_write_word(&saying->event.writer, saying->room);
	message_write_text(&saying->event.writer, saying->text);
	saying->add.in = (struct history_conversation){.own = "", .target = saying->room};
	saying->add.message = (struct history_message){
		.msgid = saying->event.id,
		.time_ms = timestamp_now(),
		.command = "NOTICE",
		.source = server->config->name,
		.account = "",
		.tags = "",
		.text = saying->text,
	};
	chronicle_flush(&server->chronicle);
	if (room->renaming[0] != '\0' || history_add(server->store, &saying->add, stored) < 0)
		free(saying);
}

/* ---- topics ---- */

/* By the service itself: people have a user name and a host. */
static bool is_ours(const struct room *room)
{
	return room->topic[0] == '\0' || strchr(room->topic_by, '!') == NULL;
}

static void set_title(struct server *server, struct room *room, const struct onair_stream *stream)
{
	/* Until it is known which topic it had the room seems to have none. */
	if (stream->title[0] != '\0' && is_ours(room) && strcmp(stream->title, room->topic) != 0)
		commands_set_topic(server, room, stream->title);
}

void herald_title(const struct herald *herald, struct room *room)
{
	const struct onair_stream *stream =
		herald != NULL ? onair_find(&herald->onair, room->name + 1) : NULL;

	if (stream != NULL)
		set_title(herald->server, room, stream);
}

/* ---- news ---- */

static void tell(struct onair *onair, enum onair_news news, const struct onair_stream *stream)
{
	static void (*const words[])(const struct onair_stream *stream, char *to) = {
		[ONAIR_BEGAN] = onair_words_began,
		[ONAIR_ENDED] = onair_words_ended,
	};
	struct server *server = list_item(onair, struct herald, onair)->server;
	char name[ROOM_NAME_MAX + 1], text[ONAIR_WORDS_SIZE];

	snprintf(name, sizeof(name), "#%s", stream->name);
	struct room *room = server_find_room(server, name);
	if (room == NULL)
		return;
	if (news < sizeof(words) / sizeof(*words) && words[news] != NULL && room->n_members > 0) {
		words[news](stream, text);
		say(server, room, text);
	}
	if (news != ONAIR_ENDED)
		set_title(server, room, stream);
}

static void heard(struct relay_link *link, const struct relay_event *event)
{
	struct herald *herald = list_item(link, struct herald, link);

	onair_take(&herald->onair, event, io_now_us(link->io), time(NULL));
}

static const char *sentence(int error)
{
	return error == -EPIPE ? "it has closed the connection" : strerror(-error);
}

/* What a person can do about it. */
static const char *advice(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED ? " (is spillway-relay running?)"
	       : error == -EACCES || error == -EPERM
		       ? " (the socket is for the relay's user and the group spillway)"
	       : error == -EPROTO || error == -ENOTSUP ? " (that isn't a relay's control socket)"
						       : "";
}

/* The log has one line for each change. */
static void changed(struct relay_link *link, int result)
{
	struct herald *herald = list_item(link, struct herald, link);

	if (result == 0) {
		onair_complete(&herald->onair);
		log_info("following the streams of the relay at %s", link->path);
	} else {
		onair_lost(&herald->onair, io_now_us(link->io), time(NULL));
		if (!herald->told_lost)
			log_warning("the relay at %s can't be followed: %s%s; trying again",
				    link->path, sentence(result), advice(result));
	}
	herald->told_lost = result < 0;
}

void herald_sweep(struct herald *herald, int64_t now_us)
{
	if (herald != NULL)
		onair_sweep(&herald->onair, now_us);
}

/* ---- questions ---- */

void herald_hear(struct herald *herald, struct room *room, const char *text)
{
	const char *name = room->name + 1;
	char answer[ONAIR_WORDS_SIZE];

	if (herald == NULL || herald->link.state != RELAY_LINK_FOLLOWING ||
	    !name_valid(slice_from(name)))
		return;
	int64_t now_us = io_now_us(herald->link.io);
	if (!onair_words_answer(text, name, onair_find(&herald->onair, name), time(NULL), answer) ||
	    now_us < room->answer_us)
		return;
	room->answer_us = now_us + HERALD_ANSWER_US;
	say(herald->server, room, answer);
}

bool herald_knows(const struct herald *herald, const char *room)
{
	return herald != NULL && onair_find(&herald->onair, room + 1) != NULL;
}

/* ---- beginning and ending ---- */

static void ended(struct relay_link *link)
{
	struct herald *herald = list_item(link, struct herald, link);

	herald->ended = true;
	server_check_drained(herald->server);
}

struct herald *herald_create(struct server *server)
{
	const struct chat_config *config = server->config;
	struct herald *herald = calloc(1, sizeof(*herald));

	if (herald == NULL)
		return NULL;
	herald->server = server;
	onair_init(&herald->onair, config->relay_grace_s * 1000000, tell);
	herald->link.io = server->io;
	if (strcmp(config->relay, CHAT_RELAY_AUTO) != 0) {
		herald->wish = strdup(config->relay);
		if (herald->wish == NULL) {
			herald_destroy(herald);
			return NULL;
		}
		herald->link.wish = herald->wish;
	}
	herald->link.event = heard;
	herald->link.changed = changed;
	herald->link.ended = ended;
	relay_link_start(&herald->link);
	return herald;
}

void herald_end(struct herald *herald)
{
	if (herald != NULL)
		relay_link_end(&herald->link);
}

bool herald_ended(const struct herald *herald)
{
	return herald == NULL || herald->ended;
}

void herald_destroy(struct herald *herald)
{
	if (herald == NULL)
		return;
	onair_finish(&herald->onair);
	free(herald->wish);
	free(herald);
}
