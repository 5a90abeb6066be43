/* SPDX-License-Identifier: MIT */
#include "viewer/top_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct top_view view;
static json_t *rows[TOP_LISTS];

/* Rows with the ids of text, one digit each. */
static void set_rows(enum top_list list, const char *ids)
{
	json_decref(rows[list]);
	rows[list] = json_array();
	for (; *ids != '\0'; ids++)
		json_array_append_new(rows[list], json_pack("{s:i, s:s}", "id", *ids - '0', "name",
							    *ids == '1' ? "cam" : "door"));
}

static int setup(void **state)
{
	(void)state;
	top_view_init(&view);
	for (int list = 0; list < TOP_LISTS; list++)
		set_rows((enum top_list)list, "");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int list = 0; list < TOP_LISTS; list++) {
		json_decref(rows[list]);
		rows[list] = NULL;
	}
	return 0;
}

static void type(const char *keys)
{
	for (; *keys != '\0'; keys++)
		top_view_key(&view, rows, (unsigned)*keys);
}

static void expect_foot(const char *text)
{
	char foot[TOP_LINE_SIZE];

	top_view_foot(&view, foot);
	assert_string_equal(foot, text);
}

/* ---- how lines are shared ---- */

static void test_lines_are_shared(void **state)
{
	static const struct {
		const char *streams, *viewers, *workers;
		unsigned lines;
		enum top_list focus;
		unsigned heights[TOP_LISTS];
	} cases[] = {
		{"1", "12", "12", 20, TOP_STREAMS, {1, 2, 2}},
		{"", "", "", 20, TOP_STREAMS, {0, 0, 0}},
		{"123456789", "123456789", "12", 21, TOP_STREAMS, {9, 7, 2}},
		{"123456789", "123456789", "12", 21, TOP_VIEWERS, {7, 9, 2}},
		{"123456789", "123456789", "123456789", 21, TOP_WORKERS, {6, 6, 6}},
		/* No room for all. */
		{"123456789", "123456789", "12", 6, TOP_VIEWERS, {0, 5, 0}},
		{"123456789", "123456789", "12", 1, TOP_VIEWERS, {0, 0, 0}},
		{"123456789", "123456789", "12", 0, TOP_VIEWERS, {0, 0, 0}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setup(state);
		view.focus = cases[i].focus;
		set_rows(TOP_STREAMS, cases[i].streams);
		set_rows(TOP_VIEWERS, cases[i].viewers);
		set_rows(TOP_WORKERS, cases[i].workers);
		top_view_fit(&view, rows, cases[i].lines);
		for (int list = 0; list < TOP_LISTS; list++) {
			if (view.heights[list] != cases[i].heights[list])
				fail_msg("case %zu, list %d: %u", i, list, view.heights[list]);
		}
	}
}

/* ---- what is selected ---- */

static void test_the_selection_goes_with_its_row(void **state)
{
	const struct top_place *place = &view.places[TOP_STREAMS];

	(void)state;
	set_rows(TOP_STREAMS, "123456789");
	top_view_fit(&view, rows, 15);
	assert_int_equal(place->id, 1);
	top_view_key(&view, rows, TOP_KEY_DOWN);
	assert_int_equal(place->id, 2);
	set_rows(TOP_STREAMS, "987654321");
	top_view_fit(&view, rows, 15);
	assert_int_equal(place->id, 2);
	assert_int_equal(place->at, 7);
	/* Where it has gone, the next is selected; at the end, the last. */
	set_rows(TOP_STREAMS, "98765431");
	top_view_fit(&view, rows, 15);
	assert_int_equal(place->id, 1);
	set_rows(TOP_STREAMS, "98");
	top_view_fit(&view, rows, 15);
	assert_int_equal(place->id, 8);
	set_rows(TOP_STREAMS, "");
	top_view_fit(&view, rows, 15);
	assert_int_equal(place->id, -1);
}

static void test_the_window_goes_with_the_selection(void **state)
{
	const struct top_place *place = &view.places[TOP_STREAMS];

	(void)state;
	set_rows(TOP_STREAMS, "123456789");
	top_view_fit(&view, rows, 5);
	assert_int_equal(view.heights[TOP_STREAMS], 4);
	top_view_key(&view, rows, TOP_KEY_END);
	top_view_fit(&view, rows, 5);
	assert_int_equal(place->first, 5);
	top_view_key(&view, rows, TOP_KEY_PAGE_UP);
	top_view_fit(&view, rows, 5);
	assert_int_equal(place->id, 5);
	assert_int_equal(place->first, 4);
	top_view_key(&view, rows, TOP_KEY_HOME);
	top_view_key(&view, rows, TOP_KEY_UP);
	top_view_fit(&view, rows, 5);
	assert_int_equal(place->first, 0);
	top_view_key(&view, rows, TOP_KEY_PAGE_DOWN);
	assert_int_equal(place->id, 5);
	top_view_fit(&view, rows, 20);
	assert_int_equal(place->first, 0);
}

/* ---- keys ---- */

static void test_disconnecting_is_confirmed(void **state)
{
	(void)state;
	set_rows(TOP_VIEWERS, "47");
	top_view_fit(&view, rows, 20);
	type("k");
	expect_foot("only viewers, and streams' publishers, can be disconnected; Tab goes to them");
	top_view_key(&view, rows, TOP_KEY_TAB);
	top_view_key(&view, rows, TOP_KEY_DOWN);
	type("k");
	expect_foot("disconnect viewer 7? (y/n)");
	type("q");
	assert_false(view.ended);
	assert_int_equal(view.kick_viewer, -1);
	type("ky");
	assert_int_equal(view.kick_viewer, 7);
	assert_string_equal(view.kick_publisher, "");
}

static void test_a_stream_is_disconnected_by_its_publisher(void **state)
{
	(void)state;
	set_rows(TOP_STREAMS, "12");
	top_view_fit(&view, rows, 20);
	type("k");
	expect_foot("disconnect the publisher of cam? (y/n)");
	type("n");
	assert_string_equal(view.kick_publisher, "");
	type("ky");
	assert_string_equal(view.kick_publisher, "cam");
	assert_int_equal(view.kick_viewer, -1);
}

static void test_a_filter_is_typed(void **state)
{
	(void)state;
	type("/door q");
	expect_foot("show only what contains: door q_");
	top_view_key(&view, rows, TOP_KEY_BACKSPACE);
	top_view_key(&view, rows, TOP_KEY_BACKSPACE);
	top_view_key(&view, rows, TOP_KEY_ENTER);
	assert_string_equal(view.filter, "door");
	expect_foot("only what contains door; Esc shows all");
	top_view_key(&view, rows, TOP_KEY_ESCAPE);
	assert_string_equal(view.filter, "");
	type("/");
	for (int i = 0; i < 2 * TOP_FILTER_SIZE; i++)
		type("x");
	assert_int_equal(strlen(view.filter), TOP_FILTER_SIZE - 1);
	type("q");
	assert_false(view.ended);
	top_view_key(&view, rows, TOP_KEY_ESCAPE);
	type("q");
	assert_true(view.ended);
}

static void test_a_stream_leads_to_its_viewers(void **state)
{
	(void)state;
	set_rows(TOP_STREAMS, "21");
	top_view_fit(&view, rows, 20);
	top_view_key(&view, rows, TOP_KEY_DOWN);
	top_view_key(&view, rows, TOP_KEY_ENTER);
	assert_string_equal(view.stream, "cam");
	assert_int_equal(view.focus, TOP_VIEWERS);
	expect_foot("only viewers of cam; Esc shows all");
}

static void test_orders_go_round(void **state)
{
	size_t n = 0;

	(void)state;
	while (top_columns[TOP_STREAMS][n].title != NULL)
		n++;
	for (size_t i = 0; i < n; i++)
		type("s");
	assert_int_equal(view.places[TOP_STREAMS].column, 0);
	type("S");
	assert_int_equal(view.places[TOP_STREAMS].column, n - 1);
	type("S");
	expect_foot("streams by DROPPED, the greatest first");
	type("r");
	expect_foot("streams by DROPPED, the smallest first");
}

#define VIEW_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VIEW_TEST(test_lines_are_shared),
		VIEW_TEST(test_the_selection_goes_with_its_row),
		VIEW_TEST(test_the_window_goes_with_the_selection),
		VIEW_TEST(test_disconnecting_is_confirmed),
		VIEW_TEST(test_a_stream_is_disconnected_by_its_publisher),
		VIEW_TEST(test_a_filter_is_typed),
		VIEW_TEST(test_a_stream_leads_to_its_viewers),
		VIEW_TEST(test_orders_go_round),
	};

	return cmocka_run_group_tests_name("viewer_top_view", tests, NULL, NULL);
}
