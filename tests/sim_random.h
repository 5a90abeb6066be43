/* SPDX-License-Identifier: MIT */
/* Random numbers that a seed determines: SplitMix64. The state is one number, any will do. */
#ifndef SPILLWAY_TESTS_SIM_RANDOM_H
#define SPILLWAY_TESTS_SIM_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t sim_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to n - 1 */
static inline uint64_t sim_random_below(uint64_t *state, uint64_t n)
{
	return sim_random(state) % n;
}

/* Both ends included. */
static inline int64_t sim_random_between(uint64_t *state, int64_t from, int64_t to)
{
	return from + (int64_t)sim_random_below(state, (uint64_t)(to - from) + 1);
}

static inline bool sim_random_chance(uint64_t *state, uint32_t per_thousand)
{
	return sim_random_below(state, 1000) < per_thousand;
}

/* Small ones as often as large ones: every power of two is as likely. Both ends included. */
static inline int64_t sim_random_scale(uint64_t *state, int64_t from, int64_t to)
{
	double unit = (double)(sim_random(state) >> 11) * 0x1p-53;

	return (int64_t)((double)from * exp(unit * log((double)(to + 1) / (double)from)));
}

#endif
