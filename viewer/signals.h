/* SPDX-License-Identifier: MIT */
/*
 * Signals of the process as events of a loop. There is one of these at a time, as a process has one
 * set of handlers.
 *
 * A signal that asks to end is caught once: a second one ends the process, whatever it does then.
 */
#ifndef SPILLWAY_SIGNALS_H
#define SPILLWAY_SIGNALS_H

#include "common/io.h"

struct signals {
	void (*caught)(struct signals *signals, int number); /* 0: after signals_cancel() */

	/* The rest is private. */
	struct io *io;
	int fd;
	struct io_op ready;
	bool cancelled;
};

/* Catches SIGINT, SIGTERM and SIGHUP, and those of `more` (ends with 0), unless they are ignored.
 * -errno. */
int signals_open(struct signals *signals, struct io *io, const int more[]);
/* Its operation ends soon. */
void signals_cancel(struct signals *signals);
bool signals_busy(const struct signals *signals);
/* When it isn't busy. Signals do what they did before. */
void signals_close(struct signals *signals);

#endif
