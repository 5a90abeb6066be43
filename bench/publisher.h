/* SPDX-License-Identifier: MIT */
/* The publisher of a run: synthetic frames of one or many streams, as the server wants them; at an
 * exact rate, or as fast as the viewers get them. */
#ifndef SPILLWAY_BENCH_PUBLISHER_H
#define SPILLWAY_BENCH_PUBLISHER_H

#include "bench/board.h"
#include "bench/ingest.h"

enum {
	PUBLISHER_SETTLED_FRAMES = 32
}; /* of a stream; the server's rings and pools are full then */

struct publisher_config {
	const struct ingest *ingest;
	struct sockaddr_in server; /* where it goes, or is asked */
	size_t frame_bytes;
	int64_t fps;
	size_t n_streams;
	uint64_t window;     /* frames; 0: at the rate */
	size_t n_loads;	     /* whose viewers the window waits for */
	struct board *board; /* borrowed */
};

/*
 * A process's whole life (process_fork()); context is a struct publisher_config. Publishes until it
 * is killed. Returns an exit status, the reason being on the board.
 *
 * At a rate: frame n of stream s is due at (n + s / n_streams) / fps from the start, whatever
 * became of the others. Its capture time is when it was begun, so that latencies don't contain how
 * late this process was woken (which the board tells); but where the server hadn't taken the frame
 * before by then, it is when the frame was due.
 *
 * With a window, for one stream: the frames before the board's window come at the rate, since some
 * servers answer a viewer with frames alone. Then a frame is sent as soon as all healthy viewers
 * have passed all but `window` of those before: so the server always has work, and nobody falls
 * behind.
 */
int publisher_run(void *context);

#endif
