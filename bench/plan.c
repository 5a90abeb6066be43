/* SPDX-License-Identifier: MIT */
#include "bench/plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

int plan_make(struct plan *plan, size_t files)
{
	if (files <= PLAN_SPARE_FILES)
		return -EMFILE;
	size_t most = files - PLAN_SPARE_FILES;
	plan->n_processes = (plan->n_viewers + most - 1) / most;
	return plan->n_processes <= PLAN_MAX_PROCESSES ? 0 : -EMFILE;
}

size_t plan_first(const struct plan *plan, size_t process)
{
	return plan->n_viewers * process / plan->n_processes;
}

struct in_addr plan_source(size_t viewer)
{
	return (struct in_addr){
		htonl(INADDR_LOOPBACK + 1 + (in_addr_t)(viewer / PLAN_PER_ADDRESS))};
}

size_t plan_stream(const struct plan *plan, size_t viewer)
{
	return viewer % plan->n_streams;
}

/* Whether number i is one of those `part` in `all` that are spread evenly. */
static bool is_marked(size_t i, size_t part, size_t all)
{
	return (i + 1) * part / all > i * part / all;
}

enum plan_health plan_health(const struct plan *plan, size_t viewer)
{
	size_t unwell = plan->stalled_percent + plan->slow_percent;

	if (!is_marked(viewer, unwell, 100))
		return PLAN_HEALTHY;
	return is_marked(viewer * unwell / 100, plan->stalled_percent, unwell) ? PLAN_STALLED
									       : PLAN_SLOW;
}

size_t plan_count(const struct plan *plan, enum plan_health health, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += plan_health(plan, i) == health;
	return n;
}

void plan_name(size_t stream, char ret_name[PLAN_NAME_SIZE])
{
	snprintf(ret_name, PLAN_NAME_SIZE, stream == 0 ? "bench" : "bench%u", (unsigned)stream);
}
