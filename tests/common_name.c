/* SPDX-License-Identifier: MIT */
#include "common/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8

static void check_all(const char *const *names, size_t n, bool valid)
{
	for (size_t i = 0; i < n; i++) {
		if (name_valid(slice_from(names[i])) != valid)
			fail_msg("%s", names[i]);
	}
}

static void test_names_are_levels_of_few_characters(void **state)
{
	static const char *const names[] = {
		"cam",
		"0",
		"cam/240p",
		"a/b/c/d",
		"a-b_c.d",
		"a.",
		"a..b",
		"cam/api",
		"apis",
		"jpg",
		"cam.mp4/240p",
		X64,
		X64 "/" X8 X8 X8 X8 X8 X8 X8 "xxxxxxx",
		"vod/film~a",
		"vod/film~x7k2/240p",
		"vod/a/film~" X8 X8 X8 X8,
		"vod/film.mp4~a",
	};

	(void)state;
	check_all(names, sizeof(names) / sizeof(*names), true);
}

static void test_other_names_are_refused(void **state)
{
	static const char *const names[] = {
		"",
		"/",
		"/cam",
		"cam/",
		"cam//a",
		"a/b/c/d/e",
		".cam",
		"..",
		"cam/..",
		"_cam",
		"-cam",
		"Cam",
		"caM",
		"cam ",
		"cam%20",
		"cam?",
		"cam\n",
		"c\xc3\xa4m",
		X64 "x",
		X64 "/" X64,
		"api",
		"api/streams",
		"metrics",
		"healthz",
		"static/page",
		"cam.jpg",
		"cam.mjpg",
		"cam.mp4",
		"cam.mkv",
		"cam.ts",
		"cam.flv",
		"cam.m3u8",
		"cam/240p.ts",
		"vod/film~" X8 X8 X8 X8 "x",
		"vod/film~a.mp4",
		"vod/film~",
		"vod/film~/240p",
		"vod/~a",
		"vod/film~a~b",
		"vod/film~a/240p~b",
		"vod/film~A",
		"vod/film~a-b",
		"film~a",
		"api~a",
	};

	(void)state;
	check_all(names, sizeof(names) / sizeof(*names), false);
}

static void test_no_name_is_no_name(void **state)
{
	(void)state;
	assert_false(name_valid((struct slice){0}));
	assert_false(name_valid((struct slice){"a\0b", 3}));
}

static void test_session_ends_with_its_level(void **state)
{
	static const struct {
		const char *name, *session;
	} cases[] = {
		{"vod/film~x7k2", "vod/film~x7k2"},
		{"vod/film~x7k2/240p", "vod/film~x7k2"},
		{"vod/film", ""},
		{"cam", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(slice_equal(name_session(slice_from(cases[i].name)), cases[i].session));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_levels_of_few_characters),
		cmocka_unit_test(test_other_names_are_refused),
		cmocka_unit_test(test_no_name_is_no_name),
		cmocka_unit_test(test_session_ends_with_its_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
