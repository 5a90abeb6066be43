/* SPDX-License-Identifier: MIT */
/*
 * What a viewer saw of a stream, in numbers: frames, bits, what is missing, and how old the frames
 * were. Pure: times come from outside.
 */
#ifndef SPILLWAY_METER_H
#define SPILLWAY_METER_H

#include "common/histogram.h"
#include "viewer/frame.h"

enum { METER_MARKS = 9 }; /* the present rate is taken over METER_MARKS - 1 calls of meter_rate() */

struct meter_mark {
	int64_t at_us;
	uint64_t frames, bytes;
};

struct meter { /* start with {0} */
	uint64_t frames;
	uint64_t bytes; /* of payload */

	/* By sequence number. */
	uint64_t gaps;	   /* times that numbers were missing */
	uint64_t dropped;  /* frames missing while the connection stood */
	uint64_t lost;	   /* frames missing between two conversations */
	uint64_t returns;  /* conversations but the first one */
	uint64_t restarts; /* times that numbers began anew in one */
	uint64_t moves;	   /* to another rendition, whose numbers are its own */

	/* By presentation time. */
	uint64_t repeated;  /* the same time as the frame before */
	uint64_t reordered; /* an earlier one */
	uint64_t discontinuities;

	/* From capture to the last byte read, in microseconds. The first frame of a conversation
	 * doesn't count, nor do those without a capture time; those from the future (clocks that
	 * differ) count as 0. */
	struct histogram latency;
	uint64_t early;	    /* frames from the future */
	int64_t latency_us; /* of the newest frame */

	/* On the caller's monotonic clock. */
	int64_t first_us, last_us;
	int64_t longest_us; /* the longest wait for a frame */

	/* The rest is private. */
	uint64_t first_bytes;
	uint64_t last_sequence;
	int64_t last_pts_us;
	struct meter_mark marks[METER_MARKS];
	unsigned n_marks;
};

struct meter_rate {
	double frames; /* a second */
	double bits;   /* a second, payload only */
};

/* A frame was received at now_us. */
void meter_frame(struct meter *meter, const struct frame *frame, int64_t now_us);
/* The present rate; to be called at regular times. */
struct meter_rate meter_rate(struct meter *meter, int64_t now_us);
/* The rate from the first frame to the last. */
struct meter_rate meter_mean(const struct meter *meter);

#endif
