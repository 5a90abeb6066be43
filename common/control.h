/* SPDX-License-Identifier: MIT */
/*
 * Where a control socket is, and a blocking client for it. The protocol is a line of JSON each way
 * (spillway-control(7)).
 *
 * Places, in order: the path that was asked for; /run/spillway/NAME;
 * $XDG_RUNTIME_DIR/spillway/NAME; /tmp/spillway-UID/NAME (the folder 0700, its owner checked).
 */
#ifndef SPILLWAY_CONTROL_H
#define SPILLWAY_CONTROL_H

#include <jansson.h>
#include <stddef.h>

enum {
	CONTROL_PATH_SIZE = 108,     /* sun_path of unix(7) */
	CONTROL_TIMEOUT_MS = 5000,   /* for connecting and sending; and for answers, as a rule */
	CONTROL_MAX_LINE = 16 << 20, /* bytes of a line that is received */
};

/* The path a server is to listen on: the first place whose folder exists and is writable, or can be
 * made. name is "relay.sock". -errno, of the last place; -EPERM where the folder in /tmp is
 * somebody else's, or open to others, or no folder; -ENAMETOOLONG for a wish that doesn't fit. */
int control_server_path(const char *wish, const char *name, char ret_path[CONTROL_PATH_SIZE]);

/* Connects to the first place where somebody listens. Returns the descriptor or -errno; ret_path
 * names the place that was reached, or else the one to tell a person of: the first where something
 * other than -ENOENT stood in the way, or the last. */
int control_connect(const char *wish, const char *name, char ret_path[CONTROL_PATH_SIZE]);

/* The place that control_connect() tries as its i-th, from 0, for clients with a loop of their own.
 * -ERANGE behind the last; other errors mean that it won't do, and ret_path is "" where it has no
 * name. */
int control_client_path(const char *wish, const char *name, size_t i,
			char ret_path[CONTROL_PATH_SIZE]);

/* A client's conversation on a connected descriptor, blocking, with a time-out a line. */
struct control_client {
	int fd;
	size_t len; /* bytes in buffer */
	size_t size;
	char *buffer;
};
/* Takes over fd. */
void control_client_init(struct control_client *client, int fd);
void control_client_finish(struct control_client *client);
/* Sends a request (borrowed). -errno; -ETIMEDOUT. */
int control_send(struct control_client *client, const json_t *request);
/* Reads the next line. Returns a reference in *ret_reply; -errno, -EPIPE at the end, -EBADMSG for a
 * line that isn't a JSON object or array (the next may be), -EMSGSIZE for one over
 * CONTROL_MAX_LINE, -ETIMEDOUT (what came of the line is kept). timeout_ms -1: without limit. */
int control_receive(struct control_client *client, int timeout_ms, json_t **ret_reply);

#endif
