/* SPDX-License-Identifier: MIT */
/*
 * A line on its way to clients: immutable, shared by all who are sent it, counted by reference in
 * the one thread there is.
 */
#ifndef SPILLWAY_LINE_H
#define SPILLWAY_LINE_H

#include <stddef.h>
#include <stdint.h>

struct line {
	uint32_t references, len;
	char data[];
};

/* Returns a reference to a line of data, which is copied; NULL without memory. */
struct line *line_create(const char *data, size_t len);
/* Returns another reference. */
struct line *line_share(struct line *line);
/* Accepts NULL. */
void line_release(struct line *line);

#endif
