/* SPDX-License-Identifier: MIT */
/*
 * Makes files durable and closes them: fsync() of a long recording takes as long as the disk likes.
 * In a thread it doesn't hold up the frames of the next file. The struct is the caller's.
 */
#ifndef SPILLWAY_SAVER_H
#define SPILLWAY_SAVER_H

#include <pthread.h>
#include <stdbool.h>

struct saver { /* start with {0} */
	/* The rest is private. */
	pthread_t thread;
	bool busy;
	int fd;
	int error;
};

/* At once, and takes over the descriptor in any case. -errno; of what can't be made durable, such
 * as a FIFO, 0. */
int saver_save(int fd);
/* The same in the thread, one at a time: only after saver_finish(). Where there is no thread, at
 * once. */
void saver_take(struct saver *saver, int fd);
/* Waits for what was taken last: -errno of it, told once. */
int saver_finish(struct saver *saver);

#endif
