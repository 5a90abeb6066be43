/* SPDX-License-Identifier: MIT */
/* Which renditions are published: what was asked for, fitted to what the source turned out to be. */
#ifndef SPILLWAY_CAPTURE_CHOICE_H
#define SPILLWAY_CAPTURE_CHOICE_H

#include "capture/config.h"
#include "capture/plan.h"
#include "capture/source.h"

/*
 * width and height are those of the source's pictures, upright; 0 where that isn't known yet. Says in
 * the log which are left out. -EINVAL where none remains, and a sentence in ret_why.
 */
int choice_make(const struct config *config, const struct source *source, unsigned width,
		unsigned height, struct plan *ret_plan, char ret_why[SOURCE_ERROR_SIZE]);

#endif
