/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/audience.h"

static const int64_t start_us = 123456789;

static void test_relay_that_does_not_tell_is_given_frames(void **state)
{
	struct audience audience;

	(void)state;
	audience_init(&audience, start_us);
	assert_true(audience_wants(&audience, start_us));
	assert_false(audience_is_there(&audience, start_us + AUDIENCE_TELL_US - 1));
	assert_true(audience_is_there(&audience, start_us + AUDIENCE_TELL_US));
	assert_true(audience_wants(&audience, start_us + 1000 * INT64_C(1000000)));
}

static void test_frames_are_wanted_for_a_while_after_the_last_left(void **state)
{
	struct audience audience;

	(void)state;
	audience_init(&audience, start_us);
	assert_true(audience_told(&audience, 2, start_us));
	assert_true(audience_is_there(&audience, start_us));
	assert_true(audience_told(&audience, 0, start_us + 50));
	assert_false(audience_is_there(&audience, start_us + 50));
	/* Once more is no news, and doesn't lengthen it. */
	assert_false(audience_told(&audience, 0, start_us + 1000));
	assert_true(audience_wants(&audience, start_us + 50 + AUDIENCE_LINGER_US - 1));
	assert_false(audience_wants(&audience, start_us + 50 + AUDIENCE_LINGER_US));
}

static void test_changes_from_and_to_nobody_are_news(void **state)
{
	static const struct {
		uint64_t n;
		bool news;
	} rows[] = {{0, true}, {0, false}, {1, true}, {5, false}, {1, false}, {0, true}, {7, true}};
	struct audience audience;

	(void)state;
	audience_init(&audience, start_us);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(audience_told(&audience, rows[i].n, start_us), rows[i].news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relay_that_does_not_tell_is_given_frames),
		cmocka_unit_test(test_frames_are_wanted_for_a_while_after_the_last_left),
		cmocka_unit_test(test_changes_from_and_to_nobody_are_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
