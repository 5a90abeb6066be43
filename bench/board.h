/* SPDX-License-Identifier: MIT */
/*
 * What the processes of a run tell one another, in shared memory. Each part has one writer. Atomics
 * are read while the run goes on; the rest once its writer has ended.
 */
#ifndef SPILLWAY_BENCH_BOARD_H
#define SPILLWAY_BENCH_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/inspector.h"
#include "bench/plan.h"

struct board_publisher {
	_Atomic uint64_t published; /* frames that the server has taken */
	atomic_int error;	    /* why it has ended; 0 while it goes on */
	/* of the window's frames */
	struct histogram late_us; /* how late the publisher itself was with a frame */
	uint64_t waiting_bytes;	  /* that lay in the socket when a frame was begun, at most */
	uint64_t blocked;	  /* frames that were due while the server took the one before */
};

struct board_joiner {
	atomic_size_t failed; /* newcomers that the server hasn't agreed to */
	atomic_int error;     /* of the last one */
	/* of those that came in the window */
	struct histogram first_us; /* from asking to the last byte of the first frame */
};

struct board_load {
	atomic_size_t opened;		  /* viewers that the server has agreed to */
	atomic_size_t failed;		  /* that it hasn't, or that couldn't be connected */
	atomic_size_t lost[PLAN_HEALTHS]; /* that were there, and went */
	_Atomic uint64_t received;	  /* frames before the window's end */
	_Atomic uint64_t complete;	  /* all healthy viewers have passed the frames before it */
	atomic_size_t done;		  /* that have got all they will get of the window */
	atomic_int error; /* of the last one that failed, or of the process itself */
	struct tally tallies[PLAN_HEALTHS];
};

struct board {
	/* The window, written by who runs the scenario; UINT64_MAX until it is known. */
	_Atomic uint64_t first, end;
	atomic_bool may_saturate; /* all viewers are there */
	int wake_fd; /* what lets a saturating publisher look at this board again; an eventfd */
	struct board_publisher publisher;
	struct board_joiner joiner;
	struct board_load loads[PLAN_MAX_PROCESSES];
};

/* Shared with the processes that are forked later. NULL when out of memory or descriptors. */
struct board *board_create(void);
void board_destroy(struct board *board);

/* Of all loads together. */
uint64_t board_opened(const struct board *board);
uint64_t board_received(const struct board *board);
uint64_t board_lost(const struct board *board, enum plan_health health);
/* Viewers of which nothing more is to be expected; the stalled are never among them. */
uint64_t board_done(const struct board *board);

/* Wakes the publisher. */
void board_wake(const struct board *board);

/* Must be some frames in the future. */
void board_set_window(struct board *board, struct window window);
struct window board_window(const struct board *board);

#endif
