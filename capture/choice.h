/* SPDX-License-Identifier: MIT */
/* Which renditions are published: what was asked for, fitted to what the source turned out to
 * be. */
#ifndef SPILLWAY_CAPTURE_CHOICE_H
#define SPILLWAY_CAPTURE_CHOICE_H

#include "capture/config.h"
#include "capture/ladder.h"
#include "capture/plan.h"
#include "capture/source.h"

/*
 * width and height are those of the source's pictures, upright; 0 where that isn't known yet. Says
 * in the log which are left out. A ladder has rungs where one was asked for, and climbs in the only
 * rendition there is then. -EINVAL where none remains, and a sentence in ret_why.
 */
int choice_make(const struct config *config, const struct source *source, unsigned width,
		unsigned height, struct plan *ret_plan, struct ladder *ret_ladder,
		char ret_why[SOURCE_ERROR_SIZE]);

/* Whether something can be played of a video of which only that is known, and not its source: as a
 * ladder, or as ever. -EINVAL, and a sentence in why. */
int choice_foresee(const struct config *config, unsigned width, unsigned height,
		   int64_t duration_us, bool as_ladder, char *why, size_t size);

#endif
