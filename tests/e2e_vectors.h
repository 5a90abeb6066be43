/* SPDX-License-Identifier: MIT */
/* The lines of tests/e2e_vectors.txt: a kind, and values by their names. */
#ifndef SPILLWAY_E2E_VECTORS_H
#define SPILLWAY_E2E_VECTORS_H

#include <stdint.h>
#include <stdio.h>

#include "common/slice.h"

enum { E2E_VECTORS_LINE = 16384 };

struct e2e_vector {
	char line[E2E_VECTORS_LINE];
	char *kind;
};

/* The next line with a vector; false at the end. Fails the test where there is no file. */
bool e2e_vectors_next(FILE **file, struct e2e_vector *ret_vector);
/* Fail the test where the value isn't there, or is something else. */
const char *e2e_vector_text(const struct e2e_vector *vector, const char *name);
uint64_t e2e_vector_number(const struct e2e_vector *vector, const char *name);
/* Bytes; of several, one behind the other: how many. */
size_t e2e_vector_bytes(const struct e2e_vector *vector, const char *name, void *to, size_t size);
/* Whether the manual shows a text, which may be broken into lines there. */
bool e2e_vectors_manual_has(const char *text);

#endif
