/* SPDX-License-Identifier: MIT */
#include "capture/pacer.h"

void pacer_next(struct pacer *pacer, int64_t pts_us)
{
	int64_t interval_us = pts_us - pacer->pts_us;

	if (interval_us < PACER_MIN_LATE_US)
		interval_us = PACER_MIN_LATE_US;
	if (interval_us > PACER_MAX_LATE_US)
		interval_us = PACER_MAX_LATE_US;
	pacer->allowed_us = interval_us;
	pacer->pts_us = pts_us;
}

static void tie(struct pacer *pacer, int64_t now_us)
{
	pacer->base_us = now_us - pacer->pts_us;
	pacer->tied = true;
	pacer->dropping = false;
}

enum pacer_verdict pacer_judge(struct pacer *pacer, int64_t now_us, int64_t *ret_due_us)
{
	if (!pacer->tied)
		tie(pacer, now_us);
	*ret_due_us = pacer->base_us + pacer->pts_us;

	int64_t late_us = now_us - *ret_due_us;

	if (late_us <= pacer->allowed_us) {
		pacer->dropping = false;
		return late_us < 0 ? PACER_WAIT : PACER_NOW;
	}
	if (!pacer->dropping) {
		pacer->dropping = true;
		pacer->dropping_since_us = now_us;
	}
	if (now_us - pacer->dropping_since_us > PACER_CATCH_UP_US) {
		pacer->slips++;
		tie(pacer, now_us);
		return PACER_NOW;
	}
	pacer->late++;
	return PACER_LATE;
}
