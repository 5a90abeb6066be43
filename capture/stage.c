/* SPDX-License-Identifier: MIT */
#include "capture/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct effort effort_now(void)
{
	return (struct effort){
		.wall_ns = clock_ns(CLOCK_MONOTONIC),
		.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
	};
}

void effort_add_since(struct effort *effort, struct effort then)
{
	struct effort now = effort_now();

	effort->wall_ns += now.wall_ns - then.wall_ns;
	effort->cpu_ns += now.cpu_ns - then.cpu_ns;
}

void stage_add(struct stage *stage, struct effort effort)
{
	stage->total.wall_ns += effort.wall_ns;
	stage->total.cpu_ns += effort.cpu_ns;
	histogram_add(&stage->times_us, (uint64_t)effort.wall_ns / 1000);
}

void stage_text(const struct stage *stage, const char *name, char to[STAGE_TEXT_SIZE])
{
	uint64_t n = stage->times_us.n;
	uint64_t mean_us = n > 0 ? (uint64_t)stage->total.wall_ns / 1000 / n : 0;
	int len = snprintf(to, STAGE_TEXT_SIZE,
			   "%s %" PRIu64 ", mean %" PRIu64 " us, p99 %" PRIu64 " us", name, n,
			   mean_us, histogram_at(&stage->times_us, 990));

	if (stage->total.cpu_ns > 0 && len > 0 && len < STAGE_TEXT_SIZE)
		snprintf(to + len, (size_t)(STAGE_TEXT_SIZE - len), ", CPU %.2f s",
			 (double)stage->total.cpu_ns / 1e9);
}
