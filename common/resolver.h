/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts to addresses, without holding up the loop: getaddrinfo(3) waits for name servers,
 * so it runs in a thread of its own, which wakes the loop by an eventfd. Addresses in figures are
 * done at once, without a thread.
 */
#ifndef SPILLWAY_RESOLVER_H
#define SPILLWAY_RESOLVER_H

#include <netdb.h>

#include "common/io.h"

struct resolver;
struct lookup;

/* error is 0, a code for resolver_sentence(), or -ECANCELED; addresses is NULL but for 0, and is to
 * be freed with freeaddrinfo(). Called from io_run(). */
typedef void resolver_done(struct resolver *resolver, int error, struct addrinfo *addresses);

struct resolver { /* lives in what it works for; start with {0} */
	struct io *io;
	struct io_op op; /* busy from the start until done was called */
	struct lookup *lookup;
	int error; /* without a thread */
	int fd;	   /* the eventfd, of the loop; -1: no thread */
	resolver_done *done;
};

/* host and port are copied. */
void resolver_start(struct resolver *resolver, struct io *io, const char *host, const char *port,
		    resolver_done *done);
/* Ends it soon with -ECANCELED, or with what there is by then. Nothing when it is idle. */
void resolver_cancel(struct resolver *resolver);
bool resolver_busy(const struct resolver *resolver);
const char *resolver_sentence(int error);

#endif
