/* SPDX-License-Identifier: MIT */
#include "tests/sim_libc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/usage.h"

/* The linker's names for the functions that are replaced, and for what replaces them. */
void *real_malloc(size_t size) __asm__("__real_malloc");
void *real_calloc(size_t n, size_t size) __asm__("__real_calloc");
void *real_realloc(void *memory, size_t size) __asm__("__real_realloc");
void *real_aligned_alloc(size_t alignment, size_t size) __asm__("__real_aligned_alloc");
void real_free(void *memory) __asm__("__real_free");
int real_clock_gettime(clockid_t clock, struct timespec *ret_now) __asm__("__real_clock_gettime");

void *wrap_malloc(size_t size) __asm__("__wrap_malloc");
void *wrap_calloc(size_t n, size_t size) __asm__("__wrap_calloc");
void *wrap_realloc(void *memory, size_t size) __asm__("__wrap_realloc");
void *wrap_aligned_alloc(size_t alignment, size_t size) __asm__("__wrap_aligned_alloc");
void wrap_free(void *memory) __asm__("__wrap_free");
char *wrap_strdup(const char *text) __asm__("__wrap_strdup");
int wrap_clock_gettime(clockid_t clock, struct timespec *ret_now) __asm__("__wrap_clock_gettime");
__typeof__(usage_read) wrap_usage_read __asm__("__wrap_usage_read");

struct block {
	void *memory; /* NULL: an empty slot */
	size_t size;
};

static struct {
	bool running;
	const int64_t *clock_us;
	uint64_t random;
	uint32_t per_million;
	uint64_t failures;
	/* What is allocated, by open addressing. What libraries allocated and we free isn't
	 * there. */
	struct block *blocks;
	size_t n_slots, used_blocks, used_bytes;
} libc;

/* ---- memory for the simulation ---- */

static void *must(void *memory)
{
	if (memory == NULL) {
		fputs("the simulation itself is out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *sim_alloc(size_t size)
{
	return must(real_calloc(1, size));
}

void *sim_realloc(void *memory, size_t size)
{
	return must(real_realloc(memory, size));
}

void sim_free(void *memory)
{
	real_free(memory);
}

/* ---- what is allocated ---- */

static size_t slot_of(const void *memory)
{
	uint64_t hash = (uintptr_t)memory * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (hash >> 32) & (libc.n_slots - 1);

	while (libc.blocks[slot].memory != NULL && libc.blocks[slot].memory != memory)
		slot = (slot + 1) & (libc.n_slots - 1);
	return slot;
}

static void grow(void)
{
	struct block *old = libc.blocks;
	size_t n_old = libc.n_slots;

	libc.n_slots = n_old > 0 ? 2 * n_old : 1024;
	libc.blocks = sim_alloc(libc.n_slots * sizeof(*libc.blocks));
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].memory != NULL)
			libc.blocks[slot_of(old[i].memory)] = old[i];
	}
	real_free(old);
}

static void add(void *memory, size_t size)
{
	if (!libc.running || memory == NULL)
		return;
	if (2 * (libc.used_blocks + 1) > libc.n_slots)
		grow();
	libc.blocks[slot_of(memory)] = (struct block){memory, size};
	libc.used_blocks++;
	libc.used_bytes += size;
}

static void forget(const void *memory)
{
	if (!libc.running || memory == NULL || libc.n_slots == 0)
		return;
	size_t slot = slot_of(memory);
	if (libc.blocks[slot].memory == NULL)
		return;
	libc.used_blocks--;
	libc.used_bytes -= libc.blocks[slot].size;
	libc.blocks[slot].memory = NULL;
	/* What was put behind it because it was taken moves up. */
	for (size_t i = (slot + 1) & (libc.n_slots - 1); libc.blocks[i].memory != NULL;
	     i = (i + 1) & (libc.n_slots - 1)) {
		struct block moved = libc.blocks[i];

		libc.blocks[i].memory = NULL;
		libc.blocks[slot_of(moved.memory)] = moved;
	}
}

static bool fails(void)
{
	if (!libc.running || libc.per_million == 0)
		return false;
	libc.random = libc.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	if ((libc.random >> 33) % 1000000 >= libc.per_million)
		return false;
	libc.failures++;
	return true;
}

void *wrap_malloc(size_t size)
{
	void *memory = fails() ? NULL : real_malloc(size);

	/* What a program doesn't set is never the same. */
	if (libc.running && memory != NULL)
		memset(memory, 0xa5, size < 4096 ? size : 4096);
	add(memory, size);
	return memory;
}

void *wrap_calloc(size_t n, size_t size)
{
	void *memory = fails() ? NULL : real_calloc(n, size);

	add(memory, n * size);
	return memory;
}

void *wrap_realloc(void *memory, size_t size)
{
	if (fails())
		return NULL;
	forget(memory);
	memory = real_realloc(memory, size);
	add(memory, size);
	return memory;
}

void *wrap_aligned_alloc(size_t alignment, size_t size)
{
	void *memory = fails() ? NULL : real_aligned_alloc(alignment, size);

	add(memory, size);
	return memory;
}

void wrap_free(void *memory)
{
	forget(memory);
	real_free(memory);
}

char *wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = wrap_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

/* ---- the clock ---- */

int wrap_clock_gettime(clockid_t clock, struct timespec *ret_now)
{
	if (!libc.running)
		return real_clock_gettime(clock, ret_now);
	int64_t now_us = *libc.clock_us + (clock == CLOCK_REALTIME ? SIM_LIBC_EPOCH_US : 0);
	*ret_now =
		(struct timespec){.tv_sec = now_us / 1000000, .tv_nsec = now_us % 1000000 * 1000};
	return 0;
}

/* ---- the machine, of which no two runs take the same ---- */

struct usage wrap_usage_read(void)
{
	return (struct usage){0};
}

/* ---- the simulation's side ---- */

void sim_libc_begin(uint64_t seed, const int64_t *clock_us)
{
	libc.running = true;
	libc.clock_us = clock_us;
	libc.random = seed;
	libc.per_million = 0;
	libc.failures = 0;
}

void sim_libc_end(void)
{
	real_free(libc.blocks);
	libc.blocks = NULL;
	libc.n_slots = libc.used_blocks = libc.used_bytes = 0;
	libc.running = false;
}

void sim_libc_fail(uint32_t per_million)
{
	libc.per_million = per_million;
}

uint64_t sim_libc_failures(void)
{
	return libc.failures;
}

size_t sim_libc_used_blocks(void)
{
	return libc.used_blocks;
}

size_t sim_libc_used_bytes(void)
{
	return libc.used_bytes;
}

void sim_libc_print_used(void)
{
	for (size_t i = 0; i < libc.n_slots; i++) {
		if (libc.blocks[i].memory != NULL)
			fprintf(stderr, "never freed: %zu bytes at %p\n", libc.blocks[i].size,
				libc.blocks[i].memory);
	}
}
