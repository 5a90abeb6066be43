/* SPDX-License-Identifier: MIT */
#include "capture/inbox.h"

#include <string.h>

enum { FIRST_CONTROL = WIRE_PING };

char *inbox_room(struct inbox *inbox, size_t *ret_len)
{
	inbox->end -= inbox->start;
	memmove(inbox->bytes, inbox->bytes + inbox->start, inbox->end);
	inbox->start = 0;
	*ret_len = INBOX_SIZE - inbox->end;
	return inbox->bytes + inbox->end;
}

struct slice inbox_bytes(const struct inbox *inbox)
{
	return (struct slice){inbox->bytes + inbox->start, inbox->end - inbox->start};
}

void inbox_take(struct inbox *inbox, size_t len)
{
	inbox->start += len;
}

static void skip(struct inbox *inbox)
{
	size_t len = inbox->end - inbox->start;

	if (len > inbox->skip)
		len = (size_t)inbox->skip;
	inbox_take(inbox, len);
	inbox->skip -= len;
}

int inbox_record(struct inbox *inbox, struct wire_header *ret_header, struct slice *ret_payload)
{
	for (;;) {
		struct slice bytes;
		int error;

		skip(inbox);
		bytes = inbox_bytes(inbox);
		if (bytes.len < WIRE_HEADER_SIZE)
			return 0;
		error = wire_decode((const uint8_t *)bytes.data, ret_header);
		if (error < 0)
			return error;
		if (ret_header->type < FIRST_CONTROL) {
			inbox_take(inbox, WIRE_HEADER_SIZE);
			inbox->skip = ret_header->length;
			continue;
		}
		if (bytes.len - WIRE_HEADER_SIZE < ret_header->length)
			return 0;
		*ret_payload = (struct slice){bytes.data + WIRE_HEADER_SIZE, ret_header->length};
		inbox_take(inbox, WIRE_HEADER_SIZE + ret_header->length);
		return 1;
	}
}
