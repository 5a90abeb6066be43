/* SPDX-License-Identifier: MIT */
/*
 * When a picture is due on the monotonic clock. Pure: times in, a verdict out.
 *
 *	1. pacer_next() with each picture's own time, in rising order.
 *	2. pacer_judge() says whether to wait for it, to show it, or to drop it.
 *
 * The first picture judged is due at once and ties the source's times to the clock; all others are
 * due at their distance from it, so that nothing drifts however long it goes on. A picture is too
 * late when its successor is probably due as well: by more than its distance to its predecessor.
 * When dropping for PACER_CATCH_UP_US didn't catch up (the source is slower than its own times, or
 * the machine slept), the tie is moved so that the present picture is due now: a slow source is
 * shown slowly instead of never.
 */
#ifndef SPILLWAY_CAPTURE_PACER_H
#define SPILLWAY_CAPTURE_PACER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACER_MIN_LATE_US = 10000, /* never too late by less than this */
	PACER_MAX_LATE_US = 500000,
	PACER_CATCH_UP_US = 500000,
};

enum pacer_verdict { PACER_WAIT, PACER_NOW, PACER_LATE };

struct pacer { /* start with {0} */
	bool tied;
	bool dropping;
	int64_t base_us; /* the clock's time of a picture whose own time is 0 */
	int64_t pts_us;	 /* the present picture's own time */
	int64_t allowed_us;
	int64_t dropping_since_us;
	uint64_t late;	/* pictures that were too late */
	uint64_t slips; /* how often the tie was moved */
};

void pacer_next(struct pacer *pacer, int64_t pts_us);
/* With PACER_WAIT, *ret_due_us is the clock's time to ask again. */
enum pacer_verdict pacer_judge(struct pacer *pacer, int64_t now_us, int64_t *ret_due_us);

#endif
