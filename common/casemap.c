/* SPDX-License-Identifier: MIT */
#include "common/casemap.h"

bool casemap_equal(const char *a, const char *b)
{
	while (*a != '\0' && casemap_fold(*a) == casemap_fold(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

uint32_t casemap_hash(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)casemap_fold(*name)) * 16777619u;
	return hash;
}
