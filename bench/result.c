/* SPDX-License-Identifier: MIT */
#include "bench/result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* From here on a CPU is said to be at its limit. */
static const double full = 0.9;
/* From here on it is saturated: the clock's step and the looks themselves take the rest. */
static const double saturated = 0.97;
/* More than this part of one CPU, and other programs may have disturbed the run. */
static const double quiet = 0.1;

/* What is received is acknowledged up to 40 ms later, so a little always seems to wait. */
enum { WAITING_MS = 100 };

void result_finish(struct result *result)
{
	json_decref(result->dropped);
	result->dropped = NULL;
}

/* ---- what follows from it ---- */

static uint64_t n_healthy(const struct result *result)
{
	return result->viewers - result->stalled - result->slow;
}

uint64_t result_expected(const struct result *result)
{
	if (result->saturation > 0)
		return result->tally.delivered + result->tally.missed;
	return result->frames * n_healthy(result);
}

uint64_t result_dropped(const struct result *result)
{
	return result_expected(result) - result->tally.delivered;
}

double result_per_second(const struct result *result)
{
	return result->run_us > 0 ? (double)result->arrived * 1e6 / (double)result->run_us : 0;
}

double result_slow_share(const struct result *result)
{
	double possible = (double)(result->frames * result->slow) / 2;

	return possible > 0 ? (double)result->slow_tally.delivered / possible : 0;
}

double result_per_frame(const struct result *result, int64_t cpu_us)
{
	return result->arrived > 0 ? (double)cpu_us / (double)result->arrived : 0;
}

double result_share(const struct result *result, int64_t cpu_us)
{
	return result->run_us > 0 ? (double)cpu_us / (double)result->run_us : 0;
}

double result_bytes_per_viewer(const struct result *result)
{
	return (double)(result->resident_with - result->resident_before) / (double)result->viewers;
}

static uint64_t faults(const struct tally *tally)
{
	return tally->torn + tally->repeated + tally->reordered;
}

bool result_is_faulty(const struct result *result)
{
	return faults(&result->tally) + faults(&result->stalled_tally) +
		       faults(&result->slow_tally) >
	       0;
}

/* ---- what limited it ---- */

static void note(struct result_notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct result_notes *notes, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(notes->sentences[notes->n++], RESULT_NOTE_SIZE, format, arguments);
	va_end(arguments);
}

static void judge_load(const struct result *result, struct result_notes *notes)
{
	double limit = result->saturation > 0 ? saturated : full;
	double busiest = result_share(result, result->busiest_load_us);
	double core = result_share(result, result->load_cpu_us);
	double all = result_share(result, result->all_cpus_us);

	if (result->pinned && result->saturation > 0 &&
	    result_share(result, result->server_cpu_us) >= limit)
		return; /* the server was never kept waiting, however much the load side had to do */
	if (busiest >= limit)
		note(notes, "the load side was the limit: one process used %.0f %% of a core",
		     100 * busiest);
	else if (result->pinned && core >= limit)
		note(notes, "the load side was the limit: its core was busy for %.0f %%",
		     100 * core);
	else if (!result->pinned && all >= limit * result->n_cpus)
		note(notes, "the machine was the limit: %.2f of its %d cores were busy", all,
		     result->n_cpus);
	else if (result->saturation > 0)
		note(notes,
		     "nothing was the limit but waiting: see whether a larger --window does more");
	notes->load_was_limit = notes->n > 0;
}

static void judge_schedule(const struct result *result, struct result_notes *notes)
{
	int64_t late_us = (int64_t)histogram_at(&result->late_us, 990);
	int64_t interval_us = 1000000 / (int64_t)result->fps;

	if (result->saturation > 0 || late_us <= interval_us / 4)
		return;
	note(notes, "the publisher was behind its schedule: by %.2f ms at the 99th percentile",
	     (double)late_us / 1e3);
	notes->load_was_limit = true;
}

static void judge_server(const struct result *result, struct result_notes *notes)
{
	double waiting = (double)result->waiting_bytes / (double)result->frame_bytes;
	double used =
		result_share(result, result->pinned ? result->server_cpu_us : result->server_us);

	notes->server_was_limit = used >= full;
	if (used >= full && result->saturation == 0)
		note(notes, "the server was the limit: %s %.0f %%%s",
		     result->pinned ? "its core was busy for" : "it used", 100 * used,
		     result->pinned ? "" : " of a core");
	if (waiting >= WAITING_MS * (double)result->fps / 1e3)
		note(notes,
		     "the server was behind with its publisher: up to %.0f frames waited for it",
		     waiting);
	if (result->blocked > 0)
		note(notes, "the server was late to take %" PRIu64 " frames from their publisher",
		     result->blocked);
	if (result->lost > 0)
		note(notes,
		     "%" PRIu64 " viewers were lost on the way, of which %" PRIu64 " stalled",
		     result->lost, result->stalled_lost);
}

static void judge_others(const struct result *result, struct result_notes *notes)
{
	double used = result_share(result, result->others_us);

	if (used > quiet)
		note(notes, "other programs used %.2f of %d cores meanwhile", used, result->n_cpus);
}

void result_judge(const struct result *result, struct result_notes *ret_notes)
{
	*ret_notes = (struct result_notes){0};
	judge_load(result, ret_notes);
	judge_schedule(result, ret_notes);
	judge_server(result, ret_notes);
	judge_others(result, ret_notes);
}
