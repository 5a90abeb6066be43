/* SPDX-License-Identifier: MIT */
/*
 * The records of spillway-wire(7) in a stream of bytes that may begin anywhere, and may have gaps:
 * servers that don't know of frames hand them on like that. Pure.
 *
 * A frame is known by its header and by the first bytes of its payload (bench/payload.h). What
 * isn't one is skipped, byte by byte. Behind a gap a frame gets what follows as its own: it is
 * torn, and its payload says so.
 */
#ifndef SPILLWAY_BENCH_RECORDS_H
#define SPILLWAY_BENCH_RECORDS_H

#include <stdbool.h>

#include "common/slice.h"
#include "common/wire.h"

enum {
	RECORDS_MAGIC_SIZE = 8, /* of the payload */
	RECORDS_HEAD_SIZE = WIRE_HEADER_SIZE + RECORDS_MAGIC_SIZE,
	RECORDS_MAX_LENGTH = 16 << 20,
};

enum records_event { RECORDS_MORE, RECORDS_BEGIN, RECORDS_DATA, RECORDS_FRAME };

/* Start with {0}. */
struct records {
	struct wire_header header; /* of the present frame, from RECORDS_BEGIN on */
	/* private */
	uint8_t head[RECORDS_HEAD_SIZE];
	uint8_t n_head;
	bool inside;	/* a frame */
	bool head_told; /* the payload's first bytes, which stand in head */
	uint32_t left;	/* bytes of the payload, behind those */
};

/* Takes bytes off *input up to the next event; *ret_data is valid up to the next call. */
enum records_event records_next(struct records *records, struct slice *input,
				struct slice *ret_data);

/* So many of the next bytes are payload for certain, and may be skipped instead of given to
 * records_next(). */
size_t records_blind(const struct records *records);
void records_skip(struct records *records, size_t len);

#endif
