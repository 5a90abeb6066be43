/* SPDX-License-Identifier: MIT */
/*
 * Turns the bytes of a connection into records (spillway-wire(7)). Each record lies whole in one
 * buffer, and is received straight into it:
 *
 *	+--------+-----------------------+--------+
 *	| header | payload               | header |	the buffer: a record, and room for the
 *	+--------+-----------------------+--------+	header of the next one
 *
 * so that a stream costs one receive a frame, and only a header is ever moved. Does no I/O itself.
 */
#ifndef SPILLWAY_READER_H
#define SPILLWAY_READER_H

#include <stddef.h>

#include "common/wire.h"

enum { READER_INITIAL_SIZE = 64 << 10 };

struct reader {
	uint8_t *buffer;
	size_t size;
	size_t filled;	    /* bytes in buffer */
	size_t taken;	    /* bytes at its start that reader_next() has handed out */
	uint32_t max_bytes; /* of a payload */
};

int reader_init(struct reader *reader, uint32_t max_bytes); /* -ENOMEM */
void reader_finish(struct reader *reader);
/* Forgets all bytes: another connection begins. */
void reader_reset(struct reader *reader);

/* Where the next bytes belong, and how many at most. */
void reader_room(struct reader *reader, uint8_t **ret_at, size_t *ret_len);
/* So many of them have come. */
void reader_received(struct reader *reader, size_t len);
/* Takes bytes that were received elsewhere, into a reader that was reset: at most
 * READER_INITIAL_SIZE. */
void reader_feed(struct reader *reader, const char *data, size_t len);

/*
 * The next whole record: 1, or 0 when more bytes must come first; -EMSGSIZE when its payload is
 * over the limit (*ret_header is set), -EBADMSG when it is no record, -ENOMEM. The payload is
 * borrowed until the next call of any function here.
 */
int reader_next(struct reader *reader, struct wire_header *ret_header, const uint8_t **ret_payload);

#endif
