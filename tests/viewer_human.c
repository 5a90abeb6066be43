/* SPDX-License-Identifier: MIT */
#include "viewer/human.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_bytes_have_a_unit_that_fits(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{999, "999 B"},
		{1000, "1.0 kB"},
		{999949, "999.9 kB"},
		{999950, "1.0 MB"},
		{3000000, "3.0 MB"},
		{UINT64_MAX, "18446744.1 TB"},
	};
	char text[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_bytes(cases[i].bytes, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_times_have_two_units_at_most(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {
		{-1, "0.0 s"},		 {0.26, "0.3 s"},      {60, "1 min 00 s"},
		{185, "3 min 05 s"},	 {7380, "2 h 03 min"}, {352800, "4 d 02 h"},
		{1e300, "11574 d 01 h"},
	};
	char text[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_time(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_latencies_are_in_ms_or_s(void **state)
{
	char text[HUMAN_SIZE];

	(void)state;
	human_latency(3210, text);
	assert_string_equal(text, "3.2 ms");
	human_latency(1250000, text);
	assert_string_equal(text, "1.25 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_have_a_unit_that_fits),
		cmocka_unit_test(test_times_have_two_units_at_most),
		cmocka_unit_test(test_latencies_are_in_ms_or_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
