/* SPDX-License-Identifier: MIT */
#include "bench/report.h"

#include <inttypes.h>

/* ---- for people ---- */

static double ms(const struct histogram *histogram, unsigned permille)
{
	return (double)histogram_at(histogram, permille) / 1e3;
}

static void print_reasons(FILE *out, json_t *dropped)
{
	const char *before = " (the server says: ";
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

static void print_latency(FILE *out, const char *title, const struct histogram *histogram)
{
	fprintf(out, "%-10s p50 %.2f ms, p90 %.2f, p99 %.2f, p99.9 %.2f, max %.2f\n", title,
		ms(histogram, 500), ms(histogram, 900), ms(histogram, 990), ms(histogram, 999),
		(double)histogram->max / 1e3);
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
	print_latency(out, "latency", &tally->latency_us);
}

static void print_unwell(FILE *out, const struct result *result)
{
	if (result->stalled > 0)
		fprintf(out, "stalled    %" PRIu64 " of %" PRIu64 " still connected at the end\n",
			result->stalled - result->stalled_lost, result->stalled);
	if (result->slow > 0) {
		fprintf(out,
			"slow       %" PRIu64 " viewers: %" PRIu64
			" frames delivered, %.2f of what they could read\n",
			result->slow, result->slow_tally.delivered, result_slow_share(result));
		print_latency(out, "age", &result->slow_tally.latency_us);
	}
	if (result->joining) {
		fprintf(out, "joining    %" PRIu64 " newcomers: their first frame came after\n",
			result->first_us.n);
		print_latency(out, "", &result->first_us);
	}
}

static void print_cpu(FILE *out, const struct result *result)
{
	fprintf(out, "CPU        server %.2f us per viewer and frame, %.1f %% of a core\n",
		result_per_frame(result, result->server_us),
		100 * result_share(result, result->server_us));
	if (result->pinned)
		fprintf(out,
			"cores      server's %.2f us per viewer and frame with interrupts, %.1f %% "
			"busy; load's %.1f %%\n",
			result_per_frame(result, result->server_cpu_us),
			100 * result_share(result, result->server_cpu_us),
			100 * result_share(result, result->load_cpu_us));
}

static void print_title(FILE *out, const struct result *result)
{
	fprintf(out, "%" PRIu64 " viewers (%s)", result->viewers, result->transport);
	if (result->streams > 1)
		fprintf(out, " of %" PRIu64 " streams", result->streams);
	fprintf(out, ", frames of %" PRIu64 " bytes, ", result->frame_bytes);
	if (result->saturation > 0)
		fprintf(out, "%" PRIu64 " on their way", result->saturation);
	else
		fprintf(out, "%" PRIu64 " a second", result->fps);
	fprintf(out, ", %.1f s; %s on %s\n", (double)result->run_us / 1e6, result->server,
		result->io);
}

void report_print(FILE *out, const struct result *result)
{
	struct result_notes notes;

	print_title(out, result);
	print_frames(out, result);
	print_unwell(out, result);
	if (result->saturation > 0)
		fprintf(out, "saturation %.0f frames to viewers a second, %.0f published\n",
			result_per_second(result),
			(double)result->frames * 1e6 / (double)result->run_us);
	print_cpu(out, result);
	fprintf(out,
		"memory     server %.0f bytes per viewer (%.1f KB without viewers, %.1f KB with)\n",
		result_bytes_per_viewer(result), (double)result->resident_before / 1024,
		(double)result->resident_with / 1024);
	fprintf(out, "opening    %.2f s for all viewers\n", (double)result->open_us / 1e6);
	if (result->saturation == 0)
		fprintf(out, "publisher  late by %.2f ms at p99, max %.2f\n",
			ms(&result->late_us, 990), (double)result->late_us.max / 1e3);
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
			 (json_int_t)result_dropped(result), "dropped_by_server", result->dropped,
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
				result_per_frame(result, result->server_us), "server_cores",
				result_share(result, result->server_us), "load_cores",
				result_share(result, result->load_us), "other_cores",
				result_share(result, result->others_us), "busy_cores",
				result_share(result, result->all_cpus_us));

	if (cpu != NULL && result->pinned)
		json_object_set_new(
			cpu, "pinned",
			json_pack("{sf sf sf}", "us_per_viewer_and_frame",
				  result_per_frame(result, result->server_cpu_us), "server_core",
				  result_share(result, result->server_cpu_us), "load_core",
				  result_share(result, result->load_cpu_us)));
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

static json_t *stalled_json(const struct result *result)
{
	if (result->stalled == 0)
		return NULL;
	return json_pack("{sI sI}", "viewers", (json_int_t)result->stalled, "connected",
			 (json_int_t)(result->stalled - result->stalled_lost));
}

static json_t *slow_json(const struct result *result)
{
	if (result->slow == 0)
		return NULL;
	return json_pack("{sI sI sf so}", "viewers", (json_int_t)result->slow, "delivered",
			 (json_int_t)result->slow_tally.delivered, "share_of_possible",
			 result_slow_share(result), "age_us",
			 histogram_json(&result->slow_tally.latency_us));
}

static json_t *joining_json(const struct result *result)
{
	if (!result->joining)
		return NULL;
	return json_pack("{sI so}", "newcomers", (json_int_t)result->first_us.n, "first_frame_us",
			 histogram_json(&result->first_us));
}

static json_t *saturation_json(const struct result *result)
{
	if (result->saturation == 0)
		return NULL;
	return json_pack("{sI sf}", "window", (json_int_t)result->saturation, "frames_a_second",
			 result_per_second(result));
}

json_t *report_json(const struct result *result)
{
	struct result_notes notes;

	result_judge(result, &notes);
	return json_pack(
		"{ss ss ss ss ss sI sI sI sI sI sf sf so so so so so so* so* so* so* sI sb sb so}",
		"bench", "fanout", "server", result->server, "program", result->program, "io",
		result->io, "transport", result->transport, "workers", (json_int_t)result->workers,
		"viewers", (json_int_t)result->viewers, "streams", (json_int_t)result->streams,
		"frame_bytes", (json_int_t)result->frame_bytes, "fps", (json_int_t)result->fps,
		"seconds", (double)result->run_us / 1e6, "open_s", (double)result->open_us / 1e6,
		"frames", frames_json(result), "latency_us",
		histogram_json(&result->tally.latency_us), "cpu", cpu_json(result), "memory",
		memory_json(result), "publisher", publisher_json(result), "stalled",
		stalled_json(result), "slow", slow_json(result), "joining", joining_json(result),
		"saturation", saturation_json(result), "viewers_lost", (json_int_t)result->lost,
		"load_was_limit", notes.load_was_limit, "server_was_limit", notes.server_was_limit,
		"notes", notes_json(&notes));
}
