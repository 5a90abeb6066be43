/* SPDX-License-Identifier: MIT */
#include "relay/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t class_bytes(unsigned size_class)
{
	return (size_t)4096 << size_class;
}

/* Whose pool the present thread has: a frame of another's is sent back to it. */
static _Thread_local struct frame_pool *own_pool;

void frame_pool_init(struct frame_pool *pool)
{
	*pool = (struct frame_pool){0};
	own_pool = pool;
}

static struct frame *take_spare(struct frame_pool *pool, unsigned size_class)
{
	struct frame *frame = pool->spare[size_class];

	if (frame != NULL) {
		pool->spare[size_class] = frame->next;
		counter_subtract(&pool->spare_bytes, class_bytes(size_class));
	}
	return frame;
}

static void put_spare(struct frame_pool *pool, struct frame *frame)
{
	size_t bytes = class_bytes(frame->size_class);

	counter_subtract(&pool->used_bytes, bytes);
	if (counter_get(&pool->spare_bytes) + bytes > FRAME_POOL_SPARE) {
		free(frame);
		return;
	}
	frame->next = pool->spare[frame->size_class];
	pool->spare[frame->size_class] = frame;
	counter_add(&pool->spare_bytes, bytes);
}

void frame_pool_collect(struct frame_pool *pool)
{
	if (atomic_load_explicit(&pool->returned, memory_order_relaxed) == NULL)
		return;
	struct frame *frame = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);

	while (frame != NULL) {
		struct frame *next = frame->next;

		put_spare(pool, frame);
		frame = next;
	}
}

struct frame *frame_create(struct frame_pool *pool, size_t size)
{
	unsigned size_class = 0;

	frame_pool_collect(pool);
	while (class_bytes(size_class) < sizeof(struct frame) + size)
		if (++size_class == FRAME_CLASSES)
			return NULL;
	struct frame *frame = take_spare(pool, size_class);
	if (frame == NULL)
		frame = aligned_alloc(FRAME_ALIGNMENT, class_bytes(size_class));
	if (frame == NULL)
		return NULL;
	*frame = (struct frame){
		.size_class = (uint8_t)size_class,
		.capacity = (uint32_t)(class_bytes(size_class) - sizeof(struct frame)),
		.pool = pool,
		.header = {.type = WIRE_FRAME, .flags = WIRE_KEY, .pts_us = -1, .capture_us = -1},
	};
	atomic_init(&frame->references, 1);
	counter_add(&pool->used_bytes, class_bytes(size_class));
	return frame;
}

struct frame *frame_grow(struct frame *frame, size_t size)
{
	struct frame *larger = frame_create(frame->pool, size);

	if (larger != NULL) {
		larger->header = frame->header;
		memcpy(larger->payload, frame->payload, frame->header.length);
	}
	frame_release(frame);
	return larger;
}

void frame_seal(struct frame *frame)
{
	wire_encode(&frame->header, frame->wire);
}

struct frame *frame_reference(struct frame *frame)
{
	atomic_fetch_add_explicit(&frame->references, 1, memory_order_relaxed);
	return frame;
}

void frame_release(struct frame *frame)
{
	if (frame == NULL ||
	    atomic_fetch_sub_explicit(&frame->references, 1, memory_order_acq_rel) > 1)
		return;
	struct frame_pool *pool = frame->pool;

	if (pool == own_pool) {
		put_spare(pool, frame);
		return;
	}
	struct frame *newest = atomic_load_explicit(&pool->returned, memory_order_relaxed);
	do
		frame->next = newest;
	while (!atomic_compare_exchange_weak_explicit(&pool->returned, &newest, frame,
						      memory_order_release, memory_order_relaxed));
}

void frame_pool_finish(struct frame_pool *pool)
{
	frame_pool_collect(pool);
	assert(counter_get(&pool->used_bytes) == 0); /* every reference was returned */
	for (unsigned i = 0; i < FRAME_CLASSES; i++) {
		struct frame *frame;

		while ((frame = take_spare(pool, i)) != NULL)
			free(frame);
	}
	assert(counter_get(&pool->spare_bytes) == 0);
}
