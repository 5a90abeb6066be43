/* SPDX-License-Identifier: MIT */
#include "relay/health.h"

const struct worker *health_late_worker(const struct relay *relay, int64_t now_us,
					int64_t *ret_silent_us)
{
	const struct worker *late = NULL;

	*ret_silent_us = HEALTH_LATE_US;
	for (unsigned i = 0; i < relay->n_workers; i++) {
		const struct worker *worker = &relay->workers[i];
		int64_t ticked_us = (int64_t)counter_get(&worker->ticked_us);

		if (ticked_us == 0)
			ticked_us = worker->started_us;
		if (now_us - ticked_us > *ret_silent_us) {
			*ret_silent_us = now_us - ticked_us;
			late = worker;
		}
	}
	return late;
}
