/* SPDX-License-Identifier: MIT */
#include "tests/sim_judge.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/io_impl.h"
#include "relay/conn.h"
#include "relay/publisher.h"
#include "relay/viewer.h"
#include "tests/sim_judge_impl.h"
#include "tests/sim_libc.h"
#include "tests/sim_picture.h"

/* The linker's names for the functions that are looked at, and for what stands before them. */
__typeof__(stream_publish) real_publish __asm__("__real_stream_publish");
__typeof__(stream_publish) wrap_publish __asm__("__wrap_stream_publish");
__typeof__(stream_distribute) real_distribute __asm__("__real_stream_distribute");
__typeof__(stream_distribute) wrap_distribute __asm__("__wrap_stream_distribute");
__typeof__(stream_pause) real_pause __asm__("__real_stream_pause");
__typeof__(stream_pause) wrap_pause __asm__("__wrap_stream_pause");
__typeof__(viewer_create) real_create __asm__("__real_viewer_create");
__typeof__(viewer_create) wrap_create __asm__("__wrap_viewer_create");

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

static struct sim_judge_history *history_of(const struct sim_judge *judge, unsigned worker,
					    uint64_t stream)
{
	for (size_t i = judge->n_histories; i > 0; i--) {
		struct sim_judge_history *history = judge->histories[i - 1];

		if (history->stream == stream && history->worker == worker)
			return history;
	}
	return NULL;
}

struct sim_judge_history *sim_judge_history(struct sim_judge *judge, const struct stream *stream)
{
	unsigned worker = stream->worker->index;
	struct sim_judge_history *history = history_of(judge, worker, stream->id);

	if (history != NULL)
		return history;
	history = sim_alloc(sizeof(*history));
	history->worker = worker;
	history->stream = stream->id;
	judge->histories = sim_realloc(
		judge->histories, (judge->n_histories + 1) * sizeof(struct sim_judge_history *));
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

static void history_add(struct sim_judge_history *history, uint32_t serial)
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
	struct sim_judge_history *history = sim_judge_history(judge, stream);
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
	struct sim_judge_history *history =
		the_judge != NULL ? sim_judge_history(the_judge, stream) : NULL;

	real_pause(stream);
	if (history != NULL)
		history->forgotten = history->n;
}

/* At another worker, by its news. */
void wrap_distribute(struct stream *stream, struct frame *frame, bool more)
{
	struct sim_judge *judge = the_judge;

	if (judge != NULL) {
		struct sim_judge_history *history = sim_judge_history(judge, stream);

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

struct sim_judge_seat *sim_judge_seat(struct sim_judge *judge, int fd)
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
	struct sim_judge_seat *seat = sim_judge_seat(judge, fd);

	if (viewer->fd != fd)
		sim_fail(judge->sim, "the viewer on descriptor %d isn't the last of all", fd);
	const struct sim_judge_history *history = sim_judge_history(judge, viewer->feed->stream);
	*seat = (struct sim_judge_seat){.viewer = viewer,
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
	if (error == 0 && !judge->failures && sim_judge_seat(judge, fd)->had_newest &&
	    sim_judge_seat(judge, fd)->viewer->state == VIEWER_IDLE && !stream->paused)
		sim_fail(judge->sim, "fd %d: a newcomer isn't sent the newest frame", fd);
	return error;
}

static void closes(void *context, int fd)
{
	*sim_judge_seat(context, fd) = (struct sim_judge_seat){0};
}

/* ---- what they are sent ---- */

static uint64_t dropped_of(const struct viewer *viewer)
{
	uint64_t dropped = 0;

	for (int i = 0; i < CURSOR_REASONS; i++)
		dropped += counter_get(&viewer->dropped[i]);
	return dropped;
}

/* A frame that is still being published may be refused, and those before it be told of by that. */
static uint64_t count_published(const struct sim_judge_seat *seat)
{
	const struct stream *stream = seat->viewer->feed->stream;
	uint64_t n = seat->history->n;

	return !stream->mirror && stream->sequence < n ? stream->sequence : n;
}

/* Whether a viewer may not get frame `sequence` any more: it would arrive too old. */
static bool is_over_limits(const struct sim_judge *judge, const struct sim_judge_seat *seat,
			   uint64_t sequence)
{
	const struct sim_judge_history *history = seat->history;
	const struct sim_judge_frame *frame = &judge->frames[history->serials[sequence]];
	int64_t now_us = io_now_us(judge->relay->workers[history->worker].io);
	int64_t age_us = now_us + seat->viewer->delay_us - frame->at_us;

	uint64_t n = count_published(seat);

	return n - sequence > judge->limits.frames ||
	       (sequence + 1 < n && age_us > judge->limits.lag_us);
}

static void judge_choice(const struct sim_judge *judge, const struct sim_judge_seat *seat, int fd,
			 uint64_t sequence)
{
	const struct sim *sim = judge->sim;

	if (sequence < seat->next && (seat->begun || !judge->failures))
		sim_fail(sim, "fd %d: is sent frame %" PRIu64 " after %" PRIu64, fd, sequence,
			 seat->next - 1);
	int64_t pts_us = feed_entry_first(seat->viewer->entry)->frame->header.pts_us;
	if (pts_us <= seat->pts_us)
		sim_fail(sim, "fd %d: is sent a time of %" PRId64 " after %" PRId64, fd, pts_us,
			 seat->pts_us);
	if (seat->viewer->delay_us < seat->way_us)
		sim_fail(sim, "fd %d: is %" PRId64 " us away, and taken to be %" PRId64, fd,
			 seat->way_us, seat->viewer->delay_us);
	if (judge->failures) /* what is newer may not be in its ring */
		return;
	if (sequence >= seat->history->n)
		sim_fail(sim, "fd %d: frame %" PRIu64 " isn't known yet", fd, sequence);
	if (is_over_limits(judge, seat, sequence))
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
	    !is_over_limits(judge, seat, seat->next))
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
static void change_seat(struct sim_judge *judge, struct sim_judge_seat *seat)
{
	const struct viewer *viewer = seat->viewer;

	if (viewer->sent > 0 || viewer->mover == NULL ||
	    (feed_entry_first(viewer->entry)->frame->header.flags & WIRE_KEY) == 0)
		sim_fail(judge->sim, "fd %d: goes over inside a frame", viewer->fd);
	seat->history = sim_judge_history(judge, viewer->feed->stream);
	seat->moved = true;
	seat->next = 0;
}

static void started(void *context, const struct io_op *op)
{
	struct sim_judge *judge = context;

	if (op->fd == judge->joining_fd)
		sit_down(judge, op->fd);
	struct sim_judge_seat *seat = sim_judge_seat(judge, op->fd);
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
	uint64_t sequence = feed_entry_first(viewer->entry)->frame->header.sequence;
	uint64_t moves = viewer->mover != NULL ? viewer->mover->moves : 0;
	if (viewer->feed->stream->id != seat->history->stream)
		change_seat(judge, seat);
	else if (moves != seat->moves) /* there and back: losses are of two streams */
		seat->moved = true;
	seat->moves = moves;
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
static void note_cut(struct sim_judge_seat *seat, const struct feed_entry *entry, size_t taken)
{
	size_t end = 0;

	for (size_t i = 0; end < taken; i++)
		end += entry->wrapping.pieces[i].iov_len;
	if (end == taken)
		seat->unsure = true;
	else
		seat->blocked = true;
}

/* Of a bundle `taken` bytes were taken: the frames before the last that was begun are through. */
static const struct feed_entry *pass_whole(struct sim_judge_seat *seat,
					   const struct feed_bundle *bundle, size_t *taken)
{
	uint32_t i = 0;

	while (i + 1 < bundle->n && *taken > bundle->entries[i]->size)
		*taken -= bundle->entries[i++]->size;
	seat->chosen = bundle->entries[i]->frame->header.sequence;
	if (*taken == bundle->entries[i]->size && i + 1 < bundle->n)
		seat->blocked = true;
	return bundle->entries[i];
}

static void ends(void *context, const struct io_op *op, int result)
{
	struct sim_judge *judge = context;
	struct sim_judge_seat *seat = sim_judge_seat(judge, op->fd);
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
	const struct feed_entry *entry = viewer->entry;
	size_t taken = viewer->sent + (size_t)result;
	if (viewer->sent == 0) {
		seat->begun = true;
		seat->moved = false;
		seat->blocked = seat->unsure = false;
		if (entry->bundle != NULL)
			entry = pass_whole(seat, entry->bundle, &taken);
		seat->pts_us = entry->frame->header.pts_us;
		seat->next = seat->chosen + 1;
		seat->dropped = dropped_of(viewer);
	}
	if (taken < entry->size)
		note_cut(seat, entry, taken);
}

/* Who is healthy is asked for statistics only. */
static void asked(void *context, int fd, int64_t way_us)
{
	struct sim_judge_seat *seat = sim_judge_seat(context, fd);

	seat->unsure = true;
	if (seat->viewer != NULL && seat->viewer->trial > 0)
		seat->way_us = way_us;
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
					     .turned = sim_judge_turned,
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
