/* SPDX-License-Identifier: MIT */
#include "viewer/scroll.h"

#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The rows of a screen of 4 rows and 10 columns; a '>' before those that go on with a line. */
static void expect(const struct scroll *scroll, const char *screen)
{
	static struct scroll_row rows[SCROLL_MAX_ROWS];
	char text[256] = "";
	size_t len = 0;

	scroll_rows(scroll, 10, 4, rows);
	for (size_t i = 0; i < 4; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s|",
					rows[i].line != NULL && !rows[i].first ? ">" : "",
					(int)rows[i].text.len,
					rows[i].text.len > 0 ? rows[i].text.data : "");
	assert_string_equal(text, screen);
}

static void add(struct scroll *scroll, const char *text)
{
	assert_int_equal(scroll_add(scroll, &(struct scroll_said){.id = "", .text = text}, 10), 0);
}

static void test_the_newest_lines_stand_below(void **state)
{
	struct scroll scroll = {0};

	(void)state;
	expect(&scroll, "||||");
	add(&scroll, "one");
	add(&scroll, "");
	expect(&scroll, "||one||");
	add(&scroll, "this is a long line");
	expect(&scroll, "one||this is a |>long line|");
	add(&scroll, "two");
	expect(&scroll, "|this is a |>long line|two|");
	scroll_finish(&scroll);
}

static void test_who_looks_back_goes_on_seeing_the_same(void **state)
{
	struct scroll scroll = {0};
	char text[16];

	(void)state;
	for (int i = 1; i <= 9; i++) {
		snprintf(text, sizeof(text), "%d", i);
		add(&scroll, text);
	}
	scroll_move(&scroll, 3, 10, 4);
	expect(&scroll, "3|4|5|6|");
	add(&scroll, "this is a long line");
	expect(&scroll, "3|4|5|6|");
	scroll_move(&scroll, 100, 10, 4);
	expect(&scroll, "1|2|3|4|");
	scroll_move(&scroll, -100, 10, 4);
	expect(&scroll, "8|9|this is a |>long line|");
	scroll_finish(&scroll);
}

static void test_lines_are_bounded(void **state)
{
	struct scroll scroll = {0};
	char text[16];

	(void)state;
	for (int i = 0; i < SCROLL_MAX_LINES + 3; i++) {
		snprintf(text, sizeof(text), "%d", i);
		add(&scroll, text);
	}
	assert_int_equal(scroll.n, SCROLL_MAX_LINES);
	scroll_move(&scroll, 1000000, 10, 4);
	expect(&scroll, "3|4|5|6|");
	scroll_finish(&scroll);
}

static void test_the_last_line_that_was_seen_is_marked(void **state)
{
	static struct scroll_row rows[SCROLL_MAX_ROWS];
	struct scroll scroll = {0};

	(void)state;
	scroll_mark(&scroll);
	add(&scroll, "old");
	scroll_mark(&scroll);
	add(&scroll, "seen");
	scroll_mark(&scroll);
	add(&scroll, "new");
	scroll_rows(&scroll, 10, 4, rows);
	assert_false(rows[1].line->seen_last);
	assert_true(rows[2].line->seen_last);
	assert_false(rows[3].line->seen_last);
	scroll_finish(&scroll);
}

static void test_a_message_may_have_several_lines(void **state)
{
	struct scroll scroll = {0};

	(void)state;
	add(&scroll, "one\n\nthe last line");
	expect(&scroll, "one|>|>the last |>line|");
	scroll_move(&scroll, 1, 10, 4);
	expect(&scroll, "one|>|>the last |>line|");
	add(&scroll, "two\nthree");
	expect(&scroll, ">the last |>line|two|>three|");
	scroll_finish(&scroll);
}

static void insert(struct scroll *scroll, size_t at, int64_t time_ms, const char *text)
{
	assert_int_equal(
		scroll_insert(scroll, at,
			      &(struct scroll_said){.time_ms = time_ms, .id = "", .text = text},
			      10),
		0);
}

static void test_earlier_lines_go_where_they_belong(void **state)
{
	struct scroll scroll = {0};

	(void)state;
	add(&scroll, "old");
	assert_int_equal(scroll_add(&scroll,
				    &(struct scroll_said){.look = 7, .id = "", .text = "(gap)"},
				    10),
			 0);
	add(&scroll, "new");
	insert(&scroll, 0, 0, "first");
	expect(&scroll, "first|old|(gap)|new|");
	insert(&scroll, scroll_behind(&scroll, 7), 0, "in");
	insert(&scroll, scroll_behind(&scroll, 7) + 1, 0, "between");
	expect(&scroll, "(gap)|in|between|new|");
	/* Who looks back sees the same: what comes in below him moves nothing. */
	scroll_move(&scroll, 2, 10, 4);
	expect(&scroll, "first|old|(gap)|in|");
	insert(&scroll, 5, 0, "more");
	insert(&scroll, 0, 0, "zero");
	expect(&scroll, "first|old|(gap)|in|");
	assert_int_equal(scroll_behind(&scroll, 9), 0);
	scroll_finish(&scroll);
}

static void test_a_full_scroll_takes_nothing_in_between(void **state)
{
	struct scroll scroll = {0};

	(void)state;
	for (int i = 0; i < SCROLL_MAX_LINES; i++)
		add(&scroll, "x");
	assert_int_equal(
		scroll_insert(&scroll, 0, &(struct scroll_said){.id = "", .text = "y"}, 10),
		-ENOSPC);
	scroll_finish(&scroll);
}

static void test_what_was_read_is_marked_by_its_time(void **state)
{
	struct scroll scroll = {0};
	static struct scroll_row rows[SCROLL_MAX_ROWS];

	(void)state;
	for (int i = 1; i <= 3; i++)
		insert(&scroll, scroll.n, 10 * i, "x");
	scroll_mark_time(&scroll, 25);
	scroll_rows(&scroll, 10, 3, rows);
	assert_false(rows[0].line->seen_last);
	assert_true(rows[1].line->seen_last);
	assert_false(rows[2].line->seen_last);
	scroll_mark_time(&scroll, 5);
	assert_false(rows[1].line->seen_last);
	scroll_finish(&scroll);
}

static void add_named(struct scroll *scroll, const char *id, const char *text)
{
	assert_int_equal(scroll_add(scroll,
				    &(struct scroll_said){.head_len = 3, .id = id, .text = text},
				    10),
			 0);
}

static void test_what_is_deleted_is_another_text(void **state)
{
	struct scroll scroll = {0};

	(void)state;
	add_named(&scroll, "a", "<a> a secret of two rows");
	add_named(&scroll, "b", "<b> hello");
	add_named(&scroll, "", "<c> c");
	assert_int_equal(scroll_replace(&scroll, "c", 1, "", 10), -ENOENT);
	assert_int_equal(scroll_replace(&scroll, "", 1, "", 10), -ENOENT);
	assert_int_equal(scroll_replace(&scroll, "a", 1, " gone", 10), 0);
	expect(&scroll, "|<a> gone|<b> hello|<c> c|");
	/* Also more than once, and by its id still. */
	assert_int_equal(scroll_replace(&scroll, "a", 1, " again", 10), 0);
	expect(&scroll, "|<a> again|<b> hello|<c> c|");
	scroll_finish(&scroll);
}

static void test_a_deletion_below_moves_nothing_for_who_looks_back(void **state)
{
	struct scroll scroll = {0};

	(void)state;
	for (int i = 0; i < 6; i++)
		add(&scroll, "x");
	add(&scroll, "seen");
	add_named(&scroll, "a", "<a> a secret of many rows, more than one");
	scroll_move(&scroll, 5, 10, 4);
	expect(&scroll, "x|x|x|seen|");
	assert_int_equal(scroll_replace(&scroll, "a", 0, " gone", 10), 0);
	expect(&scroll, "x|x|x|seen|");
	scroll_finish(&scroll);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_newest_lines_stand_below),
		cmocka_unit_test(test_who_looks_back_goes_on_seeing_the_same),
		cmocka_unit_test(test_lines_are_bounded),
		cmocka_unit_test(test_the_last_line_that_was_seen_is_marked),
		cmocka_unit_test(test_a_message_may_have_several_lines),
		cmocka_unit_test(test_earlier_lines_go_where_they_belong),
		cmocka_unit_test(test_a_full_scroll_takes_nothing_in_between),
		cmocka_unit_test(test_what_was_read_is_marked_by_its_time),
		cmocka_unit_test(test_what_is_deleted_is_another_text),
		cmocka_unit_test(test_a_deletion_below_moves_nothing_for_who_looks_back),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
