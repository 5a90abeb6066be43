/* SPDX-License-Identifier: MIT */
#include "relay/slab.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

struct slab_free {
	struct slab_free *next;
};

struct slab_chunk {
	_Alignas(ALIGNMENT) struct slab_chunk *next;
	_Alignas(ALIGNMENT) char things[];
};

void slab_init(struct slab *slab, size_t size)
{
	*slab = (struct slab){.size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT};
}

void slab_finish(struct slab *slab)
{
	while (slab->chunks != NULL) {
		struct slab_chunk *next = slab->chunks->next;

		free(slab->chunks);
		slab->chunks = next;
	}
	slab->free = NULL;
}

void slab_return(struct slab *slab, void *thing)
{
	struct slab_free *entry = thing;

	entry->next = slab->free;
	slab->free = entry;
}

static void add_chunk(struct slab *slab)
{
	struct slab_chunk *chunk = aligned_alloc(ALIGNMENT, SLAB_BYTES);

	if (chunk == NULL)
		return;
	chunk->next = slab->chunks;
	slab->chunks = chunk;
	/* The lowest is taken first. */
	size_t n = (SLAB_BYTES - sizeof(*chunk)) / slab->size;
	while (n-- > 0)
		slab_return(slab, chunk->things + n * slab->size);
}

void *slab_take(struct slab *slab)
{
	if (slab->free == NULL)
		add_chunk(slab);
	struct slab_free *entry = slab->free;
	if (entry == NULL)
		return NULL;
	slab->free = entry->next;
	memset(entry, 0, slab->size);
	return entry;
}
