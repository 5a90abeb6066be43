/* SPDX-License-Identifier: MIT */
/*
 * io.h on epoll. Every operation is tried at once; one that would block waits for the edge. So a
 * descriptor is registered once, for both directions and edge-triggered, and never changed; an edge
 * that nobody waits for may be lost, as the next operation tries first.
 */
#include "common/io_impl.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 512, ACCEPTS_PER_TURN = 64 };

struct watch {
	struct io_op *in, *out; /* the op that waits in each direction */
	bool registered;
};

struct io_epoll {
	struct io io;
	int epoll;
	int waker;	       /* an eventfd that other threads write to */
	bool no_pwait2;	       /* the kernel is older than 5.11 */
	struct watch *watches; /* by descriptor */
	size_t n_watches;
};

static struct io_epoll *epoll_of(struct io *io)
{
	return (struct io_epoll *)io;
}

static bool is_output(const struct io_op *op)
{
	return op->kind == IO_SEND || op->kind == IO_SENDMSG || op->kind == IO_CONNECT ||
	       (op->kind == IO_POLL && (op->flags & POLLOUT) != 0);
}

static int send_flags(const struct io_op *op)
{
	return MSG_NOSIGNAL | MSG_DONTWAIT | ((op->flags & IO_SEND_MORE) != 0 ? MSG_MORE : MSG_EOR);
}

/* ---- trying ---- */

static ssize_t try_accept(struct io_op *op)
{
	return accept4(op->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/* A second connect() tells how the first one ended. */
static ssize_t try_connect(struct io_op *op)
{
	int result = connect(op->fd, op->address, (socklen_t)op->len);

	if (result < 0 && errno == EISCONN)
		return 0;
	if (result < 0 && (errno == EINPROGRESS || errno == EALREADY))
		errno = EAGAIN;
	return result;
}

static ssize_t try_recv(struct io_op *op)
{
	return recv(op->fd, op->buffer, op->len, MSG_DONTWAIT);
}

static ssize_t try_send(struct io_op *op)
{
	return send(op->fd, op->data, op->len, send_flags(op));
}

static ssize_t try_sendmsg(struct io_op *op)
{
	return sendmsg(op->fd, op->message, send_flags(op));
}

static ssize_t try_poll(struct io_op *op)
{
	struct pollfd poll_fd = {.fd = op->fd, .events = (short)op->flags};
	int n = poll(&poll_fd, 1, 0);

	if (n > 0)
		return poll_fd.revents;
	if (n == 0)
		errno = EAGAIN;
	return -1;
}

static ssize_t (*const tries[])(struct io_op *op) = {
	[IO_ACCEPT] = try_accept, [IO_CONNECT] = try_connect, [IO_RECV] = try_recv,
	[IO_SEND] = try_send,	  [IO_SENDMSG] = try_sendmsg, [IO_POLL] = try_poll,
};

/* The result, or -EAGAIN when the op has to wait. */
static int try_op(struct io_op *op)
{
	ssize_t result;

	do
		result = tries[op->kind](op);
	while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : (int)result;
}

static bool waits(const struct io_op *op, int result)
{
	bool nowait = (op->kind == IO_SEND || op->kind == IO_SENDMSG) &&
		      (op->flags & IO_SEND_NOWAIT) != 0;

	return result == -EAGAIN && !nowait;
}

/* ---- waiting ---- */

static int watch_grow(struct io_epoll *self, int fd)
{
	if ((size_t)fd < self->n_watches)
		return 0;
	size_t n = self->n_watches > 0 ? self->n_watches : 64;
	while (n <= (size_t)fd)
		n *= 2;
	struct watch *watches = realloc(self->watches, n * sizeof(*watches));
	if (watches == NULL)
		return -ENOMEM;
	memset(watches + self->n_watches, 0, (n - self->n_watches) * sizeof(*watches));
	self->watches = watches;
	self->n_watches = n;
	return 0;
}

static int watch_control(struct io_epoll *self, int control, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				    .data.fd = fd};

	return epoll_ctl(self->epoll, control, fd, &event) < 0 ? -errno : 0;
}

static int watch_register(struct io_epoll *self, int fd)
{
	int error = watch_grow(self, fd);

	if (error < 0 || self->watches[fd].registered)
		return error;
	error = watch_control(self, EPOLL_CTL_ADD, fd);
	self->watches[fd].registered = error == 0;
	return error;
}

static struct io_op **watch_slot(struct io_epoll *self, const struct io_op *op)
{
	struct watch *watch = &self->watches[op->fd];

	return is_output(op) ? &watch->out : &watch->in;
}

static void watch_wait(struct io_epoll *self, struct io_op *op)
{
	struct io_op **slot = watch_slot(self, op);

	assert(*slot == NULL);
	*slot = op;
}

/* Connections that wait already give no new edge: asks for it again. */
static void start_accept(struct io_epoll *self, struct io_op *op)
{
	bool again = (size_t)op->fd < self->n_watches && self->watches[op->fd].registered;
	int error =
		again ? watch_control(self, EPOLL_CTL_MOD, op->fd) : watch_register(self, op->fd);

	if (error == 0)
		watch_wait(self, op);
	else
		io_end(&self->io, op, error);
}

static void epoll_start(struct io *io, struct io_op *op)
{
	struct io_epoll *self = epoll_of(io);

	if (op->kind == IO_ACCEPT) {
		start_accept(self, op);
		return;
	}
	/* Most operations succeed at once and never need the registration. Where it is new, a
	 * second try covers what came between the two. */
	int result = try_op(op);
	if (waits(op, result)) {
		int error = watch_register(self, op->fd);

		result = error == 0 ? try_op(op) : error;
	}
	if (waits(op, result))
		watch_wait(self, op);
	else
		io_end(io, op, result);
}

static void epoll_cancel(struct io *io, struct io_op *op)
{
	*watch_slot(epoll_of(io), op) = NULL;
	io_end(io, op, -ECANCELED);
}

/* Accepts what waits, but leaves room for others: what is left is taken in the next turn. */
static void accept_many(struct io_epoll *self, struct io_op *op)
{
	int fd = op->fd;

	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int result = try_op(op);

		if (result == -EAGAIN)
			return;
		if (result == -ECONNABORTED)
			continue;
		if (result < 0)
			self->watches[fd].in = NULL;
		io_complete(op, result);
		if (self->watches[fd].in != op)
			return;
	}
	watch_control(self, EPOLL_CTL_MOD, fd); /* asks for the edge again */
}

static void watch_fire(struct io_epoll *self, struct io_op **slot)
{
	struct io_op *op = *slot;

	if (op == NULL)
		return;
	if (op->kind == IO_ACCEPT) {
		accept_many(self, op);
		return;
	}
	int result = try_op(op);
	if (waits(op, result))
		return;
	*slot = NULL;
	io_end(&self->io, op, result);
}

static int wait_events(struct io_epoll *self, struct epoll_event *events, int64_t wait_us)
{
	struct timespec limit = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};

	if (!self->no_pwait2) {
		int n = epoll_pwait2(self->epoll, events, EVENTS_PER_TURN,
				     wait_us < 0 ? NULL : &limit, NULL);

		if (n >= 0 || errno != ENOSYS)
			return n;
		self->no_pwait2 = true;
	}
	return epoll_wait(self->epoll, events, EVENTS_PER_TURN,
			  wait_us < 0 ? -1 : (int)((wait_us + 999) / 1000));
}

static int epoll_turn(struct io *io, int64_t wait_us)
{
	struct io_epoll *self = epoll_of(io);
	struct epoll_event events[EVENTS_PER_TURN];
	int n = wait_events(self, events, wait_us);

	io->now_us = io_clock_us();
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		uint32_t happened = events[i].events;
		int fd = events[i].data.fd;

		if ((happened & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
			watch_fire(self, &self->watches[fd].in);
		/* watches may have moved: an accepted descriptor can be a large number */
		if ((happened & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
			watch_fire(self, &self->watches[fd].out);
	}
	return 0;
}

/* ---- the rest ---- */

static void epoll_destroy(struct io *io)
{
	struct io_epoll *self = epoll_of(io);

	io_finish(io);
	close(self->epoll);
	close(self->waker);
	free(self->watches);
	free(self);
}

/* Each write is an edge, so nobody has to read it. */
static void epoll_wake(struct io *io, struct io *to)
{
	uint64_t one = 1;

	(void)io;
	while (write(epoll_of(to)->waker, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void epoll_pin(struct io *io, int fd)
{
	(void)io;
	(void)fd;
}

static void epoll_forget(struct io *io, int fd)
{
	struct io_epoll *self = epoll_of(io);

	if ((size_t)fd < self->n_watches) {
		assert(self->watches[fd].in == NULL && self->watches[fd].out == NULL);
		/* A copy of the descriptor elsewhere would keep it in the epoll set. */
		if (self->watches[fd].registered)
			epoll_ctl(self->epoll, EPOLL_CTL_DEL, fd, NULL);
		self->watches[fd] = (struct watch){0};
	}
}

static void epoll_close(struct io *io, int fd)
{
	epoll_forget(io, fd);
	close(fd);
}

static const struct io_impl epoll_impl = {
	.name = "epoll",
	.destroy = epoll_destroy,
	.start = epoll_start,
	.cancel = epoll_cancel,
	.turn = epoll_turn,
	.wake = epoll_wake,
	.listen = io_kernel_listen,
	.socket = io_kernel_socket,
	.pin = epoll_pin,
	.forget = epoll_forget,
	.shutdown = io_kernel_shutdown,
	.close = epoll_close,
	.local = io_kernel_local,
	.peer = io_kernel_peer,
	.set = io_kernel_set,
	.link = io_kernel_link,
	.unread = io_kernel_unread,
};

int io_epoll_create(struct io **ret_io)
{
	struct io_epoll *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return -ENOMEM;
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	self->waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int error = self->epoll < 0 || self->waker < 0 ? -errno : watch_register(self, self->waker);
	if (error < 0) {
		if (self->epoll >= 0)
			close(self->epoll);
		if (self->waker >= 0)
			close(self->waker);
		free(self->watches);
		free(self);
		return error;
	}
	io_init(&self->io, &epoll_impl);
	self->io.now_us = io_clock_us();
	*ret_io = &self->io;
	return 0;
}
