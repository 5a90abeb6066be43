/* SPDX-License-Identifier: MIT */
#include "chat/duration.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_what_people_type(void **state)
{
	static const struct {
		const char *text;
		int result;
		int64_t s;
	} cases[] = {
		{"10m", 0, 600},
		{"10", 0, 600},
		{"2h", 0, 7200},
		{"2H", 0, 7200},
		{"1d12h", 0, 129600},
		{"1w2d3h4m5s", 0, 788645},
		{"90s", 0, 90},
		{"0h1s", 0, 1},
		{"3650d", 0, DURATION_MAX_S},
		{"3650d1s", -ERANGE, 0},
		{"5256001", -ERANGE, 0},
		{"99999999999999999999s", -ERANGE, 0},
		{"99999999999999999999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"0", -EINVAL, 0},
		{"0m", -EINVAL, 0},
		{"m", -EINVAL, 0},
		{"-1m", -EINVAL, 0},
		{"1.5h", -EINVAL, 0},
		{"10x", -EINVAL, 0},
		{"1h1h", -EINVAL, 0},
		{"1m1h", -EINVAL, 0},
		{"1h30", -EINVAL, 0},
		{"0h30", -EINVAL, 0},
		{"10 m", -EINVAL, 0},
		{"rude", -EINVAL, 0},
		{"99999999999999999999x", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t s = 0;
		int result = duration_parse(cases[i].text, &s);

		if (result != cases[i].result || (result == 0 && s != cases[i].s))
			fail_msg("%s: %d, %lld", cases[i].text, result, (long long)s);
	}
}

static void test_what_people_read(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {
		{0, "0s"},	   {1, "1s"},
		{60, "1m"},	   {61, "1m1s"},
		{3600, "1h"},	   {3661, "1h1m"},
		{86399, "23h59m"}, {129600, "1d12h"},
		{604801, "1w"},	   {DURATION_MAX_S, "521w3d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(duration_text(cases[i].s).text, cases[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_people_type),
		cmocka_unit_test(test_what_people_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
