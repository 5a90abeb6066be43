/* SPDX-License-Identifier: MIT */
/*
 * A worker: one thread's share of the relay. It owns its loop, its streams, connections and
 * viewers, and the pool of the frames that its publishers make; nothing in it is touched by another
 * thread, but for its counters, which any may read. What workers have to tell each other is in
 * bus.h.
 */
#ifndef SPILLWAY_WORKER_H
#define SPILLWAY_WORKER_H

#include "common/io.h"
#include "common/list.h"
#include "common/peers.h"
#include "relay/ages.h"
#include "relay/config.h"
#include "relay/counter.h"
#include "relay/cursor.h"
#include "relay/frame.h"
#include "relay/slab.h"

enum {
	WORKER_SWEEP_US = 250000, /* how often what has no timer of its own is looked at */
	WORKER_AGE_SAMPLES = 32,  /* viewers that a sweep asks how old what they get is */
	WORKER_SCRATCH = 4096,
	WORKER_BUCKETS = 256,
	WORKER_DRAINS = 2, /* a worker is told to end well, and then to end at once */
};

/* How the first worker tells another one so. There from the start, so that it can't fail. */
struct worker_drain {
	struct io_message message;
	struct worker *to;
	const char *reason; /* a constant */
};

struct counters {
	/* how many there are now */
	counter streams_now, publishers_now; /* at home here */
	counter conns_now, viewers_now;
	/* everything ever counted */
	counter frames_in, bytes_in;
	counter frames_out, bytes_out;
	counter frames_refused; /* from publishers: out of order */
	counter dropped[CURSOR_REASONS];
	counter connections, requests, errors;
	counter viewers, publishers;
	counter viewers_stalled; /* closed because they took nothing */
};

struct worker {
	_Alignas(64) struct relay *relay; /* borrowed; what the workers share */
	unsigned index;			  /* in relay->workers */
	const struct relay_config
		*config; /* borrowed; another one after a turn in which it was reloaded */
	struct io *io;
	struct frame_pool pool;
	struct slab viewer_slab;
	struct cursor_limits limits;
	int64_t coalesce_us; /* viewers are told of frames so late at the most; 0: at once */
	struct counters counters;
	struct list listeners;
	struct list streams; /* at home here, and mirrors of others */
	struct list streams_by_id[WORKER_BUCKETS];
	struct list conns;     /* connections that are no viewers */
	struct list viewers;   /* all; who was sampled last is the last */
	struct list movers;    /* of viewers that may go from one rendition to another */
	struct list waiting;   /* conns that wait for a stream */
	struct list libraries; /* publishers with a catalogue; at home here */
	struct list sessions;
	size_t large_bytes; /* of their large answers */
	uint64_t last_id;
	int64_t started_us;
	int64_t swept_us;     /* the last long sweep's time */
	int64_t sweep_due_us; /* the next sweep's */
	struct ages loop_lag; /* by how much sweeps were late */
	counter ticked_us;    /* when the last sweep was; 0: none yet */
	struct io_op sweep;
	struct worker_drain drains[WORKER_DRAINS];
	struct io_message ending; /* to the first worker: this one has drained; and back: stop */
	bool has_said;		  /* that it has drained, or all have */
	unsigned n_drained;	  /* the first one's: of the others */
	bool draining;
	bool stopping; /* everything has gone */
	int64_t drain_until_us;
	struct control_socket *control; /* NULL: none */
	char scratch[WORKER_SCRATCH];	/* for input that nobody reads */
};

/* In the worker's own thread. relay and io are borrowed. */
void worker_init(struct worker *worker, struct relay *relay, unsigned index, struct io *io);
/* config (borrowed) holds from now on, for what is there, too. */
void worker_configure(struct worker *worker, const struct relay_config *config);
/* A number that no worker has given away before. */
uint64_t worker_id(struct worker *worker);
/* After all workers' io_run() have returned. */
void worker_finish(struct worker *worker);

/*
 * Ends well: no new connections, frames in flight are finished, publishers and viewers are told
 * why, and the loop stops when all have gone, or after the configured time. A second call stops at
 * once. (relay_drain() ends all workers.)
 */
void worker_drain(struct worker *worker, const char *reason);
/* Something has gone; when it was the last and the worker drains, the loop stops. */
void worker_check_drained(struct worker *worker);

#endif
