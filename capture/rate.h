/* SPDX-License-Identifier: MIT */
/* A frame rate as an exact fraction, so that a clock made of it doesn't drift. Pure. */
#ifndef SPILLWAY_CAPTURE_RATE_H
#define SPILLWAY_CAPTURE_RATE_H

#include <stdint.h>

enum {
	RATE_MAX_FPS = 240,
	RATE_MIN_SECONDS = 10,	 /* the slowest: one frame in so many seconds */
	RATE_MAX_TERM = 1000000, /* of the fraction */
};

struct rate {
	uint32_t frames; /* in so many ... */
	uint32_t seconds;
};

/* "30", "29.97", "30000/1001". -EINVAL when it isn't a number, -ERANGE outside the limits. */
int rate_parse(const char *text, struct rate *ret_rate);
/* The time of frame n, where frame 0 is at 0: rounded down, without an error that adds up. */
int64_t rate_time_us(struct rate rate, uint64_t n);

#endif
