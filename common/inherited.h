/* SPDX-License-Identifier: MIT */
/*
 * Sockets that a service manager has handed to this process: sd_listen_fds(3). What kind a socket
 * is of says what it is for, whatever its name: one of TCP is to be served in place of --listen,
 * one of unix(7) is the control socket.
 */
#ifndef SPILLWAY_INHERITED_H
#define SPILLWAY_INHERITED_H

#include <stddef.h>

enum { INHERITED_MAX = 64, INHERITED_ERROR_SIZE = 128 };

struct inherited {
	int listeners[INHERITED_MAX]; /* TCP */
	size_t n_listeners;
	int control; /* -1: none */
};

/* Takes them over, non-blocking and close-on-exec; none where nobody handed any. To be called once,
 * and before any thread is started, since it changes the environment. -errno, with a sentence in
 * ret_error, for one that doesn't listen, is of another kind, or is a second control socket. The
 * sockets are the caller's. */
int inherited_take(struct inherited *ret_inherited, char ret_error[INHERITED_ERROR_SIZE]);

#endif
