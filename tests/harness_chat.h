/* SPDX-License-Identifier: MIT */
/*
 * The chat service, and people in it, for tests. They send exactly the lines that they are given.
 * What they were told is waited for, or asked for up to now: the service answers everybody in
 * order, so that behind its PONG nothing is missing.
 */
#ifndef SPILLWAY_HARNESS_CHAT_H
#define SPILLWAY_HARNESS_CHAT_H

#include "tests/harness_client.h"

struct chat {
	struct harness *harness;
	struct program *program;
	uint16_t port;
	char *control; /* the path of its control socket, where no option says otherwise */
};

/* Starts spillway-chat on this test's back end, and waits until it listens. Options up to a NULL;
 * without --listen among them on 127.0.0.1:0, without --cloak with addresses in the open, without
 * --flood KIND=… without such limits, without --leave-delay with leaves told at once, without
 * --data with an empty folder of its own. Skips the test where the kernel doesn't allow the back
 * end. */
struct chat *chat_start(struct harness *harness, ...) __attribute__((sentinel));
/* SIGTERM; fails the test when it doesn't exit with 0. */
void chat_stop(struct chat *chat);

/* Somebody who has registered, with these capabilities ("" for none), and has read the welcome. */
struct client *chat_person(struct chat *chat, const char *nick, const char *caps);
/* The same, who has joined a room and read what comes of that. */
struct client *chat_member(struct chat *chat, const char *nick, const char *caps, const char *room);

/* A line and CR LF. */
void chat_say(struct client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The next line, without CR LF: the harness's memory. */
char *chat_line(struct client *client);
/* Fails the test when the next line isn't that one. */
void chat_expect(struct client *client, const char *line);
/* Skips lines up to one that contains the text, and returns it. */
char *chat_wait(struct client *client, const char *text);
/* All lines that came up to now, each with '\n' behind it: the harness's memory. */
char *chat_so_far(struct client *client);
/* Says a line; what came of it. */
char *chat_ask(struct client *client, const char *line);
/* Fails the test when it isn't part of the text. */
void chat_has(const char *text, const char *part);

#endif
