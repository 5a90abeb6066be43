/* SPDX-License-Identifier: MIT */
/*
 * io.h on io_uring. One thread submits and collects, so the ring is told so (SINGLE_ISSUER, 6.0),
 * and the kernel's completion work runs when we ask for completions (DEFER_TASKRUN, 6.1), not in
 * between. Kernels from 5.19 (multishot accept, messages between rings) on do without these.
 */
#include "common/io_impl.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	SQ_ENTRIES = 4096,
	CQ_ENTRIES = 4 * SQ_ENTRIES, /* what doesn't fit is kept by the kernel, at a cost */
	BATCH = 128,
	MAX_PINNED = 65536,
	CANCEL_WANTED = 1, /* in an accept's flags */
};

struct io_uring_io {
	struct io io;
	struct io_uring ring;
	/* Registered files: descriptor N in slot N. */
	size_t n_slots;
	uint8_t *pinned; /* a bit per slot */
};

static struct io_uring_io *uring_of(struct io *io)
{
	return (struct io_uring_io *)io;
}

static bool is_pinned(const struct io_uring_io *self, int fd)
{
	return (size_t)fd < self->n_slots && (self->pinned[fd / 8] & 1u << fd % 8) != 0;
}

/* NULL when the kernel takes no more: it is out of memory. */
static struct io_uring_sqe *get_sqe(struct io_uring_io *self)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);

	if (sqe == NULL) {
		io_uring_submit(&self->ring);
		sqe = io_uring_get_sqe(&self->ring);
	}
	return sqe;
}

/* ---- starting ---- */

static int send_flags(const struct io_op *op)
{
	return MSG_NOSIGNAL | ((op->flags & IO_SEND_NOWAIT) != 0 ? MSG_DONTWAIT : 0) |
	       ((op->flags & IO_SEND_MORE) != 0 ? MSG_MORE : MSG_EOR);
}

static void start_accept(struct io_uring_io *self, struct io_uring_sqe *sqe, struct io_op *op)
{
	(void)self;
	io_uring_prep_multishot_accept(sqe, op->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static void start_connect(struct io_uring_io *self, struct io_uring_sqe *sqe, struct io_op *op)
{
	(void)self;
	io_uring_prep_connect(sqe, op->fd, op->address, (socklen_t)op->len);
}

static void start_recv(struct io_uring_io *self, struct io_uring_sqe *sqe, struct io_op *op)
{
	(void)self;
	io_uring_prep_recv(sqe, op->fd, op->buffer, op->len, 0);
}

static void start_send(struct io_uring_io *self, struct io_uring_sqe *sqe, struct io_op *op)
{
	(void)self;
	io_uring_prep_send(sqe, op->fd, op->data, op->len, send_flags(op));
}

static void start_sendmsg(struct io_uring_io *self, struct io_uring_sqe *sqe, struct io_op *op)
{
	(void)self;
	io_uring_prep_sendmsg(sqe, op->fd, op->message, (unsigned)send_flags(op));
}

static void start_poll(struct io_uring_io *self, struct io_uring_sqe *sqe, struct io_op *op)
{
	(void)self;
	io_uring_prep_poll_add(sqe, op->fd, op->flags);
}

static void (*const starts[])(struct io_uring_io *, struct io_uring_sqe *, struct io_op *) = {
	[IO_ACCEPT] = start_accept, [IO_CONNECT] = start_connect, [IO_RECV] = start_recv,
	[IO_SEND] = start_send,	    [IO_SENDMSG] = start_sendmsg, [IO_POLL] = start_poll,
};

static void uring_start(struct io *io, struct io_op *op)
{
	struct io_uring_io *self = uring_of(io);
	struct io_uring_sqe *sqe = get_sqe(self);

	if (sqe == NULL) {
		io_end(io, op, -ENOMEM);
		return;
	}
	starts[op->kind](self, sqe, op);
	/* The slot has the descriptor's number. Only for sends: before 6.13 a slot that is given up
	 * lives on until all operations begun before then have ended, and a poll may never end. */
	if ((op->kind == IO_SEND || op->kind == IO_SENDMSG) && is_pinned(self, op->fd))
		sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data(sqe, op);
}

/* The cancelled op ends by its own completion; the cancelling has one without an op. */
static void uring_cancel(struct io *io, struct io_op *op)
{
	struct io_uring_io *self = uring_of(io);
	struct io_uring_sqe *sqe = get_sqe(self);

	if (op->kind == IO_ACCEPT)
		op->flags |= CANCEL_WANTED;
	if (sqe != NULL) {
		io_uring_prep_cancel(sqe, op, 0);
		io_uring_sqe_set_data(sqe, NULL);
	} else {
		struct io_uring_sync_cancel_reg cancel = {.addr = (uintptr_t)op,
							  .timeout = {-1, -1}};

		io_uring_register_sync_cancel(&self->ring, &cancel);
	}
}

/* Its completion is nobody's op, on both sides; that it comes is all that matters. */
static void uring_wake(struct io *io, struct io *to)
{
	struct io_uring_io *self = uring_of(io);
	struct io_uring_sqe *sqe;

	while ((sqe = get_sqe(self)) == NULL)
		sched_yield(); /* out of memory; a message mustn't get lost */
	io_uring_prep_msg_ring(sqe, uring_of(to)->ring.ring_fd, 0, 0, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

/* ---- collecting ---- */

struct ended {
	struct io_op *op;
	int result;
	bool more;
};

/* An accept goes on unless it failed; where the kernel has ended its repetition, it is started
 * again before its function runs, which may cancel it. */
static void uring_end(struct io_uring_io *self, const struct ended *ended)
{
	struct io_op *op = ended->op;

	if (op->kind == IO_ACCEPT && ended->result >= 0 && !ended->more) {
		if ((op->flags & CANCEL_WANTED) != 0)
			io_end(&self->io, op, -ECANCELED);
		else
			uring_start(&self->io, op);
	}
	io_complete(op, ended->result);
}

/* Completions are copied out first, so that the ring has room while their functions run. */
static void collect(struct io_uring_io *self)
{
	struct io_uring_cqe *cqes[BATCH];
	struct ended ended[BATCH];
	unsigned n;

	do {
		size_t n_ended = 0;

		n = io_uring_peek_batch_cqe(&self->ring, cqes, BATCH);
		for (unsigned i = 0; i < n; i++) {
			struct io_op *op = io_uring_cqe_get_data(cqes[i]);

			if (op != NULL)
				ended[n_ended++] =
					(struct ended){op, cqes[i]->res,
						       (cqes[i]->flags & IORING_CQE_F_MORE) != 0};
		}
		io_uring_cq_advance(&self->ring, n);
		for (size_t i = 0; i < n_ended; i++)
			uring_end(self, &ended[i]);
	} while (n == BATCH);
}

static int uring_turn(struct io *io, int64_t wait_us)
{
	struct io_uring_io *self = uring_of(io);
	struct __kernel_timespec limit = {.tv_sec = wait_us / 1000000,
					  .tv_nsec = wait_us % 1000000 * 1000};
	struct io_uring_cqe *cqe;
	int error;

	if (wait_us == 0 || io_uring_cq_ready(&self->ring) > 0)
		error = io_uring_submit_and_get_events(&self->ring);
	else if (wait_us < 0)
		error = io_uring_submit_and_wait(&self->ring, 1);
	else
		error = io_uring_submit_and_wait_timeout(&self->ring, &cqe, 1, &limit, NULL);
	io->now_us = io_clock_us();
	if (error < 0 && error != -ETIME && error != -EINTR && error != -EAGAIN && error != -EBUSY)
		return error;
	collect(self);
	return 0;
}

/* ---- registered files ---- */

static void uring_pin(struct io *io, int fd)
{
	struct io_uring_io *self = uring_of(io);

	if ((size_t)fd < self->n_slots && !is_pinned(self, fd) &&
	    io_uring_register_files_update(&self->ring, (unsigned)fd, &fd, 1) == 1)
		self->pinned[fd / 8] |= (uint8_t)(1u << fd % 8);
}

static void unpin(struct io_uring_io *self, int fd)
{
	int none = -1;

	if (!is_pinned(self, fd))
		return;
	io_uring_register_files_update(&self->ring, (unsigned)fd, &none, 1);
	self->pinned[fd / 8] &= (uint8_t) ~(1u << fd % 8);
}

static void uring_forget(struct io *io, int fd)
{
	unpin(uring_of(io), fd);
}

/* Operations that were prepared but not submitted yet still mean this descriptor. */
static void uring_close(struct io *io, int fd)
{
	struct io_uring_io *self = uring_of(io);

	if (io_uring_sq_ready(&self->ring) > 0)
		io_uring_submit(&self->ring);
	unpin(self, fd);
	close(fd);
}

static void make_slots(struct io_uring_io *self)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	size_t n = limit.rlim_cur < MAX_PINNED ? limit.rlim_cur : MAX_PINNED;
	self->pinned = calloc(n / 8 + 1, 1);
	if (self->pinned != NULL && io_uring_register_files_sparse(&self->ring, (unsigned)n) == 0)
		self->n_slots = n;
}

/* ---- making ---- */

static void uring_destroy(struct io *io)
{
	struct io_uring_io *self = uring_of(io);

	io_finish(io);
	io_uring_queue_exit(&self->ring);
	free(self->pinned);
	free(self);
}

static const struct io_impl uring_impl = {
	.name = "io_uring",
	.destroy = uring_destroy,
	.start = uring_start,
	.cancel = uring_cancel,
	.turn = uring_turn,
	.wake = uring_wake,
	.listen = io_kernel_listen,
	.socket = io_kernel_socket,
	.pin = uring_pin,
	.forget = uring_forget,
	.shutdown = io_kernel_shutdown,
	.close = uring_close,
	.local = io_kernel_local,
	.peer = io_kernel_peer,
	.set = io_kernel_set,
	.link = io_kernel_link,
	.unread = io_kernel_unread,
};

/* The best that this kernel has: the second row leaves out what came later than 5.19. */
static int make_ring(struct io_uring_io *self)
{
	static const unsigned flags[] = {
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, /* 6.1 */
		IORING_SETUP_COOP_TASKRUN,				 /* 5.19 */
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct io_uring_params params = {.flags = flags[i] | IORING_SETUP_CQSIZE |
							  IORING_SETUP_SUBMIT_ALL,
						 .cq_entries = CQ_ENTRIES};

		error = io_uring_queue_init_params(SQ_ENTRIES, &self->ring, &params);
		if (error != -EINVAL)
			return error;
	}
	return -EPROTONOSUPPORT;
}

int io_uring_create(struct io **ret_io)
{
	struct io_uring_io *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return -ENOMEM;
	int error = make_ring(self);
	if (error < 0) {
		free(self);
		return error;
	}
	make_slots(self);
	io_init(&self->io, &uring_impl);
	self->io.now_us = io_clock_us();
	*ret_io = &self->io;
	return 0;
}
