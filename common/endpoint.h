/* SPDX-License-Identifier: MIT */
/* Sockets that listen, on every address that ADDR:PORT stands for. */
#ifndef SPILLWAY_ENDPOINT_H
#define SPILLWAY_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/io.h"

/* Who takes the sockets. */
struct endpoint_user {
	const char *default_port;
	/* Takes over fd, which listens on this address. Returns 0, or -errno. */
	int (*opened)(void *context, int fd, const struct sockaddr_storage *address, socklen_t len);
	void *context;
};

/* Listens on every address of the endpoint; localhost is 127.0.0.1 and ::1, whichever the machine
 * has. Port 0 takes a free one, the same for all. Returns 0 when it listens on one at least; else
 * -errno, with a sentence in ret_error. It waits up to a second for a port that is taken. */
int endpoint_listen(struct io *io, const char *endpoint, const struct endpoint_user *user,
		    char *ret_error, size_t error_size);
/* On one address; join: beside others that listen there (SO_REUSEPORT). Returns the socket, or
 * -errno. */
int endpoint_listen_at(struct io *io, const struct sockaddr_storage *address, socklen_t len,
		       bool join);
/* Whether one of these sockets, which listen, is at an address that the endpoint stands for. */
bool endpoint_is_served(const char *endpoint, const char *default_port, const int fds[], size_t n);

#endif
