/* SPDX-License-Identifier: MIT */
/*
 * What an implementation of io.h provides. Only io.c, the implementations, and the tests' network
 * include this.
 *
 * Common to all, in io.c: the state of an op, timers (a heap; the implementation is told only how
 * long it may wait), the ready list, and the order of a turn:
 *
 *	1. impl->turn(io, wait_us) submits what was started and collects what has ended,
 *	2. messages of other threads arrive,
 *	3. timers that are due go to the ready list,
 *	4. what is on the ready list ends,
 *	5. what waits for the turn's end does (io_later()).
 */
#ifndef SPILLWAY_IO_IMPL_H
#define SPILLWAY_IO_IMPL_H

#include "common/io.h"

#include <stdatomic.h>

enum io_kind { IO_ACCEPT, IO_CONNECT, IO_RECV, IO_SEND, IO_SENDMSG, IO_POLL, IO_TIMER, IO_LATER };
enum io_state { IO_IDLE, IO_STARTED, IO_READY };

struct io_impl {
	const char *name;
	void (*destroy)(struct io *io);
	/* Starts op, whose fields are filled in. Must not call op->done. */
	void (*start)(struct io *io, struct io_op *op);
	void (*cancel)(struct io *io, struct io_op *op);
	/* Collects, waiting for wait_us at most (-1: without limit), and updates io->now_us. */
	int (*turn)(struct io *io, int64_t wait_us);

	/* Makes the turn that `to` may be waiting in end. to belongs to another thread. */
	void (*wake)(struct io *io, struct io *to);

	int (*listen)(struct io *io, const struct sockaddr *address, socklen_t len, int backlog,
		      bool join);
	int (*socket)(struct io *io, int family);
	void (*pin)(struct io *io, int fd);
	void (*forget)(struct io *io, int fd);
	int (*shutdown)(struct io *io, int fd, int how);
	void (*close)(struct io *io, int fd);
	int (*local)(struct io *io, int fd, struct sockaddr_storage *ret_address);
	int (*peer)(struct io *io, int fd, struct sockaddr_storage *ret_address);
	int (*set)(struct io *io, int fd, enum io_option option, int value);
	int (*link)(struct io *io, int fd, struct io_link *ret_link);
	size_t (*unread)(struct io *io, int fd); /* may be NULL */
};

/* Implementations embed this as their first member. */
struct io {
	const struct io_impl *impl;
	int64_t now_us;
	bool stopping;
	_Atomic(struct io_message *) inbox; /* from other threads, the newest first */
	struct io_op *ready;		    /* ops that have ended, in order */
	struct io_op **ready_tail;
	struct io_op *late; /* io_later()'s, in order */
	struct io_op **late_tail;
	struct io_op **timers; /* a binary heap by at_us */
	size_t n_timers, timers_size;
};

void io_init(struct io *io, const struct io_impl *impl);
void io_finish(struct io *io);

/* Puts op on the ready list, to end with result in this turn or the next. */
void io_end(struct io *io, struct io_op *op, int result);
/* Calls op's function at once; for implementations that hand over what they collect. */
void io_complete(struct io_op *op, int result);

int io_uring_create(struct io **ret_io);
int io_epoll_create(struct io **ret_io);

/* The socket calls of the kernel, shared by io_uring.c and io_epoll.c (io_kernel.c). */
int64_t io_clock_us(void);
int io_kernel_listen(struct io *io, const struct sockaddr *address, socklen_t len, int backlog,
		     bool join);
int io_kernel_socket(struct io *io, int family);
int io_kernel_shutdown(struct io *io, int fd, int how);
int io_kernel_local(struct io *io, int fd, struct sockaddr_storage *ret_address);
int io_kernel_peer(struct io *io, int fd, struct sockaddr_storage *ret_address);
int io_kernel_set(struct io *io, int fd, enum io_option option, int value);
int io_kernel_link(struct io *io, int fd, struct io_link *ret_link);
size_t io_kernel_unread(struct io *io, int fd);

#endif
