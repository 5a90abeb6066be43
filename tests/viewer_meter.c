/* SPDX-License-Identifier: MIT */
#include "viewer/meter.h"
#include "viewer/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000 };

static void add(struct meter *meter, uint64_t sequence, int64_t at_us)
{
	struct frame frame = {
		.header = {.length = 1000,
			   .sequence = sequence,
			   .pts_us = at_us,
			   .capture_us = at_us},
		.received_us = at_us + 5 * MS,
	};

	meter_frame(meter, &frame, at_us);
}

/* ---- the histogram ---- */

static void test_small_values_are_exact(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	for (uint64_t value = 0; value < 100; value++)
		histogram_add(histogram, value);
	assert_int_equal(histogram_at(histogram, 10), 0);
	assert_int_equal(histogram_at(histogram, 500), 49);
	assert_int_equal(histogram_at(histogram, 990), 98);
	assert_int_equal(histogram_at(histogram, 1000), 99);
	free(histogram);
}

static void test_values_of_any_size_are_known_to_two_percent(void **state)
{
	(void)state;
	for (uint64_t value = 1; value < UINT64_C(1) << HISTOGRAM_VALUE_BITS;
	     value = value * 3 / 2 + 1) {
		struct histogram *histogram = calloc(1, sizeof(*histogram));
		uint64_t found;

		histogram_add(histogram, value);
		histogram_add(histogram, (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1);
		found = histogram_at(histogram, 500);
		assert_true(found >= value);
		assert_true(found - value <= value / 50);
		free(histogram);
	}
}

static void test_absurd_values_have_a_place_too(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	assert_int_equal(histogram_at(histogram, 500), 0);
	histogram_add(histogram, UINT64_MAX);
	assert_int_equal(histogram_at(histogram, 500), (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1);
	free(histogram);
}

static void test_no_percentile_exceeds_the_maximum(void **state)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	(void)state;
	histogram_add(histogram, 1000001);
	assert_int_equal(histogram_at(histogram, 999), 1000001);
	free(histogram);
}

/* ---- the meter ---- */

static void test_missing_numbers_are_gaps_and_drops(void **state)
{
	static const uint64_t sequences[] = {5, 6, 9, 10, 20};
	struct meter meter = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		add(&meter, sequences[i], (int64_t)i * 33 * MS);
	assert_int_equal(meter.frames, 5);
	assert_int_equal(meter.bytes, 5000);
	assert_int_equal(meter.gaps, 2);
	assert_int_equal(meter.dropped, 2 + 9);
	assert_int_equal(meter.lost, 0);
	assert_int_equal(meter.repeated + meter.reordered, 0);
}

static void test_frames_missing_between_conversations_are_lost_not_dropped(void **state)
{
	struct meter meter = {0};
	struct frame frame = {.header = {.sequence = 50, .pts_us = 900}, .first = true};

	(void)state;
	add(&meter, 10, 100);
	meter_frame(&meter, &frame, 900);
	assert_int_equal(meter.returns, 1);
	assert_int_equal(meter.gaps, 1);
	assert_int_equal(meter.lost, 39);
	assert_int_equal(meter.dropped, 0);
}

static void test_a_relay_started_anew_repeats_nothing(void **state)
{
	struct meter meter = {0};
	struct frame frame = {.header = {.sequence = 0, .pts_us = 5}, .first = true};

	(void)state;
	add(&meter, 10, 100);
	meter_frame(&meter, &frame, 900);
	assert_int_equal(meter.restarts, 1);
	assert_int_equal(meter.lost + meter.gaps + meter.repeated + meter.reordered, 0);
}

/* Numbers are a rendition's own; times go on. */
static void test_a_move_to_another_rendition_is_no_gap(void **state)
{
	struct meter meter = {0};
	struct frame frame = {.header = {.sequence = 5000, .pts_us = 140}, .moved = true};

	(void)state;
	add(&meter, 10, 100);
	meter_frame(&meter, &frame, 900);
	frame.header.sequence = 3;
	frame.header.pts_us = 140;
	meter_frame(&meter, &frame, 950);
	assert_int_equal(meter.moves, 2);
	assert_int_equal(meter.gaps + meter.dropped + meter.lost + meter.restarts, 0);
	assert_int_equal(meter.repeated, 1);
}

static void test_repeats_and_reordering_show_by_presentation_time(void **state)
{
	static const int64_t times[] = {0, 40, 40, 80, 60, 120};
	struct meter meter = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		add(&meter, i, times[i]);
	assert_int_equal(meter.repeated, 1);
	assert_int_equal(meter.reordered, 1);
}

static void test_latency_is_from_capture_to_the_last_byte(void **state)
{
	struct meter meter = {0};
	struct frame early = {.header = {.sequence = 2, .pts_us = 70 * MS, .capture_us = 80 * MS},
			      .received_us = 70 * MS};
	struct frame unknown = {.header = {.sequence = 3, .pts_us = 80 * MS},
				.received_us = 90 * MS};

	(void)state;
	add(&meter, 1, 33 * MS);
	assert_int_equal(meter.latency_us, 5 * MS);
	meter_frame(&meter, &early, 70 * MS);
	assert_int_equal(meter.early, 1);
	meter_frame(&meter, &unknown, 80 * MS);
	assert_int_equal(meter.latency.n, 2);
	assert_int_equal(histogram_at(&meter.latency, 1000), 5 * MS);
}

static void test_the_age_of_a_still_picture_is_no_latency(void **state)
{
	struct meter meter = {0};
	struct frame frame = {
		.header = {.capture_us = 1}, .received_us = 3600000000, .first = true};

	(void)state;
	meter_frame(&meter, &frame, 0);
	assert_int_equal(meter.latency.n, 0);
}

static void test_mean_rate_is_from_the_first_frame_to_the_last(void **state)
{
	struct meter meter = {0};
	struct meter_rate rate;

	(void)state;
	assert_true(meter_mean(&meter).frames == 0);
	for (int i = 0; i <= 30; i++)
		add(&meter, (uint64_t)i, 7000 + i * 100 * MS);
	rate = meter_mean(&meter);
	assert_true(rate.frames > 9.99 && rate.frames < 10.01);
	assert_true(rate.bits > 79999 && rate.bits < 80001);
	assert_int_equal(meter.longest_us, 100 * MS);
}

static void test_present_rate_forgets_what_was_long_ago(void **state)
{
	struct meter meter = {0};
	struct meter_rate rate = {0};
	uint64_t sequence = 0;

	(void)state;
	for (int tick = 0; tick < 40; tick++) {
		int frames = tick < 20 ? 10 : 2; /* a quarter of a second */

		for (int i = 0; i < frames; i++)
			add(&meter, sequence++, tick * 250 * MS + i);
		rate = meter_rate(&meter, tick * 250 * MS + 100);
	}
	assert_true(rate.frames > 7.9 && rate.frames < 8.1);
}

static void test_report_has_every_figure(void **state)
{
	static const char *const keys[] = {
		"stream", "relay",	"frames",    "bytes",	"seconds",	   "fps",
		"kbps",	  "gaps",	"dropped",   "lost",	"returns",	   "restarts",
		"early",  "repeated",	"reordered", "skipped", "discontinuities", "longest_ms",
		"ended",  "latency_ms", "rendition", "moves",
	};
	struct meter meter = {0};
	struct report report = {"cam", "localhost port 7070", "the stream has ended", "cam/240p", 3,
				&meter};
	char line[REPORT_LINE_SIZE], summary[REPORT_SUMMARY_SIZE];
	json_t *json = report_json(&report);

	(void)state;
	assert_true(json_is_null(json_object_get(json, "latency_ms")));
	json_decref(json);
	add(&meter, 1, 0);
	add(&meter, 3, 100 * MS);
	json = report_json(&report);
	assert_int_equal(json_object_size(json), sizeof(keys) / sizeof(keys[0]));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_non_null(json_object_get(json, keys[i]));
	assert_int_equal(json_integer_value(json_object_get(json, "dropped")), 1);
	json_decref(json);

	assert_true(report_line(&report, meter_mean(&meter), line) == strlen(line));
	report_summary(&report, summary);
	assert_non_null(strstr(summary, "2 frames (2.0 kB) in 0.1 s"));
	assert_non_null(strstr(summary, "1 dropped in 1 gaps"));
	assert_non_null(strstr(summary, "p50 5.0 ms"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_values_are_exact),
		cmocka_unit_test(test_values_of_any_size_are_known_to_two_percent),
		cmocka_unit_test(test_absurd_values_have_a_place_too),
		cmocka_unit_test(test_no_percentile_exceeds_the_maximum),
		cmocka_unit_test(test_missing_numbers_are_gaps_and_drops),
		cmocka_unit_test(test_frames_missing_between_conversations_are_lost_not_dropped),
		cmocka_unit_test(test_a_relay_started_anew_repeats_nothing),
		cmocka_unit_test(test_a_move_to_another_rendition_is_no_gap),
		cmocka_unit_test(test_repeats_and_reordering_show_by_presentation_time),
		cmocka_unit_test(test_latency_is_from_capture_to_the_last_byte),
		cmocka_unit_test(test_the_age_of_a_still_picture_is_no_latency),
		cmocka_unit_test(test_mean_rate_is_from_the_first_frame_to_the_last),
		cmocka_unit_test(test_present_rate_forgets_what_was_long_ago),
		cmocka_unit_test(test_report_has_every_figure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
