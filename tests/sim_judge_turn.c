/* SPDX-License-Identifier: MIT */
/* What has to hold after every turn of a loop: of viewers, memory, streams and demand. */
#include <inttypes.h>

#include "relay/demand.h"
#include "relay/publisher.h"
#include "relay/relay.h"
#include "tests/sim_judge_impl.h"
#include "tests/sim_libc.h"

enum {
	FEW_VIEWERS = 64,	  /* are looked at in every turn, */
	MANY_TURNS = 32,	  /* and more in each of so many */
	LAG_US = 2000000,	  /* how far behind a viewer is is noted within this time */
	NEWS_US = 300000,	  /* a worker takes what it is told within this time */
	HELD_US = 250000,	  /* with two pauses of its thread */
	STALL_SLACK_US = 2500000, /* who is stalled is looked for every second */
	ENDING_US = 2000000,	  /* it has so long to take its ending besides */
	DEMAND_SLACK_US =
		3000000, /* so long it may be wrong what a publisher knows of the demand */
	MIRROR_SLACK_US = 2500000, /* a mirror ends so long after its stream at the latest */
};

/* Who goes over to another rendition has what it had left out held back, but not for long. */
static bool is_held_back(const struct sim_judge *judge, struct sim_judge_seat *seat)
{
	const struct viewer *viewer = seat->viewer;
	int64_t now_us = sim_now_us(judge->sim);

	if (viewer->mover == NULL || viewer->cursor.at == viewer->feed->ring.end) {
		seat->held_back_us = 0;
		return false;
	}
	if (seat->held_back_us == 0)
		seat->held_back_us = now_us;
	return now_us - seat->held_back_us < MOVER_HOLD_BACK_US + HELD_US + NEWS_US;
}

/* Also of who is held inside a frame. */
static void judge_lag(const struct sim_judge *judge, const struct sim_judge_seat *seat)
{
	const struct viewer *viewer = seat->viewer;
	int64_t noted_us = viewer->worst_lag.us + LAG_US, now_us = sim_now_us(judge->sim);
	const uint32_t *serials = seat->history->serials;

	if (judge->failures || viewer->state == VIEWER_CLOSED || viewer->entry == NULL ||
	    seat->chosen + 1 >= seat->history->n ||
	    now_us - judge->frames[serials[seat->chosen + 1]].at_us < LAG_US)
		return;
	int64_t lag_us = now_us - judge->frames[serials[seat->chosen]].at_us;
	if (lag_us > noted_us)
		sim_fail(judge->sim, "fd %d: is %" PRId64 " us behind, noted were %" PRId64,
			 viewer->fd, lag_us, viewer->worst_lag.us);
}

static void judge_viewer(struct sim_judge *judge, const struct viewer *viewer)
{
	const struct cursor_ring *ring = &viewer->feed->ring;
	struct sim_judge_seat *seat = sim_judge_seat(judge, viewer->fd);
	int64_t stalled_us = seat->waits_us > 0 ? sim_now_us(judge->sim) - seat->waits_us : 0;
	int64_t limit_us = judge->relay->config->stall_timeout_s * 1000000 + STALL_SLACK_US;

	if (viewer->state != VIEWER_CLOSED &&
	    stalled_us > limit_us + (viewer->state == VIEWER_ENDING ? ENDING_US : 0))
		sim_fail(judge->sim, "fd %d: has taken nothing for %" PRId64 " us, and stays",
			 viewer->fd, stalled_us);
	if (viewer->state != VIEWER_IDLE) {
		judge_lag(judge, seat);
		seat->held_back_us = 0;
		return;
	}
	seat->waits_us = 0;
	if (viewer->feed->stream->held || is_held_back(judge, seat))
		return;
	if (viewer->cursor.at != ring->end || viewer->entry != NULL || io_busy(&viewer->send))
		sim_fail(judge->sim, "fd %d: is idle, but hasn't got everything", viewer->fd);
	if (!judge->failures && seat->next != seat->history->n &&
	    viewer->feed->stream->id == seat->history->stream &&
	    seat->history->n > seat->history->forgotten)
		sim_fail(judge->sim, "fd %d: is idle, but frame %" PRIu64 " is there", viewer->fd,
			 seat->next);
}

/* Published so shortly ago that it may still be news to another worker; one that has ended takes
 * its news last of all. */
static size_t count_news(struct sim_judge *judge)
{
	while (!judge->relay->workers[0].draining && judge->first_recent < judge->n_recent &&
	       sim_now_us(judge->sim) - judge->frames[judge->recent[judge->first_recent]].at_us >
		       NEWS_US)
		judge->first_recent++;
	return (judge->n_recent - judge->first_recent) * (judge->relay->n_workers - 1);
}

/* Frames that wait for their pool's owner to take them back; here all pools but the last one's are
 * of other threads, as it were. */
static size_t returned_bytes(const struct frame_pool *pool)
{
	size_t bytes = 0;

	for (const struct frame *frame = atomic_load(&pool->returned); frame != NULL;
	     frame = frame->next)
		bytes += sizeof(struct frame) + frame->capacity;
	return bytes;
}

/* What may be in memory: a frame is in its stream's ring, or on its way to one viewer, or news; or
 * a connection has one, as an answer or being filled, and in the course of this growing. */
static void judge_memory(struct sim_judge *judge)
{
	const struct relay *relay = judge->relay;
	size_t conns = relay_total(relay, conns_now), viewers = relay_total(relay, viewers_now);
	size_t streams = 0, used = 0, returned = 0;
	struct list *link;

	for (unsigned i = 0; i < relay->n_workers; i++) {
		const struct frame_pool *pool = &relay->workers[i].pool;

		used += counter_get(&pool->used_bytes) - returned_bytes(pool);
		returned += returned_bytes(pool);
		list_each (link, &relay->workers[i].streams)
			streams++;
	}
	size_t of_a_send = relay->config->coalesce_ms > 0 ? FEED_BUNDLE_FRAMES : 1;
	size_t frames =
		streams * (judge->limits.frames + 1) + viewers * of_a_send + count_news(judge);
	size_t filled = 2 * (judge->largest + (size_t)relay->config->max_frame_bytes);
	if (used > frames * judge->largest + conns * filled)
		sim_fail(judge->sim,
			 "frames take %zu bytes; at most %zu of %zu are in use, and %zu filled",
			 used, frames, judge->largest, conns);
	size_t bound = used + returned + relay->n_workers * (FRAME_POOL_SPARE + (2 << 20)) +
		       conns * ((size_t)relay->config->max_header_bytes + (80 << 10)) +
		       viewers * (1024 + of_a_send * sizeof(struct feed_entry) +
				  sizeof(struct feed_bundle));
	if (sim_libc_used_bytes() > bound)
		sim_fail(judge->sim, "%zu bytes are allocated, at most %zu should be",
			 sim_libc_used_bytes(), bound);
}

/* Viewers are told of frames soon, also when more were expected to follow. */
static void judge_held(struct sim_judge *judge, const struct stream *stream)
{
	struct sim_judge_history *history = sim_judge_history(judge, stream);

	if (!stream->held || judge->failures || history->held != history->n)
		history->held_us = 0;
	history->held = history->n;
	if (!stream->held || judge->failures)
		return;
	if (history->held_us == 0)
		history->held_us = sim_now_us(judge->sim);
	else if (sim_now_us(judge->sim) - history->held_us > HELD_US + stream->worker->coalesce_us)
		sim_fail(judge->sim, "worker %u: stream %s has kept a frame to itself for too long",
			 stream->worker->index, stream->name);
}

/* What a worker mirrors goes after its home has. */
static void judge_mirror(struct sim_judge *judge, const struct stream *stream)
{
	struct worker *home = stream_home(stream->worker, slice_from(stream->name));

	if (!stream->mirror || stream->ending || stream->worker->draining)
		return;
	struct sim_judge_history *history = sim_judge_history(judge, stream);
	if (stream_find_id(home, stream->id) != NULL)
		history->orphan_us = 0;
	else if (history->orphan_us == 0)
		history->orphan_us = sim_now_us(judge->sim);
	else if (sim_now_us(judge->sim) - history->orphan_us > MIRROR_SLACK_US)
		sim_fail(judge->sim, "worker %u: stream %s is there, but ended long ago",
			 stream->worker->index, stream->name);
}

/* At home. */
static void judge_demand(struct sim_judge *judge, const struct stream *stream)
{
	struct sim_judge_history *history = sim_judge_history(judge, stream);
	uint64_t wanted = 0;
	struct list *link;

	if (stream->mirror || stream->publisher == NULL || stream->publisher->demand == NULL ||
	    judge->relay->workers[0].draining || judge->failures) {
		history->unasked_us = 0;
		return;
	}
	for (unsigned i = 0; i < judge->relay->n_workers; i++) {
		list_each (link, &judge->relay->workers[i].streams) {
			const struct stream *there = list_item(link, struct stream, link);

			if (there->id == stream->id)
				wanted += there->n_viewers + (there->asked_us != 0);
		}
	}
	if (wanted != demand_of(stream))
		sim_fail(judge->sim, "stream %s: %" PRIu64 " want it, %" PRIu64 " are counted",
			 stream->name, wanted, demand_of(stream));
	if ((stream->told_demand > 0) == (wanted > 0) && (wanted == 0 || !stream->paused))
		history->unasked_us = 0;
	else if (history->unasked_us == 0)
		history->unasked_us = sim_now_us(judge->sim);
	else if (sim_now_us(judge->sim) - history->unasked_us > DEMAND_SLACK_US)
		sim_fail(judge->sim, "stream %s: %" PRIu64 " want it, its publisher %s",
			 stream->name, wanted, stream->paused ? "pauses" : "isn't told");
}

void sim_judge_turned(void *context)
{
	struct sim_judge *judge = context;
	const struct relay *relay = judge->relay;
	struct list *link;

	judge_memory(judge);
	if (relay_total(relay, viewers_now) > FEW_VIEWERS &&
	    sim_turns(judge->sim) % MANY_TURNS != 0)
		return;
	for (unsigned i = 0; i < relay->n_workers; i++) {
		list_each (link, &relay->workers[i].viewers)
			judge_viewer(judge, list_item(link, struct viewer, all));
		if (sim_turns(judge->sim) % MANY_TURNS != 0)
			continue;
		list_each (link, &relay->workers[i].streams) {
			judge_mirror(judge, list_item(link, struct stream, link));
			judge_held(judge, list_item(link, struct stream, link));
			judge_demand(judge, list_item(link, struct stream, link));
		}
	}
}
