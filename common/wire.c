/* SPDX-License-Identifier: MIT */
#include "common/wire.h"

#include <errno.h>

enum { CONTROL = 0x10 }; /* the first type of control records */

/* The flags that a type may carry; types without a row aren't known. */
static const struct {
	uint8_t type, flags;
} known[] = {
	{WIRE_FRAME, WIRE_KEY | WIRE_DISCONTINUITY},
	{WIRE_PING, 0},
	{WIRE_PONG, 0},
	{WIRE_END, WIRE_RETURN},
	{WIRE_DEMAND, 0},
	{WIRE_PAUSE, 0},
	{WIRE_WISH, 0},
	{WIRE_RENDITION, 0},
	{WIRE_CATALOGUE, 0},
	{WIRE_OPEN, 0},
	{WIRE_CLOSE, WIRE_RETURN},
};

static void put(uint8_t *to, size_t bytes, uint64_t value)
{
	for (size_t i = bytes; i-- > 0; value >>= 8)
		to[i] = (uint8_t)(value & 0xff);
}

static uint64_t get(const uint8_t *from, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | from[i];
	return value;
}

void wire_encode(const struct wire_header *header, uint8_t to[WIRE_HEADER_SIZE])
{
	put(to, 4, header->length);
	put(to + 4, 1, header->type);
	put(to + 5, 1, header->flags);
	put(to + 6, 2, header->track);
	put(to + 8, 8, header->sequence);
	put(to + 16, 8, (uint64_t)header->pts_us);
	put(to + 24, 8, (uint64_t)header->capture_us);
}

int wire_decode(const uint8_t from[WIRE_HEADER_SIZE], struct wire_header *ret_header)
{
	uint64_t pts = get(from + 16, 8), capture = get(from + 24, 8);
	struct wire_header header = {
		.length = (uint32_t)get(from, 4),
		.type = from[4],
		.flags = from[5],
		.track = (uint16_t)get(from + 6, 2),
		.sequence = get(from + 8, 8),
	};

	if (header.type == 0 || pts > INT64_MAX || capture > INT64_MAX)
		return -EBADMSG;
	if (header.type >= CONTROL && header.length > WIRE_MAX_CONTROL)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].type == header.type && (header.flags & ~known[i].flags) != 0)
			return -EBADMSG;
	}
	header.pts_us = (int64_t)pts;
	header.capture_us = (int64_t)capture;
	*ret_header = header;
	return 0;
}
