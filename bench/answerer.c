/* SPDX-License-Identifier: MIT */
#include "bench/answerer.h"

#include <errno.h>

#include "common/http.h"

enum { BACKLOG = 4 };

static struct answerer *answerer_of(struct io_op *op)
{
	return (struct answerer *)(void *)((char *)op - offsetof(struct answerer, op));
}

static void end(struct answerer *answerer, int error)
{
	if (error < 0)
		io_close(answerer->io, answerer->fd);
	answerer->done(answerer, error);
}

static void sent(struct io_op *op, int result);

static void send_rest(struct answerer *answerer)
{
	io_send(answerer->io, &answerer->op, answerer->fd, answerer->answer.data + answerer->sent,
		answerer->answer.len - answerer->sent, 0, sent);
}

static void sent(struct io_op *op, int result)
{
	struct answerer *answerer = answerer_of(op);

	if (result < 0) {
		end(answerer, result);
		return;
	}
	answerer->sent += (size_t)result;
	if (answerer->sent < answerer->answer.len)
		send_rest(answerer);
	else
		end(answerer, 0);
}

static void received(struct io_op *op, int result);

static void receive(struct answerer *answerer)
{
	io_recv(answerer->io, &answerer->op, answerer->fd, answerer->request + answerer->have,
		sizeof(answerer->request) - answerer->have, received);
}

static void received(struct io_op *op, int result)
{
	struct answerer *answerer = answerer_of(op);
	struct http_head request;

	if (result <= 0) {
		end(answerer, result < 0 ? result : -EPIPE);
		return;
	}
	answerer->have += (size_t)result;
	int len = http_parse_request(answerer->request, answerer->have, &request);
	if (len > 0)
		send_rest(answerer);
	else if (len == 0 && answerer->have < sizeof(answerer->request))
		receive(answerer);
	else
		end(answerer, -EPROTO);
}

/* The first that comes is the one. */
static void accepted(struct io_op *op, int result)
{
	struct answerer *answerer =
		(struct answerer *)(void *)((char *)op - offsetof(struct answerer, accept));

	if (answerer->fd >= 0) {
		if (result >= 0)
			io_close(answerer->io, result);
		return;
	}
	answerer->fd = result;
	if (result < 0) {
		answerer->done(answerer, result);
		return;
	}
	io_set(answerer->io, answerer->fd, IO_OPTION_NODELAY, 1);
	receive(answerer);
}

int answerer_start(struct answerer *answerer, struct io *io, const struct sockaddr_in *address,
		   struct slice answer, answerer_done *done)
{
	*answerer = (struct answerer){.fd = -1, .io = io, .answer = answer, .done = done};
	answerer->listener =
		io_listen(io, (const struct sockaddr *)address, sizeof(*address), BACKLOG, false);
	if (answerer->listener < 0)
		return answerer->listener;
	io_accept(io, &answerer->accept, answerer->listener, accepted);
	return 0;
}
