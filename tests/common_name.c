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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_name_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
