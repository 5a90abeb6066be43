/* SPDX-License-Identifier: MIT */
/* What became of a source's pictures in all its renditions, added up, and said in the log. */
#ifndef SPILLWAY_CAPTURE_SUMMARY_H
#define SPILLWAY_CAPTURE_SUMMARY_H

#include "capture/progress.h"
#include "capture/rendition.h"
#include "capture/stage.h"

struct summary { /* start with {0} */
	struct uplink_stats sent;
	uint64_t limited;	      /* left out to keep the limit of bits */
	uint64_t late, busy, damaged; /* the source's, which the caller sets */
};

void summary_add(struct summary *summary, const struct rendition *rendition);
/* "at" is left 0. */
struct progress_sample summary_sample(const struct summary *summary);
/* Of one rendition: what was sent and dropped; what the stages took. */
void summary_say_rendition(const struct rendition *rendition);
void summary_say_stages(const struct rendition *rendition);
/* Of all. */
void summary_say(const struct summary *summary, double seconds);
/* The source's stage, and what the process took. */
void summary_say_grab(const struct stage *grab);

#endif
