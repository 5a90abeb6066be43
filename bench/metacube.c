/* SPDX-License-Identifier: MIT */
#include "bench/metacube.h"

#include <string.h>

enum { SIZE_AT = 8, FLAGS_AT = 12, SUM_AT = 14, POLYNOMIAL = 0x8fdb, START = 0x1234 };

static uint16_t shift(uint16_t sum, unsigned bit)
{
	uint16_t next = (uint16_t)((unsigned)sum << 1 | bit);

	return (sum & 0x8000) != 0 ? next ^ POLYNOMIAL : next;
}

/* Over the bytes, and as many zero bits as the sum has. */
static uint16_t checksum(const uint8_t *bytes, size_t len)
{
	uint16_t sum = START;

	for (size_t i = 0; i < 8 * len; i++)
		sum = shift(sum, bytes[i / 8] >> (7 - i % 8) & 1);
	for (size_t i = 0; i < 16; i++)
		sum = shift(sum, 0);
	return sum;
}

void metacube_head(uint8_t to[METACUBE_HEAD_SIZE], uint32_t size)
{
	memcpy(to, "cube!map", SIZE_AT);
	for (size_t i = 0; i < 4; i++)
		to[SIZE_AT + i] = (uint8_t)(size >> (24 - 8 * i));
	to[FLAGS_AT] = to[FLAGS_AT + 1] = 0;
	uint16_t sum = checksum(to + SIZE_AT, SUM_AT - SIZE_AT);

	to[SUM_AT] = (uint8_t)(sum >> 8);
	to[SUM_AT + 1] = (uint8_t)sum;
}
