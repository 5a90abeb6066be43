/* SPDX-License-Identifier: MIT */
/* How many viewers are spread over processes, whose descriptors are limited, over loopback
 * addresses, whose ports (and a relay's --max-per-address) are, and over streams; and which of them
 * are unwell. Pure. */
#ifndef SPILLWAY_BENCH_PLAN_H
#define SPILLWAY_BENCH_PLAN_H

#include <netinet/in.h>
#include <stddef.h>

enum {
	PLAN_MAX_PROCESSES = 16,
	PLAN_MAX_STREAMS = 1000,
	PLAN_SPARE_FILES = 64,	  /* of a process, for what isn't a viewer */
	PLAN_PER_ADDRESS = 4000,  /* viewers from 127.0.0.2, then as many from the next, … */
	PLAN_MAX_VIEWERS = 32000, /* … up to 127.0.0.9 */
	PLAN_NAME_SIZE = 16,
};

enum plan_health {
	PLAN_HEALTHY, /* reads what comes, when it comes */
	PLAN_STALLED, /* stops reading for good when the warm-up begins */
	PLAN_SLOW,    /* reads at half of the rate that the stream needs */
	PLAN_HEALTHS
};

struct plan {
	/* to be filled in */
	size_t n_viewers, n_streams;
	unsigned stalled_percent, slow_percent; /* of the viewers, together up to 100 */

	size_t n_processes;
};

/* files: descriptors that a process may have. -EMFILE: not with PLAN_MAX_PROCESSES. */
int plan_make(struct plan *plan, size_t files);
/* Process i has the viewers from plan_first(i) up to, but without, plan_first(i + 1). */
size_t plan_first(const struct plan *plan, size_t process);
/* The address from which a viewer comes. */
struct in_addr plan_source(size_t viewer);
size_t plan_stream(const struct plan *plan, size_t viewer);
/* The unwell are spread evenly. */
enum plan_health plan_health(const struct plan *plan, size_t viewer);
/* Of this kind among the viewers from <= viewer < to. */
size_t plan_count(const struct plan *plan, enum plan_health health, size_t from, size_t to);

/* What a stream is called. */
void plan_name(size_t stream, char ret_name[PLAN_NAME_SIZE]);

#endif
