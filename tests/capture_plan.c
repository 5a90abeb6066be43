/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "capture/plan.h"

static void test_renditions_are_parsed(void **state)
{
	static const struct {
		const char *text, *name;
		unsigned width, height;
		struct rate rate;
	} rows[] = {
		{"240p=426x240", "240p", 426, 240, {0, 0}},
		{"240p=426x240@15", "240p", 426, 240, {15, 1}},
		{"small=16x16@29.97", "small", 16, 16, {2997, 100}},
		{"a.b-c_d=8192x8192@30000/1001", "a.b-c_d", 8192, 8192, {30000, 1001}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan_row row;

		assert_int_equal(plan_parse(rows[i].text, &row), 0);
		assert_string_equal(row.name, rows[i].name);
		assert_int_equal(row.width, rows[i].width);
		assert_int_equal(row.height, rows[i].height);
		assert_int_equal(row.rate.frames, rows[i].rate.frames);
		assert_int_equal(row.rate.seconds, rows[i].rate.seconds);
		assert_false(row.enlarges);
		assert_false(row.own);
	}
}

static void test_what_is_no_rendition_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"240p",
		"240p=",
		"=426x240",
		"240p=426",
		"240p=426x",
		"240p=426x240x3",
		"240p=426x240@",
		"240p=426x240@0",
		"240p=426x240@fast",
		"240p=426x240@15@15",
		"240p=426x240,",
		"240p=426x240,300",
		"240p=426x240,max-kbps=",
		"240p=426x240,max-kbps=1000001",
		"240p=426x240,max-kbps=300,",
		"240p=426x240@,max-kbps=300",
		"240p=426x240,max-kbps=300@15",
		"240p=15x240",
		"240p=426x8193",
		"240p=-426x240",
		"240p=426x240 ",
		"a1234567890123456789012345678901234567890123456789012345678901234=426x240",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct plan_row row;

		if (plan_parse(texts[i], &row) != -EINVAL)
			fail_msg("'%s' is taken for a rendition", texts[i]);
	}
}

static void test_name_has_to_suit_the_stream(void **state)
{
	static const struct {
		const char *stream, *name;
		bool suits;
	} rows[] = {
		{"cam", "240p", true},	{"a/b/c", "240p", true},     {"a/b/c/d", "240p", false},
		{"cam", "240P", false}, {"cam", "large.jpg", false}, {"cam", "", false},
		{"cam", "a/b", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan_row row = {.width = 16, .height = 16};

		snprintf(row.name, sizeof row.name, "%s", rows[i].name);
		assert_int_equal(plan_row_suits(&row, rows[i].stream), rows[i].suits);
	}
}

static void test_names_are_there_once_and_not_without_end(void **state)
{
	struct plan plan = {.n = 0};
	struct plan_row row = {.width = 16, .height = 16};

	(void)state;
	for (int i = 0; i < PLAN_MAX; i++) {
		snprintf(row.name, sizeof row.name, "r%d", i);
		assert_int_equal(plan_add(&plan, &row), 0);
		assert_int_equal(plan_add(&plan, &row), -EEXIST);
	}
	snprintf(row.name, sizeof row.name, "another");
	assert_int_equal(plan_add(&plan, &row), -ENOSPC);
}

/* "720p own, 240p" */
static const char *describe(const struct plan *plan)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan->n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s", i > 0 ? ", " : "",
					plan->rows[i].name, plan->rows[i].own ? " own" : "");
	return text;
}

static void test_usual_ones_are_never_larger_than_the_source(void **state)
{
	static const struct {
		unsigned width, height;
		const char *plan;
	} rows[] = {
		{3840, 2160, "1440p, 720p, 240p"},
		{2560, 1440, "1440p own, 720p, 240p"},
		{1920, 1080, "1080p own, 720p, 240p"},
		{1280, 720, "720p own, 240p"},
		{1280, 721, "721p own, 720p, 240p"},
		{640, 480, "480p own, 240p"},
		{426, 240, "240p own"},
		{160, 120, "120p own"},
		{1080, 1920, "1440p, 720p, 240p"},
		{0, 0, "1440p, 720p, 240p"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plan_source source = {.width = rows[i].width, .height = rows[i].height};
		struct plan plan;

		plan_usual(&source, &plan);
		assert_string_equal(describe(&plan), rows[i].plan);
	}
}

static void test_source_alone_is_the_stream_itself(void **state)
{
	struct plan_source source = {1280, 720, 640, 640};
	struct plan plan;

	(void)state;
	plan_single(&source, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.rows[0].name, "");
	assert_int_equal(plan.rows[0].width, 640);
	assert_int_equal(plan.rows[0].height, 640);
	assert_true(plan.rows[0].own);
}

static void test_asked_ones_are_sorted_and_too_large_ones_left_out(void **state)
{
	static const char *const texts[] = {"small=320x240", "huge=1920x1080", "wide=1280x400",
					    "same=1000x800", "wider=4000x100"};
	struct plan_source source = {.width = 1000, .height = 800};
	struct plan asked = {.n = 0}, plan, left_out;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct plan_row row;

		assert_int_equal(plan_parse(texts[i], &row), 0);
		assert_int_equal(plan_add(&asked, &row), 0);
	}
	plan_fit(&source, &asked, &plan, &left_out);
	assert_string_equal(describe(&plan), "same, wide, wider, small");
	assert_string_equal(describe(&left_out), "huge");
	/* Nothing is too large for what isn't known. */
	source = (struct plan_source){0};
	plan_fit(&source, &asked, &plan, &left_out);
	assert_int_equal(plan.n, 5);
}

static void test_rows_read_as_they_are_written(void **state)
{
	static const char *const texts[] = {"240p=426x240@15",
					    "240p=426x240",
					    "a=16x16@0.5",
					    "a=16x16@24000/1001",
					    "a=16x16@59.9401",
					    "240p=426x240,max-kbps=300",
					    "240p=426x240@24000/1001,max-kbps=300"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char text[PLAN_ROW_TEXT_SIZE];
		struct plan_row row;

		assert_int_equal(plan_parse(texts[i], &row), 0);
		plan_row_text(&row, text);
		assert_string_equal(text, texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_renditions_are_parsed),
		cmocka_unit_test(test_what_is_no_rendition_is_refused),
		cmocka_unit_test(test_name_has_to_suit_the_stream),
		cmocka_unit_test(test_names_are_there_once_and_not_without_end),
		cmocka_unit_test(test_usual_ones_are_never_larger_than_the_source),
		cmocka_unit_test(test_source_alone_is_the_stream_itself),
		cmocka_unit_test(test_asked_ones_are_sorted_and_too_large_ones_left_out),
		cmocka_unit_test(test_rows_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
