/* SPDX-License-Identifier: MIT */
#include "common/repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct repeats repeats;
static char told[REPEATS_TEXT_SIZE];

static int setup(void **state)
{
	(void)state;
	repeats = (struct repeats){0};
	return 0;
}

static unsigned admit(const char *line, unsigned times, int64_t now_us)
{
	unsigned n = 0;

	for (unsigned i = 0; i < times; i++)
		n += repeats_admit(&repeats, line, now_us);
	return n;
}

static void test_the_first_are_said_and_the_others_counted(void **state)
{
	(void)state;
	assert_int_equal(admit("again", 422, 0), REPEATS_SAID);
	assert_int_equal(repeats_take(&repeats, REPEATS_WINDOW_US - 1, false, told), 0);
	assert_int_equal(repeats_take(&repeats, REPEATS_WINDOW_US, false, told), 412);
	assert_string_equal(told, "again");
	assert_int_equal(repeats_take(&repeats, REPEATS_WINDOW_US, false, told), 0);
	assert_int_equal(admit("again", 20, REPEATS_WINDOW_US), REPEATS_SAID);
	/* At the end of a program. */
	assert_int_equal(repeats_take(&repeats, REPEATS_WINDOW_US, true, told), 10);
}

static void test_what_comes_now_and_then_is_always_said(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(admit("now and then", 2, (int64_t)i * REPEATS_WINDOW_US), 2);
	assert_int_equal(repeats_take(&repeats, INT64_MAX, true, told), 0);
}

static void test_lines_are_the_same_but_for_addresses_and_numbers(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"401 from 127.0.0.1:5000", "401 from 192.0.2.7:6", true},
		{"from [::1]:5 (native)", "from [2001:db8::1]:77 (native)", true},
		{"took 12 s", "took 1900 ms", false},
		{"took 12 ms", "took 1900 ms", true},
		{"fd=7", "fd=12", true},
		{"stream cam: gone", "stream door: gone", false},
		{"stream cam1: gone", "stream cam2: gone", false},
		{"a 1 b", "a 1 c", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(state);
		assert_int_equal(admit(rows[i].a, REPEATS_SAID, 0), REPEATS_SAID);
		if (repeats_admit(&repeats, rows[i].b, 0) == rows[i].same)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static void test_more_different_lines_than_there_is_room_for_are_said(void **state)
{
	char line[32];

	(void)state;
	for (unsigned i = 0; i < 2 * REPEATS_SLOTS; i++) {
		snprintf(line, sizeof(line), "line %c%c", 'a' + (char)(i % 26),
			 'a' + (char)(i / 26));
		assert_true(admit(line, REPEATS_SAID + 1, 0) >= REPEATS_SAID);
	}
	for (unsigned i = 0; i < REPEATS_SLOTS; i++)
		assert_int_equal(repeats_take(&repeats, 0, true, told), 1);
	assert_int_equal(repeats_take(&repeats, 0, true, told), 0);
}

static void test_long_lines_are_cut(void **state)
{
	char line[2 * REPEATS_TEXT_SIZE];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	admit(line, REPEATS_SAID + 1, 0);
	assert_int_equal(repeats_take(&repeats, 0, true, told), 1);
	assert_int_equal(strlen(told), REPEATS_TEXT_SIZE - 1);
}

#define REPEATS_TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPEATS_TEST(test_the_first_are_said_and_the_others_counted),
		REPEATS_TEST(test_what_comes_now_and_then_is_always_said),
		REPEATS_TEST(test_lines_are_the_same_but_for_addresses_and_numbers),
		REPEATS_TEST(test_more_different_lines_than_there_is_room_for_are_said),
		REPEATS_TEST(test_long_lines_are_cut),
	};

	return cmocka_run_group_tests_name("common_repeats", tests, NULL, NULL);
}
