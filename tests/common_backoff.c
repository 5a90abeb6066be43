/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/backoff.h"

static void test_waits_double_up_to_a_limit_and_begin_anew(void **state)
{
	struct backoff backoff;

	(void)state;
	for (int round = 0; round < 2; round++) {
		int64_t longest_us = BACKOFF_MIN_US;

		backoff_init(&backoff);
		for (int i = 0; i < 20; i++) {
			int64_t wait_us = backoff_take_us(&backoff);

			assert_true(wait_us >= longest_us / 2);
			assert_true(wait_us <= longest_us);
			longest_us =
				longest_us * 2 < BACKOFF_MAX_US ? longest_us * 2 : BACKOFF_MAX_US;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_double_up_to_a_limit_and_begin_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
