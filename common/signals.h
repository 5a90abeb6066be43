/* SPDX-License-Identifier: MIT */
/*
 * Signals to a service as events of its loop, by signalfd(2): input like any other, so that nothing
 * happens behind its back. A second one is told like the first. SIGPIPE is ignored.
 */
#ifndef SPILLWAY_SERVICE_SIGNALS_H
#define SPILLWAY_SERVICE_SIGNALS_H

#include "common/io.h"

struct signals {
	void (*end)(void *context);    /* SIGTERM, SIGINT */
	void (*reload)(void *context); /* SIGHUP; NULL: it does what it does to any process */
	void *context;		       /* borrowed */
	struct io *io;		       /* the rest is signals.c's */
	struct io_op op;
	int fd;
};

/* The first three members are set. Before any thread is started, since threads inherit the mask.
 * -errno. */
int signals_init(struct signals *signals, struct io *io);
/* When the loop has ended. */
void signals_finish(struct signals *signals);

#endif
