/* SPDX-License-Identifier: MIT */
/*
 * Threads that work beside the loop: as many as there are cores to run on, up to POOL_THREADS.
 *
 *	1. Who has work asks pool_has_room(), and leaves the work where every thread has some: what
 *	   is late is dropped, not queued.
 *	2. pool_begin() gives it a job, on a lane. job->run() is called in one of its threads.
 *	3. job->done() is called from io_run(). The jobs of a lane are done in the order in which
 *	   they were begun, however long each runs; those of different lanes don't wait for each
 *	   other.
 *	4. pool_told() follows when some were done: there may be room again.
 *
 * A job, like an io_op, lives inside what it works for. What the loop wrote before pool_begin() its
 * run() sees, and what that wrote its done() sees; nothing else may be touched by both at a time.
 */
#ifndef SPILLWAY_CAPTURE_POOL_H
#define SPILLWAY_CAPTURE_POOL_H

#include <stdbool.h>

#include "common/io.h"

enum { POOL_THREADS = 16 };

struct pool_job {
	void (*run)(struct pool_job *job); /* NULL: it is only to be done in its turn */
	void (*done)(struct pool_job *job);

	/* The rest belongs to the pool. */
	struct pool_job *next;	/* to be run, or finished */
	struct pool_job *after; /* in its lane */
	struct pool_lane *lane;
	bool finished;
};

struct pool_lane { /* start with {0} */
	struct pool_job *first, *last;
	struct pool_lane *next; /* with finished jobs */
	bool listed;
};

typedef void pool_told(void *context);

struct pool;

/* n_threads 0: as many as there are cores. -errno. */
int pool_create(struct pool **ret_pool, struct io *io, unsigned n_threads, pool_told *told,
		void *context);
/* Accepts NULL. Not while it is busy, nor from within. */
void pool_destroy(struct pool *pool);

/* Whether a thread has nothing to do. */
bool pool_has_room(const struct pool *pool);
/* Whether jobs aren't done yet. */
bool pool_is_busy(const struct pool *pool);
/* Both are borrowed until the job is done. Jobs that belong together may be more than there is room
 * for; they wait for a thread. */
void pool_begin(struct pool *pool, struct pool_lane *lane, struct pool_job *job);
/* Whether jobs of that lane aren't done yet. */
static inline bool pool_lane_is_busy(const struct pool_lane *lane)
{
	return lane->first != NULL;
}

#endif
