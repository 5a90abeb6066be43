/* SPDX-License-Identifier: MIT */
/* The simulated network's sockets: the program's side (io.h). */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tests/sim_impl.h"
#include "tests/sim_libc.h"

enum { FIRST_PORT = 40000 };

static void progress(struct sim *sim, struct sim_event *event);
static void reset_arrives(struct sim *sim, struct sim_event *event);

static struct sim_socket *socket_of(struct sim_event *event)
{
	return (struct sim_socket *)(void *)((char *)event - offsetof(struct sim_socket, event));
}

static int64_t now(const struct sim_socket *socket)
{
	return socket->sim->now_us;
}

/* ---- the table ---- */

struct sim_socket *sim_socket_at(const struct sim *sim, int fd)
{
	size_t i = (size_t)(fd - SIM_FIRST_FD);

	return fd >= SIM_FIRST_FD && i < sim->n_sockets ? sim->sockets[i] : NULL;
}

static struct sim_socket *must_be_open(struct io *io, int fd)
{
	struct sim *sim = ((struct sim_io *)io)->sim;
	struct sim_socket *socket = sim_socket_at(sim, fd);

	if (socket == NULL)
		sim_fail(sim, "descriptor %d is used, which isn't open", fd);
	return socket;
}

static int take_fd(struct sim *sim, struct sim_socket *socket)
{
	size_t i = 0;

	while (i < sim->n_sockets && sim->sockets[i] != NULL)
		i++;
	if (i == sim->n_sockets) {
		sim->n_sockets = i > 0 ? 2 * i : 64;
		sim->sockets =
			sim_realloc(sim->sockets, sim->n_sockets * sizeof(struct sim_socket *));
		memset(sim->sockets + i, 0, (sim->n_sockets - i) * sizeof(struct sim_socket *));
	}
	sim->sockets[i] = socket;
	sim->n_open++;
	socket->fd = (int)i + SIM_FIRST_FD;
	return socket->fd;
}

struct sim_socket *sim_socket_create(struct sim *sim)
{
	struct sim_socket *socket = sim_alloc(sizeof(*socket));

	socket->sim = sim;
	socket->fd = -1;
	socket->lowat = UINT32_MAX;
	socket->pending_tail = &socket->pending;
	socket->next = sim->all;
	sim->all = socket;
	return socket;
}

void sim_sockets_free(struct sim *sim)
{
	struct sim_socket *socket = sim->all;

	while (socket != NULL) {
		struct sim_socket *next = socket->next;

		sim_free(socket->down.bytes);
		sim_free(socket->down.flights);
		sim_free(socket->up.bytes);
		sim_free(socket->up.flights);
		sim_free(socket);
		socket = next;
	}
	sim_free(sim->sockets);
}

/* ---- what a connection's state allows ---- */

static bool takes_bytes(const struct sim_socket *socket)
{
	return sim_pipe_unsent(&socket->down) < socket->lowat &&
	       sim_pipe_queued(&socket->down) < socket->down.line.buffer;
}

static bool is_writable(const struct sim_socket *socket)
{
	uint64_t queued = sim_pipe_queued(&socket->down);

	return socket->error != 0 || socket->broken || socket->shut_out ||
	       (2 * sim_pipe_unsent(&socket->down) < socket->lowat &&
		queued + queued / 2 <= socket->down.line.buffer);
}

static bool is_readable(const struct sim_socket *socket)
{
	return sim_pipe_readable(&socket->up) > 0 || socket->up.ended || socket->error != 0 ||
	       socket->broken || socket->shut_in;
}

static bool hung_up(const struct sim_socket *socket)
{
	return socket->error != 0 || socket->broken ||
	       (socket->shut_out && (socket->shut_in || socket->up.ended));
}

/* Fires what can go on now, and makes sure that the rest is looked at in time. */
static void look(struct sim_socket *socket)
{
	const struct io_op *out = socket->out;

	if ((socket->in != NULL && is_readable(socket)) || (out != NULL && is_writable(socket)) ||
	    ((socket->in != NULL || out != NULL) && hung_up(socket)))
		sim_fire(socket);
	int64_t next_us = sim_pipe_next_us(&socket->down, out != NULL);
	int64_t up_us = sim_pipe_next_us(&socket->up, false);
	next_us = up_us < next_us ? up_us : next_us;
	if (socket->user_timeout_us > 0 && sim_pipe_queued(&socket->down) > 0 &&
	    socket->error == 0 && !socket->broken && !socket->closed) {
		int64_t timeout_us = socket->down.progress_us + socket->user_timeout_us;

		next_us = timeout_us < next_us ? timeout_us : next_us;
	}
	if (next_us == INT64_MAX)
		sim_call_off(socket->sim, &socket->event);
	else if (socket->event.slot == 0 || socket->event.at_us != next_us)
		sim_at(socket->sim, &socket->event, next_us, progress);
}

/* ---- resets ---- */

void sim_socket_cut(struct sim_socket *socket)
{
	socket->down.cut = socket->up.cut = true;
}

void sim_socket_reset(struct sim_socket *socket, bool to_peer)
{
	const struct sim_pipe *pipe = to_peer ? &socket->down : &socket->up;
	int64_t from_us = pipe->line_free_us > now(socket) ? pipe->line_free_us : now(socket);

	if (socket->reset_event.slot != 0 || pipe->cut)
		return;
	socket->resets_peer = to_peer;
	sim_at(socket->sim, &socket->reset_event, from_us + pipe->line.latency_us, reset_arrives);
}

/* ---- bytes move ---- */

static void deliver(struct sim_socket *socket)
{
	const uint8_t *data;
	size_t len;

	while (socket->peer != NULL && !socket->peer->stalled &&
	       (len = sim_pipe_peek(&socket->down, &data)) > 0) {
		struct sim_peer *peer = socket->peer;

		sim_pipe_read(&socket->down, len);
		peer->calls->received(peer, data, len);
	}
	if (socket->peer != NULL && !socket->peer->stalled && socket->down.ended &&
	    sim_pipe_readable(&socket->down) == 0 && !socket->told) {
		socket->told = true;
		socket->peer->calls->ended(socket->peer, 0);
	}
}

/* What was sent before has arrived before. */
static void reset_arrives(struct sim *sim, struct sim_event *event)
{
	struct sim_socket *socket =
		(struct sim_socket *)(void *)((char *)event -
					      offsetof(struct sim_socket, reset_event));

	sim_pipe_advance(&socket->up, sim->now_us);
	sim_pipe_advance(&socket->down, sim->now_us);
	if (socket->resets_peer)
		deliver(socket);
	sim_socket_cut(socket);
	struct sim_peer *peer = socket->peer;
	if (!socket->resets_peer) {
		sim_trace(sim, "fd %d: reset by its peer", socket->fd);
		socket->error = -ECONNRESET;
		look(socket);
	} else if (peer != NULL) {
		socket->peer = NULL;
		peer->socket = NULL;
		peer->calls->ended(peer, -ECONNRESET);
	}
}

static void time_out(struct sim_socket *socket)
{
	sim_trace(socket->sim, "fd %d: nothing was acknowledged in time", socket->fd);
	socket->error = -ETIMEDOUT;
	if (socket->peer != NULL)
		sim_socket_reset(socket, true);
	sim_socket_cut(socket);
}

static void progress(struct sim *sim, struct sim_event *event)
{
	struct sim_socket *socket = socket_of(event);
	int64_t now_us = sim->now_us;

	sim_pipe_advance(&socket->up, now_us);
	sim_pipe_advance(&socket->down, now_us);
	deliver(socket);
	/* What comes for somebody who has closed is answered with a reset. */
	if (socket->peer == NULL && sim_pipe_readable(&socket->down) > 0) {
		sim_pipe_read(&socket->down, sim_pipe_readable(&socket->down));
		if (!socket->closed)
			sim_socket_reset(socket, false);
	}
	if (socket->closed && sim_pipe_readable(&socket->up) > 0) {
		sim_pipe_read(&socket->up, sim_pipe_readable(&socket->up));
		if (socket->peer != NULL)
			sim_socket_reset(socket, true);
	}
	if (socket->closed && socket->peer == NULL) {
		sim_pipe_finish(&socket->down);
		sim_pipe_finish(&socket->up);
		return;
	}
	sim_pipe_advance(&socket->down, now_us); /* reading has opened the window */
	if (socket->user_timeout_us > 0 && sim_pipe_queued(&socket->down) > 0 &&
	    now_us - socket->down.progress_us >= socket->user_timeout_us && !socket->closed &&
	    socket->error == 0 && !socket->broken)
		time_out(socket);
	look(socket);
}

void sim_socket_soon(struct sim_socket *socket)
{
	sim_at(socket->sim, &socket->event, now(socket), progress);
}

/* ---- the program's operations ---- */

struct io_op **sim_socket_place(struct sim_socket *socket, const struct io_op *op)
{
	bool out = op->kind == IO_SEND || op->kind == IO_SENDMSG ||
		   (op->kind == IO_POLL && (op->flags & POLLOUT) != 0);

	return out ? &socket->out : &socket->in;
}

static int take_error(struct sim_socket *socket)
{
	int error = socket->error;

	socket->error = 0;
	socket->broken = true;
	return error;
}

static int try_recv(struct sim_socket *socket, struct io_op *op)
{
	uint8_t *to = op->buffer;
	size_t got = 0, len;
	const uint8_t *data;

	sim_pipe_advance(&socket->up, now(socket));
	while (got < op->len && (len = sim_pipe_peek(&socket->up, &data)) > 0) {
		if (len > op->len - got)
			len = op->len - got;
		memcpy(to + got, data, len);
		sim_pipe_read(&socket->up, len);
		got += len;
	}
	if (got > 0) {
		sim_pipe_advance(&socket->up, now(socket));
		look(socket);
		return (int)got;
	}
	if (socket->error != 0)
		return take_error(socket);
	return socket->up.ended || socket->shut_in || socket->broken || op->len == 0 ? 0
										     : SIM_WAITS;
}

static int try_poll(struct sim_socket *socket, struct io_op *op)
{
	int events = 0;

	sim_pipe_advance(&socket->up, now(socket));
	sim_pipe_advance(&socket->down, now(socket));
	if ((op->flags & POLLIN) != 0 && is_readable(socket))
		events |= POLLIN;
	if ((op->flags & POLLOUT) != 0 && is_writable(socket))
		events |= POLLOUT;
	if (hung_up(socket))
		events |= POLLHUP | (socket->error != 0 ? POLLERR : 0);
	if (events != 0)
		return events;
	look(socket);
	return SIM_WAITS;
}

/* Bytes of a vector from an offset on, in one piece. */
static size_t piece_at(const struct iovec *pieces, size_t n, size_t at, const uint8_t **ret_data)
{
	for (size_t i = 0; i < n; i++) {
		if (at < pieces[i].iov_len) {
			*ret_data = (const uint8_t *)pieces[i].iov_base + at;
			return pieces[i].iov_len - at;
		}
		at -= pieces[i].iov_len;
	}
	return 0;
}

static size_t take_bytes(struct sim_socket *socket, const struct iovec *pieces, size_t n)
{
	struct sim *sim = socket->sim;
	size_t taken = 0, len, total = 0;
	const uint8_t *data;

	for (size_t i = 0; i < n; i++)
		total += pieces[i].iov_len;
	if (total > 1 && sim_random_chance(&sim->random, sim->faults.short_sends))
		total = 1 + sim_random_below(&sim->random, total);
	while (taken < total && takes_bytes(socket) &&
	       (len = piece_at(pieces, n, taken, &data)) > 0) {
		if (len > socket->grain)
			len = socket->grain;
		if (len > total - taken)
			len = total - taken;
		sim_pipe_put(&socket->down, data, len, now(socket));
		taken += len;
	}
	return taken;
}

static int try_send(struct sim_socket *socket, struct io_op *op)
{
	struct iovec one = {(void *)(uintptr_t)op->data, op->len};
	const struct iovec *pieces = &one;
	size_t n = 1;

	if (op->kind == IO_SENDMSG) {
		pieces = op->message->msg_iov;
		n = op->message->msg_iovlen;
	}
	sim_pipe_advance(&socket->down, now(socket));
	if (socket->error != 0)
		return take_error(socket);
	if (socket->broken || socket->shut_out)
		return -EPIPE;
	size_t taken = take_bytes(socket, pieces, n);
	look(socket);
	if (taken > 0)
		return (int)taken;
	return (op->flags & IO_SEND_NOWAIT) != 0 ? -EAGAIN : SIM_WAITS;
}

int sim_socket_try(struct sim_socket *socket, struct io_op *op)
{
	static int (*const tries[])(struct sim_socket * socket, struct io_op * op) = {
		[IO_RECV] = try_recv,
		[IO_SEND] = try_send,
		[IO_SENDMSG] = try_send,
		[IO_POLL] = try_poll,
	};
	int result = tries[op->kind](socket, op);

	if (result != SIM_WAITS)
		sim_trace(socket->sim, "fd %d: %s %d", socket->fd,
			  op->kind == IO_RECV	? "receive"
			  : op->kind == IO_POLL ? "poll"
						: "send",
			  result);
	return result;
}

/* ---- connections come ---- */

int sim_socket_accept(struct sim_socket *listener)
{
	struct sim_socket *socket = listener->pending;

	if (socket == NULL)
		return SIM_WAITS;
	listener->pending = socket->next_pending;
	if (listener->pending == NULL)
		listener->pending_tail = &listener->pending;
	return take_fd(listener->sim, socket);
}

/* ---- the program's descriptors ---- */

static in_port_t *port_of(struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
					      : &((struct sockaddr_in *)address)->sin_port;
}

int sim_socket_listen(struct io *io, const struct sockaddr *address, socklen_t len, int backlog,
		      bool join)
{
	struct sim_io *self = (struct sim_io *)io;
	struct sim *sim = self->sim;
	struct sim_socket *socket = sim_socket_create(sim);

	(void)backlog;
	memcpy(&socket->local, address, len);
	if (*port_of(&socket->local) == 0)
		*port_of(&socket->local) = htons((in_port_t)(FIRST_PORT + sim->n_open));
	for (struct sim_socket *other = sim->listeners; other != NULL && !join;
	     other = other->next_listener) {
		if (!other->closed &&
		    memcmp(&other->local, &socket->local, sizeof(other->local)) == 0)
			return -EADDRINUSE;
	}
	socket->listens = true;
	socket->owner = self;
	socket->next_listener = sim->listeners;
	sim->listeners = socket;
	return take_fd(sim, socket);
}

/* Programs that connect aren't simulated. */
int sim_socket_make(struct io *io, int family)
{
	(void)io;
	(void)family;
	return -EAFNOSUPPORT;
}

void sim_socket_pin(struct io *io, int fd)
{
	must_be_open(io, fd);
}

static void unfire(struct sim_socket *socket)
{
	struct sim_io *owner = socket->owner;
	struct sim_socket **place = &owner->fired;

	while (*place != socket && *place != NULL)
		place = &(*place)->next_fired;
	if (*place == NULL)
		return;
	*place = socket->next_fired;
	if (owner->fired_tail == &socket->next_fired)
		owner->fired_tail = place;
	socket->is_fired = false;
}

void sim_socket_forget(struct io *io, int fd)
{
	struct sim_socket *socket = must_be_open(io, fd);

	if (socket->in != NULL || socket->out != NULL)
		sim_fail(socket->sim, "descriptor %d is given away while an operation waits on it",
			 fd);
	sim_settle((struct sim_io *)io, fd);
	unfire(socket);
	socket->owner = NULL;
}

int sim_socket_shutdown(struct io *io, int fd, int how)
{
	struct sim_socket *socket = must_be_open(io, fd);

	if (socket->error != 0 || socket->broken)
		return -ENOTCONN;
	if (how != SHUT_WR)
		socket->shut_in = true;
	if (how != SHUT_RD && !socket->shut_out) {
		socket->shut_out = true;
		sim_pipe_end(&socket->down, now(socket));
	}
	look(socket);
	return 0;
}

static void refuse_pending(struct sim_socket *listener)
{
	for (struct sim_socket *socket = listener->pending; socket != NULL;
	     socket = socket->next_pending) {
		socket->closed = true;
		sim_socket_reset(socket, true);
	}
	listener->pending = NULL;
}

void sim_socket_close(struct io *io, int fd)
{
	struct sim_socket *socket = must_be_open(io, fd);
	struct sim *sim = socket->sim;

	if (socket->in != NULL || socket->out != NULL)
		sim_fail(sim, "descriptor %d is closed while an operation waits on it", fd);
	sim_settle((struct sim_io *)io, fd);
	if (sim->watcher.closes != NULL)
		sim->watcher.closes(sim->watcher.context, fd);
	sim_trace(sim, "fd %d: closed", fd);
	sim->sockets[fd - SIM_FIRST_FD] = NULL;
	sim->n_open--;
	socket->closed = true;
	if (socket->listens) {
		refuse_pending(socket);
		return;
	}
	sim_pipe_advance(&socket->up, now(socket));
	if (sim_pipe_readable(&socket->up) > 0 && socket->peer != NULL) {
		socket->down.taken = socket->down.sent;
		sim_socket_reset(socket, true);
	} else if (!socket->shut_out) {
		sim_pipe_end(&socket->down, now(socket));
	}
	sim_socket_soon(socket);
}

int sim_socket_local(struct io *io, int fd, struct sockaddr_storage *ret_address)
{
	*ret_address = must_be_open(io, fd)->local;
	return 0;
}

int sim_socket_peer(struct io *io, int fd, struct sockaddr_storage *ret_address)
{
	const struct sim_socket *socket = must_be_open(io, fd);

	if (socket->error != 0 || socket->broken)
		return -ENOTCONN;
	*ret_address = socket->remote;
	return 0;
}

int sim_socket_set(struct io *io, int fd, enum io_option option, int value)
{
	struct sim_socket *socket = must_be_open(io, fd);

	if (option == IO_OPTION_NOTSENT_LOWAT)
		socket->lowat = (uint64_t)value;
	else if (option == IO_OPTION_USER_TIMEOUT_MS)
		socket->user_timeout_us = (int64_t)value * 1000;
	else if (option == IO_OPTION_SEND_BUFFER)
		socket->down.line.buffer = (uint32_t)value;
	else if (option == IO_OPTION_PACE)
		socket->down.pace = value > 0 ? (uint64_t)value : 0;
	return 0;
}

int sim_socket_link(struct io *io, int fd, struct io_link *ret_link)
{
	struct sim_socket *socket = must_be_open(io, fd);
	const struct sim_pipe *down = &socket->down;

	sim_pipe_advance(&socket->down, now(socket));
	*ret_link = (struct io_link){
		.unsent = (uint32_t)sim_pipe_unsent(down),
		.unacked = (uint32_t)(down->sent - down->acked),
		.rtt_us = (uint32_t)down->rtt_us,
		.min_rtt_us = (uint32_t)down->min_rtt_us,
		.delivery_rate = down->delivery_rate,
	};
	if (socket->sim->watcher.asked != NULL)
		socket->sim->watcher.asked(socket->sim->watcher.context, fd,
					   down->rtt_us > 0 ? down->line.latency_us : 0);
	return 0;
}

size_t sim_socket_unread(struct io *io, int fd)
{
	struct sim_socket *socket = must_be_open(io, fd);

	sim_pipe_advance(&socket->up, now(socket));
	return (size_t)sim_pipe_readable(&socket->up);
}
