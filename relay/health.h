/* SPDX-License-Identifier: MIT */
/* Whether every worker comes round: one whose loop is stuck serves nobody, and can't say so
 * itself. */
#ifndef SPILLWAY_HEALTH_H
#define SPILLWAY_HEALTH_H

#include "relay/relay.h"

enum { HEALTH_LATE_US = 2000000 /* without a sweep: it is late */ };

/* The worker that has been late for the longest time; NULL: none is. now_us is of the caller's
 * loop. */
const struct worker *health_late_worker(const struct relay *relay, int64_t now_us,
					int64_t *ret_silent_us);

#endif
