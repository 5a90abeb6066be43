/* SPDX-License-Identifier: MIT */
/*
 * What the relay gets from the C library in a simulation: memory that can run out, and a clock; and
 * what it has taken of the machine, which is nothing. The
 * test is linked with --wrap for these functions (Makefile), so only calls from the project's own
 * objects come here, and nothing is simulated before sim_libc_begin().
 */
#ifndef SPILLWAY_TESTS_SIM_LIBC_H
#define SPILLWAY_TESTS_SIM_LIBC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unix time of the simulated clock's zero: 2026-01-01 00:00:00. */
#define SIM_LIBC_EPOCH_US INT64_C(1767225600000000)

/* Allocations are counted from now on, and clock_us (borrowed) is what time it is. */
void sim_libc_begin(uint64_t seed, const int64_t *clock_us);
/* Stops that, and forgets what is still allocated. */
void sim_libc_end(void);

/* So many of a million allocations fail from now on. */
void sim_libc_fail(uint32_t per_million);
uint64_t sim_libc_failures(void); /* so far */

size_t sim_libc_used_blocks(void);
size_t sim_libc_used_bytes(void);
void sim_libc_print_used(void); /* what wasn't freed, on standard error */

/* Memory for the simulation itself: zeroed, not counted, never NULL. */
void *sim_alloc(size_t size);
void *sim_realloc(void *memory, size_t size); /* what is new isn't zeroed */
void sim_free(void *memory);

#endif
