/* SPDX-License-Identifier: MIT */
/* A conversation's records: what is decoded keeps the rules, and encodes to the same bytes. */
#include "common/wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct wire_header *header, const uint8_t *from)
{
	uint8_t bytes[WIRE_HEADER_SIZE];

	assert(header->type != 0);
	assert(header->pts_us >= 0 && header->capture_us >= 0);
	assert(header->type < WIRE_PING || header->length <= WIRE_MAX_CONTROL);
	wire_encode(header, bytes);
	assert(memcmp(bytes, from, sizeof(bytes)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size >= WIRE_HEADER_SIZE) {
		struct wire_header header;
		int result = wire_decode(data, &header);

		assert(result == 0 || result == -EBADMSG);
		if (result != 0)
			break;
		check(&header, data);
		data += WIRE_HEADER_SIZE;
		size -= WIRE_HEADER_SIZE;
		if (header.length > size)
			break;
		data += header.length;
		size -= header.length;
	}
	return 0;
}
