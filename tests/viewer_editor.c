/* SPDX-License-Identifier: MIT */
#include "viewer/editor.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct editor editor;

static void type(const char *text)
{
	editor_type(&editor, text, strlen(text));
}

/* The line, with the cursor as '|'. */
static void expect(const char *line)
{
	char text[EDITOR_MAX + 2];

	snprintf(text, sizeof(text), "%.*s|%s", (int)editor.cursor, editor.text,
		 editor.text + editor.cursor);
	assert_string_equal(text, line);
}

static int finish(void **state)
{
	(void)state;
	editor_finish(&editor);
	return 0;
}

static void test_keys_edit_the_line(void **state)
{
	static const struct {
		enum editor_action action;
		const char *line;
	} steps[] = {
		{EDITOR_HOME, "|one two \xe6\xbc\xa2x"},
		{EDITOR_LEFT, "|one two \xe6\xbc\xa2x"},
		{EDITOR_WORD_RIGHT, "one| two \xe6\xbc\xa2x"},
		{EDITOR_WORD_RIGHT, "one two| \xe6\xbc\xa2x"},
		{EDITOR_WORD_LEFT, "one |two \xe6\xbc\xa2x"},
		{EDITOR_CUT_HOME, "|two \xe6\xbc\xa2x"},
		{EDITOR_END, "two \xe6\xbc\xa2x|"},
		{EDITOR_RIGHT, "two \xe6\xbc\xa2x|"},
		{EDITOR_BACKSPACE, "two \xe6\xbc\xa2|"},
		{EDITOR_LEFT, "two |\xe6\xbc\xa2"},
		{EDITOR_DELETE, "two |"},
		{EDITOR_DELETE, "two |"},
		{EDITOR_PASTE, "two one |"},
		{EDITOR_CUT_WORD, "two |"},
		{EDITOR_HOME, "|two "},
		{EDITOR_CUT_END, "|"},
		{EDITOR_BACKSPACE, "|"},
		{EDITOR_PASTE, "two |"},
	};

	(void)state;
	type("one two \xe6\xbc\xa2x");
	editor_do(&editor, EDITOR_LEFT);
	expect("one two \xe6\xbc\xa2|x");
	editor_do(&editor, EDITOR_RIGHT);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		editor_do(&editor, steps[i].action);
		expect(steps[i].line);
	}
}

static void test_older_lines_come_back(void **state)
{
	char line[EDITOR_MAX + 1];

	(void)state;
	editor_do(&editor, EDITOR_OLDER);
	expect("|");
	type("first");
	editor_take(&editor, line);
	assert_string_equal(line, "first");
	for (int i = 0; i < 2; i++) {
		type("second");
		editor_take(&editor, line);
	}
	type("begun");
	editor_do(&editor, EDITOR_OLDER);
	expect("second|");
	editor_do(&editor, EDITOR_OLDER);
	editor_do(&editor, EDITOR_OLDER);
	expect("first|");
	editor_do(&editor, EDITOR_NEWER);
	editor_do(&editor, EDITOR_NEWER);
	expect("begun|");
	editor_do(&editor, EDITOR_NEWER);
	expect("begun|");
}

static void test_a_line_and_its_history_are_bounded(void **state)
{
	char line[EDITOR_MAX + 1];

	(void)state;
	for (int i = 0; i < EDITOR_MAX + 10; i++)
		type("a");
	assert_int_equal(editor.len, EDITOR_MAX);
	for (int i = 0; i < EDITOR_MAX_HISTORY + 10; i++) {
		editor_take(&editor, line);
		snprintf(line, sizeof(line), "%d", i);
		type(line);
	}
	for (int i = 0; i < EDITOR_MAX_HISTORY + 10; i++)
		editor_do(&editor, EDITOR_OLDER);
	expect("9|");
}

static bool candidate(void *context, const char *start, bool first, size_t number,
		      char ret_word[EDITOR_MAX_WORD])
{
	static const char *const names[] = {"carol", "cathy", "dan"};

	(void)context;
	for (size_t i = 0; i < 3; i++) {
		if (strncmp(names[i], start, strlen(start)) != 0 || number-- > 0)
			continue;
		snprintf(ret_word, EDITOR_MAX_WORD, "%s%s", names[i], first ? ": " : " ");
		return true;
	}
	return false;
}

static void test_tab_completes_in_turn(void **state)
{
	(void)state;
	type("x ca y");
	editor_do(&editor, EDITOR_LEFT);
	editor_do(&editor, EDITOR_LEFT);
	editor_complete(&editor, candidate, NULL);
	expect("x carol | y");
	editor_complete(&editor, candidate, NULL);
	expect("x cathy | y");
	editor_complete(&editor, candidate, NULL);
	expect("x carol | y");
	editor_do(&editor, EDITOR_END);
	type("z");
	editor_complete(&editor, candidate, NULL);
	expect("x carol  yz|");
	editor_do(&editor, EDITOR_CUT_HOME);
	type("d");
	editor_complete(&editor, candidate, NULL);
	expect("dan: |");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_keys_edit_the_line, finish),
		cmocka_unit_test_teardown(test_older_lines_come_back, finish),
		cmocka_unit_test_teardown(test_a_line_and_its_history_are_bounded, finish),
		cmocka_unit_test_teardown(test_tab_completes_in_turn, finish),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
