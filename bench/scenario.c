/* SPDX-License-Identifier: MIT */
#include "bench/scenario.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/board.h"
#include "bench/clock.h"
#include "bench/load.h"
#include "bench/process.h"
#include "bench/publisher.h"
#include "bench/usage.h"

enum {
	NAP_MS = 5,
	SETTLED_FRAMES = 32,		/* the server's rings and pools are full then */
	PROGRESS_TIMEOUT_US = 10000000, /* nothing at all has happened for so long */
	REST_TIMEOUT_US = 3000000, /* no viewer has got anything more of the window in so long */
	AHEAD_FRAMES = 2,	   /* the window isn't set closer than this */
};

struct run {
	const struct scenario *scenario;
	const struct server *server;
	struct board *board;
	struct plan plan;
	struct publisher_config publisher_config;
	struct load_config load_configs[PLAN_MAX_PROCESSES];
	pid_t publisher;
	pid_t loads[PLAN_MAX_PROCESSES];
	size_t n_loads;
	char *why;
};

__attribute__((format(printf, 3, 4))) static int fail(struct run *run, int error,
						      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run->why, SCENARIO_WHY_SIZE, format, arguments);
	va_end(arguments);
	return error;
}

/* ---- waiting ---- */

static void set_of_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

void scenario_block_signals(void)
{
	sigset_t set;

	set_of_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int check_publisher(struct run *run)
{
	int error = atomic_load(&run->board->publisher.error);

	if (error == -EPROTO)
		return fail(run, error, "the relay did not accept the publisher");
	if (error < 0 || process_has_ended(run->publisher))
		return fail(run, -EPIPE, "the publisher failed: %s",
			    error < 0 ? strerror(-error) : "it was killed");
	return 0;
}

static int check_loads(struct run *run)
{
	for (size_t i = 0; i < run->n_loads; i++) {
		const struct board_load *load = &run->board->loads[i];
		int error = atomic_load(&load->error);
		size_t failed = atomic_load(&load->failed);

		if (failed > 0)
			return fail(run, error, "%zu viewers could not be opened: %s", failed,
				    error == -EPROTO ? "the relay did not accept them"
						     : strerror(-error));
		if (process_has_ended(run->loads[i]))
			return fail(run, -EPIPE, "a process of the load side was killed");
	}
	return 0;
}

/* A moment's sleep, and a look at whether all are well. */
static int nap(struct run *run)
{
	const struct timespec time = {.tv_nsec = NAP_MS * 1000000};
	sigset_t set;
	int error;

	set_of_signals(&set);
	if (sigtimedwait(&set, NULL, &time) > 0)
		return fail(run, -EINTR, "interrupted");
	if (process_has_ended(run->server->pid))
		return fail(run, -ECHILD, "the relay has ended by itself");
	error = check_publisher(run);
	return error < 0 ? error : check_loads(run);
}

/* ---- what is counted ---- */

static uint64_t n_published(const struct run *run)
{
	return atomic_load(&run->board->publisher.published);
}

static uint64_t n_opened(const struct run *run)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->n_loads; i++)
		n += atomic_load(&run->board->loads[i].opened);
	return n;
}

static uint64_t n_lost(const struct run *run)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->n_loads; i++)
		n += atomic_load(&run->board->loads[i].lost);
	return n;
}

/* Viewers of which nothing more is to be expected. */
static uint64_t n_done(const struct run *run)
{
	uint64_t n = n_lost(run);

	for (size_t i = 0; i < run->n_loads; i++)
		n += atomic_load(&run->board->loads[i].done);
	return n;
}

/* Frames that were published before the window's end, at all viewers. */
static uint64_t n_received(const struct run *run)
{
	uint64_t n = 0;

	for (size_t i = 0; i < run->n_loads; i++)
		n += atomic_load(&run->board->loads[i].received);
	return n;
}

typedef uint64_t counter(const struct run *run);

/* Waits until a counter is this high; -ETIMEDOUT when `progress` hasn't changed for that long. */
static int await(struct run *run, counter *count, uint64_t wanted, counter *progress,
		 int64_t timeout_us)
{
	int64_t changed_us = clock_us(CLOCK_MONOTONIC);
	uint64_t last = progress(run);
	int error;

	while (count(run) < wanted) {
		if (clock_us(CLOCK_MONOTONIC) - changed_us > timeout_us)
			return -ETIMEDOUT;
		error = nap(run);
		if (error < 0)
			return error;
		uint64_t now = progress(run);
		if (now != last)
			changed_us = clock_us(CLOCK_MONOTONIC);
		last = now;
	}
	return 0;
}

/* ---- starting ---- */

static int start_publisher(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	int error;

	run->publisher_config = (struct publisher_config){
		.server = run->server->address,
		.frame_bytes = scenario->frame_bytes,
		.fps = scenario->fps,
		.board = run->board,
	};
	run->publisher = process_fork(scenario->load_cpu, publisher_run, &run->publisher_config);
	if (run->publisher < 0)
		return fail(run, run->publisher, "no process: %s", strerror(-run->publisher));
	error = await(run, n_published, SETTLED_FRAMES, n_published, PROGRESS_TIMEOUT_US);
	return error == -ETIMEDOUT ? fail(run, error, "the relay takes no frames") : error;
}

static int fork_loads(struct run *run)
{
	for (size_t i = 0; i < run->plan.n_processes; i++) {
		run->load_configs[i] = (struct load_config){
			.server = run->server->address,
			.transport = run->scenario->transport,
			.frame_bytes = run->scenario->frame_bytes,
			.plan = run->plan,
			.process = i,
			.board = run->board,
		};
		pid_t pid = process_fork(run->scenario->load_cpu, load_run, &run->load_configs[i]);

		if (pid < 0)
			return fail(run, pid, "no process: %s", strerror(-pid));
		run->loads[run->n_loads++] = pid;
	}
	return 0;
}

static int start_loads(struct run *run)
{
	int error = fork_loads(run);

	if (error == 0)
		error = await(run, n_opened, run->scenario->viewers, n_opened, PROGRESS_TIMEOUT_US);
	return error == -ETIMEDOUT
		       ? fail(run, error, "only %" PRIu64 " viewers could be opened", n_opened(run))
		       : error;
}

/* ---- measuring ---- */

struct sample {
	int64_t time_us;
	uint64_t received;
	struct usage_cpu all, server_cpu, load_cpu; /* all: all of the machine's */
	int64_t self_us;
	int64_t server_us, publisher_us, loads_us[PLAN_MAX_PROCESSES];
	json_t *stats;
};

static void sample_take(const struct run *run, struct sample *ret_sample)
{
	*ret_sample = (struct sample){
		.time_us = clock_us(CLOCK_MONOTONIC),
		.received = n_received(run),
		.self_us = usage_process_us(getpid()),
		.server_us = usage_process_us(run->server->pid),
		.publisher_us = usage_process_us(run->publisher),
	};
	usage_cpu(USAGE_ALL_CPUS, &ret_sample->all);
	usage_cpu(run->scenario->server_cpu, &ret_sample->server_cpu);
	usage_cpu(run->scenario->load_cpu, &ret_sample->load_cpu);
	for (size_t i = 0; i < run->n_loads; i++)
		ret_sample->loads_us[i] = usage_process_us(run->loads[i]);
	/* at last, since the answer costs the server something */
	ret_sample->stats = server_stats(run->server);
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

static void compare(const struct run *run, const struct sample *from, const struct sample *to,
		    struct result *result)
{
	int64_t self_us = to->self_us - from->self_us;

	result->run_us = to->time_us - from->time_us;
	result->arrived = to->received - from->received;
	result->server_us = to->server_us - from->server_us;
	result->load_us = to->publisher_us - from->publisher_us;
	for (size_t i = 0; i < run->n_loads; i++) {
		int64_t used_us = to->loads_us[i] - from->loads_us[i];

		result->load_us += used_us;
		if (used_us > result->busiest_load_us)
			result->busiest_load_us = used_us;
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

static int measure(struct run *run, struct result *result)
{
	const struct scenario *scenario = run->scenario;
	uint64_t first =
		n_published(run) + AHEAD_FRAMES + (uint64_t)(scenario->warmup_s * scenario->fps);
	struct window window = {first, first + result->frames};
	struct sample from = {0}, to = {0};
	int error;

	board_set_window(run->board, window);
	error = await(run, n_published, window.first, n_published, PROGRESS_TIMEOUT_US);
	if (error == 0) {
		sample_take(run, &from);
		error = await(run, n_published, window.end, n_published, PROGRESS_TIMEOUT_US);
	}
	if (error == 0) {
		sample_take(run, &to);
		result->resident_with = usage_resident_bytes(run->server->pid);
		compare(run, &from, &to, result);
		error = await(run, n_done, scenario->viewers, n_received, REST_TIMEOUT_US);
		if (error == -ETIMEDOUT) /* what didn't come counts as dropped */
			error = 0;
	} else if (error == -ETIMEDOUT) {
		fail(run, error, "the relay takes no frames any more");
	}
	json_decref(from.stats);
	json_decref(to.stats);
	return error;
}

/* ---- all of it ---- */

static void prepare_result(const struct run *run, struct result *result)
{
	const struct scenario *scenario = run->scenario;

	*result = (struct result){
		.io = run->server->io,
		.transport = scenario->transport->name,
		.viewers = scenario->viewers,
		.frame_bytes = scenario->frame_bytes,
		.fps = (uint64_t)scenario->fps,
		.frames = (uint64_t)(scenario->seconds * scenario->fps),
		.n_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN),
		.pinned = scenario->load_cpu != PROCESS_ANY_CPU,
	};
}

static int run_phases(struct run *run, struct result *result)
{
	int error = start_publisher(run);

	if (error < 0)
		return error;
	result->resident_before = usage_resident_bytes(run->server->pid);
	int64_t begun_us = clock_us(CLOCK_MONOTONIC);
	error = start_loads(run);
	result->open_us = clock_us(CLOCK_MONOTONIC) - begun_us;
	return error < 0 ? error : measure(run, result);
}

/* Afterwards nobody writes on the board any more. */
static void end_processes(struct run *run)
{
	for (size_t i = 0; i < run->n_loads; i++)
		process_end(run->loads[i], SIGTERM, 1000);
	if (run->publisher > 0)
		process_end(run->publisher, SIGTERM, 1000);
}

static void collect(const struct run *run, struct result *result)
{
	result->lost = n_lost(run);
	result->late_us = run->board->publisher.late_us;
	result->blocked = run->board->publisher.blocked;
	result->waiting_bytes = run->board->publisher.waiting_bytes;
	for (size_t i = 0; i < run->n_loads; i++)
		tally_merge(&result->tally, &run->board->loads[i].tally);
}

static int raise_file_limit(struct plan *plan, size_t viewers)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return plan_make(plan, viewers, limit.rlim_cur);
}

int scenario_run(const struct scenario *scenario, const struct server *server,
		 struct result *ret_result, char ret_why[SCENARIO_WHY_SIZE])
{
	struct run run = {.scenario = scenario, .server = server, .why = ret_why};
	int error;

	prepare_result(&run, ret_result);
	error = raise_file_limit(&run.plan, scenario->viewers);
	if (error < 0)
		return fail(&run, error, "the limit of open files is too low (ulimit -n)");
	run.board = board_create();
	if (run.board == NULL)
		return fail(&run, -ENOMEM, "no memory to share");
	error = run_phases(&run, ret_result);
	end_processes(&run);
	if (error == 0)
		collect(&run, ret_result);
	board_destroy(run.board);
	return error;
}
