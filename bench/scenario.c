/* SPDX-License-Identifier: MIT */
#include "bench/scenario.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/board.h"
#include "bench/clock.h"
#include "bench/crew.h"
#include "bench/process.h"
#include "bench/sample.h"
#include "bench/usage.h"

enum {
	NAP_MS = 5,
	PROGRESS_TIMEOUT_US = 10000000, /* nothing at all has happened for so long */
	REST_TIMEOUT_US = 3000000, /* no viewer has got anything more of the window in so long */
	AHEAD_FRAMES = 2,	   /* the window isn't set closer than this */
	TRIAL_FRAMES = 40,	   /* at saturation these pass first; VIEWER_TRIAL are 32 */
};

struct run {
	const struct scenario *scenario;
	const struct server *server;
	struct board *board;
	struct crew crew;
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

/* A moment's sleep, and a look at whether all are well. */
static int nap(struct run *run)
{
	const struct timespec time = {.tv_nsec = NAP_MS * 1000000};
	sigset_t set;

	set_of_signals(&set);
	if (sigtimedwait(&set, NULL, &time) > 0)
		return fail(run, -EINTR, "interrupted");
	if (process_has_ended(run->server->pid))
		return fail(run, -ECHILD, "the server has ended by itself");
	return crew_check(&run->crew, run->why);
}

typedef uint64_t counter(const struct board *board);

static uint64_t n_published(const struct board *board)
{
	return atomic_load(&board->publisher.published);
}

/* Waits until a counter is this high; -ETIMEDOUT when `progress` hasn't changed for that long. */
static int await(struct run *run, counter *count, uint64_t wanted, counter *progress,
		 int64_t timeout_us)
{
	int64_t changed_us = clock_us(CLOCK_MONOTONIC);
	uint64_t last = progress(run->board);
	int error;

	while (count(run->board) < wanted) {
		if (clock_us(CLOCK_MONOTONIC) - changed_us > timeout_us)
			return -ETIMEDOUT;
		error = nap(run);
		if (error < 0)
			return error;
		uint64_t now = progress(run->board);
		if (now != last)
			changed_us = clock_us(CLOCK_MONOTONIC);
		last = now;
	}
	return 0;
}

/* Waits for that time, in which frames are published. */
static int pass_time(struct run *run, int64_t seconds)
{
	int64_t end_us = clock_us(CLOCK_MONOTONIC) + seconds * 1000000;
	int error = 0;

	while (error == 0 && clock_us(CLOCK_MONOTONIC) < end_us)
		error = await(run, n_published, n_published(run->board) + 1, n_published,
			      PROGRESS_TIMEOUT_US);
	return error;
}

/* ---- starting ---- */

static void prepare_crew(struct run *run, const struct plan *plan)
{
	const struct scenario *scenario = run->scenario;

	run->crew = (struct crew){
		.cpu = scenario->load_cpu,
		.publisher_config =
			{
				.ingest = run->server->kind->ingest,
				.server = server_ingest(run->server),
				.frame_bytes = scenario->frame_bytes,
				.fps = scenario->fps,
				.n_streams = scenario->streams,
				.window = scenario->saturation,
				.n_loads = plan->n_processes,
				.board = run->board,
			},
		.load_config =
			{
				.server = run->server->address,
				.transport = scenario->transport,
				.frame_bytes = scenario->frame_bytes,
				.fps = scenario->fps,
				.burst = run->server->kind->burst,
				.segment = scenario->segment,
				.lockstep = scenario->saturation > 0,
				.plan = *plan,
				.board = run->board,
			},
		.joiner_config =
			{
				.server = run->server->address,
				.transport = scenario->transport,
				.frame_bytes = scenario->frame_bytes,
				.board = run->board,
			},
	};
}

static int start_publisher(struct run *run)
{
	int error = crew_start_publisher(&run->crew);

	if (error < 0)
		return fail(run, error, "no process: %s", strerror(-error));
	error = await(run, n_published, PUBLISHER_SETTLED_FRAMES, n_published, PROGRESS_TIMEOUT_US);
	return error == -ETIMEDOUT ? fail(run, error, "the server takes no frames") : error;
}

static int start_viewers(struct run *run, struct result *result)
{
	int64_t begun_us = clock_us(CLOCK_MONOTONIC);
	int error = crew_start_loads(&run->crew);

	if (error < 0)
		return fail(run, error, "no process: %s", strerror(-error));
	error = await(run, board_opened, run->scenario->viewers, board_opened, PROGRESS_TIMEOUT_US);
	if (error == -ETIMEDOUT)
		return fail(run, error, "the server accepts no more viewers");
	result->open_us = clock_us(CLOCK_MONOTONIC) - begun_us;
	if (error == 0 && run->scenario->joining) {
		error = crew_start_joiner(&run->crew);
		if (error < 0)
			fail(run, error, "no process: %s", strerror(-error));
	}
	return error;
}

/* ---- measuring ---- */

static void look(const struct run *run, struct sample *ret_sample)
{
	sample_take(&run->crew, run->server, run->scenario->server_cpu, run->scenario->load_cpu,
		    ret_sample);
}

static int measure_rate(struct run *run, struct result *result, struct sample *from,
			struct sample *to)
{
	const struct scenario *scenario = run->scenario;
	uint64_t first = n_published(run->board) + AHEAD_FRAMES +
			 (uint64_t)(scenario->warmup_s * scenario->fps);
	struct window window = {first, first + (uint64_t)(scenario->seconds * scenario->fps)};
	int error;

	board_set_window(run->board, window);
	error = await(run, n_published, window.first, n_published, PROGRESS_TIMEOUT_US);
	if (error == 0) {
		look(run, from);
		error = await(run, n_published, window.end, n_published, PROGRESS_TIMEOUT_US);
	}
	if (error < 0)
		return error;
	look(run, to);
	result->resident_with = usage_resident_bytes(run->server->pid);
	result->frames = window.end - window.first;
	error = await(run, board_done, scenario->viewers - result->stalled, board_received,
		      REST_TIMEOUT_US);
	return error == -ETIMEDOUT ? 0 : error; /* what didn't come counts as dropped */
}

static int measure_saturation(struct run *run, struct result *result, struct sample *from,
			      struct sample *to)
{
	const struct scenario *scenario = run->scenario;
	uint64_t first = n_published(run->board) + scenario->saturation;
	int error;

	board_set_window(run->board, (struct window){first, UINT64_MAX});
	atomic_store(&run->board->may_saturate, true);
	board_wake(run->board);
	error = pass_time(run, scenario->warmup_s);
	if (error == 0)
		error = await(run, n_published, first + TRIAL_FRAMES, n_published,
			      PROGRESS_TIMEOUT_US);
	if (error == 0) {
		look(run, from);
		error = pass_time(run, scenario->seconds);
	}
	if (error < 0)
		return error;
	look(run, to);
	result->resident_with = usage_resident_bytes(run->server->pid);
	result->frames = to->published - from->published;
	return 0;
}

static int measure(struct run *run, struct result *result)
{
	struct sample from = {0}, to = {0};
	int error = (run->scenario->saturation > 0 ? measure_saturation : measure_rate)(run, result,
											&from, &to);

	if (error == 0)
		sample_compare(&from, &to, result);
	else if (error == -ETIMEDOUT)
		fail(run, error,
		     board_lost(run->board, PLAN_HEALTHY) > 0 ? "viewers were lost on the way"
							      : "the server stands still");
	sample_finish(&from);
	sample_finish(&to);
	return error;
}

/* ---- all of it ---- */

static void prepare_result(const struct scenario *scenario, const struct server *server,
			   const struct plan *plan, struct result *result)
{
	*result = (struct result){
		.server = server->kind->name,
		.io = server->io,
		.transport = scenario->transport->name,
		.viewers = scenario->viewers,
		.stalled = plan_count(plan, PLAN_STALLED, 0, scenario->viewers),
		.slow = plan_count(plan, PLAN_SLOW, 0, scenario->viewers),
		.streams = scenario->streams,
		.frame_bytes = scenario->frame_bytes,
		.fps = (uint64_t)scenario->fps,
		.saturation = scenario->saturation,
		.joining = scenario->joining,
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
	error = start_viewers(run, result);
	return error < 0 ? error : measure(run, result);
}

static void collect(const struct run *run, struct result *result)
{
	const struct board *board = run->board;
	struct tally *tallies[PLAN_HEALTHS] = {
		[PLAN_HEALTHY] = &result->tally,
		[PLAN_STALLED] = &result->stalled_tally,
		[PLAN_SLOW] = &result->slow_tally,
	};

	for (enum plan_health health = 0; health < PLAN_HEALTHS; health++) {
		result->lost += board_lost(board, health);
		for (size_t i = 0; i < run->crew.load_config.plan.n_processes; i++)
			tally_merge(tallies[health], &board->loads[i].tallies[health]);
	}
	result->stalled_lost = board_lost(board, PLAN_STALLED);
	result->late_us = board->publisher.late_us;
	result->blocked = board->publisher.blocked;
	result->waiting_bytes = board->publisher.waiting_bytes;
	result->first_us = board->joiner.first_us;
}

static int raise_file_limit(struct plan *plan)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return plan_make(plan, limit.rlim_cur);
}

int scenario_run(const struct scenario *scenario, const struct server *server,
		 struct result *ret_result, char ret_why[SCENARIO_WHY_SIZE])
{
	struct run run = {.scenario = scenario, .server = server, .why = ret_why};
	struct plan plan = {
		.n_viewers = scenario->viewers,
		.n_streams = scenario->streams,
		.stalled_percent = scenario->stalled_percent,
		.slow_percent = scenario->slow_percent,
	};
	int error;

	prepare_result(scenario, server, &plan, ret_result);
	error = raise_file_limit(&plan);
	if (error < 0)
		return fail(&run, error, "the limit of open files is too low (ulimit -n)");
	run.board = board_create();
	if (run.board == NULL)
		return fail(&run, -ENOMEM, "no memory to share");
	prepare_crew(&run, &plan);
	error = run_phases(&run, ret_result);
	crew_end(&run.crew);
	if (error == 0)
		collect(&run, ret_result);
	board_destroy(run.board);
	return error;
}
