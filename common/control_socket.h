/* SPDX-License-Identifier: MIT */
/*
 * The serving side of a control socket: a line of JSON each way, requests by a table. Who may connect is
 * the file system's business: the socket is 0660, and in /run/spillway its folder's group's.
 *
 *	1. A row's handle(call, request) is called with a request that has been checked (control_request.h);
 *	   the request is borrowed during the call.
 *	2. It ends with control_answer(call, reply): inside, or later, when what it waits for is done. The
 *	   call lives until then, also when who asked has gone.
 *	3. A client's next request is read when this one was answered; so answers come in order.
 *
 * All in the loop's thread.
 */
#ifndef SPILLWAY_CONTROL_SOCKET_H
#define SPILLWAY_CONTROL_SOCKET_H

#include "common/control_request.h"
#include "common/io.h"

enum {
	CONTROL_MAX_CLIENTS = 64,
	CONTROL_MAX_WAITING = 1 << 20, /* bytes of events for a client that doesn't read */
};

struct control_socket;

struct control_service {
	const char *name; /* "relay.sock" */
	const struct control_row *rows;
	/* All has ended, and the socket is freed: called from inside control_socket_end(), or
	 * later. */
	void (*gone)(void *context);
};

/* Listens on path (NULL: the default place, control.h). service is a constant, context is borrowed.
 * -errno; -EADDRINUSE where somebody listens there. */
int control_socket_create(struct control_socket **ret_socket, struct io *io,
			  const struct control_service *service, void *context, const char *path);
/* The same on a socket that listens already, which it takes over, also when it fails; its file is
 * somebody else's. */
int control_socket_adopt(struct control_socket **ret_socket, struct io *io,
			 const struct control_service *service, void *context, int fd);
/* Accepts NULL. Closes the socket and its clients, and removes the file. */
void control_socket_end(struct control_socket *socket);
/* Tells those who have subscribed to one of the kinds. Takes over event. */
void control_socket_tell(struct control_socket *socket, unsigned kinds, json_t *event);

/* The socket's context. */
void *control_context(const struct control_call *call);
/* Whose request it is hears of events of these kinds from now on: bits, which are the program's. */
void control_subscribe(struct control_call *call, unsigned kinds);
/* Tells an event to whose request it is alone, before the answer. Takes over event. */
void control_tell(struct control_call *call, json_t *event);
/* Takes over reply, and ends the call. */
void control_answer(struct control_call *call, json_t *reply);

#endif
