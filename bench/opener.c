/* SPDX-License-Identifier: MIT */
#include "bench/opener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static struct opener *opener_of(struct io_op *op)
{
	return (struct opener *)(void *)((char *)op - offsetof(struct opener, op));
}

static void end(struct opener *opener, int error)
{
	if (error < 0)
		io_close(opener->io, opener->fd);
	opener->done(opener, error);
}

static void received(struct io_op *op, int result);

static void receive(struct opener *opener)
{
	io_recv(opener->io, &opener->op, opener->fd, opener->head + opener->have,
		sizeof(opener->head) - opener->have, received);
}

static void received(struct io_op *op, int result)
{
	struct opener *opener = opener_of(op);

	if (result <= 0) {
		end(opener, result < 0 ? result : -EPIPE);
		return;
	}
	opener->have += (size_t)result;
	if (opener->status == OPENER_ANYTHING) {
		opener->early = (struct slice){opener->head, opener->have};
		end(opener, 0);
		return;
	}
	int len = http_parse_response(opener->head, opener->have, &opener->response);
	if (len == 0 && opener->have < sizeof(opener->head)) {
		receive(opener);
		return;
	}
	if (len <= 0 || opener->response.status != opener->status) {
		end(opener, -EPROTO);
		return;
	}
	opener->early = (struct slice){opener->head + len, opener->have - (size_t)len};
	end(opener, 0);
}

static void sent(struct io_op *op, int result);

/* Says what is left to say, or waits for the answer, if there will be one. */
static void go_on(struct opener *opener)
{
	if (opener->sent < opener->request.len)
		io_send(opener->io, &opener->op, opener->fd, opener->request.data + opener->sent,
			opener->request.len - opener->sent, 0, sent);
	else if (opener->status != OPENER_NOTHING)
		receive(opener);
	else
		end(opener, 0);
}

static void sent(struct io_op *op, int result)
{
	struct opener *opener = opener_of(op);

	if (result < 0) {
		end(opener, result);
		return;
	}
	opener->sent += (size_t)result;
	go_on(opener);
}

static void connected(struct io_op *op, int result)
{
	struct opener *opener = opener_of(op);

	if (result < 0)
		end(opener, result);
	else
		go_on(opener);
}

/* The port is chosen by connect(), so that only the pair of both ends must be unique. */
static int bind_source(int fd, struct in_addr source)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = source};
	int on = 1;

	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

static void narrow(int fd, const struct opener_target *target)
{
	int buffer = target->receive_buffer, segment = target->segment;

	if (buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (segment > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
}

int opener_start(struct opener *opener, struct io *io, const struct opener_target *target,
		 opener_done *done)
{
	int fd = io_socket(io, AF_INET);

	if (fd < 0)
		return fd;
	int error = bind_source(fd, target->source);
	if (error < 0) {
		io_close(io, fd);
		return error;
	}
	narrow(fd, target);
	opener->fd = fd;
	opener->io = io;
	opener->server = target->server;
	opener->request = target->request;
	opener->status = target->status;
	opener->done = done;
	opener->sent = opener->have = 0;
	opener->early = (struct slice){0};
	io_set(io, fd, IO_OPTION_NODELAY, 1);
	io_connect(io, &opener->op, fd, (struct sockaddr *)&opener->server, sizeof(opener->server),
		   connected);
	return 0;
}
