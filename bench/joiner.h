/* SPDX-License-Identifier: MIT */
/* Newcomers, one after another, while others watch: how soon does each have its first frame? */
#ifndef SPILLWAY_BENCH_JOINER_H
#define SPILLWAY_BENCH_JOINER_H

#include "bench/board.h"
#include "bench/reader.h"

struct joiner_config {
	struct sockaddr_in server;
	const struct reader_transport *transport;
	size_t frame_bytes;
	struct board *board; /* borrowed */
};

/* A process's whole life (process_fork()); context is a struct joiner_config. Joins the first
 * stream, stays until it has one frame, and goes, until it is killed. Returns an exit status, the
 * reason being on the board. */
int joiner_run(void *context);

#endif
