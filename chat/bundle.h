/* SPDX-License-Identifier: MIT */
/*
 * Lines that go out in one piece. Those of a room go to its members in the same order, so that what
 * one of them is sent in a turn of the loop, many are: it is put together once, and shared by all
 * whose next lines are the same as the last one's. Pure.
 */
#ifndef SPILLWAY_BUNDLE_H
#define SPILLWAY_BUNDLE_H

#include "chat/line.h"

enum { BUNDLE_MAX_LINES = 128, BUNDLE_MAX_BYTES = 32768 };

struct bundle { /* start with {0} */
	/* What the last one was made of: references. */
	struct line *lines[BUNDLE_MAX_LINES];
	size_t n;
	enum line_form form;
	struct line *joined; /* a reference; NULL: none yet */
};

/* Returns a reference to one line of these, which are 1 to BUNDLE_MAX_LINES, and up to
 * BUNDLE_MAX_BYTES if they are several; it is raw, and has their form. NULL without memory. */
struct line *bundle_join(struct bundle *bundle, struct line *const *lines, size_t n,
			 enum line_form form);
/* Forgets the last one. */
void bundle_clear(struct bundle *bundle);

#endif
