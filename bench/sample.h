/* SPDX-License-Identifier: MIT */
/* A look at everything that a run uses: two of them, and what lies between, are its figures. */
#ifndef SPILLWAY_BENCH_SAMPLE_H
#define SPILLWAY_BENCH_SAMPLE_H

#include "bench/crew.h"
#include "bench/result.h"
#include "bench/server.h"
#include "bench/usage.h"

struct sample {
	int64_t time_us;
	uint64_t published, received;
	int64_t self_us, server_us, publisher_us, joiner_us;
	int64_t loads_us[PLAN_MAX_PROCESSES];
	struct usage_cpu all, server_cpu, load_cpu;
	json_t *stats;
};

/* server_cpu, load_cpu: or PROCESS_ANY_CPU. sample_finish() it. */
void sample_take(const struct crew *crew, const struct server *server, int server_cpu, int load_cpu,
		 struct sample *ret_sample);
void sample_finish(struct sample *sample);
/* Fills in what was used between them, and what the server dropped. */
void sample_compare(const struct sample *from, const struct sample *to, struct result *result);

#endif
