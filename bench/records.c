/* SPDX-License-Identifier: MIT */
#include "bench/records.h"

#include <string.h>

static const uint8_t magic[RECORDS_MAGIC_SIZE] = {0xff, 0xd8};

static struct slice take(struct slice *input, size_t most)
{
	struct slice taken = {input->data, input->len < most ? input->len : most};

	input->data += taken.len;
	input->len -= taken.len;
	return taken;
}

static bool begins_frame(struct records *records)
{
	const struct wire_header *header = &records->header;

	return memcmp(records->head + WIRE_HEADER_SIZE, magic, sizeof(magic)) == 0 &&
	       wire_decode(records->head, &records->header) == 0 && header->type == WIRE_FRAME &&
	       header->track == 0 && header->length >= RECORDS_MAGIC_SIZE &&
	       header->length <= RECORDS_MAX_LENGTH;
}

static enum records_event seek(struct records *records, struct slice *input)
{
	while (input->len > 0) {
		struct slice bytes = take(input, RECORDS_HEAD_SIZE - records->n_head);

		memcpy(records->head + records->n_head, bytes.data, bytes.len);
		records->n_head += (uint8_t)bytes.len;
		if (records->n_head < RECORDS_HEAD_SIZE)
			return RECORDS_MORE;
		if (begins_frame(records)) {
			records->inside = true;
			records->head_told = false;
			records->left = records->header.length - RECORDS_MAGIC_SIZE;
			records->n_head = 0;
			return RECORDS_BEGIN;
		}
		records->n_head--;
		memmove(records->head, records->head + 1, records->n_head);
	}
	return RECORDS_MORE;
}

enum records_event records_next(struct records *records, struct slice *input,
				struct slice *ret_data)
{
	if (!records->inside)
		return seek(records, input);
	if (!records->head_told) {
		records->head_told = true;
		*ret_data = (struct slice){(const char *)records->head + WIRE_HEADER_SIZE,
					   RECORDS_MAGIC_SIZE};
		return RECORDS_DATA;
	}
	if (records->left == 0) {
		records->inside = false;
		return RECORDS_FRAME;
	}
	if (input->len == 0)
		return RECORDS_MORE;
	*ret_data = take(input, records->left);
	records->left -= (uint32_t)ret_data->len;
	return RECORDS_DATA;
}

size_t records_blind(const struct records *records)
{
	return records->inside && records->head_told ? records->left : 0;
}

void records_skip(struct records *records, size_t len)
{
	records->left -= (uint32_t)len;
}
