/* SPDX-License-Identifier: MIT */
#include "bench/publisher.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/answerer.h"
#include "bench/clock.h"
#include "bench/opener.h"
#include "common/wire.h"

/* One stream's way to the server. */
struct channel {
	struct opener opener;
	struct answerer answerer;
	uint8_t greeting[INGEST_GREETING_SIZE];
	struct io_op wait, send;
	int fd;
	uint64_t number;      /* of the present frame */
	uint8_t *room;	      /* for a head, the record, and a tail */
	struct slice message; /* the present frame with these */
	size_t sent;
};

struct publisher {
	struct publisher_config config;
	struct board_publisher *board;
	struct io *io;
	struct channel *channels;
	size_t n_opened;
	int64_t start_us;
	size_t record_len;
};

static struct publisher publisher; /* a process has one */

static void fail(int error)
{
	atomic_store(&publisher.board->error, error);
	io_stop(publisher.io);
}

/* On the stream's own clock. */
static int64_t pts_us(const struct channel *channel)
{
	size_t stream = (size_t)(channel - publisher.channels);
	int64_t n = (int64_t)(channel->number * publisher.config.n_streams + stream);

	return n * 1000000 / (publisher.config.fps * (int64_t)publisher.config.n_streams);
}

static int64_t due_us(const struct channel *channel)
{
	return publisher.start_us + pts_us(channel);
}

static bool is_measured(const struct channel *channel)
{
	struct window window = board_window(publisher.config.board);

	return channel->number >= window.first && channel->number < window.end;
}

static void prepare_frame(struct channel *channel)
{
	payload_fill(channel->room + INGEST_HEAD_SIZE + WIRE_HEADER_SIZE,
		     publisher.config.frame_bytes, channel->number);
}

static void sent(struct io_op *op, int result);

static void send_rest(struct channel *channel)
{
	io_send(publisher.io, &channel->send, channel->fd, channel->message.data + channel->sent,
		channel->message.len - channel->sent, 0, sent);
}

/* How far behind is the server? What it has received but not read isn't seen here. */
static void note_waiting(const struct channel *channel)
{
	struct io_link link;

	if (io_link(publisher.io, channel->fd, &link) == 0 &&
	    link.unsent + link.unacked > publisher.board->waiting_bytes)
		publisher.board->waiting_bytes = link.unsent + link.unacked;
}

/* The head is put right before the record. */
static void compose(struct channel *channel, const struct wire_header *header)
{
	const struct ingest *ingest = publisher.config.ingest;
	uint8_t head[INGEST_HEAD_SIZE];
	size_t head_len = ingest->head != NULL ? ingest->head(head, header) : 0;
	size_t tail_len = ingest->tail != NULL ? strlen(ingest->tail) : 0;
	uint8_t *record = channel->room + INGEST_HEAD_SIZE;

	memcpy(record - head_len, head, head_len);
	wire_encode(header, record);
	if (tail_len > 0)
		memcpy(record + publisher.record_len, ingest->tail, tail_len);
	channel->message = (struct slice){
		.data = (const char *)record - head_len,
		.len = head_len + publisher.record_len + tail_len,
	};
}

static void publish(struct channel *channel, int64_t capture_us)
{
	struct wire_header header = {
		.length = (uint32_t)publisher.config.frame_bytes,
		.type = WIRE_FRAME,
		.flags = WIRE_KEY,
		.sequence = channel->number,
		.pts_us = pts_us(channel),
		.capture_us = capture_us,
	};

	compose(channel, &header);
	channel->sent = 0;
	send_rest(channel);
}

/* ---- at a rate ---- */

static struct channel *channel_of_wait(struct io_op *op)
{
	return (struct channel *)(void *)((char *)op - offsetof(struct channel, wait));
}

static void frame_due(struct io_op *op, int result)
{
	struct channel *channel = channel_of_wait(op);
	int64_t late_us = io_now_us(publisher.io) - due_us(channel);

	(void)result;
	if (is_measured(channel)) {
		histogram_add(&publisher.board->late_us, late_us > 0 ? (uint64_t)late_us : 0);
		note_waiting(channel);
	}
	publish(channel, clock_us(CLOCK_REALTIME));
}

static void publish_when_due(struct channel *channel)
{
	int64_t late_us = io_now_us(publisher.io) - due_us(channel);

	if (late_us <= 0) {
		io_timer(publisher.io, &channel->wait, due_us(channel), frame_due);
		return;
	}
	if (is_measured(channel)) {
		publisher.board->blocked++;
		note_waiting(channel);
	}
	publish(channel, clock_us(CLOCK_REALTIME) - late_us);
}

/* ---- with a window ---- */

static bool has_room(const struct channel *channel)
{
	const struct board *board = publisher.config.board;

	if (!atomic_load(&board->may_saturate))
		return false;
	for (size_t i = 0; i < publisher.config.n_loads; i++)
		if (channel->number >=
		    atomic_load(&board->loads[i].complete) + publisher.config.window)
			return false;
	return true;
}

static void publish_when_passed(struct channel *channel);

static void woken(struct io_op *op, int result)
{
	uint64_t n;

	if (result < 0 ||
	    (read(publisher.config.board->wake_fd, &n, sizeof(n)) < 0 && errno != EAGAIN))
		fail(result < 0 ? result : -errno);
	else
		publish_when_passed(channel_of_wait(op));
}

static void publish_when_passed(struct channel *channel)
{
	if (has_room(channel))
		publish(channel, clock_us(CLOCK_REALTIME));
	else
		io_poll(publisher.io, &channel->wait, publisher.config.board->wake_fd, POLLIN,
			woken);
}

/* ---- one frame after another ---- */

static void note_published(void)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < publisher.config.n_streams; i++)
		if (publisher.channels[i].number < least)
			least = publisher.channels[i].number;
	atomic_store(&publisher.board->published, least);
}

static void publish_next(struct channel *channel)
{
	prepare_frame(channel);
	if (publisher.config.window > 0 &&
	    channel->number >= board_window(publisher.config.board).first)
		publish_when_passed(channel);
	else
		publish_when_due(channel);
}

static void sent(struct io_op *op, int result)
{
	struct channel *channel =
		(struct channel *)(void *)((char *)op - offsetof(struct channel, send));

	if (result < 0) {
		fail(result);
		return;
	}
	channel->sent += (size_t)result;
	if (channel->sent < channel->message.len) {
		send_rest(channel);
		return;
	}
	channel->number++;
	note_published();
	publish_next(channel);
}

/* ---- starting ---- */

static void opened(struct opener *opener, int error);
static void answered(struct answerer *answerer, int error);

/* Goes to the server, or waits for it to come. */
static int open_next(void)
{
	const struct ingest *ingest = publisher.config.ingest;
	struct channel *channel = &publisher.channels[publisher.n_opened];
	char name[PLAN_NAME_SIZE];

	channel->room = malloc(INGEST_HEAD_SIZE + publisher.record_len + INGEST_TAIL_SIZE);
	if (channel->room == NULL)
		return -ENOMEM;
	plan_name(publisher.n_opened, name);
	struct slice greeting = {(const char *)channel->greeting,
				 ingest->greeting(channel->greeting, name)};

	if (ingest->asked)
		return answerer_start(&channel->answerer, publisher.io, &publisher.config.server,
				      greeting, answered);
	return opener_start(&channel->opener, publisher.io,
			    &(struct opener_target){.server = publisher.config.server,
						    .source = plan_source(PLAN_MAX_VIEWERS),
						    .request = greeting,
						    .status = ingest->status},
			    opened);
}

static void begin(int fd, int error)
{
	if (error == 0) {
		publisher.channels[publisher.n_opened++].fd = fd;
		if (publisher.n_opened < publisher.config.n_streams)
			error = open_next();
	}
	if (error < 0) {
		fail(error);
	} else if (publisher.n_opened == publisher.config.n_streams) {
		publisher.start_us = io_now_us(publisher.io);
		for (size_t i = 0; i < publisher.config.n_streams; i++)
			publish_next(&publisher.channels[i]);
	}
}

static void opened(struct opener *opener, int error)
{
	begin(opener->fd, error);
}

static void answered(struct answerer *answerer, int error)
{
	begin(answerer->fd, error);
}

int publisher_run(void *context)
{
	const char *why;
	int error;

	publisher.config = *(const struct publisher_config *)context;
	publisher.board = &publisher.config.board->publisher;
	publisher.record_len = WIRE_HEADER_SIZE + publisher.config.frame_bytes;
	publisher.channels = calloc(publisher.config.n_streams, sizeof(*publisher.channels));
	error = publisher.channels == NULL ? -ENOMEM
					   : io_create(&publisher.io, IO_BACKEND_AUTO, &why);
	if (error == 0)
		error = open_next();
	if (error == 0)
		error = io_run(publisher.io);
	if (error < 0)
		atomic_store(&publisher.board->error, error);
	return 1;
}
