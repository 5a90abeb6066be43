/* SPDX-License-Identifier: MIT */
/* Conversations with a control socket, for tests; what isn't as it must be fails the test. */
#ifndef SPILLWAY_HARNESS_CONTROL_H
#define SPILLWAY_HARNESS_CONTROL_H

#include "common/control.h"
#include "tests/harness.h"

/* Connects to the socket; control_client_finish() ends it. */
struct control_client control_open(const char *path);
/* The next line: a reference. */
json_t *control_next(struct control_client *client);
/* Sends a line as it is, and receives the answer: a reference. */
json_t *control_say(struct control_client *client, const char *line);
/* The same on a connection of its own; fails unless it says ok. */
json_t *control_ask(const char *path, const char *line);
/* The same; fails unless that is the error. */
void control_refused(const char *path, const char *line, const char *error);

/* Of an object: "" where it has none, or no text. */
const char *text_of(const json_t *object, const char *name);
/* Fails where it is no number. */
long long number_of(const json_t *object, const char *name);

#endif
