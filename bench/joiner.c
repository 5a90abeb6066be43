/* SPDX-License-Identifier: MIT */
#include "bench/joiner.h"

#include <errno.h>

#include "bench/clock.h"
#include "bench/opener.h"

enum {
	SCRATCH_SIZE = 256 * 1024,
	/* Between two newcomers: of no simple relation to a frame interval. */
	PAUSE_US = 37700,
};

struct joiner {
	struct joiner_config config;
	struct board_joiner *board;
	struct io *io;
	struct opener opener;
	struct io_op op;
	char request_bytes[READER_REQUEST_SIZE];
	struct slice request;
	int64_t asked_us;
	bool is_measured;
	int fd;
	struct reader reader;
	struct inspector inspector;
	char scratch[SCRATCH_SIZE];
};

static struct joiner joiner; /* a process has one */

static void join(struct io_op *op, int result);

static void rest(void)
{
	io_timer(joiner.io, &joiner.op, io_now_us(joiner.io) + PAUSE_US, join);
}

static void fail(int error)
{
	atomic_store(&joiner.board->error, error);
	atomic_fetch_add(&joiner.board->failed, 1);
}

static void leave(int error)
{
	io_close(joiner.io, joiner.fd);
	if (error < 0)
		fail(error);
	else if (joiner.is_measured)
		histogram_add(&joiner.board->first_us,
			      (uint64_t)(clock_us(CLOCK_MONOTONIC) - joiner.asked_us));
	rest();
}

/* 1: the first frame has come; 0: not yet. -EBADMSG: it isn't whole. */
static int take(struct slice input)
{
	enum reader_event event;
	struct slice data;
	uint64_t number;

	while ((event = reader_next(&joiner.reader, &input, &data)) != READER_MORE) {
		if (event == READER_BEGIN)
			inspector_begin(&joiner.inspector, joiner.reader.capture_us);
		else if (event == READER_DATA)
			inspector_data(&joiner.inspector, data.data, data.len);
		else if (event == READER_FRAME)
			return payload_check_end(&joiner.inspector.check, &number) < 0 ? -EBADMSG
										       : 1;
		else
			return -EBADMSG;
	}
	return 0;
}

static void received(struct io_op *op, int result);

static void watch(struct slice input)
{
	int error = take(input);

	if (error == 0)
		io_recv(joiner.io, &joiner.op, joiner.fd, joiner.scratch, SCRATCH_SIZE, received);
	else
		leave(error < 0 ? error : 0);
}

static void received(struct io_op *op, int result)
{
	(void)op;
	if (result <= 0)
		leave(result < 0 ? result : -EPIPE);
	else
		watch((struct slice){joiner.scratch, (size_t)result});
}

static void opened(struct opener *opener, int error)
{
	if (error < 0) {
		fail(error);
		rest();
		return;
	}
	joiner.fd = opener->fd;
	error = reader_init(&joiner.reader, joiner.config.transport, &opener->response);
	if (error < 0)
		leave(error);
	else
		watch(opener->early);
}

static void join(struct io_op *op, int result)
{
	struct window window = board_window(joiner.config.board);
	uint64_t next = atomic_load(&joiner.config.board->publisher.published);

	(void)op;
	(void)result;
	inspector_init(&joiner.inspector, joiner.config.frame_bytes, true);
	joiner.is_measured = next >= window.first && next < window.end;
	joiner.asked_us = clock_us(CLOCK_MONOTONIC);
	int error = opener_start(&joiner.opener, joiner.io,
				 &(struct opener_target){.server = joiner.config.server,
							 .source = plan_source(PLAN_MAX_VIEWERS),
							 .request = joiner.request,
							 .status = joiner.config.transport->status},
				 opened);
	if (error < 0) {
		fail(error);
		rest();
	}
}

int joiner_run(void *context)
{
	const char *why;
	char name[PLAN_NAME_SIZE];
	int error;

	joiner.config = *(const struct joiner_config *)context;
	joiner.board = &joiner.config.board->joiner;
	plan_name(0, name);
	joiner.request.data = joiner.request_bytes;
	joiner.request.len = joiner.config.transport->request(joiner.request_bytes, name);
	error = io_create(&joiner.io, IO_BACKEND_AUTO, &why);
	if (error == 0) {
		rest();
		error = io_run(joiner.io);
	}
	fail(error);
	return 1;
}
