/* SPDX-License-Identifier: MIT */
/*
 * How often which value occurred, in a bounded number of buckets whose width grows with the value:
 * 64 to each power of two, so that a value is known to 1.6 %. Pure.
 */
#ifndef SPILLWAY_HISTOGRAM_H
#define SPILLWAY_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_STEP_BITS = 6, /* 64 buckets to a power of two */
	HISTOGRAM_VALUE_BITS = 40,
	HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS,
};

struct histogram { /* start with {0} */
	uint64_t n;
	uint64_t max; /* exact */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Values of 2^40 and more count as 2^40 - 1. */
void histogram_add(struct histogram *histogram, uint64_t value);
/* Adds all values of another. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);
/* The smallest bucket's upper end that at least permille of all values don't exceed, and at most
 * max; 0 without values. */
uint64_t histogram_at(const struct histogram *histogram, unsigned permille);

#endif
