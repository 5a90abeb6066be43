/* SPDX-License-Identifier: MIT */
#include "viewer/cells.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WIDE "\xe6\xbc\xa2" /* two cells, three bytes */
#define ACCENT "e\xcc\x81"  /* one cell, of two characters */

static void test_width_is_in_cells(void **state)
{
	(void)state;
	assert_int_equal(cells_width(slice_from("")), 0);
	assert_int_equal(cells_width(slice_from("abc")), 3);
	assert_int_equal(cells_width(slice_from(WIDE "a")), 3);
	assert_int_equal(cells_width(slice_from(ACCENT)), 1);
	assert_int_equal(cells_fit(slice_from(WIDE WIDE), 3), 3);
	assert_int_equal(cells_fit(slice_from(ACCENT "b"), 1), 3);
}

static void test_lines_end_at_blanks_where_there_are_any(void **state)
{
	static const struct {
		const char *text;
		unsigned width;
		size_t len;
	} cases[] = {
		{"short", 10, 5},     {"two words", 5, 4},
		{"two words", 3, 4},  {"longword", 3, 3},
		{WIDE WIDE, 3, 3},    {WIDE, 1, 3},
		{"", 5, 0},	      {"exact", 5, 5},
		{"two\nlines", 9, 4}, {"two words\nx", 5, 4},
		{"\nx", 5, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cells_wrap(slice_from(cases[i].text), cases[i].width),
				 cases[i].len);
}

static void test_what_joins_a_character_belongs_to_it(void **state)
{
	struct slice text = slice_from("a" ACCENT WIDE);

	(void)state;
	assert_int_equal(cells_behind(text, 0), 1);
	assert_int_equal(cells_behind(text, 1), 4);
	assert_int_equal(cells_behind(text, 4), 7);
	assert_int_equal(cells_behind(text, 7), 7);
	assert_int_equal(cells_before(text, 7), 4);
	assert_int_equal(cells_before(text, 4), 1);
	assert_int_equal(cells_before(text, 0), 0);
}

static void test_what_a_terminal_cant_show_is_replaced(void **state)
{
	char text[] = "a\x1b[2J\xff" WIDE "\xe2\x80\xae"
		      "b";

	(void)state;
	cells_clean(text);
	assert_string_equal(text, "a?[2J?" WIDE "b");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width_is_in_cells),
		cmocka_unit_test(test_lines_end_at_blanks_where_there_are_any),
		cmocka_unit_test(test_what_joins_a_character_belongs_to_it),
		cmocka_unit_test(test_what_a_terminal_cant_show_is_replaced),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
