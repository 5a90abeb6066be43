/* SPDX-License-Identifier: MIT */
/* The publisher of a run: synthetic frames at an exact rate, by the native protocol. */
#ifndef SPILLWAY_BENCH_PUBLISHER_H
#define SPILLWAY_BENCH_PUBLISHER_H

#include "bench/board.h"

struct publisher_config {
	struct sockaddr_in server;
	size_t frame_bytes;
	int64_t fps;
	struct board *board; /* borrowed */
};

/*
 * A process's whole life (process_fork()); context is a struct publisher_config. Publishes the
 * stream "bench" until it is killed. Returns an exit status, the reason being on the board.
 *
 * Frame n is due at n / fps from the start, whatever became of the others. Its capture time is when
 * it was begun, so that latencies don't contain how late this process was woken (which the board
 * tells); but where the server hadn't taken the frame before by then, it is when the frame was due.
 */
int publisher_run(void *context);

#endif
