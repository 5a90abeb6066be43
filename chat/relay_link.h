/* SPDX-License-Identifier: MIT */
/*
 * The connection to a relay's control socket, for as long as the chat runs: it subscribes to what happens to
 * streams, and when the connection is lost, or the relay isn't there, it tries again, with longer and longer
 * pauses (backoff.h). Nothing waits for it.
 *
 *	1. event() is called with each stream that is live, then changed(0).
 *	2. event() with whatever happens.
 *	3. changed(-errno) when it can't be heard (again), for each try; and on from 1.
 */
#ifndef SPILLWAY_RELAY_LINK_H
#define SPILLWAY_RELAY_LINK_H

#include <sys/un.h>

#include "chat/relay_event.h"
#include "common/backoff.h"
#include "common/control.h"
#include "common/io.h"

enum {
	RELAY_LINK_MAX_LINE = 4096,	/* bytes, with the LF */
	RELAY_LINK_ANSWER_US = 5000000, /* the relay has so long to answer */
};

enum relay_link_state {
	RELAY_LINK_TRYING, /* until the relay has answered, at one place or another */
	RELAY_LINK_FOLLOWING,
	RELAY_LINK_OVER, /* until the timer is free */
	RELAY_LINK_WAITING,
};

struct relay_link {
	struct io *io;	  /* borrowed */
	const char *wish; /* borrowed; NULL: the usual places (control.h) */
	void (*event)(struct relay_link *link, const struct relay_event *event);
	/* 0, or why not: -EPROTO for what isn't said by a relay, -ENOTSUP for one that refuses,
	 * … */
	void (*changed)(struct relay_link *link, int result);
	void (*ended)(struct relay_link *link); /* after relay_link_end() */

	char path[CONTROL_PATH_SIZE]; /* the place that was tried last */
	enum relay_link_state state;

	/* private */
	struct io_op in; /* connects, too */
	struct io_op out, timer;
	int fd; /* -1: none */
	size_t place;
	bool connected, ending;
	int error;   /* why this connection is being given up */
	int refusal; /* what stood in the way at the first place where there was something */
	char refusal_path[CONTROL_PATH_SIZE];
	struct backoff backoff;
	struct sockaddr_un address;
	char line[RELAY_LINK_MAX_LINE];
	size_t len;
};

/* The public part has been filled; the rest is zero. */
void relay_link_start(struct relay_link *link);
/* Ends it; ended() is called when it has, at once perhaps. */
void relay_link_end(struct relay_link *link);

#endif
