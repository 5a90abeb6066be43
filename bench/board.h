/* SPDX-License-Identifier: MIT */
/*
 * What the processes of a run tell one another, in shared memory. Each part has one writer. Atomics
 * are read while the run goes on; the rest once its writer has ended.
 */
#ifndef SPILLWAY_BENCH_BOARD_H
#define SPILLWAY_BENCH_BOARD_H

#include <stdatomic.h>
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

struct board_load {
	atomic_size_t opened;	   /* viewers that the server has agreed to */
	atomic_size_t failed;	   /* that it hasn't, or that couldn't be connected */
	atomic_size_t lost;	   /* that were there, and went */
	_Atomic uint64_t received; /* frames before the window's end */
	atomic_size_t done;	   /* that have got all they will get of the window */
	atomic_int error;	   /* of the last one that failed, or of the process itself */
	struct tally tally;
};

struct board {
	/* The window, written by who runs the scenario; UINT64_MAX until it is known. */
	_Atomic uint64_t first, end;
	struct board_publisher publisher;
	struct board_load loads[PLAN_MAX_PROCESSES];
};

/* Shared with the processes that are forked later. NULL when out of memory. */
struct board *board_create(void);
void board_destroy(struct board *board);

/* Must be some frames in the future. */
void board_set_window(struct board *board, struct window window);
struct window board_window(const struct board *board);

#endif
