/* SPDX-License-Identifier: MIT */
/*
 * The native format: records of a fixed header and a payload. Specified in spillway-wire(7), whose
 * test vectors the unit tests read. Pure.
 *
 *	 0               4       5       6       8
 *	+---------------+-------+-------+-------+
 *	| length        | type  | flags | track |	length: bytes of payload behind the header
 *	+---------------+-------+-------+-------+
 *	| sequence                              |	of the frame in its rendition
 *	+---------------------------------------+
 *	| presentation time, microseconds       |	on the stream's own monotonic clock
 *	+---------------------------------------+
 *	| capture time, microseconds            |	Unix time
 *	+---------------------------------------+ 32
 *	| payload …
 *
 * All numbers are in network byte order.
 */
#ifndef SPILLWAY_WIRE_H
#define SPILLWAY_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_HEADER_SIZE = 32, WIRE_MAX_CONTROL = 4096 };

#define WIRE_PROTOCOL "spillway/1" /* the Upgrade token */

enum wire_type {
	WIRE_FRAME = 0x01,
	WIRE_PING = 0x10, /* either side; answered by a PONG with the same sequence and times */
	WIRE_PONG = 0x11,
	WIRE_END = 0x12, /* the sender is done; the payload says why, in one sentence of UTF-8 */

	/* Renditions: cam/240p and cam/720p are those of cam. */
	WIRE_DEMAND = 0x20,    /* relay to publisher: sequence is the number of its viewers now */
	WIRE_PAUSE = 0x21,     /* publisher to relay: no frames until there is demand again */
	WIRE_WISH = 0x22,      /* viewer to relay: "auto", a rendition's name, or "": the largest */
	WIRE_RENDITION = 0x23, /* relay to viewer: the frames that follow are of the stream named */

	/* Streams on demand: what is below a publisher's stream, each played when somebody asks. */
	WIRE_CATALOGUE = 0x24, /* publisher to relay: one of them (catalogue.h); "": begins anew */
	WIRE_OPEN = 0x25,      /* relay to publisher: play this, as the stream that is named */
	WIRE_CLOSE = 0x26,     /* either side: not, or no more; behind the name: why */
};

enum wire_flag {
	WIRE_KEY = 0x01,	   /* decodes on its own */
	WIRE_DISCONTINUITY = 0x02, /* frames before it came from another publisher */
	WIRE_RETURN = 0x01, /* of END and CLOSE: who comes back later may go on; else it is over */
};

struct wire_header {
	uint32_t length;
	uint8_t type;
	uint8_t flags;
	uint16_t track;
	uint64_t sequence;
	int64_t pts_us;
	int64_t capture_us;
};

void wire_encode(const struct wire_header *header, uint8_t to[WIRE_HEADER_SIZE]);
/*
 * Decodes and checks a header. -EBADMSG: type 0, a negative time, an unknown flag on a known type,
 * or a control record (type 0x10 and up) longer than WIRE_MAX_CONTROL. Types that aren't known are
 * no error: their payload is skipped. The caller bounds the length of frames.
 */
int wire_decode(const uint8_t from[WIRE_HEADER_SIZE], struct wire_header *ret_header);

#endif
