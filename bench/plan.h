/* SPDX-License-Identifier: MIT */
/* How many viewers are spread over processes, whose descriptors are limited, and over loopback
 * addresses, whose ports (and a relay's --max-per-address) are. Pure. */
#ifndef SPILLWAY_BENCH_PLAN_H
#define SPILLWAY_BENCH_PLAN_H

#include <netinet/in.h>
#include <stddef.h>

enum {
	PLAN_MAX_PROCESSES = 16,
	PLAN_SPARE_FILES = 64,	  /* of a process, for what isn't a viewer */
	PLAN_PER_ADDRESS = 4000,  /* viewers from 127.0.0.2, then as many from the next, … */
	PLAN_MAX_VIEWERS = 32000, /* … up to 127.0.0.9 */
};

struct plan {
	size_t n_viewers;
	size_t n_processes;
};

/* files: descriptors that a process may have. -EMFILE: not with PLAN_MAX_PROCESSES. */
int plan_make(struct plan *plan, size_t n_viewers, size_t files);
/* Process i has the viewers from plan_first(i) up to, but without, plan_first(i + 1). */
size_t plan_first(const struct plan *plan, size_t process);
/* The address from which a viewer comes. */
struct in_addr plan_source(size_t viewer);

#endif
