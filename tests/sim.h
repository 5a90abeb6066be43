/* SPDX-License-Identifier: MIT */
/*
 * The simulated network: the third implementation of common/io.h, for one seed one history. Time is
 * virtual and jumps from one event to the next. Descriptors are places in a table, the lowest free
 * one first, as the kernel gives them out.
 *
 * The program under test stands on one side, behind one or several struct io, and accepts
 * connections. These are its threads' loops, but all run in one thread: a turn of one after a turn of
 * another, as chance will have it. On the other side are peers: a struct sim_peer is embedded in a simulated client, which gets calls when bytes
 * arrive and has sim_at() for what it does by itself. Between them lie two sim_pipes with the
 * properties of a struct sim_link.
 *
 * A send behaves as TCP's: it takes bytes while fewer than IO_OPTION_NOTSENT_LOWAT are unsent and the
 * buffer has room, and POLLOUT comes when twice the unsent bytes are fewer than that. Operations are
 * tried a turn after they were started at the earliest, and end in any order. What the contract of
 * io.h forbids (a closed descriptor, two operations one way, closing what is in use) ends the run.
 *
 *	1. sim_create(), sim_io_create(): the program listens.
 *	2. sim_connect() peers, sim_at() events.
 *	3. sim_run() instead of io_run().
 *	4. io_destroy() each; sim_destroy(): no descriptor may be open.
 */
#ifndef SPILLWAY_TESTS_SIM_H
#define SPILLWAY_TESTS_SIM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/io.h"
#include "tests/sim_pipe.h"
#include "tests/sim_random.h"

struct sim;

/* ---- running ---- */

/* What goes wrong by itself, of a thousand (or, where it says so, of a million). */
struct sim_faults {
	uint32_t start_failures;  /* of a million operations: -ENOMEM, the ring is full */
	uint32_t accept_failures; /* -EMFILE */
	uint32_t short_sends;	  /* a part is taken although there is room */
	uint32_t late;		  /* operations that are tried a turn later */
	uint32_t races;		  /* cancelled operations that end with their result */
	uint32_t pauses;	  /* of a million turns: the thread doesn't run for up to 100 ms */
};

/* Sees what the program under test does; each may be NULL. */
struct sim_watcher {
	void (*started)(void *context, const struct io_op *op);
	void (*ends)(void *context, const struct io_op *op,
		     int result); /* its function comes next */
	/* io_link(); way_us: how long what is sent takes without a queue, if that can be told; else
	 * 0 */
	void (*asked)(void *context, int fd, int64_t way_us);
	void (*closes)(void *context, int fd);
	void (*turned)(void *context); /* all functions of a loop's turn were called */
	void *context;
};

struct sim *sim_create(uint64_t seed);
void sim_destroy(struct sim *sim);
/* One more loop. io_destroy() it before the network. */
struct io *sim_io_create(struct sim *sim);
/* An event has called what belongs to this loop, as one of its own functions would: it runs
 * soon. */
void sim_io_called(struct io *io);
/* Runs all loops until each was stopped; again, if called again. Returns what made one fail, else
 * 0. */
int sim_run(struct sim *sim);
void sim_set_faults(struct sim *sim, const struct sim_faults *faults);
void sim_watch(struct sim *sim, const struct sim_watcher *watcher); /* copied */

/* The clock; a loop's io_now_us() is that of its turn's beginning. */
int64_t sim_now_us(const struct sim *sim);
const int64_t *sim_clock(const struct sim *sim);
uint64_t *sim_seed(struct sim *sim); /* for sim_random…() */
/* Of everything that happened: equal for equal runs. */
uint64_t sim_digest(const struct sim *sim);
uint64_t sim_turns(const struct sim *sim);
size_t sim_open_descriptors(const struct sim *sim);

/* When the program has ended: lets the network go on for so long. */
void sim_run_out(struct sim *sim, int64_t for_us);

/* Lines on standard error, when verbose. */
void sim_set_verbose(struct sim *sim, bool verbose);
void sim_trace(const struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Says it, with the time, and aborts. */
_Noreturn void sim_fail(const struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- events ---- */

struct sim_event {
	void (*happen)(struct sim *sim, struct sim_event *event);
	int64_t at_us;
	uint64_t order; /* of being scheduled, among those of one time */
	size_t slot;	/* in the heap, from 1; 0: not scheduled */
};

/* Schedules event (borrowed until then), or moves it. */
void sim_at(struct sim *sim, struct sim_event *event, int64_t at_us,
	    void (*happen)(struct sim *sim, struct sim_event *event));
void sim_call_off(struct sim *sim, struct sim_event *event);

/* ---- peers ---- */

struct sim_link {
	struct sim_line down, up; /* to the peer, and from it */
	uint32_t grain;		  /* bytes that a send takes at once */
};

struct sim_peer;

struct sim_peer_calls {
	void (*connected)(struct sim_peer *peer);
	void (*received)(struct sim_peer *peer, const uint8_t *data, size_t len);
	/* 0: the program has ended its sending. -errno: the connection is no more. */
	void (*ended)(struct sim_peer *peer, int error);
};

struct sim_peer {
	const struct sim_peer_calls *calls;
	struct sim *sim;
	struct sim_socket *socket; /* NULL: not connected (any more) */
	struct sim_event connecting;
	struct sim_link link;
	struct sockaddr_storage address;
	bool stalled; /* reads nothing */
};

/* peer->calls, link and address are set. connected() or ended(-ECONNREFUSED) will be called. */
void sim_connect(struct sim *sim, struct sim_peer *peer);
void sim_peer_send(struct sim_peer *peer, const void *data, size_t len);
/* Bytes sent that haven't arrived. */
uint64_t sim_peer_waiting(const struct sim_peer *peer);
/* Bytes that TCP lets be on their way to it; UINT64_MAX where its line knows no slow start. */
uint64_t sim_peer_congestion(const struct sim_peer *peer);
void sim_peer_stall(struct sim_peer *peer, bool stalled);
/* Sends nothing more, but reads. */
void sim_peer_finish(struct sim_peer *peer);
/* The three ways to go; no call comes after them. Closing is a reset where bytes are unread, or
 * come later. Who vanishes is silent. */
void sim_peer_close(struct sim_peer *peer);
void sim_peer_reset(struct sim_peer *peer);
void sim_peer_vanish(struct sim_peer *peer);

#endif
