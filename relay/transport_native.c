/* SPDX-License-Identifier: MIT */
/* The native format, spillway-wire(7). */
#include <string.h>

#include "relay/transport.h"

static void native_wrap(const struct frame *frame, struct wrapping *wrapping)
{
	/* sendmsg() takes vectors of bytes that it won't change, but isn't declared so */
	wrapping->pieces[0].iov_base = (void *)(uintptr_t)frame->wire;
	wrapping->pieces[0].iov_len = WIRE_HEADER_SIZE + (size_t)frame->header.length;
	wrapping->n_pieces = 1;
}

static size_t native_ending(const char *reason, bool returns, char ending[TRANSPORT_MAX_ENDING])
{
	size_t len = strnlen(reason, TRANSPORT_MAX_ENDING - WIRE_HEADER_SIZE);
	struct wire_header header = {
		.type = WIRE_END, .flags = returns ? WIRE_RETURN : 0, .length = (uint32_t)len};

	wire_encode(&header, (uint8_t *)ending);
	memcpy(ending + WIRE_HEADER_SIZE, reason, len);
	return WIRE_HEADER_SIZE + len;
}

const struct transport transport_native = {
	.index = TRANSPORT_NATIVE,
	.name = "native",
	.opening = "HTTP/1.1 101 Switching Protocols\r\n"
		   "Connection: Upgrade\r\n"
		   "Upgrade: " WIRE_PROTOCOL "\r\n"
		   "\r\n",
	.wrap = native_wrap,
	.records = true,
	.ending = native_ending,
};
