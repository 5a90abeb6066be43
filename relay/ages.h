/* SPDX-License-Identifier: MIT */
/*
 * How often which age occurred, in a few buckets whose ends double: 1.024 ms, 2.048 ms, … 2.097 s,
 * and one for what is older. So an age's bucket is the number of its bits. One worker counts, any
 * may read.
 */
#ifndef SPILLWAY_AGES_H
#define SPILLWAY_AGES_H

#include <stddef.h>

#include "common/exposition.h"
#include "relay/counter.h"

enum {
	AGES_FIRST_BITS = 10, /* the first bucket ends with 2^10 us */
	AGES_BUCKETS = 13,    /* the last one has no end */
};

struct ages { /* start with {0} */
	counter buckets[AGES_BUCKETS];
	counter sum_us;
};

/* The greatest age that belongs to a bucket that isn't the last. */
static inline uint64_t ages_end_us(size_t bucket)
{
	return UINT64_C(1) << (AGES_FIRST_BITS + bucket);
}

static inline size_t ages_bucket(uint64_t age_us)
{
	uint64_t first = (UINT64_C(1) << AGES_FIRST_BITS) - 1;
	uint64_t below = age_us > first ? age_us - 1 : 0;
	size_t bucket = (size_t)(64 - AGES_FIRST_BITS - __builtin_clzll(below | first));

	return bucket < AGES_BUCKETS ? bucket : AGES_BUCKETS - 1;
}

/* One before zero counts as zero: workers read their clocks at different times. */
static inline void ages_add(struct ages *ages, int64_t age_us)
{
	uint64_t age = age_us > 0 ? (uint64_t)age_us : 0;

	counter_add(&ages->buckets[ages_bucket(age)], 1);
	counter_add(&ages->sum_us, age);
}

static inline uint64_t ages_count(const struct ages *ages)
{
	uint64_t n = 0;

	for (size_t i = 0; i < AGES_BUCKETS; i++)
		n += counter_get(&ages->buckets[i]);
	return n;
}

/* Adds all of another. */
static inline void ages_merge(struct ages *ages, const struct ages *other)
{
	for (size_t i = 0; i < AGES_BUCKETS; i++)
		counter_add(&ages->buckets[i], counter_get(&other->buckets[i]));
	counter_add(&ages->sum_us, counter_get(&other->sum_us));
}

/* As a histogram of the present family. */
void ages_expose(const struct ages *ages, struct exposition *out,
		 const struct exposition_labels *labels);

#endif
