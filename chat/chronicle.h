/* SPDX-License-Identifier: MIT */
/*
 * What happened in rooms besides messages: who came and went, modes, topics. It is kept for clients
 * that ask for the history and can tell it from the present (IRCv3 draft/event-playback).
 *
 * Nobody waits for it: what happens is told at once, gathered, and stored a moment later, all of it
 * together. A crash may cost what happened in that moment.
 */
#ifndef SPILLWAY_CHRONICLE_H
#define SPILLWAY_CHRONICLE_H

#include "chat/event.h"
#include "chat/history.h"

struct room;

enum {
	CHRONICLE_MAX = 4096, /* events on their way to the disk; what is beyond isn't kept */
	CHRONICLE_MANY = 256, /* so many don't wait for the next sweep */
};

struct chronicle { /* start with chronicle_init() */
	struct server *server;
	struct list waiting; /* struct history_event, link */
	size_t n_waiting, n; /* those, and with what is being stored */
};

void chronicle_init(struct chronicle *chronicle, struct server *server);
void chronicle_finish(struct chronicle *chronicle);
/* An event as it was, or will be, told to the room; a JOIN with account and real name. Who merely
 * passes through rooms that he makes up leaves nothing on the disk: a room that isn't kept has no
 * events before its first message. */
void chronicle_note(const struct room *room, const struct event *event);
/* Everywhere the client is, but where that is told to operators alone. */
void chronicle_note_everywhere(const struct client *client, const struct event *event);
/* What waits is given to the store: now and then, and before a message of a room is, so that all of
 * one millisecond is in order. */
void chronicle_flush(struct chronicle *chronicle);

/* The event that was noted, as a client with these capabilities is told it; room: its name now. */
void chronicle_recall(struct event *event, unsigned caps, const char *room,
		      const struct history_message *message);

#endif
