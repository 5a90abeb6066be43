/* SPDX-License-Identifier: MIT */
/*
 * The control socket: a line of JSON each way (spillway-relay(8), CONTROL SOCKET). Who may connect
 * is the file system's business: the socket is 0660.
 */
#ifndef SPILLWAY_RELAY_CONTROL_H
#define SPILLWAY_RELAY_CONTROL_H

#include "relay/stream.h"
#include "relay/worker.h"

enum {
	CONTROL_MAX_CLIENTS = 64,
	CONTROL_MAX_REQUEST = 4096,    /* bytes of a line */
	CONTROL_MAX_WAITING = 1 << 20, /* bytes of events for a client that doesn't read */
};

/* Listens on path (NULL: the default place) and makes itself worker->control; worker is the relay's
 * first. -errno. */
int control_create(struct worker *worker, const char *path);
/* Accepts NULL. Closes the socket and its clients, and removes the file. The memory is freed when
 * the operations have ended; worker->control is NULL then. */
void control_end(struct control *control);
/* Tells subscribers that a stream went live or ended. */
void control_event(struct control *control, const char *event, const struct stream *stream);
/* Tells subscribers who want it which streams have more viewers, or fewer, than at the last sweep. */
void control_sweep(struct control *control);

#endif
