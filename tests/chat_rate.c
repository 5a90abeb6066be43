/* SPDX-License-Identifier: MIT */
#include "chat/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SECOND_US = 1000000 };

static void expect(const struct rate *rate, int64_t now_us, uint64_t n, double per_s)
{
	double off = rate_per_s(rate, now_us, n) - per_s;

	assert_true(off < 1e-9 && off > -1e-9);
}

static void test_it_is_of_the_last_seconds(void **state)
{
	struct rate rate;
	int64_t now_us = 5 * SECOND_US;

	(void)state;
	rate_init(&rate, now_us, 7);
	expect(&rate, now_us, 7, 0);
	expect(&rate, now_us + 2 * SECOND_US, 17, 5);
	/* A hundred a second for a minute, then nothing. */
	for (int i = 1; i <= 60; i++)
		rate_sample(&rate, now_us + i * SECOND_US, 7 + (uint64_t)i * 100);
	expect(&rate, now_us + 60 * SECOND_US, 6007, 100);
	rate_sample(&rate, now_us + 70 * SECOND_US, 6007);
	expect(&rate, now_us + 70 * SECOND_US, 6007, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_of_the_last_seconds),
	};
	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
