/* SPDX-License-Identifier: MIT */
#include "common/catalogue.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct catalogue_entry *ret_entry)
{
	return catalogue_parse(slice_from(text), ret_entry);
}

static void test_entry_comes_back_as_it_was(void **state)
{
	static const struct catalogue_entry entries[] = {
		{.slug = "film",
		 .title = "A film",
		 .duration_s = 62.5,
		 .width = 640,
		 .height = 360},
		{.slug = "a.b_c-2", .title = "\xc3\xa4 \"quoted\" \\"},
		{.slug = "broken", .title = "Broken", .error = "the file is empty"},
	};
	char text[WIRE_MAX_CONTROL];
	struct catalogue_entry entry;

	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		int len = catalogue_encode(&entries[i], text);

		assert_true(len > 0);
		assert_int_equal(catalogue_parse((struct slice){text, (size_t)len}, &entry), 0);
		assert_string_equal(entry.slug, entries[i].slug);
		assert_string_equal(entry.title, entries[i].title);
		assert_string_equal(entry.error, entries[i].error);
		assert_true(entry.duration_s == entries[i].duration_s);
		assert_int_equal(entry.width, entries[i].width);
		assert_int_equal(entry.height, entries[i].height);
		assert_false(entry.gone);
	}
}

static void test_removal_names_the_slug_alone(void **state)
{
	const struct catalogue_entry gone = {.slug = "film", .title = "A film", .gone = true};
	char text[WIRE_MAX_CONTROL];
	struct catalogue_entry entry;
	int len = catalogue_encode(&gone, text);

	(void)state;
	assert_int_equal(len, (int)strlen("{\"slug\":\"film\",\"gone\":true}"));
	assert_int_equal(catalogue_parse((struct slice){text, (size_t)len}, &entry), 0);
	assert_true(entry.gone);
}

static void test_longest_entry_fits_a_record(void **state)
{
	struct catalogue_entry entry = {.duration_s = 1e9 / 3, .width = 65535, .height = 65535};
	char text[WIRE_MAX_CONTROL];

	(void)state;
	memset(entry.slug, 'a', sizeof(entry.slug) - 1);
	/* What JSON makes the most of. */
	memset(entry.title, '\x01', sizeof(entry.title) - 1);
	memset(entry.error, '\x01', sizeof(entry.error) - 1);
	assert_true(catalogue_encode(&entry, text) > 0);
}

static void test_what_is_no_entry_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"\"film\"",
		"{\"slug\":1}",
		"{\"slug\":\"\"}",
		"{\"slug\":\"a/b\"}",
		"{\"slug\":\"..\"}",
		"{\"slug\":\"../a\"}",
		"{\"slug\":\"Film\"}",
		"{\"slug\":\"film~a\"}",
		"{\"slug\":\"film.mp4\"}",
		"{\"slug\":\"film\",\"slug\":\"film\"}",
		"{\"slug\":\"film\",\"title\":1}",
		"{\"slug\":\"film\",\"width\":-1}",
		"{\"slug\":\"film\",\"width\":65536}",
		"{\"slug\":\"film\",\"duration_s\":\"1\"}",
		"{\"slug\":\"film\",\"duration_s\":-0.5}",
		"{\"slug\":\"film\"} {}",
		"{\"slug\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
	};
	struct catalogue_entry entry;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		print_message("%s\n", texts[i]);
		assert_int_equal(parse(texts[i], &entry), -EBADMSG);
	}
}

static void test_text_is_clean_and_bounded(void **state)
{
	char text[2048], title[1024];
	struct catalogue_entry entry;

	(void)state;
	assert_int_equal(parse("{\"slug\":\"film\",\"title\":\"a\\u001b[2Jb\\n\"}", &entry), 0);
	assert_string_equal(entry.title, "a [2Jb");
	assert_int_equal(parse("{\"slug\":\"film\",\"more\":[1]}", &entry), 0);
	assert_string_equal(entry.title, "film");
	memset(title, 'x', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"slug\":\"film\",\"title\":\"%s\"}", title);
	assert_int_equal(parse(text, &entry), 0);
	assert_int_equal(strlen(entry.title), CATALOGUE_TITLE_SIZE - 1);
}

static void test_session_and_sentence_are_told_apart(void **state)
{
	static const struct {
		const char *payload, *session, *why;
	} cases[] = {
		{"film~x7k2", "film~x7k2", ""},
		{"film~x7k2 the file is empty", "film~x7k2", "the file is empty"},
		{"film", NULL, NULL},
		{"film~", NULL, NULL},
		{"a/film~x", NULL, NULL},
		{" film~x", NULL, NULL},
		{"", NULL, NULL},
		{"../film~x", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice session, why;
		int error = catalogue_parse_session(slice_from(cases[i].payload), &session, &why);

		print_message("%s\n", cases[i].payload);
		assert_int_equal(error, cases[i].session != NULL ? 0 : -EBADMSG);
		if (error == 0) {
			assert_true(slice_equal(session, cases[i].session));
			assert_true(slice_equal(why, cases[i].why));
		}
	}
}

static void test_open_says_how_it_is_to_be_played(void **state)
{
	static const struct {
		const char *payload, *session;
		bool ladder;
	} cases[] = {
		{"film~x7k2", "film~x7k2", false},
		{"film~x7k2 ladder", "film~x7k2", true},
		{"film~x7k2 from=5 ladder", "film~x7k2", true},
		{"film~x7k2 ladders", "film~x7k2", false},
		{"film~x7k2 ", "film~x7k2", false},
		{"film ladder", NULL, false},
		{"ladder", NULL, false},
		{"", NULL, false},
	};
	char text[CATALOGUE_OPEN_SIZE];
	struct slice session;
	bool ladder;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int error = catalogue_parse_open(slice_from(cases[i].payload), &session, &ladder);

		print_message("%s\n", cases[i].payload);
		assert_int_equal(error, cases[i].session != NULL ? 0 : -EBADMSG);
		if (error < 0)
			continue;
		assert_true(slice_equal(session, cases[i].session));
		assert_int_equal(ladder, cases[i].ladder);
	}
	assert_int_equal(catalogue_encode_open("film~x7k2", true, text), 16);
	assert_string_equal(text, "film~x7k2 ladder");
	assert_int_equal(catalogue_encode_open("film~x7k2", false, text), 9);
	assert_string_equal(text, "film~x7k2");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_comes_back_as_it_was),
		cmocka_unit_test(test_removal_names_the_slug_alone),
		cmocka_unit_test(test_longest_entry_fits_a_record),
		cmocka_unit_test(test_what_is_no_entry_is_refused),
		cmocka_unit_test(test_text_is_clean_and_bounded),
		cmocka_unit_test(test_session_and_sentence_are_told_apart),
		cmocka_unit_test(test_open_says_how_it_is_to_be_played),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
