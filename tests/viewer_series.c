/* SPDX-License-Identifier: MIT */
#include "viewer/series.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define WHEN INT64_C(1700000000000000) /* 2023-11-14 22:13:20 UTC */

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void test_names_have_a_number_or_the_time(void **state)
{
	static const struct {
		const char *path;
		uint64_t number;
		const char *name;
	} cases[] = {
		{"cam.mkv", 1, "cam-0001.mkv"},
		{"cam.mkv", 12345, "cam-12345.mkv"},
		{"/a.b/cam.x.mp4", 2, "/a.b/cam.x-0002.mp4"},
		{".mkv", 3, "-0003.mkv"},
		{"cam-%Y%m%d-%H%M%S.mkv", 1, "cam-20231114-221320.mkv"},
		{"%F/%T-%s.avi", 1, "2023-11-14/22:13:20-1700000000.avi"},
		{"cam-%H.mkv", 2, "cam-22-2.mkv"},
		{"100%%.mov", 1, "100%.mov"},
	};
	char name[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(series_valid(cases[i].path));
		assert_int_equal(series_name(cases[i].path, WHEN, cases[i].number, name), 0);
		assert_string_equal(name, cases[i].name);
	}
}

static void test_what_is_no_name_is_refused(void **state)
{
	static const char *const bad[] = {"%D.mkv", "%.mkv", "cam.mkv%", "%Ey.mkv", "%n.mkv"};
	char name[PATH_MAX], path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(series_valid(bad[i]));
		assert_int_equal(series_name(bad[i], WHEN, 1, name), -EINVAL);
	}
	memset(path, 'x', sizeof(path));
	path[PATH_MAX - 1] = '\0';
	assert_int_equal(series_name(path, WHEN, 1, name), -ENAMETOOLONG);
	path[0] = '%';
	path[1] = 'F';
	assert_int_equal(series_name(path, WHEN, 1, name), -ENAMETOOLONG);
	assert_int_equal(series_name("%F.mkv", INT64_MAX, 1, name), 0);
}

static void test_numbers_are_found_again(void **state)
{
	static const struct {
		const char *path, *file;
		uint64_t number;
	} cases[] = {
		{"cam.mkv", "cam-0001.mkv", 1},
		{"/a/cam.mkv", "cam-12345.mkv", 12345},
		{"cam.mkv", "cam.mkv", 0},
		{"cam.mkv", "cam-0001.mp4", 0},
		{"cam.mkv", "cam-1.mkv", 0},
		{"cam.mkv", "cam-0001-2.mkv", 0},
		{"cam.mkv", "cam2-0001.mkv", 0},
		{"cam.mkv", "cam-00x1.mkv", 0},
		{"cam.mkv", "cam-99999999999999999999999.mkv", 0},
		{"cam.mkv", "ca", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(series_number(cases[i].path, cases[i].file), cases[i].number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_have_a_number_or_the_time),
		cmocka_unit_test(test_what_is_no_name_is_refused),
		cmocka_unit_test(test_numbers_are_found_again),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
