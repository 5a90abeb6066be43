/* SPDX-License-Identifier: MIT */
#include "chat/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/list.h"

enum { CONN_FIRST_INPUT = 512 };

static void received(struct io_op *op, int result);
static void sent(struct io_op *op, int result);

static void check_gone(struct conn *conn)
{
	if (conn->state != CONN_CLOSED || io_busy(&conn->in) || io_busy(&conn->out) ||
	    io_busy(&conn->doom))
		return;
	io_close(conn->io, conn->fd);
	outbox_finish(&conn->outbox);
	free(conn->input);
	conn->owner->gone(conn);
}

void conn_close(struct conn *conn)
{
	conn->state = CONN_CLOSED;
	io_cancel(conn->io, &conn->in);
	io_cancel(conn->io, &conn->out);
	io_cancel(conn->io, &conn->doom);
	check_gone(conn);
}

void conn_check_deadline(struct conn *conn, int64_t now_us)
{
	if (conn->state != CONN_CLOSED && conn->deadline_us != 0 && now_us >= conn->deadline_us)
		conn_close(conn);
}

/* ---- sending ---- */

static void flush(struct conn *conn)
{
	if (io_busy(&conn->out) || conn->state == CONN_CLOSED)
		return;
	if (conn->outbox.n > 0) {
		conn->sending = (struct msghdr){
			.msg_iov = conn->pieces,
			.msg_iovlen = outbox_pieces(&conn->outbox, conn->pieces, CONN_PIECES)};
		io_sendmsg(conn->io, &conn->out, conn->fd, &conn->sending, 0, sent);
	} else if (conn->state == CONN_ENDING) {
		conn->state = CONN_DRAINING;
		conn->deadline_us = io_now_us(conn->io) + (conn->ended ? 0 : CONN_DRAIN_US);
		io_shutdown(conn->io, conn->fd, SHUT_WR);
	}
}

static void sent(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, out);

	if (result > 0)
		outbox_sent(&conn->outbox, (size_t)result);
	/* An error is the receiver's to see, and to tell. */
	if (result < 0)
		outbox_drop(&conn->outbox, 0);
	if (conn->state == CONN_CLOSED)
		check_gone(conn);
	else if (result >= 0 || conn->state == CONN_ENDING)
		flush(conn);
}

static void doomed(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, doom);

	(void)result;
	if (conn->state == CONN_OPEN)
		conn->owner->lost(conn, "Too much is waiting to be read");
	else
		check_gone(conn);
}

/* Its owner is told in the next turn, since he may be telling many something just now. */
void conn_send(struct conn *conn, struct line *line)
{
	if (conn->state != CONN_OPEN || conn->full || line == NULL)
		return;
	if (conn->outbox.bytes + line->len <= conn->max_queue &&
	    outbox_add(&conn->outbox, line) == 0) {
		flush(conn);
		return;
	}
	conn->full = true;
	io_timer(conn->io, &conn->doom, io_now_us(conn->io), doomed);
}

void conn_end(struct conn *conn, struct line *last)
{
	if (conn->state != CONN_OPEN)
		return;
	/* A send under way has borrowed its lines; and a line once begun is finished. */
	if (conn->full)
		outbox_drop(&conn->outbox,
			    io_busy(&conn->out) ? conn->sending.msg_iovlen : conn->outbox.sent > 0);
	if (last != NULL)
		outbox_add(&conn->outbox, last);
	conn->state = CONN_ENDING;
	conn->deadline_us = io_now_us(conn->io) + CONN_END_US;
	flush(conn);
}

/* ---- receiving ---- */

static bool make_room(struct conn *conn)
{
	size_t size = conn->input_size > 0 ? 2 * conn->input_size : CONN_FIRST_INPUT;

	if (conn->input_len < conn->input_size || conn->input_size == CONN_MAX_INPUT)
		return true;
	if (size > CONN_MAX_INPUT)
		size = CONN_MAX_INPUT;
	char *input = realloc(conn->input, size);
	if (input == NULL)
		return false;
	conn->input = input;
	conn->input_size = size;
	return true;
}

static void receive(struct conn *conn)
{
	io_recv(conn->io, &conn->in, conn->fd, conn->input + conn->input_len,
		conn->input_size - conn->input_len, received);
}

/* Hands over the lines that are complete. The line's end may be LF alone, as people who type into nc
 * send it. */
static void read_lines(struct conn *conn)
{
	size_t at = 0;
	char *end;

	while (conn->state == CONN_OPEN &&
	       (end = memchr(conn->input + at, '\n', conn->input_len - at)) != NULL) {
		char *line = conn->input + at;
		size_t len = (size_t)(end - line);

		at += len + 1;
		if (len > 0 && line[len - 1] == '\r')
			len--;
		if (!conn->skipping)
			conn->owner->line(conn, line, len);
		conn->skipping = false;
	}
	conn->input_len -= at;
	memmove(conn->input, conn->input + at, conn->input_len);
	if (conn->state != CONN_OPEN) {
		conn->input_len = 0;
	} else if (conn->input_len == CONN_MAX_INPUT) {
		conn->input_len = 0;
		if (!conn->skipping)
			conn->owner->overlong(conn);
		conn->skipping = true;
	}
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
			conn->owner->lost(conn, strerror(-result));
		conn_close(conn);
		return;
	}
	/* Who has said all may still want the answers. */
	if (result == 0) {
		conn->ended = true;
		if (conn->state == CONN_OPEN)
			conn->owner->lost(conn, "Connection closed");
		return;
	}
	if (conn->state == CONN_OPEN) {
		conn->input_len += (size_t)result;
		read_lines(conn);
	}
	if (conn->state == CONN_OPEN && !make_room(conn))
		conn->owner->lost(conn, "Out of memory");
	if (!conn->paused)
		receive(conn);
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

int conn_init(struct conn *conn, struct io *io, int fd, size_t max_queue,
	      const struct conn_owner *owner)
{
	*conn = (struct conn){.io = io, .owner = owner, .fd = fd, .max_queue = max_queue};
	if (!make_room(conn)) {
		io_close(io, fd);
		return -ENOMEM;
	}
	io_set(io, fd, IO_OPTION_NODELAY, 1);
	receive(conn);
	return 0;
}
