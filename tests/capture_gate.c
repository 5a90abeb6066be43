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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_rate_is_no_limit),
		cmocka_unit_test(test_an_hour_at_29_97_has_no_drift),
		cmocka_unit_test(test_a_source_that_was_still_begins_anew),
		cmocka_unit_test(test_twice_the_rate_never_goes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
