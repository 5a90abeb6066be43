/* SPDX-License-Identifier: MIT */
#include "viewer/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

static int64_t next(struct timeline *timeline, int64_t pts_us, int64_t received_us, bool first)
{
	struct frame frame = {
		.header = {.pts_us = pts_us}, .received_us = received_us, .first = first};

	return timeline_next(timeline, &frame);
}

static void test_times_begin_at_0_and_follow_the_presentation(void **state)
{
	struct timeline timeline = {0};

	(void)state;
	assert_int_equal(next(&timeline, 700, 100 * SECOND, true), 0);
	assert_int_equal(next(&timeline, 740, 100 * SECOND, false), 40);
	/* A pause, or frames that come all at once: reception doesn't count. */
	assert_int_equal(next(&timeline, 60 * SECOND + 700, 100 * SECOND + 1, false), 60 * SECOND);
	assert_int_equal(next(&timeline, 60 * SECOND + 780, 999 * SECOND, false), 60 * SECOND + 80);
}

static void test_the_same_clock_goes_on_over_a_lost_connection(void **state)
{
	struct timeline timeline = {0};

	(void)state;
	next(&timeline, 5 * SECOND, 100 * SECOND, true);
	assert_int_equal(next(&timeline, 36 * SECOND, 130 * SECOND, true), 31 * SECOND);
}

static void test_another_clock_continues_where_time_is(void **state)
{
	struct timeline timeline = {0};

	(void)state;
	next(&timeline, 5000 * SECOND, 100 * SECOND, true);
	assert_int_equal(next(&timeline, 0, 103 * SECOND, true), 3 * SECOND);
	assert_int_equal(next(&timeline, 40, 103 * SECOND, false), 3 * SECOND + 40);
	assert_int_equal(next(&timeline, 9999 * SECOND, 104 * SECOND, true), 4 * SECOND + 40);
}

static int64_t next_captured(struct timeline *timeline, int64_t pts_us, int64_t captured_us,
			     int64_t received_us)
{
	struct frame frame = {.header = {.pts_us = pts_us, .capture_us = captured_us},
			      .received_us = received_us,
			      .first = true};

	return timeline_next(timeline, &frame);
}

static void test_captures_tell_how_long_another_clock_was_away(void **state)
{
	struct timeline timeline = {0};

	(void)state;
	next_captured(&timeline, 5000 * SECOND, 100 * SECOND, 101 * SECOND);
	/* It was there before the viewer came back. */
	assert_int_equal(next_captured(&timeline, 0, 103 * SECOND, 109 * SECOND), 3 * SECOND);
	/* A clock that is near by chance: two relays that had run for a few seconds. */
	assert_int_equal(next_captured(&timeline, 2 * SECOND, 108 * SECOND, 114 * SECOND),
			 8 * SECOND);
	/* The publisher's clock can't be right. */
	assert_int_equal(next_captured(&timeline, 0, 900 * SECOND, 115 * SECOND), 9 * SECOND);
	assert_int_equal(next_captured(&timeline, 0, 3 * SECOND, 116 * SECOND), 10 * SECOND);
}

/* After a loss the relay shows its newest frame, which may have been there before. */
static void test_same_frame_again_does_not_move_the_clock(void **state)
{
	struct timeline timeline = {0};

	(void)state;
	next_captured(&timeline, 5 * SECOND, 100 * SECOND, 100 * SECOND);
	assert_int_equal(next_captured(&timeline, 5 * SECOND, 100 * SECOND, 104 * SECOND), 1);
	assert_int_equal(next(&timeline, 11 * SECOND, 106 * SECOND, false), 6 * SECOND);
}

static void test_times_rise_whatever_comes(void **state)
{
	static const struct {
		int64_t pts_us, received_us;
	} frames[] = {
		{0, 0},
		{INT64_MAX, 0},
		{0, INT64_MAX},
		{INT64_MAX, 5},
		{INT64_MAX, 5},
		{1, 6},
		{INT64_MAX - 1, INT64_MAX},
		{0, 0},
		{0, INT64_MAX},
		{INT64_MAX, 0},
	};

	(void)state;
	for (unsigned firsts = 0; firsts < 1u << 10; firsts++) {
		struct timeline timeline = {0};
		int64_t last = -1;

		for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
			int64_t at = next(&timeline, frames[i].pts_us, frames[i].received_us,
					  (firsts >> i & 1) != 0);

			assert_true(at > last);
			last = at;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_begin_at_0_and_follow_the_presentation),
		cmocka_unit_test(test_the_same_clock_goes_on_over_a_lost_connection),
		cmocka_unit_test(test_another_clock_continues_where_time_is),
		cmocka_unit_test(test_captures_tell_how_long_another_clock_was_away),
		cmocka_unit_test(test_same_frame_again_does_not_move_the_clock),
		cmocka_unit_test(test_times_rise_whatever_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
