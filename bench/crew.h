/* SPDX-License-Identifier: MIT */
/* The processes of the load side: who publishes, who watches, who joins. */
#ifndef SPILLWAY_BENCH_CREW_H
#define SPILLWAY_BENCH_CREW_H

#include "bench/joiner.h"
#include "bench/load.h"
#include "bench/publisher.h"

enum { CREW_WHY_SIZE = 256 };

/* Start with {0}, and the configurations filled in. A pid of 0 is nobody. */
struct crew {
	int cpu; /* or PROCESS_ANY_CPU */
	struct publisher_config publisher_config;
	struct load_config load_config; /* but for the process's number */
	struct joiner_config joiner_config;

	pid_t publisher, joiner;
	size_t n_loads;
	pid_t loads[PLAN_MAX_PROCESSES];
};

/* -errno. */
int crew_start_publisher(struct crew *crew);
int crew_start_loads(struct crew *crew);
int crew_start_joiner(struct crew *crew);
/* Whether all are well: 0, or -errno and a sentence. */
int crew_check(const struct crew *crew, char ret_why[CREW_WHY_SIZE]);
/* Ends all that were started. Afterwards nobody writes on the board any more. */
void crew_end(struct crew *crew);

#endif
