/* SPDX-License-Identifier: MIT */
/* Waits for one server to come and ask over HTTP, and answers it: how servers are fed that
 * fetch. */
#ifndef SPILLWAY_BENCH_ANSWERER_H
#define SPILLWAY_BENCH_ANSWERER_H

#include <netinet/in.h>

#include "common/io.h"
#include "common/slice.h"

enum { ANSWERER_REQUEST_SIZE = 2048 };

struct answerer;

/* error 0: the descriptor is the receiver's from here on. */
typedef void answerer_done(struct answerer *answerer, int error);

struct answerer {
	int fd; /* the result */

	/* the rest is private */
	struct io_op accept, op;
	struct io *io;
	int listener;
	struct slice answer;
	answerer_done *done;
	size_t sent, have;
	char request[ANSWERER_REQUEST_SIZE];
};

/* Listens on this address; answer, which begins with a response's head, is borrowed until done is
 * called, from io_run(). A negative result says why it can't listen. */
int answerer_start(struct answerer *answerer, struct io *io, const struct sockaddr_in *address,
		   struct slice answer, answerer_done *done);

#endif
