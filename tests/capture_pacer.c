/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/pacer.h"
#include "capture/rate.h"

/* ---- a virtual clock, which stands still but when it is told to go on ---- */

struct world {
	struct pacer pacer;
	int64_t now_us;
};

/* Goes on to a picture, and waits for it when it has to. */
static enum pacer_verdict next(struct world *world, int64_t pts_us)
{
	enum pacer_verdict verdict;
	int64_t due_us;

	pacer_next(&world->pacer, pts_us);
	while ((verdict = pacer_judge(&world->pacer, world->now_us, &due_us)) == PACER_WAIT) {
		assert_true(due_us > world->now_us);
		world->now_us = due_us;
	}
	return verdict;
}

static void test_an_hour_at_29_97_has_no_drift(void **state)
{
	struct world world = {.now_us = 123456789};
	struct rate rate;
	int64_t start_us = world.now_us, n_frames = 3600 * 2997 / 100;

	(void)state;
	assert_int_equal(rate_parse("29.97", &rate), 0);
	for (int64_t n = 0; n < n_frames; n++) {
		assert_int_equal(next(&world, rate_time_us(rate, (uint64_t)n)), PACER_NOW);
		assert_int_equal(world.now_us - start_us, n * 100 * 1000000 / 2997);
		world.now_us += rand() % 20000; /* the work on the frame */
	}
	assert_int_equal(next(&world, rate_time_us(rate, (uint64_t)n_frames)), PACER_NOW);
	assert_int_equal(world.now_us - start_us, INT64_C(3600) * 1000000);
	assert_int_equal(world.pacer.late, 0);
	assert_int_equal(world.pacer.slips, 0);
}

/* The time at which a picture of n / (frames / seconds) is ideally shown, in exact parts: less or
 * more than at_us by so many parts of a microsecond, of which there are `frames`. */
static int64_t error_in_parts(struct rate rate, int64_t n, int64_t at_us)
{
	return at_us * rate.frames - n * rate.seconds * 1000000;
}

static void test_an_hour_at_every_rate_has_exactly_its_frames(void **state)
{
	static const struct {
		const char *text;
		int64_t frames; /* of an hour: those of which the times are less than that */
	} rates[] = {
		{"30", 108000},	       {"29.97", 107892}, {"30000/1001", 107893}, /* 107,892.1 */
		{"24000/1001", 86314},						  /* 86,313.7 */
		{"23.976", 86314},						  /* 86,313.6 */
		{"15", 54000},	       {"60", 216000},	  {"0.3", 1080},
	};
	const int64_t hour_us = INT64_C(3600) * 1000000;

	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		struct world world = {.now_us = 987654321};
		int64_t start_us = world.now_us, n = 0;
		struct rate rate;

		assert_int_equal(rate_parse(rates[i].text, &rate), 0);
		for (; rate_time_us(rate, (uint64_t)n) < hour_us; n++) {
			int64_t pts_us = rate_time_us(rate, (uint64_t)n);

			assert_int_equal(next(&world, pts_us), PACER_NOW);
			/* Shown when it is due; and its time is the ideal one, rounded down. */
			assert_int_equal(world.now_us - start_us, pts_us);
			assert_in_range(-error_in_parts(rate, n, pts_us), 0, rate.frames - 1);
			/* Now and then the machine does something else for half an interval. */
			world.now_us += rate_time_us(rate, 1) * (rand() % 50) / 100;
		}
		assert_int_equal(n, rates[i].frames);
		assert_int_equal(world.pacer.late, 0);
		assert_int_equal(world.pacer.slips, 0);
	}
}

static void test_first_picture_is_due_at_once_whatever_its_time(void **state)
{
	struct world world = {.now_us = 5000};

	(void)state;
	assert_int_equal(next(&world, 7000000), PACER_NOW);
	assert_int_equal(world.now_us, 5000);
	assert_int_equal(next(&world, 7040000), PACER_NOW);
	assert_int_equal(world.now_us, 45000);
}

static void test_uneven_times_are_kept(void **state)
{
	static const int64_t times_us[] = {0, 40000, 41000, 1500000, 1500001, 9000000};
	struct world world = {.now_us = 77};

	(void)state;
	for (size_t i = 0; i < sizeof times_us / sizeof times_us[0]; i++) {
		assert_int_equal(next(&world, times_us[i]), PACER_NOW);
		assert_int_equal(world.now_us, 77 + times_us[i]);
	}
}

static void test_a_little_late_is_shown_and_too_late_is_dropped(void **state)
{
	struct world world = {0};

	(void)state;
	assert_int_equal(next(&world, 0), PACER_NOW);
	world.now_us = 66000; /* 33 ms late: the next one isn't due yet */
	assert_int_equal(next(&world, 33333), PACER_NOW);
	world.now_us = 101000; /* 34.4 ms late: the next one is due */
	assert_int_equal(next(&world, 66666), PACER_LATE);
	assert_int_equal(next(&world, 100000), PACER_NOW);
	assert_int_equal(world.pacer.late, 1);
}

static void test_slow_encoding_drops_and_stays_on_time(void **state)
{
	struct world world = {0};
	int shown = 0;

	(void)state;
	for (int64_t n = 0; n < 3000; n++) {
		int64_t pts_us = n * 100000 / 3;

		if (next(&world, pts_us) != PACER_NOW)
			continue;
		shown++;
		assert_true(world.now_us - pts_us <= 33334);
		world.now_us += 50000; /* takes one frame interval and a half */
	}
	assert_in_range(shown, 1990, 2010);
	assert_int_equal(world.pacer.slips, 0);
}

static void test_a_stall_is_caught_up_when_dropping_is_quick(void **state)
{
	struct world world = {0};
	int64_t n = 0;

	(void)state;
	for (; n < 30; n++)
		assert_int_equal(next(&world, n * 40000), PACER_NOW);
	world.now_us += 10000000;
	while (next(&world, n++ * 40000) == PACER_LATE)
		;
	assert_int_equal(world.pacer.late, 248);
	assert_int_equal(world.pacer.slips, 0);
	assert_int_equal(next(&world, n * 40000), PACER_NOW);
	assert_int_equal(world.now_us, n * 40000);
}

static void test_a_source_slower_than_its_times_is_shown_slowly(void **state)
{
	struct world world = {0};
	int64_t last_shown_us = 0;
	int shown = 0;

	(void)state;
	for (int64_t n = 0; n < 1000; n++) {
		world.now_us += 60000; /* to decode it, of 40 ms that there are */
		if (next(&world, n * 40000) != PACER_NOW)
			continue;
		assert_true(world.now_us - last_shown_us <= PACER_CATCH_UP_US + 200000);
		last_shown_us = world.now_us;
		shown++;
	}
	assert_true(shown > 200);
	assert_true(world.pacer.slips > 10);
}

/* ---- rates ---- */

static void test_rates_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint32_t frames, seconds;
	} rows[] = {
		{"30", 0, 30, 1},
		{"29.97", 0, 2997, 100},
		{"30000/1001", 0, 30000, 1001},
		{"0.5", 0, 5, 10},
		{"1/10", 0, 1, 10},
		{"240", 0, 240, 1},
		{"", -EINVAL, 0, 0},
		{"x", -EINVAL, 0, 0},
		{"30fps", -EINVAL, 0, 0},
		{"30.", -EINVAL, 0, 0},
		{".5", -EINVAL, 0, 0},
		{"-30", -EINVAL, 0, 0},
		{" 30", -EINVAL, 0, 0},
		{"30/", -EINVAL, 0, 0},
		{"0", -ERANGE, 0, 0},
		{"30/0", -ERANGE, 0, 0},
		{"240.1", -ERANGE, 0, 0},
		{"0.05", -ERANGE, 0, 0},
		{"1/11", -ERANGE, 0, 0},
		{"0.00000000000000000001", -ERANGE, 0, 0},
		{"99999999999999999999", -ERANGE, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rate rate = {0, 0};

		assert_int_equal(rate_parse(rows[i].text, &rate), rows[i].result);
		assert_int_equal(rate.frames, rows[i].frames);
		assert_int_equal(rate.seconds, rows[i].seconds);
	}
}

static void test_time_of_a_frame_far_away_is_exact(void **state)
{
	(void)state;
	/* 30000/1001 for 1000 years; in one step this would overflow. */
	assert_int_equal(rate_time_us((struct rate){30000, 1001}, UINT64_C(30000) * 31536000),
			 INT64_C(1001) * 31536000 * 1000000);
	assert_int_equal(rate_time_us((struct rate){999983, 1000000}, UINT64_C(999983) * 1000),
			 INT64_C(1000000) * 1000 * 1000000);
	assert_int_equal(rate_time_us((struct rate){30, 1}, 1), 33333);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_hour_at_29_97_has_no_drift),
		cmocka_unit_test(test_an_hour_at_every_rate_has_exactly_its_frames),
		cmocka_unit_test(test_first_picture_is_due_at_once_whatever_its_time),
		cmocka_unit_test(test_uneven_times_are_kept),
		cmocka_unit_test(test_a_little_late_is_shown_and_too_late_is_dropped),
		cmocka_unit_test(test_slow_encoding_drops_and_stays_on_time),
		cmocka_unit_test(test_a_stall_is_caught_up_when_dropping_is_quick),
		cmocka_unit_test(test_a_source_slower_than_its_times_is_shown_slowly),
		cmocka_unit_test(test_rates_are_read_as_people_write_them),
		cmocka_unit_test(test_time_of_a_frame_far_away_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
