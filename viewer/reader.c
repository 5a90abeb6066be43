/* SPDX-License-Identifier: MIT */
#include "viewer/reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int reader_init(struct reader *reader, uint32_t max_bytes)
{
	*reader = (struct reader){
		.buffer = malloc(READER_INITIAL_SIZE),
		.size = READER_INITIAL_SIZE,
		.max_bytes = max_bytes,
	};
	return reader->buffer ? 0 : -ENOMEM;
}

void reader_finish(struct reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

void reader_reset(struct reader *reader)
{
	reader->filled = 0;
	reader->taken = 0;
}

static void reader_drop_taken(struct reader *reader)
{
	if (reader->taken == 0)
		return;
	reader->filled -= reader->taken;
	memmove(reader->buffer, reader->buffer + reader->taken, reader->filled);
	reader->taken = 0;
}

/* How many bytes to gather: the record at the start, and the header behind it. */
static size_t reader_wanted(const struct reader *reader)
{
	struct wire_header header;

	if (reader->filled < WIRE_HEADER_SIZE || wire_decode(reader->buffer, &header) != 0)
		return WIRE_HEADER_SIZE;
	return WIRE_HEADER_SIZE + (size_t)header.length + WIRE_HEADER_SIZE;
}

void reader_room(struct reader *reader, uint8_t **ret_at, size_t *ret_len)
{
	reader_drop_taken(reader);
	*ret_at = reader->buffer + reader->filled;
	*ret_len = reader_wanted(reader) - reader->filled;
	assert(reader->filled + *ret_len <= reader->size);
}

void reader_received(struct reader *reader, size_t len)
{
	reader->filled += len;
	assert(reader->filled <= reader->size);
}

void reader_feed(struct reader *reader, const char *data, size_t len)
{
	assert(reader->filled == 0 && len <= reader->size);
	memcpy(reader->buffer, data, len);
	reader->filled = len;
}

static int reader_grow(struct reader *reader, size_t wanted)
{
	uint8_t *buffer;

	if (wanted <= reader->size)
		return 0;
	buffer = realloc(reader->buffer, wanted);
	if (!buffer)
		return -ENOMEM;
	reader->buffer = buffer;
	reader->size = wanted;
	return 0;
}

int reader_next(struct reader *reader, struct wire_header *ret_header, const uint8_t **ret_payload)
{
	int error;

	reader_drop_taken(reader);
	if (reader->filled < WIRE_HEADER_SIZE)
		return 0;
	error = wire_decode(reader->buffer, ret_header);
	if (error)
		return error;
	if (ret_header->length > reader->max_bytes)
		return -EMSGSIZE;
	error = reader_grow(reader, reader_wanted(reader));
	if (error)
		return error;
	if (reader->filled < WIRE_HEADER_SIZE + (size_t)ret_header->length)
		return 0;
	reader->taken = WIRE_HEADER_SIZE + (size_t)ret_header->length;
	*ret_payload = reader->buffer + WIRE_HEADER_SIZE;
	return 1;
}
