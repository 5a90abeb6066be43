/* SPDX-License-Identifier: MIT */
#include "relay/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/jpeg.h"
#include "common/log.h"
#include "relay/bus.h"
#include "relay/conn.h"
#include "relay/control.h"
#include "relay/demand.h"
#include "relay/mover.h"
#include "relay/publisher.h"
#include "relay/relay.h"
#include "relay/viewer.h"

enum { SAME_CLOCK_US = 1000000 };

/* ---- making and finding ---- */

struct stream *stream_find(const struct worker *worker, struct slice name)
{
	struct list *link;

	list_each (link, &worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);

		if (slice_equal(name, stream->name) && !stream->ending)
			return stream;
	}
	return NULL;
}

struct stream *stream_find_id(struct worker *worker, uint64_t id)
{
	struct list *bucket = &worker->streams_by_id[id % WORKER_BUCKETS], *link;

	list_each (link, bucket) {
		struct stream *stream = list_item(link, struct stream, by_id);

		if (stream->id == id && !stream->ending)
			return stream;
	}
	return NULL;
}

struct worker *stream_home(const struct worker *worker, struct slice name)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < name.len && name.data[i] != '/'; i++)
		hash = (hash ^ (unsigned char)name.data[i]) * 1099511628211u;
	return &worker->relay->workers[(hash >> 32) % worker->relay->n_workers];
}

/* Takes over the reference to tally. */
static struct stream *make_stream(struct worker *worker, struct slice name, uint64_t id,
				  struct tally *tally)
{
	struct stream *stream = tally != NULL ? calloc(1, sizeof(*stream)) : NULL;

	if (stream == NULL) {
		tally_release(tally);
		return NULL;
	}
	stream->worker = worker;
	slice_copy(name, stream->name, sizeof(stream->name));
	stream->id = id;
	stream->tally = tally;
	stream->last_pts_us = -1;
	list_init(&stream->feeds);
	list_init(&stream->link);
	list_add_tail(&worker->streams, &stream->link);
	list_init(&stream->by_id);
	list_add_tail(&worker->streams_by_id[id % WORKER_BUCKETS], &stream->by_id);
	return stream;
}

struct stream *stream_open(struct worker *worker, struct slice name, int *ret_error)
{
	struct stream *stream = stream_find(worker, name);

	if (stream != NULL)
		return stream;
	*ret_error = -EMFILE;
	if (relay_total(worker->relay, streams_now) >= (uint64_t)worker->config->max_streams)
		return NULL;
	*ret_error = -ENOMEM;
	stream = make_stream(worker, name, worker_id(worker),
			     tally_create(worker->relay->n_workers));
	if (stream != NULL)
		counter_add(&worker->counters.streams_now, 1);
	return stream;
}

struct stream *stream_mirror(struct worker *worker, const char *name, uint64_t id,
			     struct tally *tally)
{
	struct stream *stream = make_stream(worker, slice_from(name), id, tally_reference(tally));

	if (stream != NULL)
		stream->mirror = true;
	return stream;
}

void stream_check_unused(struct stream *stream)
{
	if (!stream->ending || stream->publisher != NULL || stream->n_viewers > 0 ||
	    io_busy(&stream->linger) || io_busy(&stream->hold))
		return;
	assert(list_empty(&stream->feeds));
	struct worker *worker = stream->worker;
	frame_release(stream->newest);
	list_remove(&stream->link);
	list_remove(&stream->by_id);
	if (!stream->mirror)
		counter_subtract(&worker->counters.streams_now, 1);
	tally_release(stream->tally);
	free(stream);
	worker_check_drained(worker);
}

/* ---- publishers ---- */

void stream_set_live(struct stream *stream, bool live)
{
	struct worker *worker = stream->worker;

	stream->live = live;
	stream->live_us = io_now_us(worker->io);
	control_event(worker, live ? "live" : "ended", stream);
	if (live)
		conn_wake_waiting(worker, stream->name);
	else
		movers_leave(stream, false);
}

void stream_attach(struct stream *stream, struct publisher *publisher)
{
	assert(stream->publisher == NULL && !stream->ending && !stream->mirror);
	stream->publisher = publisher;
	stream->rebase = true;
	stream->paused = false;
	counter_add(&stream->worker->counters.publishers_now, 1);
	counter_add(&stream->worker->counters.publishers, 1);
	io_cancel(stream->worker->io, &stream->linger);
	bus_live(stream);
	stream_set_live(stream, true);
}

/* The result doesn't say enough: the timer may have been due just when it was cancelled. */
static void linger_over(struct io_op *op, int result)
{
	struct stream *stream = list_item(op, struct stream, linger);
	struct worker *worker = stream->worker;
	int64_t end_us = stream->live_us + worker->config->linger_s * 1000000;

	(void)result;
	if (stream->ending)
		stream_check_unused(stream);
	else if (stream->publisher == NULL && io_now_us(worker->io) >= end_us)
		stream_end(stream, "the stream has ended", false);
	else if (stream->publisher == NULL) /* a publisher came and went meanwhile */
		io_timer(worker->io, op, end_us, linger_over);
}

void stream_tell(struct stream *stream)
{
	if (!stream->held)
		return;
	bus_wake(stream);
	stream_wake(stream);
}

void stream_detach(struct stream *stream)
{
	struct worker *worker = stream->worker;

	stream->publisher = NULL;
	counter_subtract(&worker->counters.publishers_now, 1);
	stream_tell(stream);
	log_info_of(LOG_OF(.stream = stream->name), "stream %s: its publisher has gone",
		    stream->name);
	bus_lost(stream);
	stream_set_live(stream, false);
	if (worker->draining)
		stream_end(stream, "the relay is shutting down", true);
	else if (name_session(slice_from(stream->name)).len > 0) /* nobody can take it over */
		stream_end(stream, "the stream has ended", false);
	else if (!io_busy(&stream->linger))
		io_timer(worker->io, &stream->linger,
			 stream->live_us + worker->config->linger_s * 1000000, linger_over);
}

/* But for who is on the way to another rendition. */
static void end_viewer(struct viewer *viewer)
{
	if (viewer->mover == NULL || viewer->mover->next == NULL) {
		viewer_end(viewer);
	} else if (viewer->state == VIEWER_IDLE) {
		list_remove(&viewer->link);
		list_add_tail(viewer_idle_list(viewer), &viewer->link);
	}
}

void stream_end(struct stream *stream, const char *reason, bool returns)
{
	struct list *link, *after, *viewer_link, *viewer_after;

	if (stream->ending)
		return;
	if (stream->held)
		stream_wake(stream);
	stream->live = false;
	movers_leave(stream, true);
	stream->ending = true;
	if (!stream->mirror) {
		atomic_store_explicit(&stream->tally->ended, true, memory_order_relaxed);
		bus_ended(stream, reason, returns);
	}
	io_cancel(stream->worker->io, &stream->linger);
	io_cancel(stream->worker->io, &stream->hold);
	list_each_safe (link, after, &stream->feeds) {
		struct feed *feed = list_item(link, struct feed, link);
		struct list viewers;

		feed->ending_len = feed->transport->ending(reason, returns, feed->ending);
		/* The last viewer to go takes the feed along, but none goes inside this call. */
		list_init(&viewers);
		list_move_all(&feed->idle, &viewers);
		list_move_all(&feed->trying, &viewers);
		list_each_safe (viewer_link, viewer_after, &viewers)
			end_viewer(list_item(viewer_link, struct viewer, link));
		list_each_safe (viewer_link, viewer_after, &feed->busy)
			end_viewer(list_item(viewer_link, struct viewer, link));
	}
	stream_check_unused(stream);
}

/* ---- frames ---- */

static int64_t unix_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/*
 * Where a publisher's first frame is put: now. But where a sibling's publisher has the same clock,
 * so that the frame would be there within a moment of now, where that puts it: equal pictures then
 * have equal times.
 */
static int64_t first_pts(const struct stream *stream, int64_t pts_us, int64_t now_us)
{
	struct list *link;

	list_each (link, &stream->worker->streams) {
		const struct stream *other = list_item(link, struct stream, link);
		int64_t there_us;

		if (pts_us < 0 || other == stream || !other->live || !other->clocked ||
		    other->rebase || !rendition_are_siblings(stream->name, other->name) ||
		    __builtin_add_overflow(pts_us, other->pts_offset_us, &there_us))
			continue;
		if (there_us > stream->last_pts_us && there_us > now_us - SAME_CLOCK_US &&
		    there_us < now_us + SAME_CLOCK_US)
			return there_us;
	}
	return now_us > stream->last_pts_us ? now_us : stream->last_pts_us + 1;
}

/* Puts the frame on the stream's clock: a publisher's first frame is now, the others follow it as
 * they did there. One leap into the far future would leave no time for all that come later. */
static int set_times(struct stream *stream, struct wire_header *header)
{
	int64_t now_us = io_now_us(stream->worker->io) - stream->worker->started_us;
	int64_t pts_us = now_us;

	if (header->pts_us >= 0 && !stream->rebase &&
	    __builtin_add_overflow(header->pts_us, stream->pts_offset_us, &pts_us))
		return -EINVAL;
	if (header->capture_us < 0)
		header->capture_us = unix_now_us();
	if (stream->rebase) {
		pts_us = first_pts(stream, header->pts_us, now_us);
		stream->clocked = header->pts_us >= 0;
		stream->pts_offset_us = stream->clocked ? pts_us - header->pts_us : 0;
	} else if (header->pts_us < 0 && pts_us <= stream->last_pts_us) {
		pts_us = stream->last_pts_us + 1; /* two in one turn of the loop */
	}
	if (pts_us <= stream->last_pts_us || pts_us - now_us > STREAM_MAX_AHEAD_US)
		return -EINVAL;
	header->pts_us = stream->last_pts_us = pts_us;
	return 0;
}

/* Who goes over leaves another feed for this one, so this one stays. */
static void wake_coming(struct feed *feed)
{
	struct list coming, *link, *after;

	list_init(&coming);
	list_move_all(&feed->coming, &coming);
	list_each_safe (link, after, &coming) {
		struct mover *mover = list_item(link, struct mover, coming);

		list_remove(link);
		list_add_tail(&feed->coming, link);
		if (mover->viewer->state == VIEWER_IDLE)
			viewer_wake(mover->viewer);
	}
}

static void wake_viewers(struct list *viewers)
{
	struct list *link, *after;

	list_each_safe (link, after, viewers)
		viewer_wake(list_item(link, struct viewer, link));
}

/* The last viewer to go over to another rendition takes the feed along. */
static void feed_wake(struct feed *feed)
{
	struct list viewers;

	if (feed->due != FEED_NOTHING_DUE)
		feed_tell(feed);
	if (!list_empty(&feed->coming))
		wake_coming(feed);
	list_init(&viewers);
	list_move_all(&feed->trying, &viewers);
	list_move_all(&feed->idle, &viewers);
	wake_viewers(&viewers);
}

/* Who is on trial gets each frame at once: several together could be more than the path holds. */
static void wake_trying(struct stream *stream)
{
	struct list *link, *after, viewers;

	list_each_safe (link, after, &stream->feeds) {
		list_init(&viewers);
		list_move_all(&list_item(link, struct feed, link)->trying, &viewers);
		wake_viewers(&viewers);
	}
}

void stream_wake(struct stream *stream)
{
	struct list *link, *after;

	stream->held = false;
	list_each_safe (link, after, &stream->feeds)
		feed_wake(list_item(link, struct feed, link));
}

/* Without memory for the timer they are told at once. Or they have been, and of more is there
 * now. */
static void hold_over(struct io_op *op, int result)
{
	struct stream *stream = list_item(op, struct stream, hold);
	struct worker *worker = stream->worker;

	if (stream->ending)
		stream_check_unused(stream);
	else if (stream->held && (result < 0 || io_now_us(worker->io) >= stream->held_until_us))
		stream_wake(stream);
	else if (stream->held)
		io_timer(worker->io, op, stream->held_until_us, hold_over);
}

/* Whether viewers here are told of this frame later, with those that come until then. */
static bool coalesces(struct stream *stream, const struct frame *frame)
{
	struct worker *worker = stream->worker;
	struct list *link;

	if (!stream->held) {
		stream->held_until_us = frame->arrived_us + worker->coalesce_us;
		stream->n_held = 0;
		stream->held_bytes = 0;
		list_each (link, &stream->feeds)
			feed_hold(list_item(link, struct feed, link));
	}
	stream->n_held++;
	stream->held_bytes += frame->header.length;
	if (stream->n_held >= FEED_BUNDLE_FRAMES || stream->n_held >= worker->limits.frames ||
	    stream->held_bytes >= FEED_BUNDLE_BYTES ||
	    io_now_us(worker->io) >= stream->held_until_us)
		return false;
	if (!io_busy(&stream->hold))
		io_timer(worker->io, &stream->hold, stream->held_until_us, hold_over);
	return true;
}

int stream_publish(struct stream *stream, struct frame *frame, bool more)
{
	struct worker *worker = stream->worker;

	if (set_times(stream, &frame->header) < 0) {
		counter_add(&worker->counters.frames_refused, 1);
		frame_release(frame);
		stream_tell(stream);
		return -EINVAL;
	}
	frame->header.sequence = stream->sequence++;
	if (stream->rebase && frame->header.sequence > 0)
		frame->header.flags |= WIRE_DISCONTINUITY;
	stream->rebase = false;
	frame->arrived_us = io_now_us(worker->io);
	frame_seal(frame);
	counter_add(&worker->counters.frames_in, 1);
	counter_add(&worker->counters.bytes_in, frame->header.length);
	counter_add(&stream->tally->frames_in, 1);
	counter_add(&stream->tally->bytes_in, frame->header.length);
	/* First: the other workers needn't wait for this one's viewers. */
	bus_frame(stream, frame, more);
	stream_distribute(stream, frame, more);
	return 0;
}

void stream_distribute(struct stream *stream, struct frame *frame, bool more)
{
	bool first = stream->newest == NULL;
	bool held = stream->worker->coalesce_us > 0 ? coalesces(stream, frame) : more;
	struct list *link;

	stream->paused = false;
	stream->last_pts_us = frame->header.pts_us;
	stream->frames++;
	stream->bytes += frame->header.length;
	(void)jpeg_size(frame->payload, frame->header.length, &stream->width, &stream->height);
	frame_release(stream->newest);
	stream->newest = frame;
	/* Without memory for an entry nobody there gets this frame. */
	list_each (link, &stream->feeds)
		(void)feed_append(list_item(link, struct feed, link), frame);
	stream->held = held;
	if (!held)
		stream_wake(stream);
	else if (!more)
		wake_trying(stream);
	if (first)
		conn_wake_waiting(stream->worker, stream->name);
}

void stream_pause(struct stream *stream)
{
	struct list *link;

	if (!stream->mirror) {
		stream_tell(stream);
		bus_pause(stream);
	} else if (stream->held) {
		stream_wake(stream);
	}
	stream->paused = true;
	if (name_session(slice_from(stream->name)).len > 0) /* it waits for its viewer */
		conn_wake_waiting(stream->worker, stream->name);
	frame_release(stream->newest);
	stream->newest = NULL;
	list_each (link, &stream->feeds)
		feed_forget(list_item(link, struct feed, link));
}

/* ---- feeds ---- */

/* Who is held back is told now: by what was so until now. */
void stream_configure(struct stream *stream)
{
	struct list *link;

	if (stream->held)
		stream_wake(stream);
	list_each (link, &stream->feeds)
		feed_configure(list_item(link, struct feed, link), &stream->worker->limits);
}

struct feed *stream_feed(struct stream *stream, const struct transport *transport)
{
	struct list *link;

	list_each (link, &stream->feeds) {
		struct feed *feed = list_item(link, struct feed, link);

		if (feed->transport == transport)
			return feed;
	}
	struct feed *feed = feed_create(stream, transport, &stream->worker->limits);
	if (feed == NULL)
		return NULL;
	feed->tally = &stream->tally->shares[stream->worker->index].rows[transport->index];
	list_add_tail(&stream->feeds, &feed->link);
	if (stream->newest != NULL)
		feed_append(feed, stream->newest);
	return feed;
}

void stream_join(struct stream *stream, struct feed *feed)
{
	feed->n_viewers++;
	stream->n_viewers++;
	demand_add(stream);
}

void stream_left(struct stream *stream, struct feed *feed)
{
	feed->n_viewers--;
	stream->n_viewers--;
	demand_remove(stream);
	if (feed->n_viewers == 0)
		feed_destroy(feed);
	stream_check_unused(stream);
}

void stream_sweep(struct stream *stream, int64_t elapsed_us)
{
	struct list *link, *viewer_link, *viewer_after;
	double seconds = (double)elapsed_us / 1e6;

	stream->fps = (double)(stream->frames - stream->swept_frames) / seconds;
	stream->kbps = (double)(stream->bytes - stream->swept_bytes) * 8e-3 / seconds;
	stream->swept_frames = stream->frames;
	stream->swept_bytes = stream->bytes;
	list_each (link, &stream->feeds) {
		struct feed *feed = list_item(link, struct feed, link);

		list_each_safe (viewer_link, viewer_after, &feed->busy)
			viewer_check_stalled(list_item(viewer_link, struct viewer, link),
					     io_now_us(stream->worker->io));
	}
	demand_sweep(stream, io_now_us(stream->worker->io));
	/* There was no memory for the news: it would stay, and hide the next of its name. */
	if (stream->mirror && atomic_load_explicit(&stream->tally->ended, memory_order_relaxed))
		stream_end(stream, "the stream has ended", false);
}
