/* SPDX-License-Identifier: MIT */
/*
 * A time that moves again and again, mostly further away, and that something waits for: a timer
 * that runs goes on then, and looks at the deadline when it ends.
 */
#ifndef SPILLWAY_CAPTURE_DEADLINE_H
#define SPILLWAY_CAPTURE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/io.h"

#define DEADLINE_NEVER INT64_MAX

struct deadline;

/* Called from io_run(). The deadline isn't busy any more, and may be set again. */
typedef void deadline_passed(struct deadline *deadline);

struct deadline { /* lives in what it works for */
	struct io *io;
	deadline_passed *passed;
	struct io_op timer;
	int64_t at_us;
	int64_t armed_us; /* when the timer will end */
};

void deadline_init(struct deadline *deadline, struct io *io, deadline_passed *passed);
/* On io_now_us()'s clock; in the place of what was set before. */
void deadline_set(struct deadline *deadline, int64_t at_us);
/* Whether the timer runs; it may, when the deadline is DEADLINE_NEVER. */
static inline bool deadline_busy(const struct deadline *deadline)
{
	return io_busy(&deadline->timer);
}

#endif
