/* SPDX-License-Identifier: MIT */
/* The controller against pictures whose sizes at every quality are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/quality.h"

/* ---- pictures: bytes at quality 10, 15, … 100, as TurboJPEG made them of 1280x720 pixels, 4:2:0
 * ---- */

enum { STEPS = 19 };

/* ffmpeg -f lavfi -i testsrc2=s=1280x720 -frames:v 1 …; mandelbrot=…; color=gray:…,noise=alls=60 */
static const unsigned plain[STEPS] = {20706, 22892, 25019, 27237, 29417, 31147, 32542,
				      34273, 35739, 37282, 39247, 41786, 44863, 48198,
				      52743, 58737, 68102, 86142, 136947};
static const unsigned fractal[STEPS] = {21151, 24268, 26987, 29559,  31855, 34228, 36400,
					38593, 40636, 42933, 45295,  48553, 52589, 57991,
					66527, 77158, 96499, 138611, 310879};
static const unsigned noise[STEPS] = {77149,  115861, 154044, 197639,  244475, 286270, 319721,
				      351228, 378110, 405048, 435747,  470776, 511144, 554813,
				      615816, 694870, 819115, 1067054, 1792671};

static const unsigned tiny[STEPS] = {500, 500, 500, 500, 500, 500, 500, 500, 500, 500,
				     500, 500, 500, 500, 500, 500, 500, 500, 500};

static size_t size_of(const unsigned curve[STEPS], int quality)
{
	unsigned at = quality < 10 ? 0 : (unsigned)(quality - 10) / 5;
	unsigned rest = quality < 10 ? 0 : (unsigned)(quality - 10) % 5;

	return at == STEPS - 1 ? curve[at] : curve[at] + (curve[at + 1] - curve[at]) * rest / 5;
}

/* ---- a run on virtual time ---- */

enum { MAX_FRAMES = 4000, SECOND_US = 1000000 };

struct run {
	struct quality quality;
	int64_t limit_kbps, now_us, interval_us;
	unsigned jitter; /* of sizes, in per cent, up and down */
	size_t n, encoded;
	struct {
		int64_t at_us;
		size_t len; /* 0: left out */
		int quality;
	} frames[MAX_FRAMES];
};

static struct run *start(int highest, int64_t kbps, int64_t interval_us)
{
	static struct run run;

	run = (struct run){.limit_kbps = kbps, .interval_us = interval_us};
	quality_init(&run.quality, highest, kbps);
	srand(1);
	return &run;
}

static size_t encode(struct run *run, const unsigned curve[STEPS])
{
	enum quality_verdict verdict;
	size_t len;

	if (!quality_begin(&run->quality, run->now_us))
		return 0;
	do {
		unsigned percent = 100 - run->jitter;

		if (run->jitter > 0)
			percent += (unsigned)rand() % (2 * run->jitter + 1);
		len = size_of(curve, run->quality.now) * percent / 100;
		run->frames[run->n].quality = run->quality.now;
		run->encoded++;
		verdict = quality_judge(&run->quality, len);
	} while (verdict == QUALITY_AGAIN);
	return verdict == QUALITY_SEND ? len : 0;
}

static void play(struct run *run, const unsigned curve[STEPS], int64_t duration_us)
{
	for (int64_t end_us = run->now_us + duration_us; run->now_us < end_us;
	     run->now_us += run->interval_us) {
		assert_true(run->n < MAX_FRAMES);
		run->frames[run->n].at_us = run->now_us;
		run->frames[run->n].len = encode(run, curve);
		run->n++;
	}
}

/* The most that any second has, in per cent of the limit. */
static double worst_second(const struct run *run)
{
	double worst = 0;

	for (size_t i = 0; i < run->n; i++) {
		double bits = 0;

		for (size_t k = i;
		     k < run->n && run->frames[k].at_us < run->frames[i].at_us + SECOND_US; k++)
			bits += 8.0 * (double)run->frames[k].len;
		if (bits > worst)
			worst = bits;
	}
	return worst / 10 / (double)run->limit_kbps;
}

static double mean_of(const struct run *run, int64_t since_us)
{
	double bits = 0;

	for (size_t i = 0; i < run->n; i++)
		if (run->frames[i].at_us >= since_us)
			bits += 8.0 * (double)run->frames[i].len;
	return bits * 1000 / (double)(run->now_us - since_us) * 100 / (double)run->limit_kbps;
}

static size_t left_out(const struct run *run, int64_t since_us)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n; i++)
		n += run->frames[i].at_us >= since_us && run->frames[i].len == 0;
	return n;
}

static void range_of(const struct run *run, int64_t since_us, int *ret_min, int *ret_max)
{
	*ret_min = 100;
	*ret_max = 1;
	for (size_t i = 0; i < run->n; i++) {
		int quality = run->frames[i].quality;

		if (run->frames[i].at_us < since_us)
			continue;
		*ret_min = quality < *ret_min ? quality : *ret_min;
		*ret_max = quality > *ret_max ? quality : *ret_max;
	}
}

/* ---- tests ---- */

static const unsigned *const curves[] = {plain, fractal, noise};

static void test_settles_below_the_limit_and_stays(void **state)
{
	static const int64_t intervals_us[] = {16667, 33333, 66667, 200000};
	static const int highest[] = {80, 100};

	(void)state;
	for (size_t c = 0; c < 3; c++)
		for (size_t i = 0; i < 4; i++)
			for (size_t h = 0; h < 2; h++)
				for (int want = 15; want <= 95; want += 10) {
					/* A limit that this quality would just keep. */
					int64_t kbps = (int64_t)size_of(curves[c], want) * 8 *
						       1000 / intervals_us[i] * 100 / 90;
					struct run *run = start(highest[h], kbps, intervals_us[i]);
					int min, max;

					play(run, curves[c], 10 * SECOND_US);
					range_of(run, 5 * SECOND_US, &min, &max);
					print_message("curve %zu, %lld us, %lld kbit/s, from %d: "
						      "%d to %d, %.0f %%, worst %.0f %%\n",
						      c, (long long)intervals_us[i],
						      (long long)kbps, highest[h], min, max,
						      mean_of(run, 5 * SECOND_US),
						      worst_second(run));
					assert_int_equal(min, max);
					assert_true(max <= highest[h]);
					assert_true(worst_second(run) <= 110);
					assert_int_equal(left_out(run, 0), 0);
					if (max < highest[h])
						assert_true(mean_of(run, 5 * SECOND_US) > 60);
				}
}

static void test_pictures_that_differ_a_little_do_not_make_it_swing(void **state)
{
	(void)state;
	for (size_t c = 0; c < 3; c++) {
		int64_t kbps = (int64_t)size_of(curves[c], 60) * 8 * 30 / 1000;
		struct run *run = start(90, kbps, 33333);
		int min, max;

		run->jitter = 8;
		play(run, curves[c], 20 * SECOND_US);
		range_of(run, 2 * SECOND_US, &min, &max);
		print_message("%d to %d, %.0f %%\n", min, max, mean_of(run, 2 * SECOND_US));
		assert_true(max - min <= 25);
		assert_true(worst_second(run) <= 105);
		assert_true(mean_of(run, 2 * SECOND_US) > 65);
		assert_int_equal(left_out(run, 0), 0);
	}
}

static void test_easy_pictures_have_the_highest_quality(void **state)
{
	static const int highest[] = {100, 80, 50, 9, 1};

	(void)state;
	for (size_t h = 0; h < sizeof highest / sizeof highest[0]; h++) {
		struct run *run = start(highest[h], 100000, 33333);
		int min, max;

		play(run, plain, 3 * SECOND_US);
		range_of(run, 0, &min, &max);
		assert_int_equal(min, highest[h]);
		assert_int_equal(max, highest[h]);
	}
}

static void test_scene_change_is_followed_within_a_second(void **state)
{
	struct run *run = start(90, 26000, 33333);
	int min, max;

	(void)state;
	for (int round = 0; round < 5; round++) {
		int64_t change_us;

		play(run, plain, 3 * SECOND_US);
		change_us = run->now_us;
		play(run, noise, 3 * SECOND_US);
		/* Not even a picture is lost. */
		assert_int_equal(left_out(run, change_us), 0);
		range_of(run, change_us + SECOND_US, &min, &max);
		assert_int_equal(min, max);
		assert_in_range(max, QUALITY_LOWEST, 20);
		change_us = run->now_us;
		play(run, plain, 3 * SECOND_US);
		range_of(run, change_us + SECOND_US, &min, &max);
		assert_int_equal(min, 90);
	}
	assert_true(worst_second(run) <= 105);
	/* It is few pictures that are encoded more than once. */
	assert_true(run->encoded < run->n + 10 * QUALITY_TRIES);
}

static void test_what_is_always_too_large_is_left_out_evenly(void **state)
{
	static const int64_t limits_kbps[] = {15000, 9000, 5000, 2000, 500};

	(void)state;
	for (size_t i = 0; i < sizeof limits_kbps / sizeof limits_kbps[0]; i++) {
		struct run *run = start(80, limits_kbps[i], 33333);
		size_t last = 0, least = SIZE_MAX, most = 0;

		play(run, noise, 40 * SECOND_US);
		for (size_t k = 0; k < run->n; k++) {
			if (run->frames[k].len == 0 || run->frames[k].at_us < 5 * SECOND_US)
				continue;
			if (last > 0 && k - last < least)
				least = k - last;
			if (last > 0 && k - last > most)
				most = k - last;
			last = k;
		}
		print_message("%lld kbit/s: each %zu. to %zu., %.0f %%\n",
			      (long long)limits_kbps[i], least, most, mean_of(run, 5 * SECOND_US));
		assert_true(run->quality.starved);
		assert_true(most <= least + 1);
		assert_true(mean_of(run, 5 * SECOND_US) <= 100);
		assert_true(mean_of(run, 5 * SECOND_US) > 55);
		/* What is left out isn't encoded in vain. */
		assert_true(run->encoded < run->n - run->quality.dropped + 10);
		/* And it is over when they are small again. */
		int64_t change_us = run->now_us + 4 * SECOND_US;
		play(run, tiny, 6 * SECOND_US);
		assert_int_equal(left_out(run, change_us), 0);
	}
}

static void test_a_screen_that_stood_still_may_move_at_once(void **state)
{
	struct run *run = start(80, 10000, 2 * SECOND_US);

	(void)state;
	play(run, fractal, 20 * SECOND_US);
	run->interval_us = 33333;
	play(run, fractal, 5 * SECOND_US);
	assert_true(worst_second(run) <= 115);
	assert_true(left_out(run, 0) <= 3);
	run->interval_us = 2 * SECOND_US;
	play(run, fractal, 20 * SECOND_US);
	assert_int_equal(run->frames[run->n - 1].quality, 80);
}

static void test_without_a_limit_all_is_as_it_was(void **state)
{
	struct run *run = start(80, 0, 33333);

	(void)state;
	play(run, noise, SECOND_US);
	assert_int_equal(left_out(run, 0), 0);
	assert_int_equal(run->quality.now, 80);
	assert_true(quality_passes(&run->quality, run->now_us, 100000000));
	/* A limit may go, too. */
	quality_limit(&run->quality, 1000);
	play(run, noise, 2 * SECOND_US);
	assert_int_equal(run->quality.now, QUALITY_LOWEST);
	quality_limit(&run->quality, 0);
	assert_int_equal(run->quality.now, 80);
}

static void test_ready_made_pictures_pass_while_they_are_small(void **state)
{
	struct quality quality;
	int64_t at_us = 0;
	int passed = 0;

	(void)state;
	quality_init(&quality, 80, 8000); /* 30,000 bytes in a 30th of a second */
	for (int n = 0; n < 90; n++, at_us += 33333)
		passed += quality_passes(&quality, at_us, 25000);
	assert_int_equal(passed, 90);
	/* Of those that are too large only a few, on credit. */
	passed = 0;
	for (int n = 0; n < 90; n++, at_us += 33333)
		if (quality_passes(&quality, at_us, 40000))
			passed++;
		else if (quality_begin(&quality, at_us))
			(void)quality_judge(&quality, 20000);
	assert_true(passed <= 8);
	/* It doesn't swing: what is nearly too large doesn't pass again. */
	passed = 0;
	for (int n = 0; n < 90; n++, at_us += 33333)
		if (quality_passes(&quality, at_us, 29000))
			passed++;
		else if (quality_begin(&quality, at_us))
			(void)quality_judge(&quality, 28000);
	assert_int_equal(passed, 0);
	for (int n = 0; n < 90; n++, at_us += 33333)
		passed += quality_passes(&quality, at_us, 15000);
	assert_true(passed > 85);
}

static void test_highest_and_limit_change_at_once(void **state)
{
	struct quality quality;

	(void)state;
	quality_init(&quality, 90, 0);
	quality_change(&quality, 40, 0);
	assert_int_equal(quality.now, 40);
	quality_change(&quality, 80, 0);
	assert_int_equal(quality.now, 80);
	/* Under a limit it goes up only as pictures allow. */
	quality_change(&quality, 30, 500);
	assert_int_equal(quality.now, 30);
	assert_true(quality_limits(&quality));
	quality_change(&quality, 95, 500);
	assert_int_equal(quality.now, 30);
	quality_change(&quality, 5, 500);
	assert_int_equal(quality.now, 5);
	assert_int_equal(quality.lowest, 5);
	quality_change(&quality, 70, 0);
	assert_int_equal(quality.now, 70);
	assert_int_equal(quality.lowest, QUALITY_LOWEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settles_below_the_limit_and_stays),
		cmocka_unit_test(test_pictures_that_differ_a_little_do_not_make_it_swing),
		cmocka_unit_test(test_easy_pictures_have_the_highest_quality),
		cmocka_unit_test(test_scene_change_is_followed_within_a_second),
		cmocka_unit_test(test_what_is_always_too_large_is_left_out_evenly),
		cmocka_unit_test(test_a_screen_that_stood_still_may_move_at_once),
		cmocka_unit_test(test_without_a_limit_all_is_as_it_was),
		cmocka_unit_test(test_ready_made_pictures_pass_while_they_are_small),
		cmocka_unit_test(test_highest_and_limit_change_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
