/* SPDX-License-Identifier: MIT */
/* Numbers as the formats of spillway-e2e(7) have them: the greatest byte first. Pure. */
#ifndef SPILLWAY_BIG_ENDIAN_H
#define SPILLWAY_BIG_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

static inline void big_endian_write(uint8_t *to, uint64_t number, size_t len)
{
	while (len-- > 0) {
		to[len] = (uint8_t)number;
		number >>= 8;
	}
}

static inline uint64_t big_endian_read(const uint8_t *from, size_t len)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | from[i];
	return number;
}

#endif
