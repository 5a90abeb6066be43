/* SPDX-License-Identifier: MIT */
#include "viewer/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(const struct roster *roster, const char *text)
{
	char all[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < roster->n; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s%s", i > 0 ? " " : "",
					roster->members[i].marks, roster->members[i].nick);
	assert_string_equal(all, text);
}

static void test_members_are_sorted_without_regard_to_case(void **state)
{
	struct roster roster = {0};

	(void)state;
	roster_set(&roster, "carol", "");
	roster_set(&roster, "Bob", "@");
	roster_set(&roster, "dan", "+@");
	roster_set(&roster, "CAROL", "+");
	expect(&roster, "@Bob +CAROL @+dan");
	roster_remove(&roster, "bob");
	roster_remove(&roster, "nobody");
	expect(&roster, "+CAROL @+dan");
	assert_null(roster_find(&roster, "bob"));
	assert_true(roster_is_operator(roster_find(&roster, "DAN")));
	assert_false(roster_is_operator(roster_find(&roster, "carol")));
	roster_finish(&roster);
}

static void test_marks_are_kept_in_their_order_and_across_names(void **state)
{
	struct roster roster = {0};

	(void)state;
	roster_set(&roster, "dan", "+");
	roster_mark(&roster, "dan", '@', true);
	roster_mark(&roster, "dan", '@', true);
	roster_rename(&roster, "dan", "eve");
	roster_mark(&roster, "dan", '~', true);
	expect(&roster, "@+eve");
	roster_mark(&roster, "eve", '+', false);
	expect(&roster, "@eve");
	roster_finish(&roster);
}

static void test_members_are_bounded(void **state)
{
	struct roster roster = {0};
	char nick[16];

	(void)state;
	for (int i = 0; i < ROSTER_MAX; i++) {
		snprintf(nick, sizeof(nick), "n%d", i);
		assert_int_equal(roster_set(&roster, nick, ""), 0);
	}
	assert_true(roster_set(&roster, "one-more", "") < 0);
	assert_int_equal(roster_set(&roster, "N7", "@"), 0);
	assert_int_equal(roster.n, ROSTER_MAX);
	roster_finish(&roster);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members_are_sorted_without_regard_to_case),
		cmocka_unit_test(test_marks_are_kept_in_their_order_and_across_names),
		cmocka_unit_test(test_members_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
