/* SPDX-License-Identifier: MIT */
#include "relay/viewer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "relay/path.h"
#include "relay/relay.h"
#include "relay/viewer_impl.h"

enum {
	ENDING_TIMEOUT_MS = 2000, /* for the ending to be taken, and the peer to close */
	PACE_STEPS = 8,		  /* a pace that differs by less isn't worth a system call */
	KERNEL_GRACE_MS = 2000,	  /* the sweep, which can say why, comes before the kernel */
	DRAIN_STALLS = 10,	  /* so many would fit into the drain timeout */
};

static void next_frame(struct viewer *viewer);
static void send_rest(struct viewer *viewer);

/* ---- coming and going ---- */

/* Everything that may still call back has ended. */
static void check_gone(struct viewer *viewer)
{
	if (viewer->state != VIEWER_CLOSED || io_busy(&viewer->send) || io_busy(&viewer->input))
		return;
	struct worker *worker = viewer_worker(viewer);
	struct feed *feed = viewer->feed;

	feed_entry_release(viewer->entry);
	list_remove(&viewer->link);
	list_remove(&viewer->all);
	io_close(worker->io, viewer->fd);
	relay_remove_peer(worker->relay, &viewer->peer);
	mover_destroy(viewer->mover);
	counter_subtract(&feed->tally->viewers, 1);
	counter_subtract(&worker->counters.viewers_now, 1);
	slab_return(&worker->viewer_slab, viewer);
	stream_left(feed->stream, feed);
	worker_check_drained(worker);
}

void viewer_close(struct viewer *viewer)
{
	struct worker *worker = viewer_worker(viewer);

	if (viewer->state == VIEWER_CLOSED)
		return;
	char text[PEER_TEXT_SIZE];
	(void)peer_text(&viewer->peer, text);
	log_debug_of(LOG_OF(.stream = viewer->feed->stream->name, .peer = text),
		     "viewer %llu of %s: %s has gone after %llu frames",
		     (unsigned long long)viewer->id, viewer->feed->stream->name, text,
		     (unsigned long long)viewer_frames(viewer));
	viewer->state = VIEWER_CLOSED;
	list_remove(&viewer->link);
	/* An operation may be on its way, and can end only in the loop; so does the viewer. */
	io_shutdown(worker->io, viewer->fd, SHUT_RDWR);
	io_cancel(worker->io, &viewer->send);
	io_cancel(worker->io, &viewer->input);
}

bool viewer_is_over(struct viewer *viewer, bool failed)
{
	if (viewer->state != VIEWER_CLOSED && !failed)
		return false;
	viewer_close(viewer);
	check_gone(viewer);
	return true;
}

struct list *viewer_idle_list(const struct viewer *viewer)
{
	return viewer->trial == 0 ? &viewer->feed->idle : &viewer->feed->trying;
}

/* Between sending and being blocked the lists, and their neighbours' memory, aren't touched. Who
 * had nothing to take has not been late until now. */
static void set_state(struct viewer *viewer, enum viewer_state state)
{
	if (viewer->state == VIEWER_IDLE || state == VIEWER_IDLE) {
		list_remove(&viewer->link);
		list_add_tail(state == VIEWER_IDLE ? viewer_idle_list(viewer) : &viewer->feed->busy,
			      &viewer->link);
		viewer->progress_ms = viewer_now_ms(viewer);
	}
	viewer->state = (uint8_t)state;
}

/* ---- frames ---- */

static void socket_ready(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, send);
	bool called_off = result == -ECANCELED && viewer->leaves;

	if (viewer_is_over(viewer, result < 0 && !called_off))
		return;
	if (viewer->entry != NULL)
		send_rest(viewer);
	else
		next_frame(viewer);
}

static void set_lowat(struct viewer *viewer, uint32_t lowat)
{
	if (viewer->lowat == lowat)
		return;
	viewer->lowat = lowat;
	io_set(viewer_worker(viewer)->io, viewer->fd, IO_OPTION_NOTSENT_LOWAT, (int)lowat);
}

/* The rest of a frame follows before the socket is empty; a new one isn't chosen before. */
static void wait_for_socket(struct viewer *viewer)
{
	viewer->backlogged = true;
	viewer->trial = VIEWER_TRIAL;
	set_lowat(viewer, viewer->entry != NULL ? viewer->feed->lowat : 1);
	set_state(viewer, VIEWER_BLOCKED);
	io_poll(viewer_worker(viewer)->io, &viewer->send, viewer->fd, POLLOUT, socket_ready);
}

/* No event tells what is acknowledged; the time that it takes is known well enough. */
static void wait_for_path(struct viewer *viewer, int64_t wait_us)
{
	struct io *io = viewer_worker(viewer)->io;

	if (viewer->asked < UINT8_MAX)
		viewer->asked++;
	if (wait_us > PATH_BRIEF_US)
		viewer->backlogged = true;
	viewer->trial = VIEWER_TRIAL;
	set_state(viewer, VIEWER_BLOCKED);
	io_timer(io, &viewer->send, io_now_us(io) + wait_us, socket_ready);
}

static void set_pace(struct viewer *viewer, int32_t pace)
{
	int32_t step = viewer->pace / PACE_STEPS;
	int64_t change = (int64_t)pace - viewer->pace;

	if (pace > 0 && change >= -step && change <= step)
		return;
	viewer->pace = pace;
	io_set(viewer_worker(viewer)->io, viewer->fd, IO_OPTION_PACE, pace > 0 ? pace : -1);
}

/* What a viewer that had to wait is sent may leave so fast; who is healthy again, as TCP likes. */
static void follow_pace(struct viewer *viewer, const struct io_link *link, bool waits)
{
	int32_t pace = path_pace(link, viewer->feed->lowat, viewer->bytes);

	if (viewer->trial == 0 && viewer->pace > 0)
		set_pace(viewer, 0);
	else if (pace > 0 && (waits || viewer->pace > 0))
		set_pace(viewer, pace);
}

/* Waits, unless a frame may be on its way now. */
static bool path_is_free(struct viewer *viewer)
{
	struct io_link link = {0};
	int64_t wait_us = 0;

	if (io_link(viewer_worker(viewer)->io, viewer->fd, &link) == 0)
		wait_us = path_wait_us(&link, viewer->asked, viewer->bytes);
	if (wait_us > 0 && link.unsent > 0) {
		wait_for_socket(viewer);
	} else if (wait_us > 0) {
		wait_for_path(viewer, wait_us);
	} else {
		viewer->asked = 0;
		viewer->trial--;
		viewer->delay_us = viewer->trial > 0 ? path_age_us(&link, 0) : path_way_us(&link);
	}
	follow_pace(viewer, &link, wait_us > 0);
	return wait_us == 0;
}

/* A frame was taken whole. */
static void count_sent(struct viewer *viewer, const struct feed_entry *entry)
{
	struct worker *worker = viewer_worker(viewer);
	struct tally_row *tally = viewer->feed->tally;
	uint32_t size = entry->size;

	viewer->bytes += size;
	ages_add(&tally->socket_age, io_now_us(worker->io) - entry->frame->arrived_us);
	counter_add(&tally->bytes_out, size);
	counter_add(&worker->counters.frames_out, 1);
	counter_add(&worker->counters.bytes_out, size);
	if (viewer->may_move)
		viewer->mover->last_pts_us = entry->frame->header.pts_us;
	viewer->cursor.at++;
}

/* Of a bundle, which was sent: what was begun is finished like any other frame, and what wasn't is
 * chosen anew. */
static void take_apart(struct viewer *viewer)
{
	struct feed_entry *whole = viewer->entry;
	const struct feed_bundle *bundle = whole->bundle;
	uint32_t i = 0;

	while (i < bundle->n && viewer->sent >= bundle->entries[i]->size) {
		viewer->sent -= bundle->entries[i]->size;
		count_sent(viewer, bundle->entries[i++]);
	}
	viewer->partial = i < bundle->n;
	viewer->entry = NULL;
	if (viewer->sent > 0) {
		viewer->entry = bundle->entries[i];
		viewer->entry->users++;
	}
	feed_entry_release(whole);
}

static void frame_done(struct viewer *viewer)
{
	if (viewer->entry != NULL) {
		count_sent(viewer, viewer->entry);
		feed_entry_release(viewer->entry);
		viewer->entry = NULL;
	}
	viewer->backlogged = viewer->partial;
	if (viewer->backlogged)
		wait_for_socket(viewer);
	else
		next_frame(viewer);
}

/* Of the rest, which goes piece by piece: the next is tried at once. */
static bool piece_is_done(const struct viewer *viewer)
{
	size_t end = 0;

	for (size_t i = 0; end < viewer->sent; i++)
		end += viewer->entry->wrapping.pieces[i].iov_len;
	return end == viewer->sent;
}

static void frame_sent(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, send);

	if (viewer_is_over(viewer, result < 0 && result != -EAGAIN))
		return;
	if (result > 0) {
		viewer->progress_ms = viewer_now_ms(viewer);
		viewer->sent += (uint32_t)result;
	}
	if (result > 0 && viewer->entry->bundle != NULL)
		take_apart(viewer);
	if (viewer->entry == NULL || viewer->sent == viewer->entry->size) {
		frame_done(viewer);
		return;
	}
	if (result > 0 && piece_is_done(viewer)) {
		send_rest(viewer);
		return;
	}
	viewer->partial = true;
	if (viewer->sent == 0) { /* nothing was begun: another may be chosen */
		feed_entry_release(viewer->entry);
		viewer->entry = NULL;
	}
	wait_for_socket(viewer);
}

/* One piece a time, since the shared vectors are for whole frames only. */
static void send_rest(struct viewer *viewer)
{
	const struct wrapping *wrapping = &viewer->entry->wrapping;
	size_t skip = viewer->sent, i = 0;

	while (skip >= wrapping->pieces[i].iov_len)
		skip -= wrapping->pieces[i++].iov_len;
	set_state(viewer, VIEWER_SENDING);
	io_send(viewer_worker(viewer)->io, &viewer->send, viewer->fd,
		(const char *)wrapping->pieces[i].iov_base + skip,
		wrapping->pieces[i].iov_len - skip,
		IO_SEND_NOWAIT | (i + 1 < wrapping->n_pieces ? IO_SEND_MORE : 0), frame_sent);
}

static void send_frame(struct viewer *viewer)
{
	struct feed *feed = viewer->feed;
	struct io *io = viewer_worker(viewer)->io;

	set_lowat(viewer, feed->lowat);
	viewer->entry = viewer->trial == 0 ? feed_use_due(feed, viewer->cursor.at)
					   : feed_use(feed, viewer->cursor.at);
	viewer->sent = 0;
	viewer->partial = false;
	set_state(viewer, VIEWER_SENDING);
	if (viewer->entry->wrapping.n_pieces == 1)
		io_send(io, &viewer->send, viewer->fd, viewer->entry->wrapping.pieces[0].iov_base,
			viewer->entry->size, IO_SEND_NOWAIT, frame_sent);
	else
		io_sendmsg(io, &viewer->send, viewer->fd, &viewer->entry->message, IO_SEND_NOWAIT,
			   frame_sent);
}

static void count_dropped(struct viewer *viewer, const struct cursor_move *move)
{
	viewer->passed += move->dropped;
	counter_add(&viewer->dropped[move->reason], move->dropped);
	counter_add(&viewer->feed->tally->dropped[move->reason], move->dropped);
	counter_add(&viewer_worker(viewer)->counters.dropped[move->reason], move->dropped);
}

/* ---- what is said between frames, never inside one ---- */

static void send_said(struct viewer *viewer);

/* The peer has it all when it closes, too: its input tells of that, or the sweep gives up. */
static void said_sent(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, send);

	if (viewer_is_over(viewer, result < 0))
		return;
	viewer->progress_ms = viewer_now_ms(viewer);
	viewer->sent += (uint32_t)result;
	if (viewer->sent < viewer->said_len)
		send_said(viewer);
	else if (viewer->state == VIEWER_ENDING)
		io_shutdown(viewer_worker(viewer)->io, viewer->fd, SHUT_WR);
	else
		next_frame(viewer);
}

static void send_said(struct viewer *viewer)
{
	io_send(viewer_worker(viewer)->io, &viewer->send, viewer->fd, viewer->said + viewer->sent,
		viewer->said_len - viewer->sent, 0, said_sent);
}

/* said is borrowed until it was sent. */
static void say(struct viewer *viewer, enum viewer_state state, const void *said, size_t len)
{
	viewer->said = said;
	viewer->said_len = (uint32_t)len;
	viewer->sent = 0;
	set_state(viewer, state);
	send_said(viewer);
}

static void say_ending(struct viewer *viewer)
{
	viewer->progress_ms = viewer_now_ms(viewer);
	say(viewer, VIEWER_ENDING, viewer->feed->ending, viewer->feed->ending_len);
}

/* ---- going over to another rendition ---- */

/* Is on trial again: that a link carried small frames doesn't say that it carries large ones. */
static void go_over(struct viewer *viewer, uint64_t at)
{
	struct feed *old = viewer->feed, *feed = viewer->mover->next;
	uint64_t frames = viewer_frames(viewer);
	struct cursor_move move = {
		.reason = CURSOR_SWITCH,
		.dropped = cursor_missed(&old->ring, &viewer->cursor,
					 feed->ring.marks[at & feed->ring.mask].pts_us),
	};

	if (move.dropped > 0)
		count_dropped(viewer, &move);
	counter_subtract(&old->tally->viewers, 1);
	counter_add(&feed->tally->viewers, 1);
	counter_add(&feed->tally->viewers_joined, 1);
	viewer->feed = feed;
	viewer->cursor = (struct cursor){.at = at};
	viewer->passed = at - frames;
	viewer->trial = VIEWER_TRIAL;
	list_remove(&viewer->link);
	list_add_tail(viewer->state == VIEWER_IDLE ? viewer_idle_list(viewer) : &feed->busy,
		      &viewer->link);
	mover_arrived(viewer->mover);
	stream_left(old->stream, old);
}

/* Whether a frame of the present rendition may be chosen now. */
static bool move_on(struct viewer *viewer, int64_t now_us)
{
	struct mover *mover = viewer->mover;
	uint64_t at;

	if (mover_enters(mover, &at)) {
		go_over(viewer, at);
	} else if (mover_holds_back(mover, now_us)) {
		set_state(viewer, VIEWER_IDLE);
		return false;
	}
	if (mover->record_len == 0)
		return true;
	say(viewer, VIEWER_SENDING, mover->record, mover->record_len);
	mover->record_len = 0;
	return false;
}

/* Sends what comes next, if there is anything. */
static void next_frame(struct viewer *viewer)
{
	struct worker *worker = viewer_worker(viewer);
	int64_t now_us = io_now_us(worker->io), arrival_us = now_us;

	if (viewer->pong_due) {
		viewer->pong_due = false;
		memcpy(viewer->pong, viewer->answer, sizeof(viewer->pong));
		say(viewer, VIEWER_SENDING, viewer->pong, sizeof(viewer->pong));
		return;
	}
	if (viewer->may_move && !move_on(viewer, now_us))
		return;
	if (viewer->trial > 0 && viewer->feed->ring.end > viewer->cursor.at &&
	    !path_is_free(viewer))
		return;
	if (viewer->feed->ring.end - viewer->cursor.at > 1) {
		(void)viewer_note_lag(viewer, now_us);
		arrival_us += viewer->delay_us;
	}
	struct cursor_move move = cursor_advance(&viewer->feed->ring, &viewer->cursor,
						 &worker->limits, arrival_us, viewer->backlogged);
	if (move.dropped > 0)
		count_dropped(viewer, &move);
	viewer->backlogged = false;
	if (move.ready) {
		send_frame(viewer);
	} else if (viewer->leaves) {
		say_ending(viewer);
	} else {
		set_state(viewer, VIEWER_IDLE);
	}
}

void viewer_wake(struct viewer *viewer)
{
	assert(viewer->state == VIEWER_IDLE);
	next_frame(viewer);
}

/* ---- the proper end ---- */

void viewer_end(struct viewer *viewer)
{
	if (viewer->leaves)
		return;
	viewer->leaves = true;
	if (viewer->state == VIEWER_IDLE)
		next_frame(viewer);
	else if (viewer->state == VIEWER_BLOCKED && viewer->entry == NULL &&
		 viewer->cursor.at >= viewer->feed->ring.end)
		io_cancel(viewer_worker(viewer)->io,
			  &viewer->send); /* it waits for nothing any more */
}

/* While the relay drains, all others wait for who takes nothing. */
static int64_t stall_limit_ms(const struct viewer *viewer)
{
	const struct worker *worker = viewer_worker(viewer);
	int64_t drain_ms = worker->config->drain_timeout_s * 1000 / DRAIN_STALLS;
	int64_t limit_ms = viewer->state == VIEWER_ENDING ? ENDING_TIMEOUT_MS
							  : worker->config->stall_timeout_s * 1000;

	return worker->draining && drain_ms < limit_ms ? drain_ms : limit_ms;
}

void viewer_check_stalled(struct viewer *viewer, int64_t now_us)
{
	struct worker *worker = viewer_worker(viewer);
	bool ending = viewer->state == VIEWER_ENDING;
	int64_t limit_ms = stall_limit_ms(viewer);
	uint32_t nothing_ms = viewer_now_ms(viewer) - viewer->progress_ms;
	char text[PEER_TEXT_SIZE];

	if (viewer->state == VIEWER_CLOSED || viewer->state == VIEWER_IDLE)
		return;
	(void)viewer_note_lag(viewer, now_us);
	if (nothing_ms < limit_ms)
		return;
	if (!ending) {
		counter_add(&worker->counters.viewers_stalled, 1);
		(void)peer_text(&viewer->peer, text);
		log_info_of(LOG_OF(.stream = viewer->feed->stream->name, .peer = text),
			    "viewer %llu of %s: %s took nothing for %u s: closed",
			    (unsigned long long)viewer->id, viewer->feed->stream->name, text,
			    nothing_ms / 1000);
	}
	viewer_close(viewer);
}

/* ---- making ---- */

int viewer_create(struct stream *stream, const struct transport *transport, int fd,
		  const struct peer *peer, const struct viewer_wish *wish)
{
	struct worker *worker = stream->worker;
	struct viewer *viewer = slab_take(&worker->viewer_slab);
	struct feed *feed = viewer != NULL ? stream_feed(stream, transport) : NULL;

	if (feed == NULL) {
		if (viewer != NULL)
			slab_return(&worker->viewer_slab, viewer);
		return -ENOMEM;
	}
	viewer->feed = feed;
	stream_join(stream, feed);
	if (wish != NULL) {
		viewer_set_mover(viewer, mover_create(viewer, wish->base, wish->chooses));
		if (viewer->mover == NULL) {
			slab_return(&worker->viewer_slab, viewer);
			stream_left(stream, feed);
			return -ENOMEM;
		}
	}
	viewer->cursor = cursor_join(&feed->ring);
	viewer->passed = viewer->cursor.at;
	viewer->trial = VIEWER_TRIAL;
	viewer->fd = fd;
	viewer->id = worker_id(worker);
	viewer->joined_us = io_now_us(worker->io);
	viewer->progress_ms = viewer_now_ms(viewer);
	viewer->peer = *peer;
	list_init(&viewer->link);
	list_init(&viewer->all);
	list_add_tail(&worker->viewers, &viewer->all);
	counter_add(&feed->tally->viewers, 1);
	counter_add(&feed->tally->viewers_joined, 1);
	counter_add(&worker->counters.viewers_now, 1);
	counter_add(&worker->counters.viewers, 1);
	io_set(worker->io, fd, IO_OPTION_NODELAY, 1);
	io_set(worker->io, fd, IO_OPTION_USER_TIMEOUT_MS,
	       (int)worker->config->stall_timeout_s * 1000 + KERNEL_GRACE_MS);
	io_set(worker->io, fd, IO_OPTION_KEEPALIVE, 1);
	io_pin(worker->io, fd);
	viewer_listen(viewer);
	next_frame(viewer);
	return 0;
}
