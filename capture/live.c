/* SPDX-License-Identifier: MIT */
#include "capture/live.h"

#include <errno.h>
#include <poll.h>

#define LIVE_OF(op, member) ((struct live *)(void *)((char *)(op)-offsetof(struct live, member)))

static void go_on(struct live *live);

void live_init(struct live *live, struct io *io, struct source *source, live_told *told,
	       void *context)
{
	*live = (struct live){
		.io = io,
		.source = source,
		.told = told,
		.context = context,
		.descriptor = -1,
	};
}

/* ---- waiting ---- */

/* The loop is never to hear of a descriptor that the source has closed. */
static void forget_descriptor(struct live *live)
{
	if (live->descriptor >= 0)
		io_forget(live->io, live->descriptor);
	live->descriptor = -1;
}

static void op_ended(struct live *live)
{
	if (!live->stopping) {
		go_on(live);
	} else if (!live_busy(live)) {
		forget_descriptor(live);
		live->told(live->context, LIVE_ENDED);
	}
}

static void on_ready(struct io_op *op, int result)
{
	(void)result; /* errors, too: the source will tell */
	op_ended(LIVE_OF(op, ready));
}

static void on_timer(struct io_op *op, int result)
{
	(void)result;
	op_ended(LIVE_OF(op, timer));
}

/* A timer that ends too early does no harm. */
static void wait_until(struct live *live, int64_t at_us)
{
	if (!io_busy(&live->timer)) {
		live->armed_us = at_us;
		io_timer(live->io, &live->timer, at_us, on_timer);
	} else if (live->armed_us > at_us) {
		io_cancel(live->io, &live->timer);
	}
}

static void wait_for_source(struct live *live)
{
	if (io_busy(&live->ready))
		return;
	live->descriptor = source_descriptor(live->source);
	io_poll(live->io, &live->ready, live->descriptor, POLLIN, on_ready);
}

/* ---- while it is lost ---- */

static void lose(struct live *live)
{
	int64_t now_us = io_now_us(live->io);

	live->lost = true;
	live->pending = live->waits = false;
	live->try_us = now_us + live->backoff_us;
	io_cancel(live->io, &live->ready);
	if (live->said_lost)
		return;
	live->said_lost = true;
	live->shown_us = now_us - LIVE_STILL_US;
	live->told(live->context, LIVE_LOST);
}

static void back_off(struct live *live, int64_t now_us)
{
	live->backoff_us *= 2;
	if (live->backoff_us > LIVE_MAX_BACKOFF_US)
		live->backoff_us = LIVE_MAX_BACKOFF_US;
	live->try_us = now_us + live->backoff_us;
}

/* Opened isn't back: it is when it has a picture. */
static void try_again(struct live *live, int64_t now_us)
{
	forget_descriptor(live);
	if (source_reopen(live->source) == 0)
		live->lost = false;
	back_off(live, now_us);
}

static void go_on_without(struct live *live)
{
	int64_t now_us = io_now_us(live->io);

	if (now_us >= live->try_us && !io_busy(&live->ready))
		try_again(live, now_us);
	if (now_us - live->shown_us >= LIVE_STILL_US) {
		live->shown_us = now_us;
		live->told(live->context, LIVE_NO_SIGNAL);
	}
}

/* ---- while it is there ---- */

static void look(struct live *live)
{
	int64_t pts_us;
	int result = source_next(live->source, &pts_us);

	if (result == -EAGAIN)
		return;
	if (result < 0) {
		lose(live);
		return;
	}
	if (live->pending && live->waits)
		live->dropped++;
	live->pending = true;
	live->backoff_us = LIVE_MIN_BACKOFF_US;
	if (live->said_lost) {
		live->said_lost = false;
		gate_init(&live->gate, live->source->limit);
		live->told(live->context, LIVE_BACK);
	}
}

static void show(struct live *live, enum live_event event, int64_t now_us)
{
	int result;

	live->pending = false;
	result = live->told(live->context, event);
	if (result == -EBUSY) {
		live->pending = live->waits = true;
		return;
	}
	live->shown_us = now_us;
	if (event == LIVE_PICTURE)
		gate_pass(&live->gate, now_us);
	if (result < 0 && result != -EAGAIN)
		lose(live);
	/* What it waits for may have been read along with the picture (X11 does so). */
	if (!live->lost && !live->stopping)
		look(live);
}

static void show_what_is_due(struct live *live)
{
	int64_t now_us = io_now_us(live->io);

	if (live->waits)
		return;
	if (live->pending && now_us >= gate_due_us(&live->gate)) {
		show(live, LIVE_PICTURE, now_us);
	} else if (!live->pending && now_us - live->shown_us >= LIVE_STILL_US) {
		show(live, live->said_lost ? LIVE_NO_SIGNAL : LIVE_STILL, now_us);
	}
}

static void go_on(struct live *live)
{
	int64_t next_us;

	if (live->lost)
		go_on_without(live);
	if (!live->lost)
		look(live);
	if (!live->lost)
		show_what_is_due(live);
	if (live->stopping)
		return;
	next_us = live->shown_us + LIVE_STILL_US;
	if (live->lost && live->try_us < next_us)
		next_us = live->try_us;
	if (live->waits)
		next_us = io_now_us(live->io) + LIVE_STILL_US;
	else if (live->pending)
		next_us = gate_due_us(&live->gate);
	wait_until(live, next_us);
	if (!live->lost)
		wait_for_source(live);
}

/* ---- for the pipeline ---- */

void live_start(struct live *live)
{
	live->started = true;
	live->backoff_us = LIVE_MIN_BACKOFF_US;
	live->shown_us = io_now_us(live->io);
	gate_init(&live->gate, live->source->limit);
	go_on(live);
}

void live_refresh(struct live *live)
{
	if (!live->started || live->stopping)
		return;
	live->shown_us = io_now_us(live->io) - LIVE_STILL_US;
	wait_until(live, io_now_us(live->io));
}

void live_room(struct live *live)
{
	if (!live->waits)
		return;
	live->waits = false;
	wait_until(live, io_now_us(live->io));
}

void live_stop(struct live *live)
{
	live->stopping = true;
	io_cancel(live->io, &live->ready);
	io_cancel(live->io, &live->timer);
	if (!live_busy(live))
		forget_descriptor(live);
}

bool live_busy(const struct live *live)
{
	return io_busy(&live->ready) || io_busy(&live->timer);
}
