/* SPDX-License-Identifier: MIT */
#include "viewer/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_messages_are_found_by_who_and_where(void **state)
{
	struct recent recent = {0};

	(void)state;
	assert_null(recent_last(&recent, "bob"));
	assert_null(recent_at(&recent, 1));
	recent_add(&recent, "a", "Bob", false);
	recent_add(&recent, "b", "dan", true);
	recent_add(&recent, "c", "bob", false);
	recent_add(&recent, "", "bob", false);
	assert_string_equal(recent_last(&recent, "BOB")->id, "c");
	assert_string_equal(recent_last(&recent, NULL)->id, "b");
	assert_string_equal(recent_at(&recent, 1)->id, "c");
	assert_string_equal(recent_at(&recent, 3)->id, "a");
	assert_null(recent_at(&recent, 4));
	assert_null(recent_at(&recent, 0));
	assert_string_equal(recent_find(&recent, "a")->nick, "Bob");
	recent_remove(&recent, "c");
	recent_remove(&recent, "none");
	assert_string_equal(recent_last(&recent, "bob")->id, "a");
	assert_null(recent_find(&recent, "c"));
	recent_finish(&recent);
}

static void test_the_oldest_makes_room(void **state)
{
	char long_id[RECENT_ID_SIZE + 1], id[16];
	struct recent recent = {0};

	(void)state;
	for (int i = 0; i <= RECENT_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		recent_add(&recent, id, "bob", false);
	}
	assert_int_equal(recent.n, RECENT_MAX);
	assert_null(recent_find(&recent, "0"));
	assert_string_equal(recent_at(&recent, RECENT_MAX)->id, "1");
	memset(long_id, 'x', RECENT_ID_SIZE);
	long_id[RECENT_ID_SIZE] = '\0';
	recent_add(&recent, long_id, "bob", false);
	assert_string_equal(recent_at(&recent, RECENT_MAX)->id, "1");
	recent_finish(&recent);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_are_found_by_who_and_where),
		cmocka_unit_test(test_the_oldest_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
