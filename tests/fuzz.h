/* SPDX-License-Identifier: MIT */
/*
 * What fuzz targets share. A target defines LLVMFuzzerTestOneInput and states what must hold by
 * assert(). Built with clang's -fsanitize=fuzzer it is a fuzzer; linked with replay.c, a test.
 */
#ifndef SPILLWAY_FUZZ_H
#define SPILLWAY_FUZZ_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lengths of pieces to cut an input into. They come from the input itself, so that a run can be
 * repeated, and files of the corpus stay what they are: bytes as they came from the network. */
struct fuzz_cuts {
	uint64_t random;
};

static inline struct fuzz_cuts fuzz_cuts(const uint8_t *data, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3;
	return (struct fuzz_cuts){hash | 1};
}

/* From 1 to max, more often small. */
static inline size_t fuzz_cut(struct fuzz_cuts *cuts, size_t max)
{
	size_t limit;

	cuts->random ^= cuts->random << 13; /* xorshift64 */
	cuts->random ^= cuts->random >> 7;
	cuts->random ^= cuts->random << 17;
	limit = cuts->random % 4 > 0 && max > 16 ? 16 : max;
	return 1 + (size_t)(cuts->random >> 16) % limit;
}

/* A copy without a byte of room behind it, so that a sanitizer sees a step beyond its end. */
static inline char *fuzz_copy(const char *data, size_t len)
{
	char *copy = malloc(len);

	assert(copy || len == 0);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

#endif
