/* SPDX-License-Identifier: MIT */
/*
 * Which names are the same: CASEMAPPING=ascii, that is, only A to Z have a small form. Pure.
 */
#ifndef SPILLWAY_CASEMAP_H
#define SPILLWAY_CASEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline char casemap_fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	return c;
}

bool casemap_equal(const char *a, const char *b);
/* Equal names have equal hashes. */
uint32_t casemap_hash(const char *name);

#endif
