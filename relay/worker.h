/* SPDX-License-Identifier: MIT */
/*
 * A worker: one thread's share of the relay. It owns its loop, its streams, connections and viewers,
 * and the pool of the frames that its publishers make; nothing in it is touched by another thread.
 */
#ifndef SPILLWAY_WORKER_H
#define SPILLWAY_WORKER_H

#include "common/io.h"
#include "common/list.h"
#include "relay/config.h"
#include "relay/cursor.h"
#include "relay/frame.h"
#include "relay/peers.h"

enum {
	WORKER_SWEEP_US = 250000, /* how often what has no timer of its own is looked at */
	WORKER_SCRATCH = 4096,
};

/* Everything ever counted; only grows. */
struct counters {
	uint64_t frames_in, bytes_in;
	uint64_t frames_out, bytes_out;
	uint64_t frames_refused; /* from publishers: out of order */
	uint64_t dropped[CURSOR_REASONS];
	uint64_t connections, requests, errors;
	uint64_t viewers, publishers;
	uint64_t viewers_stalled; /* closed because they took nothing */
};

struct worker {
	const struct relay_config *config; /* borrowed */
	struct io *io;
	struct frame_pool pool;
	struct cursor_limits limits;
	struct counters counters;
	struct peers peers;
	struct list listeners;
	struct list streams;
	struct list conns;   /* connections that are no viewers */
	struct list viewers; /* all, by age */
	struct list waiting; /* conns that wait for a stream */
	size_t n_streams, n_conns, n_viewers, n_publishers;
	uint64_t next_id;
	int64_t started_us;
	int64_t swept_us; /* the last sweep's time */
	struct io_op sweep;
	bool draining;
	int64_t drain_until_us;
	struct control *control;      /* NULL: none */
	char scratch[WORKER_SCRATCH]; /* for input that nobody reads */
};

/* config and io are borrowed. */
void worker_init(struct worker *worker, const struct relay_config *config, struct io *io);
/* After io_run() has returned. */
void worker_finish(struct worker *worker);

/*
 * Ends well: no new connections, frames in flight are finished, publishers and viewers are told why,
 * and the loop stops when all have gone, or after the configured time. A second call stops at once.
 */
void worker_drain(struct worker *worker, const char *reason);
/* Something has gone; when it was the last and the worker drains, the loop stops. */
void worker_check_drained(struct worker *worker);

#endif
