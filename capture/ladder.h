/* SPDX-License-Identifier: MIT */
/*
 * A video that climbs through its renditions while it plays, each for an equal share of its
 * duration: of three the lowest for the first third, the highest for the last. Pure.
 */
#ifndef SPILLWAY_CAPTURE_LADDER_H
#define SPILLWAY_CAPTURE_LADDER_H

#include <stddef.h>
#include <stdint.h>

#include "capture/plan.h"

#define LADDER_WORD "ladder"

struct ladder {		     /* {0}: there is none */
	struct plan rungs;   /* the largest first */
	int64_t duration_us; /* of the video */
};

/*
 * The ladder of a source: of the renditions that were asked for, all of which it must have, or the
 * usual ones. -EINVAL, and a sentence, when there is none: it doesn't say how long it is
 * (duration_us is 0), or is too small.
 */
int ladder_make(const struct plan_source *source, const struct plan *asked, int64_t duration_us,
		struct ladder *ret_ladder, char *why, size_t size);
/* What plays at a time of the video; before its beginning that is the lowest, behind its end the
 * highest. */
const struct plan_row *ladder_rung(const struct ladder *ladder, int64_t position_us);

#endif
