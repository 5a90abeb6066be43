/* SPDX-License-Identifier: MIT */
/* How fast a number grows, over the last 10 to 20 seconds. Pure. */
#ifndef SPILLWAY_CHAT_RATE_H
#define SPILLWAY_CHAT_RATE_H

#include <stdint.h>

enum { RATE_US = 10000000 };

struct rate { /* two samples, at least RATE_US apart after a while; the first member is the older */
	int64_t at_us[2];
	uint64_t n[2];
};

static inline void rate_init(struct rate *rate, int64_t now_us, uint64_t n)
{
	*rate = (struct rate){{now_us, now_us}, {n, n}};
}

/* Now and then. */
static inline void rate_sample(struct rate *rate, int64_t now_us, uint64_t n)
{
	if (now_us - rate->at_us[1] >= RATE_US)
		*rate = (struct rate){{rate->at_us[1], now_us}, {rate->n[1], n}};
}

static inline double rate_per_s(const struct rate *rate, int64_t now_us, uint64_t n)
{
	int64_t us = now_us - rate->at_us[0];

	return us > 0 ? (double)(n - rate->n[0]) * 1e6 / (double)us : 0;
}

#endif
