/* SPDX-License-Identifier: MIT */
#include "bench/lockstep.h"

#include <assert.h>

void lockstep_init(struct lockstep *lockstep, uint64_t first, size_t n_viewers)
{
	*lockstep = (struct lockstep){.complete = first, .n_viewers = n_viewers};
}

bool lockstep_pass(struct lockstep *lockstep, uint64_t from, uint64_t to)
{
	uint64_t before = lockstep->complete;
	uint32_t *passed = lockstep->passed;

	assert(to <= lockstep->complete + LOCKSTEP_FRAMES);
	for (uint64_t n = from > before ? from : before; n < to; n++)
		passed[n % LOCKSTEP_FRAMES]++;
	while (passed[lockstep->complete % LOCKSTEP_FRAMES] == lockstep->n_viewers)
		passed[lockstep->complete++ % LOCKSTEP_FRAMES] = 0;
	return lockstep->complete > before;
}
