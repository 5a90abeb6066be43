/* SPDX-License-Identifier: MIT */
/*
 * What a viewer gets, judged: is each frame whole, and do their numbers rise? Counts what falls
 * into the measured part of a run, a window of frame numbers; faults count at any time. Pure.
 */
#ifndef SPILLWAY_BENCH_INSPECTOR_H
#define SPILLWAY_BENCH_INSPECTOR_H

#include "bench/payload.h"
#include "common/histogram.h"

/* Frame numbers: first <= number < end. */
struct window {
	uint64_t first, end;
};

/* Of many viewers. Start with {0}. */
struct tally {
	uint64_t delivered; /* frames in the window, those with a fault not among them */
	uint64_t missed;    /* frames of the window that later ones came instead of */
	uint64_t summed;    /* frames whose checksum was checked, at any time */
	uint64_t torn, repeated, reordered;
	struct histogram latency_us; /* of those delivered */
};

/* Adds another's counts. */
void tally_merge(struct tally *tally, const struct tally *other);

struct inspector {
	struct payload_check check;
	size_t frame_bytes;
	bool summing;
	uint64_t next; /* the least number that may come */
	int64_t capture_us;
};

void inspector_init(struct inspector *inspector, size_t frame_bytes, bool summing);
/* A frame begins, continues, and has ended. Times are on one clock. */
void inspector_begin(struct inspector *inspector, int64_t capture_us);
void inspector_data(struct inspector *inspector, const void *data, size_t len);
/* So many of the frame's next bytes needn't be looked at; and so many were not. */
static inline size_t inspector_blind(const struct inspector *inspector)
{
	return payload_check_blind(&inspector->check);
}
static inline void inspector_skip(struct inspector *inspector, size_t len)
{
	payload_check_skip(&inspector->check, len);
}
/* Counts the frame. Returns whether it is the first at or behind the window's end: this viewer then
 * has all that it will get of the window. */
bool inspector_end(struct inspector *inspector, const struct window *window, int64_t now_us,
		   struct tally *tally);

#endif
