/* SPDX-License-Identifier: MIT */
/* A piece of somebody else's bytes: borrowed, not terminated. */
#ifndef SPILLWAY_SLICE_H
#define SPILLWAY_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
	const char *data; /* borrowed; NULL where there is nothing */
	size_t len;
};

struct slice slice_from(const char *text);
bool slice_equal(struct slice a, const char *text);
/* ASCII letters compare without case. */
bool slice_equal_nocase(struct slice a, const char *text);
bool slice_starts_nocase(struct slice a, const char *text);
bool slice_ends(struct slice a, const char *text);
/* Without spaces and tabs at both ends. */
struct slice slice_trim(struct slice a);
/* Takes the part before the next `separator` off *rest; false when nothing is left. */
bool slice_split(struct slice *rest, char separator, struct slice *ret_part);
/* A whole decimal number without sign, at most max: -EINVAL, -ERANGE. */
int slice_number(struct slice a, unsigned long long max, unsigned long long *ret_number);
/* Copies with a terminating NUL: -ENAMETOOLONG where it doesn't fit. */
int slice_copy(struct slice a, char *to, size_t size);

#endif
