/* SPDX-License-Identifier: MIT */
/*
 * What a stage of a picture's way (grab, scale, encode, send) takes: how long, and how much of it
 * the processor was busy with. Pure but for effort_now().
 */
#ifndef SPILLWAY_CAPTURE_STAGE_H
#define SPILLWAY_CAPTURE_STAGE_H

#include <stdint.h>

#include "common/histogram.h"

enum { STAGE_TEXT_SIZE = 128 };

struct effort {
	int64_t wall_ns, cpu_ns; /* cpu_ns: of the thread that it was made in */
};

struct stage { /* start with {0} */
	struct effort total;
	struct histogram times_us; /* by the wall */
};

/* What the present thread has made of it so far; differences count. */
struct effort effort_now(void);
/* Adds what was made since then to *effort. */
void effort_add_since(struct effort *effort, struct effort then);

void stage_add(struct stage *stage, struct effort effort);
/* "encode 300, mean 2510 us, p99 3400 us, CPU 0.75 s"; without the CPU where none was counted. */
void stage_text(const struct stage *stage, const char *name, char to[STAGE_TEXT_SIZE]);

#endif
