/* SPDX-License-Identifier: MIT */
/* Up to which frame all viewers have got on, however far each of them is. Pure. */
#ifndef SPILLWAY_BENCH_LOCKSTEP_H
#define SPILLWAY_BENCH_LOCKSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOCKSTEP_FRAMES = 128 }; /* the first viewer may be so far before the last */

struct lockstep {
	uint64_t complete; /* all viewers have passed the frames before this one */
	size_t n_viewers;
	uint32_t passed[LOCKSTEP_FRAMES]; /* viewers that have passed it, by number */
};

/* Frames before `first` don't count; n_viewers is 1 or more. */
void lockstep_init(struct lockstep *lockstep, uint64_t first, size_t n_viewers);
/* A viewer has passed the frames from <= number < to, which it got, or which were dropped for it.
 * Returns whether `complete` has moved. */
bool lockstep_pass(struct lockstep *lockstep, uint64_t from, uint64_t to);

#endif
