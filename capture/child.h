/* SPDX-License-Identifier: MIT */
/*
 * A process of this same program, for what reads other people's files: if it crashes, or stands
 * still with a disk, that stays there. It ends when this one does.
 */
#ifndef SPILLWAY_CAPTURE_CHILD_H
#define SPILLWAY_CAPTURE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/io.h"

enum {
	CHILD_PATH_SIZE = 32,
	CHILD_GRACE_US = 5000000, /* to end well in */
};

struct child;

/* Called from io_run(); status is as waitpid() gives it. The child may be started again, or
 * freed. */
typedef void child_ended(struct child *child, int status);

struct child { /* start with {0} */
	struct io *io;
	struct io_op exit, grace;
	pid_t pid; /* 0: none */
	int fd;	   /* the process's */
	int status;
	child_ended *ended;
};

struct child_order {
	const char *const *argv; /* with the program's name, and a NULL at the end */
	const char *key;	 /* in its $SPILLWAY_KEY, and not in ours or nobody's; NULL: none */
	int file;		 /* a descriptor that it gets, with the same number; borrowed */
	int output;		 /* its standard output; -1: ours; borrowed */
};

/* Where a process finds a file by the descriptor. */
void child_path(int file, char ret_path[CHILD_PATH_SIZE]);
/* Ends with child_ended(); -errno when it can't be started. */
int child_start(struct child *child, struct io *io, const struct child_order *order,
		child_ended *ended);
bool child_runs(const struct child *child);
/* Nothing when it doesn't run. */
void child_signal(const struct child *child, int signal);
/* SIGTERM; and SIGKILL, where it still runs after CHILD_GRACE_US. Nothing when it doesn't run. */
void child_end(struct child *child);

#endif
