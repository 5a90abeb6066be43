/* SPDX-License-Identifier: MIT */
#include "viewer/timeline.h"

/* No recording gets so long; it keeps absurd times of a broken stream from overflowing. */
#define TIMELINE_END_US (INT64_MAX / 4)

static bool is_near(int64_t a_us, int64_t b_us, int64_t most_us)
{
	int64_t apart_us;

	return !__builtin_sub_overflow(a_us, b_us, &apart_us) && apart_us <= most_us &&
	       apart_us >= -most_us;
}

/* How long after the last frame this one was, by other clocks than the stream's, and how exact that
 * is. What a newcomer is shown first may have been captured a while ago. */
static int64_t timeline_passed(const struct timeline *timeline, const struct frame *frame,
			       int64_t *ret_exact_us)
{
	int64_t received_us = frame->received_us - timeline->last_received_us;
	int64_t captured_us = frame->header.capture_us - timeline->last_capture_us;
	bool captured = captured_us > 0 && is_near(captured_us, received_us, TIMELINE_MAX_JUMP_US);

	*ret_exact_us = captured ? TIMELINE_MAX_DRIFT_US : TIMELINE_MAX_JUMP_US;
	return captured ? captured_us : received_us;
}

/* Gives the frame's time by the presentation clock; false where that can't be the last frame's. */
static bool timeline_goes_on(const struct timeline *timeline, const struct frame *frame,
			     int64_t *ret_at_us)
{
	int64_t passed_us, exact_us;

	if (__builtin_add_overflow(frame->header.pts_us, timeline->offset_us, ret_at_us))
		return false;
	if (*ret_at_us <= timeline->last_us || *ret_at_us > TIMELINE_END_US)
		return false;
	passed_us = timeline_passed(timeline, frame, &exact_us);
	return !frame->first || is_near(*ret_at_us - timeline->last_us, passed_us, exact_us);
}

/* After a loss the relay shows its newest frame, which may be the last one that was there
 * before. */
static bool timeline_has(const struct timeline *timeline, const struct frame *frame)
{
	return timeline->begun && frame->first && frame->header.pts_us == timeline->last_pts_us &&
	       frame->header.capture_us == timeline->last_capture_us;
}

int64_t timeline_next(struct timeline *timeline, const struct frame *frame)
{
	int64_t at_us = 0;

	if (timeline_has(timeline, frame))
		return ++timeline->last_us; /* and the clock is the same */

	if (timeline->begun && !timeline_goes_on(timeline, frame, &at_us)) {
		int64_t exact_us, passed_us = timeline_passed(timeline, frame, &exact_us);

		if (passed_us < 1 || passed_us > TIMELINE_END_US - timeline->last_us)
			passed_us = 1;
		at_us = timeline->last_us + passed_us;
	}
	timeline->begun = true;
	timeline->offset_us = at_us - frame->header.pts_us;
	timeline->last_us = at_us;
	timeline->last_pts_us = frame->header.pts_us;
	timeline->last_received_us = frame->received_us;
	timeline->last_capture_us = frame->header.capture_us;
	return at_us;
}
