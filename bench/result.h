/* SPDX-License-Identifier: MIT */
/* What a run has measured, and what is to be known before one believes it. Pure. */
#ifndef SPILLWAY_BENCH_RESULT_H
#define SPILLWAY_BENCH_RESULT_H

#include <jansson.h>

#include "bench/inspector.h"

enum { RESULT_MAX_NOTES = 10, RESULT_NOTE_SIZE = 256 };

struct result {
	/* what was run; borrowed */
	const char *server, *program, *io, *transport;
	uint64_t workers; /* as asked for */
	uint64_t viewers, streams, frame_bytes;
	uint64_t stalled, slow; /* of the viewers */
	uint64_t fps;
	uint64_t saturation; /* frames on their way; 0: at the rate */
	bool joining;

	uint64_t frames;       /* of each stream, published in the window */
	uint64_t lost;	       /* viewers that went … */
	uint64_t stalled_lost; /* … of which stalled ones */
	int64_t open_us;       /* until the last viewer was there */
	int64_t run_us;	       /* how long the window was */
	uint64_t arrived;      /* frames that came to viewers in that time, which of them ever */
	struct tally tally;    /* of the healthy viewers */
	struct tally stalled_tally, slow_tally;
	struct histogram first_us; /* a newcomer's first frame */
	json_t *dropped;	   /* by the server's own reasons; owned; NULL: not known */

	/* time on CPUs in the window, of processes … */
	int64_t server_us;
	int64_t load_us;	 /* all of the load side */
	int64_t busiest_load_us; /* of the busiest process that holds viewers */
	int64_t others_us;	 /* programs that have nothing to do with it */
	/* … and of CPUs, with the work done in interrupts */
	int n_cpus;
	int64_t all_cpus_us;
	bool pinned; /* the server has a CPU, and the load side has one; else these two are all */
	int64_t server_cpu_us, load_cpu_us;

	int64_t resident_before; /* bytes: with the publisher, and … */
	int64_t resident_with;	 /* … with the viewers, too, at the window's end */

	struct histogram late_us; /* of the publisher; see board.h */
	uint64_t waiting_bytes;
	uint64_t blocked;
};

void result_finish(struct result *result);

/* Frames that the healthy viewers should have got together. With a saturation: those that they got,
 * and those that were dropped between them. */
uint64_t result_expected(const struct result *result);
/* Those that didn't come, or not whole or not in order. */
uint64_t result_dropped(const struct result *result);
/* Frames to viewers in a second. */
double result_per_second(const struct result *result);
/* Of the frames that a slow viewer could have got at the rate at which it reads. */
double result_slow_share(const struct result *result);
/* What a time in the window is for each frame that came to a viewer in that time; 0 without any. */
double result_per_frame(const struct result *result, int64_t cpu_us);
/* What part of one CPU a time in the window is. */
double result_share(const struct result *result, int64_t cpu_us);
double result_bytes_per_viewer(const struct result *result);
/* A frame was torn, repeated or out of order: the server has broken its promise. */
bool result_is_faulty(const struct result *result);

/* What limited the run, if anything. */
struct result_notes {
	bool load_was_limit; /* so the figures say little of the server */
	bool server_was_limit;
	size_t n;
	char sentences[RESULT_MAX_NOTES][RESULT_NOTE_SIZE];
};
void result_judge(const struct result *result, struct result_notes *ret_notes);

#endif
