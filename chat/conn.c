/* SPDX-License-Identifier: MIT */
#include "chat/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chat/conn_impl.h"
#include "common/list.h"

enum { CONN_FIRST_INPUT = 512 };

static void received(struct io_op *op, int result);
static void sent(struct io_op *op, int result);

static void check_gone(struct conn *conn)
{
	if (conn->state != CONN_CLOSED || io_busy(&conn->in) || io_busy(&conn->out) ||
	    io_busy(&conn->doom))
		return;
	list_remove(&conn->unsent);
	io_close(conn->all->io, conn->fd);
	outbox_finish(&conn->outbox);
	free(conn->input);
	conn->all->owner->gone(conn);
}

void conn_close(struct conn *conn)
{
	conn->state = CONN_CLOSED;
	io_cancel(conn->all->io, &conn->in);
	io_cancel(conn->all->io, &conn->out);
	io_cancel(conn->all->io, &conn->doom);
	check_gone(conn);
}

void conn_check_deadline(struct conn *conn, int64_t now_us)
{
	if (conn->state != CONN_CLOSED && conn->deadline_us != 0 && now_us >= conn->deadline_us)
		conn_close(conn);
}

/* ---- sending ---- */

static void doomed(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, doom);

	(void)result;
	if (conn->state == CONN_OPEN)
		conn->all->owner->lost(conn, "Too much is waiting to be read");
	else
		check_gone(conn);
}

/* Its owner is told in the next turn, since he may be telling many something just now. */
static void overflow(struct conn *conn)
{
	conn->full = true;
	conn->all->counters->overflows++;
	io_timer(conn->all->io, &conn->doom, io_now_us(conn->all->io), doomed);
}

static void send_next(struct conn *conn)
{
	struct slice next;

	if (outbox_next(&conn->outbox, &conn->all->bundle, &next) == 0)
		io_send(conn->all->io, &conn->out, conn->fd, next.data, next.len, 0, sent);
	else if (conn->state != CONN_OPEN)
		conn_close(conn);
	else if (!conn->full)
		overflow(conn);
}

static void flush(struct conn *conn)
{
	if (io_busy(&conn->out) || conn->state == CONN_CLOSED)
		return;
	if (conn->outbox.n > 0) {
		send_next(conn);
	} else if (conn->state == CONN_ENDING) {
		conn->state = CONN_DRAINING;
		conn->deadline_us = io_now_us(conn->all->io) + (conn->ended ? 0 : CONN_DRAIN_US);
		io_shutdown(conn->all->io, conn->fd, SHUT_WR);
	}
}

static void flush_all(struct io_op *op, int result)
{
	struct conns *conns = list_item(op, struct conns, flush);

	(void)result;
	while (!list_empty(&conns->unsent)) {
		struct conn *conn = list_item(conns->unsent.next, struct conn, unsent);

		list_remove(&conn->unsent);
		flush(conn);
	}
	bundle_clear(&conns->bundle);
}

/* Where a send is under way, its end will see to it. */
static void flush_later(struct conn *conn)
{
	struct conns *all = conn->all;

	if (!list_empty(&conn->unsent) || io_busy(&conn->out))
		return;
	list_add_tail(&all->unsent, &conn->unsent);
	if (!io_busy(&all->flush))
		io_later(all->io, &all->flush, flush_all);
}

static void sent(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, out);

	if (result > 0) {
		conn->all->counters->bytes_out += (uint64_t)result;
		outbox_sent(&conn->outbox, (size_t)result);
	}
	/* An error is the receiver's to see, and to tell. */
	if (result < 0)
		outbox_drop(&conn->outbox, false);
	if (conn->state == CONN_CLOSED) {
		check_gone(conn);
		return;
	}
	if (conn->outbox.n > 0 || conn->state == CONN_ENDING)
		flush_later(conn);
	if (conn->paused && conn->state == CONN_OPEN && !conn_is_behind(conn))
		conn->all->owner->drained(conn);
}

static bool add(struct conn *conn, struct line *line)
{
	if (conn->outbox.bytes + line->len > conn->max_queue || outbox_add(&conn->outbox, line) < 0)
		return false;
	conn->all->counters->lines_out++;
	return true;
}

void conn_send(struct conn *conn, struct line *line)
{
	if (conn->state != CONN_OPEN || conn->full || line == NULL)
		return;
	while (line != NULL && add(conn, line))
		line = line->next;
	flush_later(conn);
	if (line != NULL)
		overflow(conn);
}

static void add_close(struct conn *conn)
{
	struct line *line = conn_close_frame(conn);

	if (line != NULL)
		outbox_add(&conn->outbox, line);
	line_release(line);
}

void conn_upgrade(struct conn *conn, enum line_form form, struct line *answer)
{
	outbox_set_form(&conn->outbox, form);
	conn->close_status = WEBSOCKET_NORMAL;
	conn->protocol = CONN_FRAMES;
	conn_send(conn, answer);
}

void conn_end(struct conn *conn, struct line *last)
{
	if (conn->state != CONN_OPEN)
		return;
	/* A send under way has borrowed its line; and a line once begun is finished. */
	if (conn->full)
		outbox_drop(&conn->outbox, io_busy(&conn->out) || conn->outbox.sent > 0);
	if (last != NULL)
		outbox_add(&conn->outbox, last);
	if (conn->protocol == CONN_FRAMES)
		add_close(conn);
	conn->state = CONN_ENDING;
	conn->deadline_us = io_now_us(conn->all->io) + CONN_END_US;
	flush_later(conn);
}

/* ---- receiving ---- */

static bool make_room(struct conn *conn)
{
	size_t size = conn->input_size > 0 ? 2 * conn->input_size : CONN_FIRST_INPUT;
	size_t max = conn->protocol == CONN_REQUEST ? CONN_MAX_HEAD : CONN_MAX_INPUT;

	if (conn->input_len < conn->input_size || conn->input_size >= max)
		return true;
	if (size > max)
		size = max;
	char *input = realloc(conn->input, size + 1);
	if (input == NULL)
		return false;
	conn->input = input;
	conn->input_size = size;
	return true;
}

static void receive(struct conn *conn)
{
	io_recv(conn->all->io, &conn->in, conn->fd, conn->input + conn->input_len,
		conn->input_size - conn->input_len, received);
}

static void (*const readers[])(struct conn *conn) = {
	[CONN_UNDECIDED] = conn_decide,
	[CONN_LINES] = conn_read_lines,
	[CONN_REQUEST] = conn_read_request,
	[CONN_FRAMES] = conn_read_frames,
};

/* What comes behind the bytes that have decided, in the same packet, is read as they decided. */
static void read_input(struct conn *conn)
{
	uint8_t protocol;

	do {
		protocol = conn->protocol;
		readers[protocol](conn);
	} while (conn->state == CONN_OPEN && conn->protocol != protocol);
	if (conn->state != CONN_OPEN)
		conn->input_len = 0;
}

static void received(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, in);

	if (conn->state == CONN_CLOSED) {
		check_gone(conn);
		return;
	}
	if (result < 0 || (result == 0 && conn->state == CONN_DRAINING)) {
		if (conn->state == CONN_OPEN)
			conn->all->owner->lost(conn, strerror(-result));
		conn_close(conn);
		return;
	}
	/* Who has said all may still want the answers. */
	if (result == 0) {
		conn->ended = true;
		if (conn->state == CONN_OPEN)
			conn->all->owner->lost(conn, "Connection closed");
		return;
	}
	conn->all->counters->bytes_in += (uint64_t)result;
	if (conn->state == CONN_OPEN) {
		conn->input_len += (size_t)result;
		read_input(conn);
	}
	if (conn->state == CONN_OPEN && !make_room(conn))
		conn->all->owner->lost(conn, "Out of memory");
	if (!conn->paused)
		receive(conn);
}

bool conn_is_behind(const struct conn *conn)
{
	return conn->outbox.bytes > conn->max_queue / 4;
}

void conn_pause(struct conn *conn)
{
	conn->paused = true;
}

void conn_resume(struct conn *conn)
{
	if (!conn->paused)
		return;
	conn->paused = false;
	if (conn->state != CONN_CLOSED && !conn->ended && !io_busy(&conn->in))
		receive(conn);
}

void conns_init(struct conns *conns, struct io *io, const struct conn_owner *owner,
		struct conn_counters *counters)
{
	*conns = (struct conns){.io = io, .owner = owner, .counters = counters};
	list_init(&conns->unsent);
}

int conn_init(struct conn *conn, struct conns *all, int fd, size_t max_queue)
{
	*conn = (struct conn){.all = all, .fd = fd, .max_queue = max_queue};
	list_init(&conn->unsent);
	if (!make_room(conn)) {
		io_close(all->io, fd);
		return -ENOMEM;
	}
	io_set(all->io, fd, IO_OPTION_NODELAY, 1);
	receive(conn);
	return 0;
}
