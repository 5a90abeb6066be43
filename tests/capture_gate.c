/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/gate.h"

static const int64_t start_us = 123456789;

static void test_no_rate_is_no_limit(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate, (struct rate){0, 0});
	for (int64_t i = 0; i < 5; i++) {
		assert_true(gate_due_us(&gate) <= start_us + i);
		gate_pass(&gate, start_us + i);
	}
}

static void test_an_hour_at_29_97_has_no_drift(void **state)
{
	struct gate gate;
	int64_t now_us = start_us, n_pictures = 3600 * 2997 / 100;

	(void)state;
	gate_init(&gate, (struct rate){2997, 100});
	for (int64_t n = 0; n < n_pictures; n++) {
		if (gate_due_us(&gate) > now_us)
			now_us = gate_due_us(&gate);
		now_us += n * 7919 % 20000; /* a timer is late, sometimes more, sometimes less */
		gate_pass(&gate, now_us);
	}
	assert_int_equal(gate_due_us(&gate) - start_us, INT64_C(3600) * 1000000);
}

/* The time of a source's picture: even, or each half an interval early or late. */
static int64_t picture_us(struct rate rate, int64_t n, bool uneven)
{
	int64_t at_us = start_us + rate_time_us(rate, (uint64_t)n);

	return uneven ? at_us + rate_time_us(rate, 1) * (n * 7919 % 101 - 50) / 101 : at_us;
}

/*
 * What a rendition of a lower rate takes of a source's pictures. They keep their own times, so each
 * may be as far from the rate's as the source's are from each other, and a quarter of an interval;
 * but none adds up, and there are as many as the rate says.
 */
static void test_an_hour_of_any_source_is_thinned_without_drift(void **state)
{
	static const struct {
		struct rate from, to;
	} rows[] = {
		{{30, 1}, {15, 1}},	  {{25, 1}, {15, 1}},	     {{60, 1}, {30, 1}},
		{{60, 1}, {30000, 1001}}, {{60, 1}, {24000, 1001}},  {{60, 1}, {15, 1}},
		{{30000, 1001}, {15, 1}}, {{120, 1}, {30000, 1001}}, {{60000, 1001}, {24000, 1001}},
	};
	const int64_t hour_us = INT64_C(3600) * 1000000;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		struct rate from = rows[i / 2].from, to = rows[i / 2].to;
		int64_t source_us = rate_time_us(from, 1), to_us = rate_time_us(to, 1), taken = 0;
		bool uneven = i % 2 == 1;
		int64_t first_us = picture_us(from, 0, uneven);
		struct gate gate;

		gate_init(&gate, to);
		for (int64_t n = 0; picture_us(from, n, uneven) < first_us + hour_us; n++) {
			int64_t at_us = picture_us(from, n, uneven), ideal_us;

			if (!gate_takes(&gate, at_us))
				continue;
			ideal_us = first_us + rate_time_us(to, (uint64_t)taken++);
			assert_true(at_us - ideal_us >= -(to_us / 4 + 1));
			assert_true(at_us - ideal_us <= 2 * source_us + 1);
		}
		assert_in_range(taken, hour_us / to_us - 2, hour_us / to_us + 2);
	}
}

static void test_a_source_that_was_still_begins_anew(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate, (struct rate){10, 1});
	gate_pass(&gate, start_us);
	assert_int_equal(gate_due_us(&gate), start_us + 100000);
	gate_pass(&gate, start_us + 1234567);
	assert_int_equal(gate_due_us(&gate), start_us + 1334567);
}

static void test_twice_the_rate_never_goes_through(void **state)
{
	struct gate gate;
	int passed = 0;

	(void)state;
	gate_init(&gate, (struct rate){25, 1});
	for (int64_t now_us = start_us; now_us < start_us + 10000000; now_us += 1000)
		if (gate_due_us(&gate) <= now_us) {
			gate_pass(&gate, now_us);
			passed++;
		}
	assert_int_equal(passed, 250);
}

/* Pictures that come at one rate, each early or late by a little, taken at another. */
static void test_rate_is_divided(void **state)
{
	static const struct {
		unsigned from, to;
		int64_t jitter_us;
		int n;
	} rows[] = {
		{30, 15, 0, 150},    {30, 15, 3000, 150}, {30, 10, 5000, 100}, {30, 20, 0, 200},
		{30, 29, 2000, 290}, {60, 25, 1000, 250}, {30, 60, 0, 300},    {25, 25, 4000, 250},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rate from = {rows[i].from, 1};
		struct gate gate;
		int taken = 0;

		gate_init(&gate, (struct rate){rows[i].to, 1});
		for (uint64_t n = 0; n < 10 * rows[i].from; n++) {
			int64_t jitter_us = n * 7 % 3 == 1	  ? rows[i].jitter_us
					    : n > 0 && n % 5 == 0 ? -rows[i].jitter_us
								  : 0;

			taken += gate_takes(&gate, start_us + rate_time_us(from, n) + jitter_us);
		}
		assert_in_range(taken, rows[i].n - 1, rows[i].n + 1);
	}
}

static void test_every_picture_is_taken_without_a_rate(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate, (struct rate){0, 0});
	for (int64_t i = 0; i < 100; i++)
		assert_true(gate_takes(&gate, start_us + i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate_is_divided),
		cmocka_unit_test(test_every_picture_is_taken_without_a_rate),
		cmocka_unit_test(test_no_rate_is_no_limit),
		cmocka_unit_test(test_an_hour_at_29_97_has_no_drift),
		cmocka_unit_test(test_an_hour_of_any_source_is_thinned_without_drift),
		cmocka_unit_test(test_a_source_that_was_still_begins_anew),
		cmocka_unit_test(test_twice_the_rate_never_goes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
