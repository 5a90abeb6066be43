/* SPDX-License-Identifier: MIT */
#include "relay/worker.h"

#include <assert.h>
#include <errno.h>

#include "common/control_socket.h"
#include "relay/conn.h"
#include "relay/control.h"
#include "relay/listener.h"
#include "relay/mover.h"
#include "relay/relay.h"
#include "relay/session.h"
#include "relay/stream.h"
#include "relay/viewer.h"

enum { RATE_US = 1000000 }; /* rates are measured over so long */
_Static_assert((int)WORKER_SWEEP_US == (int)LADDER_TICK_US, "the ladder's tick is the sweep");

static void swept(struct io_op *op, int result);

static bool is_empty(const struct worker *worker)
{
	return list_empty(&worker->conns) && list_empty(&worker->viewers) &&
	       list_empty(&worker->streams) && list_empty(&worker->listeners);
}

static void stop_arrived(struct io_message *message)
{
	struct worker *worker = list_item(message, struct worker, ending);

	worker->stopping = true;
	io_cancel(worker->io, &worker->sweep); /* whose end stops the loop */
}

static void drained_arrived(struct io_message *message)
{
	struct worker *first = &list_item(message, struct worker, ending)->relay->workers[0];

	first->n_drained++;
	worker_check_drained(first);
}

/* Who is empty while it drains stays so, but goes on: until all are, the first one listens to
 * signals and to the control socket, which goes last, and the others answer its questions. */
void worker_check_drained(struct worker *worker)
{
	struct relay *relay = worker->relay;
	struct worker *first = &relay->workers[0];

	if (!worker->draining || worker->has_said || !is_empty(worker))
		return;
	if (worker != first) {
		worker->has_said = true;
		worker->ending.arrived = drained_arrived;
		io_message(worker->io, first->io, &worker->ending);
		return;
	}
	if (first->n_drained < relay->n_workers - 1)
		return;
	if (first->control != NULL) {
		control_socket_end(first->control);
		return;
	}
	first->has_said = true;
	for (unsigned i = 0; i < relay->n_workers; i++) {
		relay->workers[i].ending.arrived = stop_arrived;
		io_message(first->io, relay->workers[i].io, &relay->workers[i].ending);
	}
}

/* Everything that is left goes, well or not. */
static void force_end(struct worker *worker)
{
	struct list *link, *after;

	list_each_safe (link, after, &worker->conns) {
		struct conn *conn = list_item(link, struct conn, link);

		if (conn->state == CONN_LENT)
			conn_end(conn, "the relay is shutting down");
		else
			conn_close(conn);
	}
	list_each_safe (link, after, &worker->viewers)
		viewer_close(list_item(link, struct viewer, all));
	list_each_safe (link, after, &worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);

		if (stream->mirror) /* nobody is left to be told why */
			stream_end(stream, "", false);
	}
}

/* Nobody who takes nothing holds up the end, and nobody for ever. */
static void drain_on(struct worker *worker, int64_t now_us)
{
	struct list *link, *after;

	list_each_safe (link, after, &worker->viewers)
		viewer_check_stalled(list_item(link, struct viewer, all), now_us);
	if (now_us >= worker->drain_until_us)
		force_end(worker);
}

/* The ages at the viewers, estimated: a few of them at a time, in turn. */
static void sample_ages(struct worker *worker, int64_t now_us)
{
	struct list *last = worker->viewers.prev, *link = NULL;
	bool empty = list_empty(&worker->viewers);

	for (unsigned n = 0; !empty && n < WORKER_AGE_SAMPLES && link != last; n++) {
		link = worker->viewers.next;
		list_remove(link);
		list_add_tail(&worker->viewers, link);
		viewer_sample_age(list_item(link, struct viewer, all), now_us);
	}
}

static void sweep_next(struct worker *worker, int64_t now_us)
{
	worker->sweep_due_us = now_us + WORKER_SWEEP_US;
	io_timer(worker->io, &worker->sweep, worker->sweep_due_us, swept);
}

static void swept(struct io_op *op, int result)
{
	struct worker *worker = list_item(op, struct worker, sweep);
	int64_t now_us = io_now_us(worker->io);
	int64_t elapsed_us = now_us - worker->swept_us;
	struct list *link, *after;

	if (worker->stopping) {
		/* One more round, in which what was said last goes out; unless it had become due
		 * just when it was cancelled: then the others learn of it with their own sweep. */
		if (result == -ECANCELED)
			io_timer(worker->io, op, now_us + 1, swept);
		else
			io_stop(worker->io);
		return;
	}
	ages_add(&worker->loop_lag, now_us - worker->sweep_due_us);
	counter_set(&worker->ticked_us, (uint64_t)now_us);
	if (worker->index == 0)
		relay_tick(worker->relay, now_us);
	list_each_safe (link, after, &worker->conns)
		conn_check_deadline(list_item(link, struct conn, link), now_us);
	if (elapsed_us >= RATE_US) {
		list_each_safe (link, after, &worker->streams)
			stream_sweep(list_item(link, struct stream, link), elapsed_us);
		worker->swept_us = now_us;
	}
	frame_pool_collect(&worker->pool);
	control_sweep(worker);
	sample_ages(worker, now_us);
	movers_tick(worker);
	session_sweep(worker);
	if (worker->draining)
		drain_on(worker, now_us);
	sweep_next(worker, now_us);
}

/* What was held is not to be too old by that. */
static int64_t coalesce_us(const struct relay_config *config)
{
	int64_t most_ms = config->max_lag_ms / 2;

	return 1000 * (config->coalesce_ms < most_ms ? config->coalesce_ms : most_ms);
}

static void follow(struct worker *worker, const struct relay_config *config)
{
	worker->config = config;
	worker->limits = (struct cursor_limits){.frames = (uint32_t)config->queue_frames,
						.lag_us = config->max_lag_ms * 1000};
	worker->coalesce_us = coalesce_us(config);
}

void worker_configure(struct worker *worker, const struct relay_config *config)
{
	struct list *link, *after;

	follow(worker, config);
	list_each_safe (link, after, &worker->streams)
		stream_configure(list_item(link, struct stream, link));
}

void worker_init(struct worker *worker, struct relay *relay, unsigned index, struct io *io)
{
	*worker = (struct worker){
		.relay = relay,
		.index = index,
		.io = io,
		.started_us = io_now_us(io),
		.swept_us = io_now_us(io),
		.last_id = index,
	};
	follow(worker, relay->config);
	frame_pool_init(&worker->pool);
	slab_init(&worker->viewer_slab, sizeof(struct viewer));
	list_init(&worker->listeners);
	list_init(&worker->streams);
	list_init(&worker->conns);
	list_init(&worker->viewers);
	list_init(&worker->movers);
	list_init(&worker->waiting);
	list_init(&worker->libraries);
	list_init(&worker->sessions);
	for (size_t i = 0; i < WORKER_BUCKETS; i++)
		list_init(&worker->streams_by_id[i]);
	sweep_next(worker, io_now_us(io));
}

uint64_t worker_id(struct worker *worker)
{
	worker->last_id += worker->relay->n_workers;
	return worker->last_id;
}

void worker_finish(struct worker *worker)
{
	assert(is_empty(worker));
	session_finish(worker);
	frame_pool_finish(&worker->pool);
	slab_finish(&worker->viewer_slab);
}

void worker_drain(struct worker *worker, const char *reason)
{
	struct list *link, *after;
	int64_t timeout_us = worker->config->drain_timeout_s * 1000000;

	if (worker->draining) {
		worker->drain_until_us = 0;
		force_end(worker);
		return;
	}
	worker->draining = true;
	worker->drain_until_us = io_now_us(worker->io) + timeout_us;
	listeners_close(worker);
	list_each_safe (link, after, &worker->conns)
		conn_end(list_item(link, struct conn, link), reason);
	list_each_safe (link, after, &worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);

		/* Else it ends with its publisher, or with its home. */
		if (stream->publisher == NULL && !stream->mirror)
			stream_end(stream, reason, true);
	}
	worker_check_drained(worker);
}
