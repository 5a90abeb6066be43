/* SPDX-License-Identifier: MIT */
/*
 * Memory for many things of one size and long life, apart from the heap: things that come and go
 * between them would leave holes there. Slabs are kept until the end.
 */
#ifndef SPILLWAY_SLAB_H
#define SPILLWAY_SLAB_H

#include <stddef.h>

enum { SLAB_BYTES = 64 * 1024 };

struct slab {
	size_t size; /* of a thing; at most SLAB_BYTES / 2 */
	struct slab_free *free;
	struct slab_chunk *chunks;
};

void slab_init(struct slab *slab, size_t size);
void slab_finish(struct slab *slab); /* nothing may be in use */

void *slab_take(struct slab *slab); /* zeroed, aligned to 64 bytes; NULL without memory */
void slab_return(struct slab *slab, void *thing);

#endif
