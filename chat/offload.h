/* SPDX-License-Identifier: MIT */
/*
 * Work that would hold up the loop, done by threads beside it: jobs wait in a bounded queue, threads
 * take them in their order, and the loop hears of each when it is done.
 *
 *	1. offload_add(offload, &thing->job, thing_done) queues a job, or refuses it; it never waits.
 *	   The job, which lives in the thing it works for, is borrowed until it is done.
 *	2. work() is called by a thread with a chain of jobs: as many as waited, `batch` at the most. It sets
 *	   each one's result. All of a chain are done together, when it returns.
 *	3. thing_done(job, result) is called from io_run(). By then the job is free for its next use.
 *
 * The loop's operation (an eventfd) is busy only while jobs are under way, so a service that ends waits
 * until offload_idle(), stops its loop, and destroys.
 */
#ifndef SPILLWAY_OFFLOAD_H
#define SPILLWAY_OFFLOAD_H

#include "common/io.h"

struct offload;
struct offload_job;

typedef void offload_done(struct offload_job *job, int result);

struct offload_job {
	offload_done *done;
	int result;
	/* The rest belongs to the implementation. */
	struct offload_job *next;
	bool waited_for, finished;
};

struct offload_type {
	void (*work)(void *context, struct offload_job *jobs);
	/* What is to be done after the jobs were told, by the same thread. May be NULL. */
	void (*after)(void *context);
	size_t threads;
	size_t batch;	 /* jobs that work() is given at once */
	size_t max_jobs; /* under way at once */
};

/* type, context and io are borrowed; io may be NULL where only offload_do() is used. -ENOMEM, or
 * what the kernel says about threads and descriptors. The threads take no signals. */
int offload_create(struct offload **ret_offload, struct io *io, const struct offload_type *type,
		   void *context);
/* Must be idle. Accepts NULL. */
void offload_destroy(struct offload *offload);

/* By the loop's thread only. -EAGAIN: max_jobs are under way. */
int offload_add(struct offload *offload, struct offload_job *job, offload_done *done);
/* Waits until the job is done, and returns its result: for starting, and for programs without a
 * loop. */
int offload_do(struct offload *offload, struct offload_job *job);
/* How many jobs were added, and not told yet. */
size_t offload_under_way(const struct offload *offload);
/* Whether nothing is under way. */
bool offload_idle(const struct offload *offload);

#endif
