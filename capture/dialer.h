/* SPDX-License-Identifier: MIT */
/*
 * A connection to a host: looks up its name, and tries its addresses one after another until one of
 * them answers.
 */
#ifndef SPILLWAY_CAPTURE_DIALER_H
#define SPILLWAY_CAPTURE_DIALER_H

#include <stdbool.h>

#include "common/io.h"
#include "common/resolver.h"

enum {
	DIALER_LOOKUP_US = 15000000,
	DIALER_CONNECT_US = 5000000, /* for each address */
};

struct dialer;

/* fd is a connected socket, which is taken over; or -errno, and why is a sentence: -ECANCELED after
 * dialer_cancel(). Called from io_run(); the dialer is idle by then. */
typedef void dialer_done(struct dialer *dialer, int fd, const char *why);

struct dialer { /* lives in what it works for; start with {0} */
	struct io *io;
	dialer_done *done;
	struct resolver resolver;
	struct addrinfo *addresses, *next; /* owned; the one to be tried next */
	struct io_op connect, timer;
	int fd;
	int error;	 /* of what was tried last; 0: it answered */
	const char *why; /* the same as a sentence */
	bool cancelled, timed_out;
};

/* host and port are copied. */
void dialer_start(struct dialer *dialer, struct io *io, const char *host, const char *port,
		  dialer_done *done);
/* Ends it soon. Nothing when it is idle. */
void dialer_cancel(struct dialer *dialer);
bool dialer_busy(const struct dialer *dialer);

#endif
