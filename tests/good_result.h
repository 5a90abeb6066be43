/* SPDX-License-Identifier: MIT */
/* What tests begin with that spoil something: the result of a run in which all went well, as the
 * set-up and tear-down of a test; *state is a struct result. */
#ifndef SPILLWAY_TESTS_GOOD_RESULT_H
#define SPILLWAY_TESTS_GOOD_RESULT_H

#include <stdlib.h>

#include "bench/result.h"

enum { S = 1000000 };

static inline int good_result_set_up(void **state)
{
	struct result *result = calloc(1, sizeof(*result));

	if (result == NULL)
		return -1;
	*result = (struct result){
		.server = "relay",
		.program = "spillway-relay",
		.io = "io_uring",
		.transport = "native",
		.viewers = 1000,
		.streams = 1,
		.frame_bytes = 8192,
		.fps = 30,
		.frames = 300,
		.run_us = 10 * S,
		.arrived = 300000,
		.server_us = 2 * S,
		.load_us = 3 * S,
		.busiest_load_us = 3 * S,
		.others_us = S / 10,
		.n_cpus = 2,
		.all_cpus_us = 6 * S,
		.pinned = true,
		.server_cpu_us = 3 * S,
		.load_cpu_us = 3 * S,
		.resident_before = 2000000,
		.resident_with = 3000000,
	};
	result->tally.delivered = 300000;
	histogram_add(&result->tally.latency_us, 2500);
	*state = result;
	return 0;
}

static inline int good_result_tear_down(void **state)
{
	result_finish(*state);
	free(*state);
	return 0;
}

#endif
