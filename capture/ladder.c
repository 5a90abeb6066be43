/* SPDX-License-Identifier: MIT */
#include "capture/ladder.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

int ladder_make(const struct plan_source *source, const struct plan *asked, int64_t duration_us,
		struct ladder *ret_ladder, char *why, size_t size)
{
	struct ladder ladder = {.duration_us = duration_us};
	struct plan left_out = {.n = 0};
	char text[PLAN_ROW_TEXT_SIZE];

	if (duration_us <= 0) {
		snprintf(why, size,
			 "it can't be played as a ladder, as it doesn't say how long it is");
		return -EINVAL;
	}
	if (asked->n > 0)
		plan_fit(source, asked, &ladder.rungs, &left_out);
	else
		plan_usual(source, &ladder.rungs);
	if (left_out.n > 0) {
		plan_row_text(&left_out.rows[0], text);
		snprintf(why, size, "its pictures of %ux%u are too small for the ladder's %s",
			 source->width, source->height, text);
		return -EINVAL;
	}
	if (ladder.rungs.n < 2) {
		snprintf(why, size,
			 "its pictures of %ux%u are too small for a ladder, which needs two "
			 "renditions",
			 source->width, source->height);
		return -EINVAL;
	}
	*ret_ladder = ladder;
	return 0;
}

const struct plan_row *ladder_rung(const struct ladder *ladder, int64_t position_us)
{
	int64_t n = (int64_t)ladder->rungs.n, rung = 0;

	assert(n > 0);
	if (position_us >= ladder->duration_us)
		rung = n - 1;
	else if (position_us > 0)
		rung = position_us * n / ladder->duration_us;
	return &ladder->rungs.rows[n - 1 - rung];
}
