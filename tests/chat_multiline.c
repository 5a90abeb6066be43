/* SPDX-License-Identifier: MIT */
#include "chat/multiline.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct line {
	const char *text; /* NULL: no more */
	bool joins;
};

static void test_lines_become_one_text(void **state)
{
	static const struct {
		struct line lines[5];
		const char *text;
		const char *joined;
	} cases[] = {
		{{{"hello", false}}, "hello", "hello"},
		{{{"hello", false}, {"how is ", false}, {"everyone?", true}},
		 "hello\nhow is \reveryone?",
		 "hello\nhow is everyone?"},
		{{{"a", false}, {"", false}, {"", false}, {"b", false}}, "a\n\n\nb", "a\n\n\nb"},
		{{{"", false}, {"a", true}}, "\ra", "a"},
		{{{"a", true}, {"b", true}}, "a\rb", "ab"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct multiline multiline = {0};
		char joined[MULTILINE_TEXT_SIZE];
		size_t n = 0;

		for (; cases[i].lines[n].text != NULL; n++)
			assert_int_equal(multiline_add(&multiline, cases[i].lines[n].text,
						       cases[i].lines[n].joins),
					 0);
		assert_int_equal(multiline_complete(&multiline), 0);
		assert_string_equal(multiline.text, cases[i].text);
		assert_int_equal(multiline_count(multiline.text), n);
		assert_int_equal(multiline_is(multiline.text), n > 1);
		multiline_join(multiline.text, joined);
		assert_string_equal(joined, cases[i].joined);
		assert_int_equal(multiline.bytes, strlen(joined));
		multiline_finish(&multiline);
	}
}

static void test_blank_messages_are_refused(void **state)
{
	struct multiline multiline = {0};

	(void)state;
	assert_int_equal(multiline_complete(&multiline), -EINVAL);
	assert_int_equal(multiline_add(&multiline, "", false), 0);
	assert_int_equal(multiline_complete(&multiline), -EINVAL);
	assert_int_equal(multiline_add(&multiline, "", false), 0);
	assert_int_equal(multiline_complete(&multiline), -EINVAL);
	assert_int_equal(multiline_add(&multiline, "", true), -EINVAL);
	assert_int_equal(multiline_add(&multiline, " ", false), 0);
	assert_int_equal(multiline_complete(&multiline), 0);
	assert_string_equal(multiline.text, "\n\n ");
	multiline_finish(&multiline);
}

static void test_limits_are_exact(void **state)
{
	struct multiline multiline = {0};
	char line[MULTILINE_MAX_BYTES / 16 + 1];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 16; i++)
		assert_int_equal(multiline_add(&multiline, line, true), 0);
	assert_int_equal(multiline.bytes, MULTILINE_MAX_BYTES);
	assert_int_equal(multiline_add(&multiline, "x", true), -EFBIG);
	/* A break is a byte. */
	assert_int_equal(multiline_add(&multiline, "", false), -EFBIG);
	assert_int_equal(multiline_complete(&multiline), 0);
	multiline_finish(&multiline);
	for (int i = 0; i < MULTILINE_MAX_LINES; i++)
		assert_int_equal(multiline_add(&multiline, "x", false), 0);
	assert_int_equal(multiline_add(&multiline, "x", true), -E2BIG);
	assert_int_equal(multiline_count(multiline.text), MULTILINE_MAX_LINES);
	multiline_finish(&multiline);
}

/* Each piece, with '+' before one that goes on, and '|' behind it. */
static void take_apart(const char *text, size_t max, char *to)
{
	struct multiline_reader reader = {.at = text};
	struct multiline_piece piece;

	*to = '\0';
	while (multiline_next(&reader, max, &piece))
		sprintf(to + strlen(to), "%s%.*s|", piece.joins ? "+" : "", (int)piece.text.len,
			piece.text.data);
}

static void test_text_is_taken_apart(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *pieces;
	} cases[] = {
		{"hello", 10, "hello|"},
		{"", 10, "|"},
		{"hello\nhow is \reveryone?", 10, "hello|how is |+everyone?|"},
		{"a\n\nb", 10, "a||b|"},
		{"a\n", 10, "a||"},
		/* Too long: behind a blank, or where a character ends. */
		{"one two three", 8, "one two |+three|"},
		{"one two three\nfour", 9, "one two |+three|four|"},
		{"one two three\rfour", 9, "one two |+three|+four|"},
		{"onetwothree", 4, "onet|+woth|+ree|"},
		{"a bcdefghi", 8, "a bcdefg|+hi|"},
		{"\xc3\xa4\xc3\xa4\xc3\xa4", 5, "\xc3\xa4\xc3\xa4|+\xc3\xa4|"},
		{"abc\xf0\x9f\x98\x80", 4, "abc|+\xf0\x9f\x98\x80|"},
		{"abcd", 4, "abcd|"},
	};
	char pieces[100];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		take_apart(cases[i].text, cases[i].max, pieces);
		assert_string_equal(pieces, cases[i].pieces);
	}
}

static void test_long_line_alone_is_cut_once(void **state)
{
	struct multiline multiline = {0};
	char line[450];

	(void)state;
	for (size_t i = 0; i < sizeof(line) - 1; i++)
		line[i] = i % 10 == 9 ? ' ' : 'x';
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(multiline_add(&multiline, line, false), 0);
	assert_int_equal(multiline_complete(&multiline), 0);
	assert_int_equal(strlen(multiline.text), strlen(line) + 1);
	assert_int_equal(strcspn(multiline.text, "\r"), MULTILINE_ALONE);
	assert_int_equal(multiline_count(multiline.text), 2);
	multiline_finish(&multiline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_become_one_text),
		cmocka_unit_test(test_blank_messages_are_refused),
		cmocka_unit_test(test_limits_are_exact),
		cmocka_unit_test(test_text_is_taken_apart),
		cmocka_unit_test(test_long_line_alone_is_cut_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
