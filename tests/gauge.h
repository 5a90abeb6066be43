/* SPDX-License-Identifier: MIT */
/* What a service holds: descriptors and memory as the kernel tells, and what it counts itself. */
#ifndef SPILLWAY_TESTS_GAUGE_H
#define SPILLWAY_TESTS_GAUGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { GAUGE_MAX_COUNTS = 8 };

struct gauge_count {
	const char *metric; /* NULL ends a table */
	double quiet; /* how many there are while nobody but who asks is there; below 0: any number */
};

struct gauge {
	const char *name;
	pid_t pid;
	uint16_t port; /* of /metrics, at 127.0.0.1 */
	const struct gauge_count *counts;
	const char
		*kept; /* the metric of memory that is kept for later, within a limit of its own */
};

struct gauge_reading {
	long fds;
	double resident_kb; /* memory of its own: no files */
	double heap_kb;	    /* allocated and not freed, as it says itself, without what is kept */
	double kept_kb;
	double counts[GAUGE_MAX_COUNTS]; /* in the gauge's order; -1: not told */
};

/* False: it doesn't answer. */
bool gauge_read(const struct gauge *gauge, struct gauge_reading *ret_reading);
/* The first of its counts that isn't as when it is quiet; NULL: all are. */
const struct gauge_count *gauge_unquiet(const struct gauge *gauge,
					const struct gauge_reading *reading);
/* By how much values grow from the first to the last of them: along the median of all slopes, to
 * which a few that lie outside mean nothing (Theil and Sen). Sorts nothing; n from 2 on. */
double gauge_growth(const double *values, size_t n);

#endif
