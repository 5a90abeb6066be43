/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "capture/ladder.h"

static const struct plan none;

static struct ladder make(unsigned width, unsigned height, const struct plan *asked,
			  int64_t duration_us)
{
	struct plan_source source = {.width = width, .height = height};
	struct ladder ladder;
	char why[200];

	assert_int_equal(ladder_make(&source, asked, duration_us, &ladder, why, sizeof why), 0);
	return ladder;
}

static struct plan plan_of(const char *const texts[], size_t n)
{
	struct plan plan = {.n = 0};

	for (size_t i = 0; i < n; i++) {
		struct plan_row row;

		assert_int_equal(plan_parse(texts[i], &row), 0);
		assert_int_equal(plan_add(&plan, &row), 0);
	}
	return plan;
}

static void test_each_rung_plays_for_an_equal_share(void **state)
{
	static const struct {
		int64_t at_us;
		const char *name;
	} rows[] = {
		{0, "240p"},
		{1, "240p"},
		{3333333, "240p"},
		{3333334, "720p"},
		{5000000, "720p"},
		{6666666, "720p"},
		{6666667, "1080p"},
		{9999999, "1080p"},
		{10000000, "1080p"},
		/* A file may say less than it has, and has nothing before its beginning. */
		{99000000, "1080p"},
		{-1, "240p"},
	};
	struct ladder ladder = make(1920, 1080, &none, 10000000);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(ladder_rung(&ladder, rows[i].at_us)->name, rows[i].name);
}

static void test_shares_are_exact_for_any_number_and_duration(void **state)
{
	static const int64_t durations_us[] = {7, 1000, 62500001, INT64_C(1000000000) * 1000000};

	(void)state;
	for (size_t n = 2; n <= PLAN_MAX; n++)
		for (size_t i = 0; i < sizeof durations_us / sizeof durations_us[0]; i++) {
			struct ladder ladder = {.rungs.n = n, .duration_us = durations_us[i]};

			for (size_t rung = 1; rung < n; rung++) {
				/* The first whole microsecond in the rung's share, and the last
				 * before. */
				int64_t begin_us =
					(durations_us[i] * (int64_t)rung + (int64_t)n - 1) /
					(int64_t)n;

				assert_true(ladder_rung(&ladder, begin_us) <=
					    &ladder.rungs.rows[n - 1 - rung]);
				assert_true(ladder_rung(&ladder, begin_us - 1) >
					    &ladder.rungs.rows[n - 1 - rung]);
			}
		}
}

static void test_rungs_are_those_that_were_asked_for(void **state)
{
	static const char *const texts[] = {"m=320x240", "s=160x120@5", "l=640x480", "xs=80x60"};
	struct plan asked = plan_of(texts, 4);
	struct ladder ladder = make(640, 480, &asked, 4000000);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(ladder_rung(&ladder, (int64_t)i * 1000000)->name,
				    ((const char *const[]){"xs", "s", "m", "l"})[i]);
	assert_int_equal(ladder_rung(&ladder, 1500000)->rate.frames, 5);
}

static void test_small_video_has_fewer_rungs(void **state)
{
	struct ladder ladder = make(640, 360, &none, 1000000);

	(void)state;
	assert_int_equal(ladder.rungs.n, 2);
	assert_string_equal(ladder_rung(&ladder, 499999)->name, "240p");
	assert_string_equal(ladder_rung(&ladder, 500000)->name, "360p");
}

static void test_what_has_no_ladder_is_refused_with_a_reason(void **state)
{
	static const char *const texts[] = {"s=160x120", "m=320x240"};
	struct plan asked = plan_of(texts, 2);
	const struct {
		struct plan_source source;
		const struct plan *asked;
		int64_t duration_us;
		const char *why;
	} rows[] = {
		{{.width = 1920, .height = 1080},
		 &none,
		 0,
		 "it can't be played as a ladder, as it doesn't say how long it is"},
		{{.width = 320, .height = 240},
		 &none,
		 1000000,
		 "its pictures of 320x240 are too small for a ladder, which needs two renditions"},
		{{.width = 200, .height = 150},
		 &asked,
		 1000000,
		 "its pictures of 200x150 are too small for the ladder's m=320x240"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ladder ladder;
		char why[200];

		assert_int_equal(ladder_make(&rows[i].source, rows[i].asked, rows[i].duration_us,
					     &ladder, why, sizeof why),
				 -EINVAL);
		assert_string_equal(why, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_rung_plays_for_an_equal_share),
		cmocka_unit_test(test_shares_are_exact_for_any_number_and_duration),
		cmocka_unit_test(test_rungs_are_those_that_were_asked_for),
		cmocka_unit_test(test_small_video_has_fewer_rungs),
		cmocka_unit_test(test_what_has_no_ladder_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
