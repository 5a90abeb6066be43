/* SPDX-License-Identifier: MIT */
/*
 * Input and output, by completion.
 *
 * A caller starts an operation and later gets its result in a function. There is one struct io a
 * thread; nothing here may be called from another thread, but for io_message()'s receiver. Three implementations stand behind this
 * header and behave alike: io_uring (io_uring.c), epoll (io_epoll.c), and the tests' simulated
 * network.
 *
 * An operation (struct io_op) lives inside the thing it works for (a viewer, a listener), so that
 * starting one allocates nothing:
 *
 *	1. io_send(io, &viewer->send, fd, data, len, 0, viewer_sent) starts it. The op, and the
 *	   bytes it was given, are borrowed until the op has ended.
 *	2. viewer_sent(op, result) is called from io_run(), never from inside a starting call. By
 *	   then the op is free to be started again, from that very function.
 *	3. result is what the system call would have returned, or -errno.
 *
 * An op is started by one of the calls below, one at a time; starting a busy one is a bug and
 * asserts. io_cancel() makes an op end soon: with -ECANCELED, or with the result that it had by
 * then. So an op always ends by its function being called, and what holds it may be freed only
 * after that. io_close() doesn't end the operations on a descriptor: cancel them first.
 *
 * Times are microseconds. io_now_us() is a monotonic clock, read once a turn of the loop; the
 * simulated network makes it virtual, so code above this interface asks for time only here.
 */
#ifndef SPILLWAY_IO_H
#define SPILLWAY_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct io;
struct io_op;

typedef void io_done(struct io_op *op, int result);

struct io_op {
	io_done *done; /* NULL while the op is idle */

	/* The rest belongs to the implementation. */
	struct io_op *next;
	union {
		const void *data;
		void *buffer;
		const struct msghdr *message;
		const struct sockaddr *address;
		int64_t at_us;
	};
	union {
		size_t len;
		size_t timer_slot;
	};
	int fd;
	int result;
	uint8_t kind;
	uint8_t state;
	uint16_t flags;
};

enum io_backend { IO_BACKEND_AUTO, IO_BACKEND_URING, IO_BACKEND_EPOLL };

/* Send at once or not at all: -EAGAIN where the socket takes nothing, a short count where it takes
 * a part. Without it a send waits until the socket takes something. */
#define IO_SEND_NOWAIT 1u
/* More bytes of the same frame follow directly (MSG_MORE). A send without it ends its segment
 * (MSG_EOR): later bytes aren't added to it past IO_OPTION_NOTSENT_LOWAT. */
#define IO_SEND_MORE 2u

/*
 * Makes the loop of a thread. IO_BACKEND_AUTO takes io_uring where the kernel allows it, else
 * epoll; *ret_why then says in a few words why not io_uring ("" otherwise; a constant string).
 * Errors: what the kernel said, for a backend that was asked for by name.
 */
int io_create(struct io **ret_io, enum io_backend wish, const char **ret_why);
/* Accepts NULL. All operations must have ended. */
void io_destroy(struct io *io);
const char *io_name(const struct io *io); /* "io_uring", "epoll", … */

/* Runs until io_stop(), or returns the -errno that makes going on impossible. */
int io_run(struct io *io);
void io_stop(struct io *io);

int64_t io_now_us(const struct io *io);

/* ---- operations ---- */

/* Ends with a connected descriptor, again and again: the one op whose function is called many
 * times. A negative result is the last; the caller decides when to start again (-EMFILE: not at
 * once). */
void io_accept(struct io *io, struct io_op *op, int fd, io_done *done);
/* address is borrowed until the end. Ends with 0. */
void io_connect(struct io *io, struct io_op *op, int fd, const struct sockaddr *address,
		socklen_t len, io_done *done);
/* Ends with the bytes received into buffer, 0 when the other side has ended its sending. */
void io_recv(struct io *io, struct io_op *op, int fd, void *buffer, size_t len, io_done *done);
/* Ends with the bytes taken, which may be fewer than len. */
void io_send(struct io *io, struct io_op *op, int fd, const void *data, size_t len, unsigned flags,
	     io_done *done);
/* The same from several pieces; message and its vectors are borrowed, shared ones too. */
void io_sendmsg(struct io *io, struct io_op *op, int fd, const struct msghdr *message,
		unsigned flags, io_done *done);
/* Ends once with the poll(2) events that are there. events is POLLIN or POLLOUT; errors and
 * hang-ups come unasked. A descriptor has one op a direction at the most: accept, receive, POLLIN
 * one way; connect, send, POLLOUT the other. */
void io_poll(struct io *io, struct io_op *op, int fd, short events, io_done *done);
/* Ends with 0 at or after the time at_us on io_now_us()'s clock. */
void io_timer(struct io *io, struct io_op *op, int64_t at_us, io_done *done);
/* Ends with 0 at the end of this turn, when all else that has ended in it was told so, and before
 * the loop waits: what is to be done once, however much has happened. At the end of a turn it means
 * the next one's. */
void io_later(struct io *io, struct io_op *op, io_done *done);
/* See above. Cancelling an idle op does nothing. */
void io_cancel(struct io *io, struct io_op *op);

static inline bool io_busy(const struct io_op *op)
{
	return op->done != NULL;
}

/* ---- between threads ---- */

/* Lives inside what is sent. */
struct io_message {
	struct io_message *next; /* the implementation's */
	void (*arrived)(struct io_message *message);
};

/* Gives message to another thread's loop (or one's own), which takes it over and calls arrived().
 * The messages of one sender arrive in their order. Allocates nothing, and can't fail. */
void io_message(struct io *io, struct io *to, struct io_message *message);
/* Calls arrived() for what came after io_run() had returned. Only when no thread sends any more. */
void io_flush(struct io *io);

/* ---- descriptors ---- */

/* A listening stream socket, non-blocking, close-on-exec, SO_REUSEADDR. The first listener on an
 * address fails when it is taken; the others, of the same process, join it (SO_REUSEPORT). */
int io_listen(struct io *io, const struct sockaddr *address, socklen_t len, int backlog, bool join);
/* A socket to connect with. */
int io_socket(struct io *io, int family);
/* Many operations will follow on fd: io_uring puts it among its registered files. Only a hint. */
void io_pin(struct io *io, int fd);
/* fd goes on in another thread's loop: this one forgets it. No operation may be under way. */
void io_forget(struct io *io, int fd);
int io_shutdown(struct io *io, int fd, int how);
void io_close(struct io *io, int fd);

int io_local(struct io *io, int fd, struct sockaddr_storage *ret_address);
int io_peer(struct io *io, int fd, struct sockaddr_storage *ret_address);

enum io_option {
	IO_OPTION_NODELAY,	   /* bool */
	IO_OPTION_NOTSENT_LOWAT,   /* bytes that may lie unsent in the kernel */
	IO_OPTION_USER_TIMEOUT_MS, /* a peer that acknowledges nothing for so long is gone */
	IO_OPTION_KEEPALIVE,	   /* bool */
	IO_OPTION_SEND_BUFFER,	   /* bytes */
	IO_OPTION_RECEIVE_BUFFER,  /* bytes */
	IO_OPTION_PACE,		   /* bytes a second at most leave the kernel; -1: as TCP likes */
};
int io_set(struct io *io, int fd, enum io_option option, int value);

/* What the kernel knows of a connection. Costs a system call or two: for viewers that lag and for
 * statistics only. */
struct io_link {
	uint32_t unsent;  /* bytes accepted but not sent yet */
	uint32_t unacked; /* bytes sent but not acknowledged */
	uint32_t rtt_us;
	uint32_t min_rtt_us;	/* the least of late, as of an empty path */
	uint32_t window;	/* bytes that TCP lets be unacknowledged now; 0: not known */
	uint64_t delivery_rate; /* bytes a second, as TCP measured it last; 0: not known */
};
int io_link(struct io *io, int fd, struct io_link *ret_link);
/* Bytes that were received and wait to be read (FIONREAD); 0 where that isn't known. */
size_t io_unread(struct io *io, int fd);

#endif
