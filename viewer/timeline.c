/* SPDX-License-Identifier: MIT */
#include "viewer/timeline.h"

/* No recording gets so long; it keeps absurd times of a broken stream from overflowing. */
#define TIMELINE_END_US (INT64_MAX / 4)

static bool same_clock(int64_t passed_us, int64_t received_us)
{
	int64_t jump_us;

	return !__builtin_sub_overflow(passed_us, received_us, &jump_us) &&
	       jump_us <= TIMELINE_MAX_JUMP_US && jump_us >= -TIMELINE_MAX_JUMP_US;
}

/* Gives the frame's time by the presentation clock; false where that can't be the last frame's. */
static bool timeline_goes_on(const struct timeline *timeline, const struct frame *frame,
			     int64_t *ret_at_us)
{
	if (__builtin_add_overflow(frame->header.pts_us, timeline->offset_us, ret_at_us))
		return false;
	if (*ret_at_us <= timeline->last_us || *ret_at_us > TIMELINE_END_US)
		return false;
	return !frame->first || same_clock(*ret_at_us - timeline->last_us,
					   frame->received_us - timeline->last_received_us);
}

int64_t timeline_next(struct timeline *timeline, const struct frame *frame)
{
	int64_t at_us = 0;

	if (timeline->begun && !timeline_goes_on(timeline, frame, &at_us)) {
		int64_t passed_us = frame->received_us - timeline->last_received_us;

		if (passed_us < 1 || passed_us > TIMELINE_END_US - timeline->last_us)
			passed_us = 1;
		at_us = timeline->last_us + passed_us;
	}
	timeline->begun = true;
	timeline->offset_us = at_us - frame->header.pts_us;
	timeline->last_us = at_us;
	timeline->last_received_us = frame->received_us;
	return at_us;
}
