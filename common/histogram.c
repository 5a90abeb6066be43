/* SPDX-License-Identifier: MIT */
#include "common/histogram.h"

#include <stddef.h>

#define STEPS (UINT64_C(1) << HISTOGRAM_STEP_BITS)
#define VALUE_MAX ((UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1)

static unsigned bucket_shift(uint64_t value)
{
	if (value < STEPS)
		return 0;
	return 63 - HISTOGRAM_STEP_BITS - (unsigned)__builtin_clzll(value);
}

/* The last value that belongs to a bucket. */
static uint64_t bucket_end(size_t i)
{
	size_t shift;

	if (i < STEPS)
		return i;
	shift = (i >> HISTOGRAM_STEP_BITS) - 1;
	return (((i & (STEPS - 1)) + STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	unsigned shift;

	if (value > VALUE_MAX)
		value = VALUE_MAX;
	shift = bucket_shift(value);
	histogram->buckets[((uint64_t)shift << HISTOGRAM_STEP_BITS) + (value >> shift)]++;
	histogram->n++;
	if (value > histogram->max)
		histogram->max = value;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram->buckets[i] += other->buckets[i];
	histogram->n += other->n;
	if (other->max > histogram->max)
		histogram->max = other->max;
}

uint64_t histogram_at(const struct histogram *histogram, unsigned permille)
{
	uint64_t wanted = (histogram->n * permille + 999) / 1000, seen = 0;

	if (histogram->n == 0)
		return 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen >= wanted && seen > 0) {
			uint64_t end = bucket_end(i);

			return end < histogram->max ? end : histogram->max;
		}
	}
	return histogram->max;
}
