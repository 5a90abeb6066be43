/* SPDX-License-Identifier: MIT */
#include "bench/load.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "bench/clock.h"
#include "bench/opener.h"

enum { SCRATCH_SIZE = 256 * 1024 };

struct viewer {
	struct io_op op;
	int fd;
	struct reader reader;
	struct inspector inspector;
};

struct opening {
	struct opener opener;
	struct viewer *viewer;
};

struct load {
	struct load_config config;
	struct board_load *board;
	struct io *io;
	struct viewer *viewers;
	size_t n_viewers, n_begun;
	uint64_t n_received; /* board->received, which only this process changes */
	struct opening openings[LOAD_BURST];
	char scratch[SCRATCH_SIZE];
};

static struct load load; /* a process has one */

/* ---- watching ---- */

static void lose(struct viewer *viewer)
{
	io_close(load.io, viewer->fd);
	atomic_fetch_add(&load.board->lost, 1);
}

static void frame_received(struct viewer *viewer, const struct window *window, int64_t now_us)
{
	bool done = inspector_end(&viewer->inspector, window, now_us, &load.board->tally);

	if (viewer->inspector.next <= window->end)
		load.n_received++;
	atomic_store_explicit(&load.board->received, load.n_received, memory_order_relaxed);
	if (done)
		atomic_fetch_add(&load.board->done, 1);
}

/* -EPIPE: the conversation is over; -EBADMSG: it makes no sense. */
static int take(struct viewer *viewer, struct slice input)
{
	struct window window = board_window(load.config.board);
	int64_t now_us = clock_us(CLOCK_REALTIME);
	enum reader_event event;
	struct slice data;

	while ((event = reader_next(&viewer->reader, &input, &data)) < READER_END) {
		if (event == READER_MORE)
			return 0;
		if (event == READER_BEGIN)
			inspector_begin(&viewer->inspector, viewer->reader.capture_us);
		else if (event == READER_DATA)
			inspector_data(&viewer->inspector, data.data, data.len);
		else
			frame_received(viewer, &window, now_us);
	}
	return event == READER_END ? -EPIPE : -EBADMSG;
}

static void ready(struct io_op *op, int result);

/*
 * Waits by poll, and receives when it is there: so all viewers share one buffer. With io_recv() they
 * couldn't, since several receives may end before the first one's function runs.
 */
static void watch(struct viewer *viewer, struct slice input)
{
	int error = take(viewer, input);

	load.board->tally.torn += error == -EBADMSG;
	if (error < 0)
		lose(viewer);
	else
		io_poll(load.io, &viewer->op, viewer->fd, POLLIN, ready);
}

static void ready(struct io_op *op, int result)
{
	struct viewer *viewer = (struct viewer *)(void *)((char *)op - offsetof(struct viewer, op));
	ssize_t n =
		result < 0 ? 0 : recv(viewer->fd, load.scratch, sizeof(load.scratch), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		lose(viewer);
	else
		watch(viewer, (struct slice){load.scratch, n > 0 ? (size_t)n : 0});
}

/* ---- opening ---- */

static void fail(int error)
{
	atomic_store(&load.board->error, error);
	atomic_fetch_add(&load.board->failed, 1);
}

static void opened(struct opener *opener, int error);

/* Begins the next one that can be begun. */
static void open_next(struct opening *opening)
{
	size_t first = plan_first(&load.config.plan, load.config.process);
	int error = -1;

	while (error < 0 && load.n_begun < load.n_viewers) {
		struct opener_target target = {
			.server = load.config.server,
			.source = plan_source(first + load.n_begun),
			.request = load.config.transport->request,
			.status = load.config.transport->status,
		};

		opening->viewer = &load.viewers[load.n_begun++];
		error = opener_start(&opening->opener, load.io, &target, opened);
		if (error < 0)
			fail(error);
	}
}

static void opened(struct opener *opener, int error)
{
	struct opening *opening =
		(struct opening *)(void *)((char *)opener - offsetof(struct opening, opener));
	struct viewer *viewer = opening->viewer;

	if (error == 0) {
		viewer->fd = opener->fd;
		error = reader_init(&viewer->reader, load.config.transport, &opener->response);
		if (error < 0)
			io_close(load.io, viewer->fd);
	}
	if (error < 0) {
		fail(error);
	} else {
		atomic_fetch_add(&load.board->opened, 1);
		watch(viewer, opener->early);
	}
	open_next(opening);
}

/* ---- the process ---- */

static int make_viewers(void)
{
	size_t first = plan_first(&load.config.plan, load.config.process);

	load.n_viewers = plan_first(&load.config.plan, load.config.process + 1) - first;
	load.viewers = calloc(load.n_viewers, sizeof(*load.viewers));
	if (load.viewers == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < load.n_viewers; i++)
		inspector_init(&load.viewers[i].inspector, load.config.frame_bytes,
			       (first + i) % LOAD_SUM_ONE_IN == 0);
	return 0;
}

int load_run(void *context)
{
	const char *why;
	int error;

	load.config = *(const struct load_config *)context;
	load.board = &load.config.board->loads[load.config.process];
	error = make_viewers();
	if (error == 0)
		error = io_create(&load.io, IO_BACKEND_AUTO, &why);
	if (error == 0) {
		for (size_t i = 0; i < LOAD_BURST; i++)
			open_next(&load.openings[i]);
		error = io_run(load.io);
	}
	fail(error);
	return 1;
}
