/* SPDX-License-Identifier: MIT */
#include "bench/result.h"

#include <inttypes.h>
#include <stdarg.h>

/* From here on a CPU is said to be at its limit. */
static const double full = 0.9;
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

uint64_t result_expected(const struct result *result)
{
	return result->frames * result->viewers;
}

uint64_t result_dropped(const struct result *result)
{
	return result_expected(result) - result->tally.delivered;
}

double result_per_frame(const struct result *result, int64_t cpu_us)
{
	return result->arrived > 0 ? (double)cpu_us / (double)result->arrived : 0;
}

double result_bytes_per_viewer(const struct result *result)
{
	return (double)(result->resident_with - result->resident_before) / (double)result->viewers;
}

bool result_is_faulty(const struct result *result)
{
	return result->tally.torn + result->tally.repeated + result->tally.reordered > 0;
}

/* Part of one CPU. */
static double share(const struct result *result, int64_t cpu_us)
{
	return result->run_us > 0 ? (double)cpu_us / (double)result->run_us : 0;
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
	double busiest = share(result, result->busiest_load_us);
	double core = share(result, result->load_cpu_us);
	double all = share(result, result->all_cpus_us);
	int64_t late_us = (int64_t)histogram_at(&result->late_us, 990);
	int64_t interval_us = 1000000 / (int64_t)result->fps;

	if (busiest >= full)
		note(notes, "the load side was the limit: one process used %.0f %% of a core",
		     100 * busiest);
	else if (result->pinned && core >= full)
		note(notes, "the load side was the limit: its core was busy for %.0f %%",
		     100 * core);
	else if (!result->pinned && all >= full * result->n_cpus)
		note(notes, "the machine was the limit: %.2f of its %d cores were busy", all,
		     result->n_cpus);
	if (late_us > interval_us / 4)
		note(notes,
		     "the publisher was behind its schedule: by %.2f ms at the 99th percentile",
		     (double)late_us / 1e3);
	notes->load_was_limit = notes->n > 0;
}

static void judge_server(const struct result *result, struct result_notes *notes)
{
	double waiting = (double)result->waiting_bytes / (double)result->frame_bytes;
	double used = share(result, result->pinned ? result->server_cpu_us : result->server_us);

	notes->server_was_limit = used >= full;
	if (used >= full)
		note(notes, "the relay was the limit: %s %.0f %%%s",
		     result->pinned ? "its core was busy for" : "it used", 100 * used,
		     result->pinned ? "" : " of a core");
	if (waiting >= WAITING_MS * (double)result->fps / 1e3)
		note(notes,
		     "the relay was behind with its publisher: up to %.0f frames waited for it",
		     waiting);
	if (result->blocked > 0)
		note(notes, "the relay was late to take %" PRIu64 " frames from their publisher",
		     result->blocked);
	if (result->lost > 0)
		note(notes, "%" PRIu64 " viewers were lost on the way", result->lost);
}

static void judge_others(const struct result *result, struct result_notes *notes)
{
	double used = share(result, result->others_us);

	if (used > quiet)
		note(notes, "other programs used %.2f of %d cores meanwhile", used, result->n_cpus);
}

void result_judge(const struct result *result, struct result_notes *ret_notes)
{
	*ret_notes = (struct result_notes){0};
	judge_load(result, ret_notes);
	judge_server(result, ret_notes);
	judge_others(result, ret_notes);
}

/* ---- for people ---- */

static double ms(const struct histogram *histogram, unsigned permille)
{
	return (double)histogram_at(histogram, permille) / 1e3;
}

static void print_reasons(FILE *out, json_t *dropped)
{
	const char *before = " (the relay says: ";
	const char *reason;
	json_t *n;

	json_object_foreach(dropped, reason, n)
	{
		if (json_integer_value(n) > 0) {
			fprintf(out, "%s%s %" JSON_INTEGER_FORMAT, before, reason,
				json_integer_value(n));
			before = ", ";
		}
	}
	fputs(before[0] == ',' ? ")\n" : "\n", out);
}

static void print_frames(FILE *out, const struct result *result)
{
	const struct tally *tally = &result->tally;

	fprintf(out,
		"frames     %" PRIu64 " published, %" PRIu64 " of %" PRIu64 " delivered, %" PRIu64
		" dropped",
		result->frames, tally->delivered, result_expected(result), result_dropped(result));
	print_reasons(out, result->dropped);
	fprintf(out,
		"faults     %" PRIu64 " torn, %" PRIu64 " repeated, %" PRIu64
		" out of order (%" PRIu64 " checked by checksum)\n",
		tally->torn, tally->repeated, tally->reordered, tally->summed);
	fprintf(out, "latency    p50 %.2f ms, p90 %.2f, p99 %.2f, p99.9 %.2f, max %.2f\n",
		ms(&tally->latency_us, 500), ms(&tally->latency_us, 900),
		ms(&tally->latency_us, 990), ms(&tally->latency_us, 999),
		(double)tally->latency_us.max / 1e3);
}

static void print_cpu(FILE *out, const struct result *result)
{
	fprintf(out, "CPU        relay %.2f us per viewer and frame, %.1f %% of a core\n",
		result_per_frame(result, result->server_us),
		100 * share(result, result->server_us));
	if (result->pinned)
		fprintf(out,
			"cores      relay's %.2f us per viewer and frame with interrupts, %.1f %% "
			"busy; load's %.1f %%\n",
			result_per_frame(result, result->server_cpu_us),
			100 * share(result, result->server_cpu_us),
			100 * share(result, result->load_cpu_us));
}

void result_print(FILE *out, const struct result *result)
{
	struct result_notes notes;

	fprintf(out,
		"%" PRIu64 " viewers (%s), frames of %" PRIu64 " bytes, %" PRIu64
		" a second, %.1f s; relay on %s\n",
		result->viewers, result->transport, result->frame_bytes, result->fps,
		(double)result->run_us / 1e6, result->io);
	print_frames(out, result);
	print_cpu(out, result);
	fprintf(out,
		"memory     relay %.0f bytes per viewer (%.1f KB without viewers, %.1f KB with)\n",
		result_bytes_per_viewer(result), (double)result->resident_before / 1024,
		(double)result->resident_with / 1024);
	fprintf(out, "opening    %.2f s for all viewers\n", (double)result->open_us / 1e6);
	fprintf(out, "publisher  late by %.2f ms at p99, max %.2f\n", ms(&result->late_us, 990),
		(double)result->late_us.max / 1e3);
	result_judge(result, &notes);
	for (size_t i = 0; i < notes.n; i++)
		fprintf(out, "note       %s\n", notes.sentences[i]);
}

/* ---- as JSON ---- */

static json_t *histogram_json(const struct histogram *histogram)
{
	return json_pack("{sI sI sI sI sI}", "p50", (json_int_t)histogram_at(histogram, 500), "p90",
			 (json_int_t)histogram_at(histogram, 900), "p99",
			 (json_int_t)histogram_at(histogram, 990), "p99.9",
			 (json_int_t)histogram_at(histogram, 999), "max",
			 (json_int_t)histogram->max);
}

static json_t *frames_json(const struct result *result)
{
	const struct tally *tally = &result->tally;

	return json_pack("{sI sI sI sI sO* sI sI sI sI}", "published", (json_int_t)result->frames,
			 "expected", (json_int_t)result_expected(result), "delivered",
			 (json_int_t)tally->delivered, "dropped",
			 (json_int_t)result_dropped(result), "dropped_by_relay", result->dropped,
			 "torn", (json_int_t)tally->torn, "repeated", (json_int_t)tally->repeated,
			 "reordered", (json_int_t)tally->reordered, "checksums",
			 (json_int_t)tally->summed);
}

static json_t *notes_json(const struct result_notes *notes)
{
	json_t *array = json_array();

	for (size_t i = 0; i < notes->n; i++)
		json_array_append_new(array, json_string(notes->sentences[i]));
	return array;
}

static json_t *cpu_json(const struct result *result)
{
	json_t *cpu = json_pack("{sf sf sf sf sf}", "us_per_viewer_and_frame",
				result_per_frame(result, result->server_us), "relay_cores",
				share(result, result->server_us), "load_cores",
				share(result, result->load_us), "other_cores",
				share(result, result->others_us), "busy_cores",
				share(result, result->all_cpus_us));

	if (cpu != NULL && result->pinned)
		json_object_set_new(cpu, "pinned",
				    json_pack("{sf sf sf}", "us_per_viewer_and_frame",
					      result_per_frame(result, result->server_cpu_us),
					      "relay_core", share(result, result->server_cpu_us),
					      "load_core", share(result, result->load_cpu_us)));
	return cpu;
}

static json_t *memory_json(const struct result *result)
{
	return json_pack("{sI sI sf}", "before_bytes", (json_int_t)result->resident_before,
			 "with_bytes", (json_int_t)result->resident_with, "bytes_per_viewer",
			 result_bytes_per_viewer(result));
}

static json_t *publisher_json(const struct result *result)
{
	return json_pack("{so sI sI}", "late_us", histogram_json(&result->late_us), "waiting_bytes",
			 (json_int_t)result->waiting_bytes, "blocked", (json_int_t)result->blocked);
}

json_t *result_json(const struct result *result)
{
	struct result_notes notes;

	result_judge(result, &notes);
	return json_pack("{ss ss ss ss sI sI sI sf sf so so so so so sI sb sb so}", "bench",
			 "fanout", "relay", result->server, "io", result->io, "transport",
			 result->transport, "viewers", (json_int_t)result->viewers, "frame_bytes",
			 (json_int_t)result->frame_bytes, "fps", (json_int_t)result->fps, "seconds",
			 (double)result->run_us / 1e6, "open_s", (double)result->open_us / 1e6,
			 "frames", frames_json(result), "latency_us",
			 histogram_json(&result->tally.latency_us), "cpu", cpu_json(result),
			 "memory", memory_json(result), "publisher", publisher_json(result),
			 "viewers_lost", (json_int_t)result->lost, "load_was_limit",
			 notes.load_was_limit, "relay_was_limit", notes.server_was_limit, "notes",
			 notes_json(&notes));
}
