/* SPDX-License-Identifier: MIT */
#include "common/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} cases[] = {
		{"cam", true},
		{"0", true},
		{"cam/240p", true},
		{"a/b/c/d", true},
		{"a-b_c.d", true},
		{"a.", true},
		{"a..b", true},
		{"cam/api", true},
		{"apis", true},
		{"jpg", true},
		{"cam.mp4/240p", true},
		{X64, true},
		{X64 "/" X8 X8 X8 X8 X8 X8 X8 "xxxxxxx", true},
		{"", false},
		{"/", false},
		{"/cam", false},
		{"cam/", false},
		{"cam//a", false},
		{"a/b/c/d/e", false},
		{".cam", false},
		{"..", false},
		{"cam/..", false},
		{"_cam", false},
		{"-cam", false},
		{"Cam", false},
		{"caM", false},
		{"cam ", false},
		{"cam%20", false},
		{"cam?", false},
		{"cam\n", false},
		{"c\xc3\xa4m", false},
		{X64 "x", false},
		{X64 "/" X64, false},
		{"api", false},
		{"api/streams", false},
		{"metrics", false},
		{"healthz", false},
		{"static/page", false},
		{"cam.jpg", false},
		{"cam.mjpg", false},
		{"cam.mp4", false},
		{"cam.mkv", false},
		{"cam.ts", false},
		{"cam.flv", false},
		{"cam.m3u8", false},
		{"cam/240p.ts", false},
		{"vod/film~a", true},
		{"vod/film~x7k2/240p", true},
		{"vod/a/film~" X8 X8 X8 X8, true},
		{"vod/film~" X8 X8 X8 X8 "x", false},
		{"vod/film.mp4~a", true},
		{"vod/film~a.mp4", false},
		{"vod/film~", false},
		{"vod/film~/240p", false},
		{"vod/~a", false},
		{"vod/film~a~b", false},
		{"vod/film~a/240p~b", false},
		{"vod/film~A", false},
		{"vod/film~a-b", false},
		{"film~a", false},
		{"api~a", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (name_valid(slice_from(cases[i].name)) != cases[i].valid)
			fail_msg("%s", cases[i].name);
	}
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
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_name_is_no_name),
		cmocka_unit_test(test_session_ends_with_its_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
