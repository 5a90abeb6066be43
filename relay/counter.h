/* SPDX-License-Identifier: MIT */
/*
 * Numbers that one worker changes and any may read: plain loads and stores, which atomics without
 * order are, and no locked instruction.
 */
#ifndef SPILLWAY_COUNTER_H
#define SPILLWAY_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t counter;

static inline uint64_t counter_get(const counter *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

static inline void counter_set(counter *number, uint64_t value)
{
	atomic_store_explicit(number, value, memory_order_relaxed);
}

static inline void counter_add(counter *number, uint64_t more)
{
	atomic_store_explicit(number, counter_get(number) + more, memory_order_relaxed);
}

static inline void counter_subtract(counter *number, uint64_t less)
{
	atomic_store_explicit(number, counter_get(number) - less, memory_order_relaxed);
}

#endif
