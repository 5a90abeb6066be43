/* SPDX-License-Identifier: MIT */
/* How long to wait from try to try: longer each time, with jitter, so that not all who lost
 * something come back for it at the same time. */
#ifndef SPILLWAY_BACKOFF_H
#define SPILLWAY_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_MIN_US = 100000, BACKOFF_MAX_US = 5000000 };

struct backoff {
	int64_t next_us;
};

/* The next wait is the shortest again. */
void backoff_init(struct backoff *backoff);
/* How long to wait now: from half of the time that it is up to all of it. */
int64_t backoff_take_us(struct backoff *backoff);

#endif
