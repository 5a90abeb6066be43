/* SPDX-License-Identifier: MIT */
/* Opens one conversation with a server: connects, sends a request, reads the response's head, where
 * there is one. */
#ifndef SPILLWAY_BENCH_OPENER_H
#define SPILLWAY_BENCH_OPENER_H

#include <netinet/in.h>

#include "common/http.h"
#include "common/io.h"

enum { OPENER_HEAD_SIZE = 2048 };

/* What may be wanted besides a status of HTTP. */
enum {
	OPENER_NOTHING = 0,   /* that the request was said is all */
	OPENER_ANYTHING = -1, /* whatever bytes come first */
};

struct opener;

/* error 0: the descriptor is the receiver's from here on. Otherwise it is closed already; -EPROTO
 * where the response is another than was wanted. The opener may be started again at once. */
typedef void opener_done(struct opener *opener, int error);

struct opener {
	/* the result: borrowed until the opener is started again */
	int fd;
	struct http_head response;
	struct slice early; /* what came right behind the head, or what came */

	/* the rest is private */
	struct io_op op;
	struct io *io;
	struct sockaddr_in server;
	struct slice request;
	int status; /* wanted */
	opener_done *done;
	size_t sent, have;
	char head[OPENER_HEAD_SIZE];
};

struct opener_target {
	struct sockaddr_in server;
	struct in_addr source;
	struct slice request; /* borrowed until the opener is done */
	int status;	      /* wanted; or one of the above */
	int receive_buffer;   /* bytes; 0: as the kernel likes */
	int segment;	      /* the longest, bytes; 0: loopback's, 64 KB */
};

/* done is called from io_run(), but for a negative result, which says why it can't start. */
int opener_start(struct opener *opener, struct io *io, const struct opener_target *target,
		 opener_done *done);

#endif
