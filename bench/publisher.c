/* SPDX-License-Identifier: MIT */
#include "bench/publisher.h"

#include <errno.h>
#include <stdlib.h>

#include "bench/clock.h"
#include "bench/opener.h"
#include "common/wire.h"

struct publisher {
	struct publisher_config config;
	struct board_publisher *board;
	struct io *io;
	struct opener opener;
	struct io_op timer, send;
	int fd;
	int64_t start_us;
	uint64_t number; /* of the present frame */
	uint8_t *record;
	size_t record_len, sent;
};

static struct publisher publisher; /* a process has one */

static void fail(int error)
{
	atomic_store(&publisher.board->error, error);
	io_stop(publisher.io);
}

static int64_t due_us(void)
{
	return publisher.start_us + (int64_t)publisher.number * 1000000 / publisher.config.fps;
}

static bool is_measured(void)
{
	struct window window = board_window(publisher.config.board);

	return publisher.number >= window.first && publisher.number < window.end;
}

static void prepare_frame(void)
{
	payload_fill(publisher.record + WIRE_HEADER_SIZE, publisher.config.frame_bytes,
		     publisher.number);
}

static void sent(struct io_op *op, int result);

static void send_rest(void)
{
	io_send(publisher.io, &publisher.send, publisher.fd, publisher.record + publisher.sent,
		publisher.record_len - publisher.sent, 0, sent);
}

/* How far behind is the server? What it has received but not read isn't seen here. */
static void note_waiting(void)
{
	struct io_link link;

	if (io_link(publisher.io, publisher.fd, &link) == 0 &&
	    link.unsent + link.unacked > publisher.board->waiting_bytes)
		publisher.board->waiting_bytes = link.unsent + link.unacked;
}

static void publish(int64_t capture_us)
{
	struct wire_header header = {
		.length = (uint32_t)publisher.config.frame_bytes,
		.type = WIRE_FRAME,
		.flags = WIRE_KEY,
		.sequence = publisher.number,
		.pts_us = due_us() - publisher.start_us,
		.capture_us = capture_us,
	};

	if (is_measured())
		note_waiting();
	wire_encode(&header, publisher.record);
	publisher.sent = 0;
	send_rest();
}

static void frame_due(struct io_op *op, int result)
{
	int64_t late_us = io_now_us(publisher.io) - due_us();

	(void)op;
	(void)result;
	if (is_measured())
		histogram_add(&publisher.board->late_us, late_us > 0 ? (uint64_t)late_us : 0);
	publish(clock_us(CLOCK_REALTIME));
}

static void frame_published(void)
{
	publisher.number++;
	atomic_store(&publisher.board->published, publisher.number);
	prepare_frame();
	int64_t late_us = io_now_us(publisher.io) - due_us();

	if (late_us < 0) {
		io_timer(publisher.io, &publisher.timer, due_us(), frame_due);
		return;
	}
	publisher.board->blocked += is_measured();
	publish(clock_us(CLOCK_REALTIME) - late_us);
}

static void sent(struct io_op *op, int result)
{
	(void)op;
	if (result < 0) {
		fail(result);
		return;
	}
	publisher.sent += (size_t)result;
	if (publisher.sent < publisher.record_len)
		send_rest();
	else
		frame_published();
}

static void opened(struct opener *opener, int error)
{
	if (error < 0) {
		fail(error);
		return;
	}
	publisher.fd = opener->fd;
	prepare_frame();
	publisher.start_us = io_now_us(publisher.io);
	io_timer(publisher.io, &publisher.timer, publisher.start_us, frame_due);
}

int publisher_run(void *context)
{
	static const char request[] = "POST /bench HTTP/1.1\r\n"
				      "Host: localhost\r\n"
				      "Connection: Upgrade\r\n"
				      "Upgrade: " WIRE_PROTOCOL "\r\n\r\n";
	const char *why;
	int error;

	publisher.config = *(const struct publisher_config *)context;
	publisher.board = &publisher.config.board->publisher;
	publisher.record_len = WIRE_HEADER_SIZE + publisher.config.frame_bytes;
	publisher.record = malloc(publisher.record_len);
	error = publisher.record == NULL ? -ENOMEM
					 : io_create(&publisher.io, IO_BACKEND_AUTO, &why);
	if (error == 0)
		error = opener_start(&publisher.opener, publisher.io,
				     &(struct opener_target){.server = publisher.config.server,
							     .source = plan_source(0),
							     .request = request,
							     .status = 101},
				     opened);
	if (error == 0)
		error = io_run(publisher.io);
	if (error < 0)
		atomic_store(&publisher.board->error, error);
	return 1;
}
