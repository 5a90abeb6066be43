/* SPDX-License-Identifier: MIT */
#include "common/io.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "common/io_impl.h"

/* ---- making and running ---- */

void io_init(struct io *io, const struct io_impl *impl)
{
	*io = (struct io){.impl = impl};
	io->ready_tail = &io->ready;
	io->late_tail = &io->late;
}

void io_finish(struct io *io)
{
	assert(io->n_timers == 0 && io->ready == NULL && io->late == NULL);
	free(io->timers);
}

int io_create(struct io **ret_io, enum io_backend wish, const char **ret_why)
{
	*ret_why = "";
	if (wish == IO_BACKEND_EPOLL)
		return io_epoll_create(ret_io);
	int error = io_uring_create(ret_io);
	if (error == 0 || wish == IO_BACKEND_URING)
		return error;
	*ret_why = error == -EPERM	       ? "the kernel's settings forbid it here"
		   : error == -ENOSYS	       ? "this kernel has none"
		   : error == -EPROTONOSUPPORT ? "the kernel is older than 5.19"
		   : error == -ENOMEM	       ? "not enough memory may be locked"
					       : "setting it up failed";
	return io_epoll_create(ret_io);
}

void io_destroy(struct io *io)
{
	if (io != NULL)
		io->impl->destroy(io);
}

const char *io_name(const struct io *io)
{
	return io->impl->name;
}

void io_stop(struct io *io)
{
	io->stopping = true;
}

int64_t io_now_us(const struct io *io)
{
	return io->now_us;
}

static void append(struct io_op ***tail, struct io_op *op, int result)
{
	op->state = IO_READY;
	op->result = result;
	op->next = NULL;
	**tail = op;
	*tail = &op->next;
}

void io_end(struct io *io, struct io_op *op, int result)
{
	append(&io->ready_tail, op, result);
}

void io_complete(struct io_op *op, int result)
{
	io_done *done = op->done;

	if (op->kind != IO_ACCEPT || result < 0) {
		op->done = NULL;
		op->state = IO_IDLE;
	}
	done(op, result);
}

/* Only what is ready now: what these functions start ends in the next turn, so that nobody keeps
 * the loop for himself. */
static void end_all(struct io_op **list, struct io_op ***tail)
{
	struct io_op *op = *list;

	*list = NULL;
	*tail = list;
	while (op != NULL) {
		struct io_op *next = op->next;

		io_complete(op, op->result);
		op = next;
	}
}

static void timer_remove(struct io *io, struct io_op *op);

/* By way of the ready list, so that a timer that starts itself anew waits for the next turn. */
static void expire_timers(struct io *io)
{
	while (io->n_timers > 0 && io->timers[0]->at_us <= io->now_us) {
		struct io_op *op = io->timers[0];

		timer_remove(io, op);
		io_end(io, op, 0);
	}
}

/* ---- messages: a stack that many threads push to, and one takes as a whole ---- */

void io_message(struct io *io, struct io *to, struct io_message *message)
{
	struct io_message *newest = atomic_load_explicit(&to->inbox, memory_order_relaxed);

	do
		message->next = newest;
	while (!atomic_compare_exchange_weak_explicit(&to->inbox, &newest, message,
						      memory_order_release, memory_order_relaxed));
	if (newest == NULL && to != io) /* else somebody has woken it, or it needn't be */
		io->impl->wake(io, to);
}

void io_flush(struct io *io)
{
	struct io_message *newest =
		atomic_exchange_explicit(&io->inbox, NULL, memory_order_acquire);
	struct io_message *oldest = NULL;

	while (newest != NULL) {
		struct io_message *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	while (oldest != NULL) {
		struct io_message *next = oldest->next;

		oldest->arrived(oldest);
		oldest = next;
	}
}

static int64_t wait_us(const struct io *io)
{
	if (io->ready != NULL || io->late != NULL ||
	    atomic_load_explicit(&io->inbox, memory_order_relaxed) != NULL)
		return 0;
	if (io->n_timers == 0)
		return -1;
	int64_t left = io->timers[0]->at_us - io->now_us;
	return left > 0 ? left : 0;
}

int io_run(struct io *io)
{
	io->stopping = false;
	while (!io->stopping) {
		int error = io->impl->turn(io, wait_us(io));

		if (error < 0)
			return error;
		if (atomic_load_explicit(&io->inbox, memory_order_relaxed) != NULL)
			io_flush(io);
		expire_timers(io);
		end_all(&io->ready, &io->ready_tail);
		end_all(&io->late, &io->late_tail);
	}
	return 0;
}

/* ---- timers: a binary heap, the earliest first ---- */

static void timer_place(struct io *io, size_t slot, struct io_op *op)
{
	io->timers[slot] = op;
	op->timer_slot = slot;
}

static void timer_sift(struct io *io, size_t slot, struct io_op *op)
{
	while (slot > 0 && io->timers[(slot - 1) / 2]->at_us > op->at_us) {
		timer_place(io, slot, io->timers[(slot - 1) / 2]);
		slot = (slot - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * slot + 1;

		if (child + 1 < io->n_timers &&
		    io->timers[child + 1]->at_us < io->timers[child]->at_us)
			child++;
		if (child >= io->n_timers || io->timers[child]->at_us >= op->at_us)
			break;
		timer_place(io, slot, io->timers[child]);
		slot = child;
	}
	timer_place(io, slot, op);
}

static int timer_add(struct io *io, struct io_op *op)
{
	if (io->n_timers == io->timers_size) {
		size_t size = io->timers_size > 0 ? 2 * io->timers_size : 64;
		struct io_op **timers = realloc(io->timers, size * sizeof(struct io_op *));

		if (timers == NULL)
			return -ENOMEM;
		io->timers = timers;
		io->timers_size = size;
	}
	timer_sift(io, io->n_timers++, op);
	return 0;
}

static void timer_remove(struct io *io, struct io_op *op)
{
	assert(io->timers[op->timer_slot] == op);
	struct io_op *last = io->timers[--io->n_timers];
	if (last != op)
		timer_sift(io, op->timer_slot, last);
}

/* ---- operations ---- */

static void prepare(struct io_op *op, enum io_kind kind, int fd, io_done *done)
{
	assert(op->done == NULL && done != NULL);
	op->done = done;
	op->next = NULL;
	op->kind = (uint8_t)kind;
	op->state = IO_STARTED;
	op->flags = 0;
	op->fd = fd;
}

void io_accept(struct io *io, struct io_op *op, int fd, io_done *done)
{
	prepare(op, IO_ACCEPT, fd, done);
	io->impl->start(io, op);
}

void io_connect(struct io *io, struct io_op *op, int fd, const struct sockaddr *address,
		socklen_t len, io_done *done)
{
	prepare(op, IO_CONNECT, fd, done);
	op->address = address;
	op->len = len;
	io->impl->start(io, op);
}

void io_recv(struct io *io, struct io_op *op, int fd, void *buffer, size_t len, io_done *done)
{
	prepare(op, IO_RECV, fd, done);
	op->buffer = buffer;
	op->len = len;
	io->impl->start(io, op);
}

void io_send(struct io *io, struct io_op *op, int fd, const void *data, size_t len, unsigned flags,
	     io_done *done)
{
	prepare(op, IO_SEND, fd, done);
	op->data = data;
	op->len = len;
	op->flags = (uint16_t)flags;
	io->impl->start(io, op);
}

void io_sendmsg(struct io *io, struct io_op *op, int fd, const struct msghdr *message,
		unsigned flags, io_done *done)
{
	prepare(op, IO_SENDMSG, fd, done);
	op->message = message;
	op->flags = (uint16_t)flags;
	io->impl->start(io, op);
}

void io_poll(struct io *io, struct io_op *op, int fd, short events, io_done *done)
{
	prepare(op, IO_POLL, fd, done);
	op->flags = (uint16_t)events;
	io->impl->start(io, op);
}

void io_timer(struct io *io, struct io_op *op, int64_t at_us, io_done *done)
{
	prepare(op, IO_TIMER, -1, done);
	op->at_us = at_us;
	if (timer_add(io, op) < 0)
		io_end(io, op, -ENOMEM);
}

void io_later(struct io *io, struct io_op *op, io_done *done)
{
	prepare(op, IO_LATER, -1, done);
	append(&io->late_tail, op, 0);
}

void io_cancel(struct io *io, struct io_op *op)
{
	if (op->done == NULL || op->state != IO_STARTED)
		return;
	if (op->kind == IO_TIMER) {
		timer_remove(io, op);
		io_end(io, op, -ECANCELED);
	} else {
		io->impl->cancel(io, op);
	}
}

/* ---- descriptors ---- */

int io_listen(struct io *io, const struct sockaddr *address, socklen_t len, int backlog, bool join)
{
	return io->impl->listen(io, address, len, backlog, join);
}

int io_socket(struct io *io, int family)
{
	return io->impl->socket(io, family);
}

void io_pin(struct io *io, int fd)
{
	io->impl->pin(io, fd);
}

void io_forget(struct io *io, int fd)
{
	io->impl->forget(io, fd);
}

int io_shutdown(struct io *io, int fd, int how)
{
	return io->impl->shutdown(io, fd, how);
}

void io_close(struct io *io, int fd)
{
	io->impl->close(io, fd);
}

int io_local(struct io *io, int fd, struct sockaddr_storage *ret_address)
{
	return io->impl->local(io, fd, ret_address);
}

int io_peer(struct io *io, int fd, struct sockaddr_storage *ret_address)
{
	return io->impl->peer(io, fd, ret_address);
}

int io_set(struct io *io, int fd, enum io_option option, int value)
{
	return io->impl->set(io, fd, option, value);
}

int io_link(struct io *io, int fd, struct io_link *ret_link)
{
	return io->impl->link(io, fd, ret_link);
}

size_t io_unread(struct io *io, int fd)
{
	return io->impl->unread != NULL ? io->impl->unread(io, fd) : 0;
}
