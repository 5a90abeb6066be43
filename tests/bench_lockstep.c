/* SPDX-License-Identifier: MIT */
#include "bench/lockstep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_the_last_viewer_counts(void **state)
{
	struct lockstep lockstep;

	(void)state;
	lockstep_init(&lockstep, 10, 3);
	assert_false(lockstep_pass(&lockstep, 10, 11));
	assert_false(lockstep_pass(&lockstep, 11, 14)); /* one that is ahead */
	assert_false(lockstep_pass(&lockstep, 10, 12));
	assert_int_equal(lockstep.complete, 10);
	assert_true(lockstep_pass(&lockstep, 10, 11));
	assert_int_equal(lockstep.complete, 11);
}

static void test_frames_before_the_first_do_not_count(void **state)
{
	struct lockstep lockstep;

	(void)state;
	lockstep_init(&lockstep, 10, 1);
	assert_false(lockstep_pass(&lockstep, 0, 10));
	assert_int_equal(lockstep.complete, 10);
	assert_true(lockstep_pass(&lockstep, 4, 12)); /* of which two do */
	assert_int_equal(lockstep.complete, 12);
}

static void test_dropped_frames_are_passed(void **state)
{
	struct lockstep lockstep;

	(void)state;
	lockstep_init(&lockstep, 0, 2);
	assert_false(lockstep_pass(&lockstep, 0, 5));
	assert_true(lockstep_pass(&lockstep, 0, 4));
	assert_int_equal(lockstep.complete, 4);
}

static void test_numbers_may_go_round_for_ever(void **state)
{
	struct lockstep lockstep;

	(void)state;
	lockstep_init(&lockstep, 0, 2);
	for (uint64_t n = 0; n < 10 * LOCKSTEP_FRAMES; n += LOCKSTEP_FRAMES) {
		assert_false(lockstep_pass(&lockstep, n, n + LOCKSTEP_FRAMES));
		assert_true(lockstep_pass(&lockstep, n, n + LOCKSTEP_FRAMES));
		assert_int_equal(lockstep.complete, n + LOCKSTEP_FRAMES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_viewer_counts),
		cmocka_unit_test(test_frames_before_the_first_do_not_count),
		cmocka_unit_test(test_dropped_frames_are_passed),
		cmocka_unit_test(test_numbers_may_go_round_for_ever),
	};

	return cmocka_run_group_tests_name("bench_lockstep", tests, NULL, NULL);
}
