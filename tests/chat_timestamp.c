/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "chat/timestamp.h"

static void test_times_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		int64_t time_ms;
	} cases[] = {
		{"1970-01-01T00:00:00.000Z", 0},
		{"1969-12-31T23:59:59.999Z", -1},
		{"2026-11-21T08:16:59.123Z", 1795249019123},
	};
	char text[TIMESTAMP_SIZE];
	int64_t time_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(timestamp_parse(cases[i].text, &time_ms), 0);
		assert_int_equal(time_ms, cases[i].time_ms);
		timestamp_write(time_ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_other_fractions_are_read(void **state)
{
	int64_t time_ms;

	(void)state;
	assert_int_equal(timestamp_parse("1970-01-01T00:00:01Z", &time_ms), 0);
	assert_int_equal(time_ms, 1000);
	assert_int_equal(timestamp_parse("1970-01-01T00:00:01.5Z", &time_ms), 0);
	assert_int_equal(time_ms, 1500);
	assert_int_equal(timestamp_parse("1970-01-01T00:00:01.123456Z", &time_ms), 0);
	assert_int_equal(time_ms, 1123);
}

static void test_what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"*",
		"1970",
		"1970-01-01",
		"1970-01-01T00:00:00",
		"1970-01-01T00:00:00.000",
		"1970-01-01T00:00:00.000Zx",
		"1970-13-01T00:00:00.000Z",
		"1970-00-01T00:00:00.000Z",
		"1970-01-32T00:00:00.000Z",
		"1970-01-01T24:00:00.000Z",
		"1970-01-01 00:00:00.000Z",
		"+970-01-01T00:00:00.000Z",
	};
	int64_t time_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(timestamp_parse(cases[i], &time_ms), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_are_read_and_written),
		cmocka_unit_test(test_other_fractions_are_read),
		cmocka_unit_test(test_what_is_no_time_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
