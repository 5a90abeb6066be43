/* SPDX-License-Identifier: MIT */
/*
 * The times of a recording, from those of its frames: they begin at 0 and rise with the
 * presentation time. That may be another clock's in another conversation (a relay was started
 * anew): then the time between the captures counts instead or, where their clock can't be right,
 * that between the receptions. Pure.
 */
#ifndef SPILLWAY_TIMELINE_H
#define SPILLWAY_TIMELINE_H

#include <stdbool.h>

#include "viewer/frame.h"

/* How far the presentation times of two conversations may be apart, to be of the same clock, … */
enum {
	TIMELINE_MAX_DRIFT_US = 1000 * 1000, /* … from what the captures say, … */
	TIMELINE_MAX_JUMP_US =
		10 * 1000 * 1000, /* … from the receptions; and those from the captures */
};

struct timeline { /* start with {0} */
	bool begun;
	int64_t offset_us; /* what is added to a presentation time */
	int64_t last_us;   /* what timeline_next() said last */
	int64_t last_pts_us, last_received_us, last_capture_us;
};

/* The frame's time in the recording: greater than the last one's. */
int64_t timeline_next(struct timeline *timeline, const struct frame *frame);

#endif
