/* SPDX-License-Identifier: MIT */
#include "viewer/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_what_is_usual_holds_at_first(void **state)
{
	struct support support = {0};

	(void)state;
	assert_string_equal(support_marks(&support), "~&@%+");
	assert_int_equal(support_mark(&support, 'o'), '@');
	assert_int_equal(support_mark(&support, 'b'), '\0');
	assert_int_equal(support_mark(&support, '\0'), '\0');
	assert_true(support_has_parameter(&support, 'v', false));
	assert_true(support_has_parameter(&support, 'b', false));
	assert_true(support_has_parameter(&support, 'l', true));
	assert_false(support_has_parameter(&support, 'l', false));
	assert_false(support_has_parameter(&support, 'm', true));
}

static void test_the_server_says_which_modes_have_parameters(void **state)
{
	struct support support = {0};

	(void)state;
	support_take(&support, "NETWORK=x");
	support_take(&support, "CHANMODES=beIg,k,lS,imnst");
	support_take(&support, "PREFIX=(Yov)!@+");
	assert_string_equal(support_marks(&support), "!@+");
	assert_int_equal(support_mark(&support, 'Y'), '!');
	assert_int_equal(support_mark(&support, 'q'), '\0');
	assert_true(support_has_parameter(&support, 'g', false));
	assert_true(support_has_parameter(&support, 'k', false));
	assert_true(support_has_parameter(&support, 'S', true));
	assert_false(support_has_parameter(&support, 'S', false));
	assert_false(support_has_parameter(&support, 'q', true));
	assert_false(support_has_parameter(&support, 's', true));
}

static void test_what_makes_no_sense_changes_nothing(void **state)
{
	static const char *const tokens[] = {
		"PREFIX=",
		"PREFIX=(ov",
		"PREFIX=(ov)@",
		"PREFIX=ov@+",
		"PREFIX=()",
		"CHANMODES",
		"CHANMODES=",
		"CHANMODES=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,abc",
	};
	struct support support = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		support_take(&support, tokens[i]);
		assert_int_equal(support_mark(&support, 'a'), '&');
		assert_true(support_has_parameter(&support, 'l', true));
		assert_false(support_has_parameter(&support, 'n', true));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_usual_holds_at_first),
		cmocka_unit_test(test_the_server_says_which_modes_have_parameters),
		cmocka_unit_test(test_what_makes_no_sense_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
