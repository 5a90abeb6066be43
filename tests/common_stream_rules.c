/* SPDX-License-Identifier: MIT */
#include "common/stream_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct stream_rules rules;
static char error[256];

static int tear_down(void **state)
{
	(void)state;
	stream_rules_finish(&rules);
	return 0;
}

static int read_rules(const char *text)
{
	const struct option_section section = stream_rules_section(&rules);
	static const char *const others[] = {"relay", "chat", NULL};
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(in);
	int result = options_file_read(in, "x.ini", &section, 1, others, error, sizeof(error));
	fclose(in);
	return result;
}

static void test_nearest_section_holds(void **state)
{
	static const struct {
		const char *stream, *rule;
	} rows[] = {
		{"cam", "cam"},
		{"cam/240p", "cam"},
		{"cam/720p", "cam/720p"},
		{"cam/720p/x", "cam/720p"},
		{"camera", NULL},
		{"other", NULL},
		{"vod/film~x7k2", "vod/film"},
		{"", NULL},
	};

	(void)state;
	assert_int_equal(read_rules("[relay]\nlisten = x\n[stream cam]\ntitle = A cam\n"
				    "owner = dan\n"
				    "[stream cam/720p]\n[stream vod/film]\n"),
			 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct stream_rule *rule =
			stream_rules_find(&rules, slice_from(rows[i].stream));

		if (rows[i].rule == NULL)
			assert_null(rule);
		else
			assert_string_equal(rule->name, rows[i].rule);
	}
	const struct stream_rule *cam = stream_rules_find(&rules, slice_from("cam/240p"));
	assert_string_equal(cam->title, "A cam");
	assert_string_equal(cam->owner, "dan");
	assert_int_equal(cam->publish, PUBLISH_UNSET);
	assert_null(stream_rules_find(&rules, slice_from("cam/720p"))->title);
}

static void test_wrong_sections_are_told(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"[stream ok]\n[stream cam]\nkey = secret\n",
		 "x.ini:3: key: this is not a hash; `spillway key new` makes one"},
		{"[stream ok]\n[stream cam]\ntoken = secret\n",
		 "x.ini:3: token: this is not a hash; `spillway key new` makes one"},
		{"[stream cam]\ntitle = a\xff\n",
		 "x.ini:2: title: a title is UTF-8 without control characters"},
		{"[stream cam]\ntitle = a\xc2\x9b\n",
		 "x.ini:2: title: a title is UTF-8 without control characters"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_not_equal(read_rules(rows[i].text), 0);
		assert_string_equal(error, rows[i].why);
		stream_rules_finish(&rules);
	}
	assert_int_equal(read_rules("[stream ok]\n[stream cam]\ntitle = fine\nowner =\n"), 0);
}

static void test_names_that_are_no_streams_are_refused(void **state)
{
	(void)state;
	assert_int_not_equal(read_rules("[stream Cam]\n"), 0);
	assert_int_not_equal(read_rules("[stream cam.jpg]\n"), 0);
	assert_int_not_equal(read_rules("[stream cam]\nfly = yes\n"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_nearest_section_holds, tear_down),
		cmocka_unit_test_teardown(test_wrong_sections_are_told, tear_down),
		cmocka_unit_test_teardown(test_names_that_are_no_streams_are_refused, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
