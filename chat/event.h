/* SPDX-License-Identifier: MIT */
/*
 * Something that happened, as it is told: one message, written once, with the tags that each client
 * can understand. It lives on the stack while it is told; clients get lines (line.h) of it, one for
 * all with the same capabilities. What somebody says in several lines (multiline.h) is a batch for who has
 * draft/multiline, and for others an ordinary message for each line.
 *
 *	struct event event;
 *
 *	event_init(&event, server, client, "PART");
 *	message_write_word(&event.writer, room->name);
 *	room_tell(room, &event, …);
 *	event_finish(&event);
 */
#ifndef SPILLWAY_EVENT_H
#define SPILLWAY_EVENT_H

#include "chat/line.h"
#include "chat/nick.h"
#include "chat/timestamp.h"
#include "chat/twitch_tags.h"
#include "common/message.h"

struct client;
struct server;

enum { EVENT_VARIANTS = 32, EVENT_ID_SIZE = 40 };

struct event {
	struct message_writer writer;
	bool complete;
	bool bot;		    /* a bot did it */
	bool aside;		    /* no answer to a command, whoever is told */
	char account[NICK_MAX + 1]; /* of who did it; "" for a guest */
	char id[EVENT_ID_SIZE];	    /* msgid; "" for what isn't people's doing */
	char time[TIMESTAMP_SIZE];  /* server-time */
	const char *client_tags;    /* borrowed; "" for none */
	const char *several;	    /* lines, behind what is written: borrowed; NULL: none */
	struct twitch_tags twitch;  /* for twitch.tv/tags */
	size_t service_len; /* of the service's name, where that is the source; 0: it isn't */
	char text[MESSAGE_MAX_LINE];
	struct line *lines[EVENT_VARIANTS]; /* by what of the tags a client understands */
};

/* Who did something that is told later. */
struct event_author {
	char source[NICK_SOURCE_SIZE];
	char account[NICK_MAX + 1];
	bool bot;
};

void event_author_init(struct event_author *author, const struct client *client);
/* As event_init(), with NULL for the service. */
void event_init_by(struct event *event, struct server *server, const struct event_author *author,
		   const char *command);
/* From a client, whose doing it is; NULL: from the service itself. Both are borrowed during the
 * call. */
void event_init(struct event *event, struct server *server, const struct client *from,
		const char *command);
/* From any source; an empty one means a message that begins with its command. Parameters, to be
 * written. */
void event_init_plain(struct event *event);
/* That it is the service's, whose name is its source: nothing of it is written yet. */
void event_from_service(struct event *event, const struct server *server);
/* How long the service's name may be, as a client sees it: Twitch's bots know it by another one. */
size_t event_max_service(const struct server *server);
void event_finish(struct event *event);

/* What is said, as the last of what is written: of several lines it is borrowed until the event is
 * finished. */
void event_write_said(struct event *event, const char *text);
/* The line for a client with these capabilities, borrowed; NULL without memory. */
struct line *event_line(struct event *event, unsigned caps);
/* The same with one more tag, for that client alone: returns a reference. Where there are several
 * it stands on all if it is "batch", else on the first. */
struct line *event_line_with(struct event *event, unsigned caps, const char *tag,
			     const char *value);
/* Copies what was written, to be told later; tags has room for MESSAGE_MAX_CLIENT_TAGS bytes, and
 * is borrowed; and so are several lines, as before. */
void event_copy(struct event *to, const struct event *from, char *tags);

#endif
