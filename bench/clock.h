/* SPDX-License-Identifier: MIT */
#ifndef SPILLWAY_BENCH_CLOCK_H
#define SPILLWAY_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds on CLOCK_MONOTONIC, CLOCK_REALTIME (Unix time), … */
static inline int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#endif
