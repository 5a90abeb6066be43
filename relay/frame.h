/* SPDX-License-Identifier: MIT */
/*
 * Frames: one encoded picture each, immutable once published, shared by reference. The bytes never
 * move: the native record's header lies directly before the payload, so that a native viewer is
 * sent one piece of memory.
 *
 * A frame is filled by the publisher that got it from a pool, sealed and published by its stream,
 * and goes back to its pool when the last reference is returned. References are atomic, for they
 * cross workers; a pool belongs to one thread, and to it come back, by a stack that only it takes
 * from, the frames that others were the last to release. A pool must outlive its frames.
 */
#ifndef SPILLWAY_FRAME_H
#define SPILLWAY_FRAME_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "relay/counter.h"

enum {
	FRAME_CLASSES = 16,	      /* 4 KB << class: up to 128 MB */
	FRAME_POOL_SPARE = 32u << 20, /* bytes of free frames that a pool keeps */
	FRAME_ALIGNMENT = 64,	      /* a line of the cache */
};

struct frame {
	atomic_uint references;
	uint8_t size_class;
	uint32_t capacity; /* bytes of payload that fit */
	struct frame_pool *pool;
	struct frame *next; /* spare, or coming back */
	int64_t arrived_us; /* io_now_us() when it was published */

	struct wire_header header; /* length is the payload's */
	/* The kernel copies from here for each viewer, and faster from an aligned place. */
	_Alignas(FRAME_ALIGNMENT) uint8_t wire[WIRE_HEADER_SIZE];
	uint8_t payload[];
};

struct frame_pool {
	struct frame *spare[FRAME_CLASSES];
	counter spare_bytes;
	counter used_bytes; /* of frames that somebody refers to, or that haven't come back */
	_Atomic(struct frame *) returned;
};

/* This thread's pool, from now on. */
void frame_pool_init(struct frame_pool *pool);

/* Returns a reference to an empty key frame with room for size bytes and its times unknown (-1);
 * NULL without memory. */
struct frame *frame_create(struct frame_pool *pool, size_t size);
/* A larger frame with the same content, before publishing. Takes over the reference to frame in any
 * case; NULL without memory. */
struct frame *frame_grow(struct frame *frame, size_t size);
/* Writes the native header. After that the frame doesn't change. */
void frame_seal(struct frame *frame);

struct frame *frame_reference(struct frame *frame); /* returns a reference */
void frame_release(struct frame *frame);	    /* takes over a reference; accepts NULL */

/* Takes in what others were the last to release. frame_create() does that, too; but a pool whose
 * publishers have gone makes no more. */
void frame_pool_collect(struct frame_pool *pool);

/* Frees what is spare. All frames must have been released; any thread may call it. */
void frame_pool_finish(struct frame_pool *pool);

#endif
