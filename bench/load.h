/* SPDX-License-Identifier: MIT */
/* A load: a process that holds many viewers, reads what they get, and judges it. */
#ifndef SPILLWAY_BENCH_LOAD_H
#define SPILLWAY_BENCH_LOAD_H

#include "bench/board.h"
#include "bench/reader.h"

enum {
	LOAD_BURST = 256, /* openings under way at a time, at most */
	LOAD_SUM_ONE_IN =
		16, /* viewers whose checksums are checked, which takes a look at all bytes */
	LOAD_BLIND_BYTES = 8192, /* of a larger frame, others look at beginning and end only */
};

struct load_config {
	struct sockaddr_in server;
	const struct reader_transport *transport;
	size_t frame_bytes;
	int64_t fps;   /* that slow viewers read half of */
	size_t burst;  /* openings under way at a time */
	int segment;   /* see opener.h */
	bool lockstep; /* tell the publisher what all healthy viewers have passed */
	struct plan plan;
	size_t process;	     /* which one of the plan's this is */
	struct board *board; /* borrowed */
};

/* A process's whole life (process_fork()); context is a struct load_config. Opens its viewers in
 * bursts, and watches until it is killed. Returns an exit status, the reason being on the board. */
int load_run(void *context);

#endif
