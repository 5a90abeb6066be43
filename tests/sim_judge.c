/* SPDX-License-Identifier: MIT */
#include "tests/sim_judge.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/io_impl.h"
#include "relay/conn.h"
#include "relay/demand.h"
#include "relay/publisher.h"
#include "relay/viewer.h"
#include "tests/sim_libc.h"
#include "tests/sim_picture.h"

enum {
	FEW_VIEWERS = 64,	  /* are looked at in every turn, */
	MANY_TURNS = 32,	  /* and more in each of so many */
	NEWS_US = 300000,	  /* a worker takes what it is told within this time */
	HELD_US = 250000,	  /* with two pauses of its thread */
	STALL_SLACK_US = 2500000, /* who is stalled is looked for every second */
	ENDING_US = 2000000,	  /* it has so long to take its ending besides */
	DEMAND_SLACK_US =
		3000000, /* so long it may be wrong what a publisher knows of the demand */
	MIRROR_SLACK_US = 2500000, /* a mirror ends so long after its stream at the latest */
};

/* The linker's names for the functions that are looked at, and for what stands before them. */
__typeof__(stream_publish) real_publish __asm__("__real_stream_publish");
__typeof__(stream_publish) wrap_publish __asm__("__wrap_stream_publish");
__typeof__(stream_distribute) real_distribute __asm__("__real_stream_distribute");
__typeof__(stream_distribute) wrap_distribute __asm__("__wrap_stream_distribute");
__typeof__(stream_pause) real_pause __asm__("__real_stream_pause");
__typeof__(stream_pause) wrap_pause __asm__("__wrap_stream_pause");
__typeof__(viewer_create) real_create __asm__("__real_viewer_create");
__typeof__(viewer_create) wrap_create __asm__("__wrap_viewer_create");

struct history { /* of a stream at a worker */
	unsigned worker;
	uint64_t stream;
	uint32_t *serials; /* by sequence */
	size_t n, size;
	int64_t orphan_us; /* since when it has been there without its home; 0: it hasn't */
	size_t forgotten;  /* n, when its publisher paused last */
	int64_t unasked_us; /* since when its publisher hasn't known, or heeded, the demand; 0: it does */
	size_t held;	    /* n, when that was looked at last */
	int64_t held_us; /* since when its viewers haven't been told of frames; 0: they have */
};

struct seat {			     /* of a viewer, by descriptor */
	const struct viewer *viewer; /* NULL: none there */
	const struct history *history;
	uint64_t next;	      /* the frame that it should get if it may */
	uint64_t chosen;      /* that it is being sent */
	uint64_t dropped;     /* as the relay counted them up to the last begun */
	bool begun;	      /* has got something */
	bool blocked;	      /* the socket didn't take all, since the last whole frame */
	bool unsure;	      /* it may have been: the relay has asked how its path is */
	bool had_newest;      /* a frame was there when it came */
	bool moved;	      /* and was sent nothing of this rendition yet */
	int64_t pts_us;	      /* of the frame begun last */
	int64_t held_back_us; /* since when it has been idle without having everything; 0: it isn't */
	int64_t waits_us; /* since when its socket has taken nothing; 0: it has nothing to take */
};

struct sim_judge {
	struct sim *sim;
	const struct relay *relay;
	struct cursor_limits limits;
	bool failures;
	struct sim_judge_frame *frames; /* by serial */
	uint32_t n_frames, frames_size;
	struct history **histories;
	size_t n_histories;
	struct seat *seats;
	size_t n_seats;
	int joining_fd; /* of who is becoming a viewer of this worker */
	const struct worker *joining;
	size_t largest;	  /* bytes of a published frame's memory, so far */
	uint32_t *recent; /* serials in the order of being published, */
	size_t n_recent, recent_size, first_recent; /* those after that may still be news */
};

static struct sim_judge *the_judge; /* the linker's calls bring no context */

/* ---- what was published ---- */

uint32_t sim_judge_serial(struct sim_judge *judge)
{
	if (judge->n_frames == judge->frames_size) {
		judge->frames_size = judge->frames_size > 0 ? 2 * judge->frames_size : 1024;
		judge->frames =
			sim_realloc(judge->frames, judge->frames_size * sizeof(*judge->frames));
	}
	judge->frames[judge->n_frames] = (struct sim_judge_frame){0};
	return judge->n_frames++;
}

const struct sim_judge_frame *sim_judge_frame(const struct sim_judge *judge, uint32_t serial)
{
	return serial < judge->n_frames ? &judge->frames[serial] : NULL;
}

static struct history *history_of(const struct sim_judge *judge, unsigned worker, uint64_t stream)
{
	for (size_t i = judge->n_histories; i > 0; i--) {
		struct history *history = judge->histories[i - 1];

		if (history->stream == stream && history->worker == worker)
			return history;
	}
	return NULL;
}

static struct history *history_make(struct sim_judge *judge, const struct stream *stream)
{
	unsigned worker = stream->worker->index;
	struct history *history = history_of(judge, worker, stream->id);

	if (history != NULL)
		return history;
	history = sim_alloc(sizeof(*history));
	history->worker = worker;
	history->stream = stream->id;
	judge->histories =
		sim_realloc(judge->histories, (judge->n_histories + 1) * sizeof(struct history *));
	judge->histories[judge->n_histories++] = history;
	return history;
}

static void add_serial(uint32_t **serials, size_t *n, size_t *size, uint32_t serial)
{
	if (*n == *size) {
		*size = *size > 0 ? 2 * *size : 64;
		*serials = sim_realloc(*serials, *size * sizeof(uint32_t));
	}
	(*serials)[(*n)++] = serial;
}

static void history_add(struct history *history, uint32_t serial)
{
	add_serial(&history->serials, &history->n, &history->size, serial);
}

uint64_t sim_judge_next(const struct sim_judge *judge, uint64_t stream)
{
	uint64_t next = 0;

	for (size_t i = 0; i < judge->n_histories; i++) {
		if (judge->histories[i]->stream == stream && judge->histories[i]->n > next)
			next = judge->histories[i]->n;
	}
	return next;
}

static uint32_t read_serial(const struct sim_judge *judge, const struct frame *frame)
{
	struct sim_picture picture = {0};
	size_t used;

	if (sim_picture_read(&picture, frame->payload, frame->header.length, &used) != 1 ||
	    used != frame->header.length || picture.serial >= judge->n_frames)
		sim_fail(judge->sim, "a frame of %u bytes is published that nobody sent so",
			 frame->header.length);
	return picture.serial;
}

/* At home. Viewers are woken inside the call: what it publishes has to be known before. */
int wrap_publish(struct stream *stream, struct frame *frame, bool more)
{
	struct sim_judge *judge = the_judge;

	if (judge == NULL)
		return real_publish(stream, frame, more);
	uint32_t serial = read_serial(judge, frame);
	struct history *history = history_make(judge, stream);
	struct sim_judge_frame *noted = &judge->frames[serial];
	if (noted->published)
		sim_fail(judge->sim, "picture %u is published twice", serial);
	if (stream->sequence != history->n)
		sim_fail(judge->sim, "stream %s: frame %" PRIu64 " is numbered %" PRIu64,
			 stream->name, (uint64_t)history->n, stream->sequence);
	size_t bytes = sizeof(struct frame) + frame->capacity;
	judge->largest = bytes > judge->largest ? bytes : judge->largest;
	*noted = (struct sim_judge_frame){.published = true,
					  .stream = stream->id,
					  .sequence = history->n,
					  .at_us = io_now_us(stream->worker->io)};
	history_add(history, serial);
	int error = real_publish(stream, frame, more);
	noted = &judge->frames[serial];
	if (error < 0) {
		sim_trace(judge->sim, "stream %s: picture %u is refused", stream->name, serial);
		noted->published = false;
		history->n--;
		return error;
	}
	noted->pts_us = stream->newest->header.pts_us;
	noted->flags = stream->newest->header.flags;
	add_serial(&judge->recent, &judge->n_recent, &judge->recent_size, serial);
	sim_trace(judge->sim, "stream %s: frame %" PRIu64 ", picture %u, %u bytes", stream->name,
		  noted->sequence, serial, stream->newest->header.length);
	return 0;
}

/* What was there is shown to nobody. */
void wrap_pause(struct stream *stream)
{
	struct history *history = the_judge != NULL ? history_make(the_judge, stream) : NULL;

	real_pause(stream);
	if (history != NULL)
		history->forgotten = history->n;
}

/* At another worker, by its news. */
void wrap_distribute(struct stream *stream, struct frame *frame, bool more)
{
	struct sim_judge *judge = the_judge;

	if (judge != NULL) {
		struct history *history = history_make(judge, stream);

		if (!judge->failures && frame->header.sequence != history->n)
			sim_fail(judge->sim, "worker %u gets frame %" PRIu64 " of %s, not %" PRIu64,
				 stream->worker->index, frame->header.sequence, stream->name,
				 (uint64_t)history->n);
		history_add(history, read_serial(judge, frame));
	}
	real_distribute(stream, frame, more);
}

/* ---- what viewers have got ---- */

void sim_judge_received(struct sim_judge *judge, struct sim_judge_view *view, uint32_t serial,
			const struct wire_header *header)
{
	const struct sim_judge_frame *frame = sim_judge_frame(judge, serial);

	if (frame == NULL || !frame->published)
		sim_fail(judge->sim, "a viewer got picture %u, which was never published", serial);
	if (header != NULL &&
	    (header->sequence != frame->sequence || header->pts_us != frame->pts_us ||
	     header->flags != frame->flags || header->type != WIRE_FRAME || header->track != 0))
		sim_fail(judge->sim, "a viewer got picture %u with a wrong header", serial);
	if (view->frames > 0) {
		bool moved = frame->stream != view->stream;

		if (moved && (!view->moves || (frame->flags & WIRE_KEY) == 0))
			sim_fail(judge->sim, "a viewer got picture %u of another stream", serial);
		if ((!moved && frame->sequence <= view->last) || frame->pts_us <= view->last_pts_us)
			sim_fail(judge->sim, "a viewer got frame %" PRIu64 " after %" PRIu64,
				 frame->sequence, view->last);
		view->moved += moved;
		uint64_t gap = moved ? 0 : frame->sequence - view->last - 1;
		view->gaps += gap;
		view->max_gap = gap > view->max_gap ? gap : view->max_gap;
	}
	view->stream = frame->stream;
	view->last = frame->sequence;
	view->last_pts_us = frame->pts_us;
	view->frames++;
}

/* ---- viewers come and go ---- */

static struct seat *seat_at(struct sim_judge *judge, int fd)
{
	size_t n = judge->n_seats > 0 ? judge->n_seats : 64;

	while (n <= (size_t)fd)
		n *= 2;
	if (n > judge->n_seats) {
		judge->seats = sim_realloc(judge->seats, n * sizeof(*judge->seats));
		memset(judge->seats + judge->n_seats, 0,
		       (n - judge->n_seats) * sizeof(*judge->seats));
		judge->n_seats = n;
	}
	return &judge->seats[fd];
}

/* A viewer is in the list, as the last, before its first operation is started. */
static void sit_down(struct sim_judge *judge, int fd)
{
	const struct viewer *viewer = list_item(judge->joining->viewers.prev, struct viewer, all);
	struct seat *seat = seat_at(judge, fd);

	if (viewer->fd != fd)
		sim_fail(judge->sim, "the viewer on descriptor %d isn't the last of all", fd);
	const struct history *history = history_make(judge, viewer->feed->stream);
	*seat = (struct seat){.viewer = viewer,
			      .history = history,
			      .next = history->n > 0 ? history->n - 1 : 0,
			      .had_newest = history->n > history->forgotten,
			      .pts_us = -1};
	judge->joining_fd = -1;
}

int wrap_create(struct stream *stream, const struct transport *transport, int fd,
		const struct peer *peer, const struct viewer_wish *wish)
{
	struct sim_judge *judge = the_judge;

	if (judge == NULL)
		return real_create(stream, transport, fd, peer, wish);
	judge->joining_fd = fd;
	judge->joining = stream->worker;
	int error = real_create(stream, transport, fd, peer, wish);
	judge->joining_fd = -1;
	/* Where the answer's head isn't out yet, it waits for that. */
	if (error == 0 && !judge->failures && seat_at(judge, fd)->had_newest &&
	    seat_at(judge, fd)->viewer->state == VIEWER_IDLE && !stream->paused)
		sim_fail(judge->sim, "fd %d: a newcomer isn't sent the newest frame", fd);
	return error;
}

static void closes(void *context, int fd)
{
	*seat_at(context, fd) = (struct seat){0};
}

/* ---- what they are sent ---- */

static uint64_t dropped_of(const struct viewer *viewer)
{
	uint64_t dropped = 0;

	for (int i = 0; i < CURSOR_REASONS; i++)
		dropped += counter_get(&viewer->dropped[i]);
	return dropped;
}

/* Whether a viewer may not get frame `sequence` any more. */
static bool is_over_limits(const struct sim_judge *judge, const struct history *history,
			   uint64_t sequence)
{
	const struct sim_judge_frame *frame = &judge->frames[history->serials[sequence]];
	int64_t now_us = io_now_us(judge->relay->workers[history->worker].io);

	return history->n - sequence > judge->limits.frames ||
	       (sequence + 1 < history->n && now_us - frame->at_us > judge->limits.lag_us);
}

static void judge_choice(const struct sim_judge *judge, const struct seat *seat, int fd,
			 uint64_t sequence)
{
	const struct sim *sim = judge->sim;

	if (sequence < seat->next && (seat->begun || !judge->failures))
		sim_fail(sim, "fd %d: is sent frame %" PRIu64 " after %" PRIu64, fd, sequence,
			 seat->next - 1);
	int64_t pts_us = seat->viewer->entry->frame->header.pts_us;
	if (pts_us <= seat->pts_us)
		sim_fail(sim, "fd %d: is sent a time of %" PRId64 " after %" PRId64, fd, pts_us,
			 seat->pts_us);
	if (judge->failures) /* what is newer may not be in its ring */
		return;
	if (sequence >= seat->history->n)
		sim_fail(sim, "fd %d: frame %" PRIu64 " isn't known yet", fd, sequence);
	if (is_over_limits(judge, seat->history, sequence))
		sim_fail(sim,
			 "fd %d: frame %" PRIu64 " is over the limits, and %" PRIu64 " is newer",
			 fd, sequence, (uint64_t)seat->history->n - 1);
	if (seat->moved || seat->next < seat->history->forgotten)
		return;
	if (!seat->begun && seat->had_newest && !seat->blocked && !seat->unsure &&
	    sequence != seat->next)
		sim_fail(sim, "fd %d: a newcomer begins with frame %" PRIu64 ", not %" PRIu64, fd,
			 sequence, seat->next);
	if (sequence > seat->next && !seat->blocked && !seat->unsure &&
	    !is_over_limits(judge, seat->history, seat->next))
		sim_fail(sim, "fd %d: loses frame %" PRIu64 " for no reason", fd, seat->next);
	if (seat->blocked && !seat->unsure && sequence != seat->history->n - 1)
		sim_fail(sim, "fd %d: was blocked, and isn't sent the newest frame", fd);
	uint64_t lost = sequence - seat->next;
	if (lost > 0)
		sim_trace(sim, "fd %d: loses %" PRIu64 " frames from %" PRIu64 " on", fd, lost,
			  seat->next);
	uint64_t counted = dropped_of(seat->viewer) - seat->dropped;
	if (lost != counted)
		sim_fail(sim, "fd %d: loses %" PRIu64 " frames, %" PRIu64 " are counted", fd, lost,
			 counted);
}

static bool is_send(const struct io_op *op)
{
	return op->kind == IO_SEND || op->kind == IO_SENDMSG;
}

/* It has gone over to another rendition, between two frames: at any that is late enough. */
static void change_seat(struct sim_judge *judge, struct seat *seat)
{
	const struct viewer *viewer = seat->viewer;

	if (viewer->sent > 0 || viewer->mover == NULL ||
	    (viewer->entry->frame->header.flags & WIRE_KEY) == 0)
		sim_fail(judge->sim, "fd %d: goes over inside a frame", viewer->fd);
	seat->history = history_make(judge, viewer->feed->stream);
	seat->moved = true;
	seat->next = 0;
}

static void started(void *context, const struct io_op *op)
{
	struct sim_judge *judge = context;

	if (op->fd == judge->joining_fd)
		sit_down(judge, op->fd);
	struct seat *seat = seat_at(judge, op->fd);
	const struct viewer *viewer = seat->viewer;
	if (viewer == NULL || op != &viewer->send)
		return;
	if (seat->waits_us == 0)
		seat->waits_us = sim_now_us(judge->sim);
	if (!is_send(op))
		return;
	if (viewer->entry == NULL) {
		seat->unsure = seat->blocked;
		return;
	}
	uint64_t sequence = viewer->entry->frame->header.sequence;
	if (viewer->feed->stream->id != seat->history->stream)
		change_seat(judge, seat);
	if (viewer->sent > 0) {
		if (sequence != seat->chosen)
			sim_fail(judge->sim, "fd %d: frame %" PRIu64 " is not finished", op->fd,
				 seat->chosen);
		return;
	}
	judge_choice(judge, seat, op->fd, sequence);
	seat->chosen = sequence;
}

/* A part was taken. At the end of one of the frame's pieces that says nothing of the socket. */
static void note_cut(struct seat *seat, const struct feed_entry *entry, size_t taken)
{
	size_t end = 0;

	for (size_t i = 0; end < taken; i++)
		end += entry->wrapping.pieces[i].iov_len;
	if (end == taken)
		seat->unsure = true;
	else
		seat->blocked = true;
}

static void ends(void *context, const struct io_op *op, int result)
{
	struct sim_judge *judge = context;
	struct seat *seat = seat_at(judge, op->fd);
	const struct viewer *viewer = seat->viewer;

	if (viewer == NULL || op != &viewer->send)
		return;
	if (result > 0)
		seat->waits_us = 0;
	/* Who has everything when the socket is ready goes on as if it had never been blocked. */
	if (!is_send(op) && viewer->entry == NULL && viewer->cursor.at == viewer->feed->ring.end)
		seat->blocked = false;
	if (!is_send(op) || viewer->entry == NULL)
		return;
	if (result == -EAGAIN)
		seat->blocked = true;
	if (result <= 0)
		return;
	if (viewer->sent == 0) {
		seat->begun = true;
		seat->moved = false;
		seat->pts_us = viewer->entry->frame->header.pts_us;
		seat->blocked = seat->unsure = false;
		seat->next = seat->chosen + 1;
		seat->dropped = dropped_of(viewer);
	}
	if (viewer->sent + (uint32_t)result < viewer->entry->size)
		note_cut(seat, viewer->entry, viewer->sent + (uint32_t)result);
}

static void asked(void *context, int fd)
{
	seat_at(context, fd)->unsure = true;
}

/* ---- every turn ---- */

/* Who goes over to another rendition has what it had left out held back, but not for long. */
static bool is_held_back(const struct sim_judge *judge, struct seat *seat)
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

static void judge_viewer(struct sim_judge *judge, const struct viewer *viewer)
{
	const struct cursor_ring *ring = &viewer->feed->ring;
	struct seat *seat = seat_at(judge, viewer->fd);
	int64_t stalled_us = seat->waits_us > 0 ? sim_now_us(judge->sim) - seat->waits_us : 0;
	int64_t limit_us = judge->relay->config->stall_timeout_s * 1000000 + STALL_SLACK_US;

	if (viewer->state != VIEWER_CLOSED &&
	    stalled_us > limit_us + (viewer->state == VIEWER_ENDING ? ENDING_US : 0))
		sim_fail(judge->sim, "fd %d: has taken nothing for %" PRId64 " us, and stays",
			 viewer->fd, stalled_us);
	if (viewer->state != VIEWER_IDLE) {
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

/* Published so shortly ago that it may still be news to another worker; one that has ended takes its
 * news last of all. */
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

/* What may be in memory: a frame is in its stream's ring, or on its way to one viewer, or news; or a
 * connection has one, as an answer or being filled, and in the course of this growing. */
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
	size_t frames = streams * (judge->limits.frames + 1) + viewers + count_news(judge);
	size_t filled = 2 * (judge->largest + (size_t)relay->config->max_frame_bytes);
	if (used > frames * judge->largest + conns * filled)
		sim_fail(judge->sim,
			 "frames take %zu bytes; at most %zu of %zu are in use, and %zu filled",
			 used, frames, judge->largest, conns);
	size_t bound = used + returned + relay->n_workers * (FRAME_POOL_SPARE + (2 << 20)) +
		       conns * ((size_t)relay->config->max_header_bytes + (80 << 10)) +
		       viewers * (1024 + sizeof(struct feed_entry));
	if (sim_libc_used_bytes() > bound)
		sim_fail(judge->sim, "%zu bytes are allocated, at most %zu should be",
			 sim_libc_used_bytes(), bound);
}

/* Viewers are told of frames soon, also when more were expected to follow. */
static void judge_held(struct sim_judge *judge, const struct stream *stream)
{
	struct history *history = history_make(judge, stream);

	if (!stream->held || judge->failures || history->held != history->n)
		history->held_us = 0;
	history->held = history->n;
	if (!stream->held || judge->failures)
		return;
	if (history->held_us == 0)
		history->held_us = sim_now_us(judge->sim);
	else if (sim_now_us(judge->sim) - history->held_us > HELD_US)
		sim_fail(judge->sim, "worker %u: stream %s has kept a frame to itself for too long",
			 stream->worker->index, stream->name);
}

/* What a worker mirrors goes after its home has. */
static void judge_mirror(struct sim_judge *judge, const struct stream *stream)
{
	struct worker *home = stream_home(stream->worker, slice_from(stream->name));

	if (!stream->mirror || stream->ending || stream->worker->draining)
		return;
	struct history *history = history_make(judge, stream);
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
	struct history *history = history_make(judge, stream);
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

static void turned(void *context)
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

/* ---- making ---- */

struct sim_judge *sim_judge_create(struct sim *sim, const struct relay *relay)
{
	struct sim_judge *judge = sim_alloc(sizeof(*judge));

	*judge = (struct sim_judge){
		.sim = sim,
		.relay = relay,
		.limits = {.frames = (uint32_t)relay->config->queue_frames,
			   .lag_us = relay->config->max_lag_ms * 1000},
		.joining_fd = -1,
	};
	sim_watch(sim, &(struct sim_watcher){.started = started,
					     .ends = ends,
					     .asked = asked,
					     .closes = closes,
					     .turned = turned,
					     .context = judge});
	sim_judge_serial(judge); /* no picture is number 0 */
	the_judge = judge;
	return judge;
}

void sim_judge_destroy(struct sim_judge *judge)
{
	the_judge = NULL;
	for (size_t i = 0; i < judge->n_histories; i++) {
		sim_free(judge->histories[i]->serials);
		sim_free(judge->histories[i]);
	}
	sim_free(judge->histories);
	sim_free(judge->recent);
	sim_free(judge->frames);
	sim_free(judge->seats);
	sim_free(judge);
}

void sim_judge_expect_failures(struct sim_judge *judge)
{
	judge->failures = true;
}
