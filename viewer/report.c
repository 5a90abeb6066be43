/* SPDX-License-Identifier: MIT */
#include "viewer/report.h"

#include <stdio.h>

#include "viewer/human.h"

static uint64_t missing(const struct meter *meter)
{
	return meter->dropped + meter->lost;
}

static void latency_at(const struct meter *meter, unsigned permille, char to[HUMAN_SIZE])
{
	human_latency(histogram_at(&meter->latency, permille), to);
}

size_t report_line(const struct report *report, struct meter_rate rate, char to[REPORT_LINE_SIZE])
{
	const struct meter *meter = report->meter;
	char bits[HUMAN_SIZE], now[HUMAN_SIZE], p99[HUMAN_SIZE];
	int len;

	human_bits(rate.bits, bits);
	human_latency((uint64_t)meter->latency_us, now);
	latency_at(meter, 990, p99);
	len = snprintf(to, REPORT_LINE_SIZE,
		       "%s  %llu frames  %.1f/s  %s/s  latency %s (p99 %s)  missed %llu",
		       report->rendition, (unsigned long long)meter->frames, rate.frames, bits, now,
		       p99, (unsigned long long)missing(meter));
	return len < REPORT_LINE_SIZE ? (size_t)len : REPORT_LINE_SIZE - 1;
}

void report_summary(const struct report *report, char to[REPORT_SUMMARY_SIZE])
{
	const struct meter *meter = report->meter;
	struct meter_rate rate = meter_mean(meter);
	char bytes[HUMAN_SIZE], bits[HUMAN_SIZE], passed[HUMAN_SIZE], wait[HUMAN_SIZE];
	char p50[HUMAN_SIZE], p95[HUMAN_SIZE], p99[HUMAN_SIZE], max[HUMAN_SIZE];

	if (meter->frames == 0) {
		snprintf(to, REPORT_SUMMARY_SIZE, "%s at %s: no frames\n", report->stream,
			 report->relay);
		return;
	}
	human_bytes(meter->bytes, bytes);
	human_bits(rate.bits, bits);
	human_time((double)(meter->last_us - meter->first_us) / 1e6, passed);
	human_latency((uint64_t)meter->longest_us, wait);
	latency_at(meter, 500, p50);
	latency_at(meter, 950, p95);
	latency_at(meter, 990, p99);
	human_latency(meter->latency.max, max);
	snprintf(to, REPORT_SUMMARY_SIZE,
		 "%s at %s: %llu frames (%s) in %s, %.2f frames/s, %s/s\n"
		 "  missed   %llu dropped in %llu gaps, %llu while away (%llu times)\n"
		 "  order    %llu repeated, %llu out of order, %llu changes of publisher\n"
		 "  latency  p50 %s, p95 %s, p99 %s, max %s%s\n"
		 "  waits    %s at most between two frames\n"
		 "  watched  %s at the end, %llu moves to another rendition\n",
		 report->stream, report->relay, (unsigned long long)meter->frames, bytes, passed,
		 rate.frames, bits, (unsigned long long)meter->dropped,
		 (unsigned long long)meter->gaps, (unsigned long long)meter->lost,
		 (unsigned long long)meter->returns, (unsigned long long)meter->repeated,
		 (unsigned long long)meter->reordered, (unsigned long long)meter->discontinuities,
		 p50, p95, p99, max,
		 meter->early > 0 ? " (some frames came from the future: the clocks differ)" : "",
		 wait, report->rendition, (unsigned long long)meter->moves);
}

static double milliseconds(uint64_t us)
{
	return (double)us / 1e3;
}

json_t *report_json(const struct report *report)
{
	const struct meter *meter = report->meter;
	struct meter_rate rate = meter_mean(meter);
	json_t *latency = NULL;

	if (meter->latency.n > 0)
		latency = json_pack("{s:f, s:f, s:f, s:f}", "p50",
				    milliseconds(histogram_at(&meter->latency, 500)), "p95",
				    milliseconds(histogram_at(&meter->latency, 950)), "p99",
				    milliseconds(histogram_at(&meter->latency, 990)), "max",
				    milliseconds(meter->latency.max));
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, "
			 "s:I, s:f, s:o?, s:s}",
			 "stream", report->stream, "relay", report->relay, "rendition",
			 report->rendition, "moves", (json_int_t)meter->moves, "frames",
			 (json_int_t)meter->frames, "bytes", (json_int_t)meter->bytes, "seconds",
			 (double)(meter->last_us - meter->first_us) / 1e6, "fps", rate.frames,
			 "kbps", rate.bits / 1e3, "gaps", (json_int_t)meter->gaps, "dropped",
			 (json_int_t)meter->dropped, "lost", (json_int_t)meter->lost, "returns",
			 (json_int_t)meter->returns, "restarts", (json_int_t)meter->restarts,
			 "repeated", (json_int_t)meter->repeated, "reordered",
			 (json_int_t)meter->reordered, "discontinuities",
			 (json_int_t)meter->discontinuities, "early", (json_int_t)meter->early,
			 "skipped", (json_int_t)report->skipped, "longest_ms",
			 milliseconds((uint64_t)meter->longest_us), "latency_ms", latency, "ended",
			 report->ended);
}
