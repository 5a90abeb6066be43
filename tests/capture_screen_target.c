/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/screen_target.h"

static void test_what_people_type_is_understood(void **state)
{
	static const struct {
		const char *text;
		struct screen_target target;
	} rows[] = {
		{"", {.display = ""}},
		{":0", {.display = ":0"}},
		{"host.example:10.1", {.display = "host.example:10.1"}},
		{":0+0,0", {.display = ":0", .partly = true}},
		{":0+100,200", {.display = ":0", .partly = true, .x = 100, .y = 200}},
		{"+1,2", {.partly = true, .x = 1, .y = 2}},
		{":0,monitor=DP-1", {.display = ":0", .monitor = "DP-1"}},
		{":0,monitor=a+b=c", {.display = ":0", .monitor = "a+b=c"}},
		{":0+3,4,monitor=HDMI-A-0",
		 {.display = ":0", .partly = true, .x = 3, .y = 4, .monitor = "HDMI-A-0"}},
		{":0,window=0x1c00007", {.display = ":0", .window = 0x1c00007}},
		{":0,window=29360135", {.display = ":0", .window = 29360135}},
		{",window=0xffffffff", {.window = 0xffffffff}},
	};
	struct screen_target target;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(screen_target_parse(&target, rows[i].text, &why), 0);
		assert_string_equal(target.display, rows[i].target.display);
		assert_true(target.partly == rows[i].target.partly);
		assert_int_equal(target.x, rows[i].target.x);
		assert_int_equal(target.y, rows[i].target.y);
		assert_string_equal(target.monitor, rows[i].target.monitor);
		assert_int_equal(target.window, rows[i].target.window);
	}
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{":0+", "no numbers X,Y"},
		{":0+1", "no numbers X,Y"},
		{":0+1,", "no numbers X,Y"},
		{":0+-1,2", "no numbers X,Y"},
		{":0+1,32768", "no numbers X,Y"},
		{":0+1,2+3", "no numbers X,Y"},
		{":0,", "+X,Y or window=ID or monitor=NAME"},
		{":0+1,2,", "+X,Y or window=ID or monitor=NAME"},
		{":0,windows=1", "+X,Y or window=ID or monitor=NAME"},
		{":0,window", "no window's id"},
		{":0,window=", "no window's id"},
		{":0,window=0", "no window's id"},
		{":0,window=-1", "no window's id"},
		{":0,window=0x1ffffffff", "no window's id"},
		{":0,window=7x", "no window's id"},
		{":0,window=000000000000000000007", "no window's id"},
		{":0,monitor=", "no monitor's name"},
		{":0,monitor=0123456789012345678901234567890123456789012345678901234567890123",
		 "no monitor's name"},
		{":0,monitor=a,window=7", "both a window and a monitor"},
	};
	struct screen_target target;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(screen_target_parse(&target, rows[i].text, &why), -EINVAL);
		assert_non_null(strstr(why, rows[i].why));
	}
}

static void test_name_of_a_display_is_bounded(void **state)
{
	char text[SCREEN_DISPLAY_SIZE + 1];
	struct screen_target target;
	const char *why;

	(void)state;
	memset(text, 'a', sizeof text);
	text[SCREEN_DISPLAY_SIZE] = '\0';
	assert_int_equal(screen_target_parse(&target, text, &why), -EINVAL);
	text[SCREEN_DISPLAY_SIZE - 1] = '\0';
	assert_int_equal(screen_target_parse(&target, text, &why), 0);
}

static void test_part_is_cut_off_where_nothing_is_left(void **state)
{
	static const struct {
		const char *text;
		struct screen_area whole;
		unsigned width, height;	 /* wished */
		struct screen_area part; /* 0 wide: nothing */
	} rows[] = {
		{":0", {0, 0, 640, 480}, 0, 0, {0, 0, 640, 480}},
		{":0", {0, 0, 640, 480}, 64, 48, {0, 0, 640, 480}}, /* to be scaled */
		{":0", {0, 0, 0, 480}, 0, 0, {0, 0, 0, 0}},
		{":0+0,0", {0, 0, 640, 480}, 64, 48, {0, 0, 64, 48}},
		{":0+600,460", {0, 0, 640, 480}, 64, 48, {600, 460, 40, 20}},
		{":0+600,460", {0, 0, 640, 480}, 0, 0, {600, 460, 40, 20}},
		{":0+10,20", {1000, -5, 640, 480}, 100, 50, {1010, 15, 100, 50}},
		{":0+639,479", {0, 0, 640, 480}, 9, 9, {639, 479, 1, 1}},
		{":0+640,0", {0, 0, 640, 480}, 9, 9, {0, 0, 0, 0}},
		{":0+0,480", {0, 0, 640, 480}, 0, 0, {0, 0, 0, 0}},
	};
	struct screen_target target;
	struct screen_area part;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(screen_target_parse(&target, rows[i].text, &why), 0);
		assert_true(screen_target_part(&target, rows[i].whole, rows[i].width,
					       rows[i].height, &part) == (rows[i].part.width > 0));
		if (rows[i].part.width > 0)
			assert_true(screen_area_equal(part, rows[i].part));
	}
}

static void test_areas_that_only_touch_do_not_overlap(void **state)
{
	const struct screen_area a = {10, 10, 20, 20};
	static const struct {
		struct screen_area b;
		bool overlap;
	} rows[] = {
		{{10, 10, 20, 20}, true}, {{0, 0, 10, 10}, false},   {{0, 0, 11, 11}, true},
		{{30, 10, 5, 5}, false},  {{29, 29, 50, 50}, true},  {{15, 15, 1, 1}, true},
		{{0, 0, 100, 100}, true}, {{10, 30, 20, 20}, false}, {{-20, 12, 30, 2}, false},
		{{-20, 12, 31, 2}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(screen_area_overlap(a, rows[i].b) == rows[i].overlap);
		assert_true(screen_area_overlap(rows[i].b, a) == rows[i].overlap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_people_type_is_understood),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
		cmocka_unit_test(test_name_of_a_display_is_bounded),
		cmocka_unit_test(test_part_is_cut_off_where_nothing_is_left),
		cmocka_unit_test(test_areas_that_only_touch_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
