/* SPDX-License-Identifier: MIT */
/* What the simulated network's own files share: sim.c (turns and operations), sim_event.c,
 * sim_socket.c, sim_peer.c. */
#ifndef SPILLWAY_TESTS_SIM_IMPL_H
#define SPILLWAY_TESTS_SIM_IMPL_H

#include "common/io_impl.h"
#include "tests/sim.h"

enum {
	SIM_FIRST_FD = 3,
	SIM_WAITS = INT32_MIN, /* of a try: not yet */
};

/* Of operations, beside io_impl.h's. */
enum sim_state { SIM_CANCELLED = 16, SIM_FAILED, SIM_SETTLED /* result is fixed */ };

struct sim_ended {
	struct io_op *op;
	int result;
};

/* A loop: what a thread would have. */
struct sim_io {
	struct io io; /* first */
	struct sim *sim;
	struct sim_io *next; /* in sim->ios */
	int64_t runs_us;     /* when its next turn is */
	bool stopped;
	bool has_turned; /* in the present io_run() */
	int64_t wait_us; /* that it wants to wait for now */

	struct sim_socket *fired, **fired_tail; /* whose waiting operations are to be tried */
	struct io_op *started, **started_tail;
	struct sim_ended *ended;
	size_t n_ended, ended_size;
};

struct sim {
	int64_t now_us;
	uint64_t random;
	uint64_t digest, turns, order;
	bool verbose;
	struct sim_faults faults;
	struct sim_watcher watcher;
	struct sim_io *ios;

	struct sim_event **events; /* a binary heap from 1 on */
	size_t n_events, events_size;

	struct sim_socket **sockets; /* by descriptor - SIM_FIRST_FD */
	size_t n_sockets, n_open;
	struct sim_socket *all; /* every one there was */
	struct sim_socket *listeners;
};

struct sim_socket {
	struct sim *sim;
	struct sim_io *owner;	       /* that uses it; NULL: none yet */
	struct sim_socket *next;       /* in sim->all */
	struct sim_socket *next_fired; /* in owner->fired */
	bool is_fired;
	int fd; /* -1: not accepted yet, or closed by the program */
	bool closed;
	struct io_op *in, *out; /* the operations that wait, one each way */
	struct sockaddr_storage local, remote;

	/* a listener */
	bool listens;
	struct sim_socket *next_listener;
	struct sim_socket *pending, **pending_tail;

	struct sim_socket *next_pending;

	/* a connection */
	struct sim_pipe down, up;
	struct sim_peer *peer; /* NULL: it has gone */
	struct sim_event event, reset_event;
	uint32_t grain;
	uint64_t lowat;
	int64_t user_timeout_us; /* 0: none */
	int error;		 /* what the next operation ends with */
	bool broken;		 /* it did */
	bool shut_in, shut_out;
	bool resets_peer; /* whom reset_event is for */
	bool told;	  /* the peer knows that nothing more comes */
};

/* ---- sim.c ---- */

/* Its waiting operations are tried in the next turn. */
void sim_fire(struct sim_socket *socket);
/* Cancelled operations on it that weren't tried yet end as they can now. */
void sim_settle(struct sim_io *self, int fd);

/* ---- sim_socket.c ---- */

struct sim_socket *sim_socket_at(const struct sim *sim, int fd);
/* Without a descriptor, until it is accepted. */
struct sim_socket *sim_socket_create(struct sim *sim);
/* Looks at it in this moment's events. */
void sim_socket_soon(struct sim_socket *socket);
/* The other side learns a way later that the connection is no more. */
void sim_socket_reset(struct sim_socket *socket, bool to_peer);
/* Nothing arrives any more, either way. */
void sim_socket_cut(struct sim_socket *socket);
/* Tries a connection's operation: its result, or SIM_WAITS. */
int sim_socket_try(struct sim_socket *socket, struct io_op *op);
struct io_op **sim_socket_place(struct sim_socket *socket, const struct io_op *op);
/* Takes a connection that waits: its descriptor, or SIM_WAITS. */
int sim_socket_accept(struct sim_socket *listener);
void sim_sockets_free(struct sim *sim);

int sim_socket_listen(struct io *io, const struct sockaddr *address, socklen_t len, int backlog,
		      bool join);
int sim_socket_make(struct io *io, int family);
void sim_socket_pin(struct io *io, int fd);
void sim_socket_forget(struct io *io, int fd);
int sim_socket_shutdown(struct io *io, int fd, int how);
void sim_socket_close(struct io *io, int fd);
int sim_socket_local(struct io *io, int fd, struct sockaddr_storage *ret_address);
int sim_socket_peer(struct io *io, int fd, struct sockaddr_storage *ret_address);
int sim_socket_set(struct io *io, int fd, enum io_option option, int value);
int sim_socket_link(struct io *io, int fd, struct io_link *ret_link);
size_t sim_socket_unread(struct io *io, int fd);

#endif
