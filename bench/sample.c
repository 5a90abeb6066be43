/* SPDX-License-Identifier: MIT */
#include "bench/sample.h"

#include <unistd.h>

#include "bench/clock.h"

static int64_t used_us(pid_t pid)
{
	return pid > 0 ? usage_process_us(pid) : 0;
}

void sample_take(const struct crew *crew, const struct server *server, int server_cpu, int load_cpu,
		 struct sample *ret_sample)
{
	const struct board *board = crew->publisher_config.board;

	*ret_sample = (struct sample){
		.time_us = clock_us(CLOCK_MONOTONIC),
		.published = atomic_load(&board->publisher.published),
		.received = board_received(board),
		.self_us = used_us(getpid()),
		.server_us = used_us(server->pid),
		.publisher_us = used_us(crew->publisher),
		.joiner_us = used_us(crew->joiner),
	};
	usage_cpu(USAGE_ALL_CPUS, &ret_sample->all);
	usage_cpu(server_cpu, &ret_sample->server_cpu);
	usage_cpu(load_cpu, &ret_sample->load_cpu);
	for (size_t i = 0; i < crew->n_loads; i++)
		ret_sample->loads_us[i] = used_us(crew->loads[i]);
	/* at last, since the answer costs the server something */
	ret_sample->stats = server_stats(server);
}

void sample_finish(struct sample *sample)
{
	json_decref(sample->stats);
	sample->stats = NULL;
}

/* What was dropped between two looks, by reason. */
static json_t *dropped_between(const struct sample *from, const struct sample *to)
{
	const json_t *before = json_object_get(from->stats, "frames_dropped");
	json_t *after = json_object_get(to->stats, "frames_dropped"), *n;
	json_t *dropped = before != NULL && after != NULL ? json_object() : NULL;
	const char *reason;

	json_object_foreach(after, reason, n)
	{
		json_int_t was = json_integer_value(json_object_get(before, reason));

		json_object_set_new(dropped, reason, json_integer(json_integer_value(n) - was));
	}
	return dropped;
}

static int64_t busy_between(const struct usage_cpu *from, const struct usage_cpu *to)
{
	return to->process_us + to->interrupt_us - from->process_us - from->interrupt_us;
}

void sample_compare(const struct sample *from, const struct sample *to, struct result *result)
{
	int64_t self_us = to->self_us - from->self_us;

	result->run_us = to->time_us - from->time_us;
	result->arrived = to->received - from->received;
	result->server_us = to->server_us - from->server_us;
	result->load_us = to->publisher_us - from->publisher_us + to->joiner_us - from->joiner_us;
	for (size_t i = 0; i < PLAN_MAX_PROCESSES; i++) {
		int64_t used = to->loads_us[i] - from->loads_us[i];

		result->load_us += used;
		if (used > result->busiest_load_us)
			result->busiest_load_us = used;
	}
	result->others_us = to->all.process_us - from->all.process_us - result->server_us -
			    result->load_us - self_us;
	if (result->others_us < 0) /* the kernel counts processes exactly, CPUs by ticks */
		result->others_us = 0;
	result->all_cpus_us = busy_between(&from->all, &to->all);
	result->server_cpu_us = busy_between(&from->server_cpu, &to->server_cpu);
	result->load_cpu_us = busy_between(&from->load_cpu, &to->load_cpu);
	result->dropped = dropped_between(from, to);
}
