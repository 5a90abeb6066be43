/* SPDX-License-Identifier: MIT */
#include "chat/board.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct announcement announcement(const char *room, int64_t id)
{
	return (struct announcement){
		.id = id, .room = room, .by = "dan", .text = "text", .time_ms = 5};
}

static struct board_item *add(struct board *board, const char *room, int64_t id)
{
	const struct announcement added = announcement(room, id);
	struct board_item *item = NULL;

	assert_int_equal(board_add(board, &added, &item), 0);
	return item;
}

static void test_what_is_on_it_is_found_by_room_and_id(void **state)
{
	struct board board = {0};
	const struct board_place *place;

	(void)state;
	assert_null(board_place(&board, "#cam"));
	assert_null(board_find(&board, 1));
	add(&board, "#Cam", 1);
	add(&board, "", 2);
	add(&board, "#cam", 3);
	place = board_place(&board, "#CAM");
	assert_non_null(place);
	assert_int_equal(place->n, 2);
	assert_string_equal(place->room, "#Cam");
	assert_int_equal(list_item(place->items.next, struct board_item, link)->id, 1);
	assert_string_equal(board_find(&board, 2)->place->room, "");
	board_remove(&board, board_find(&board, 1));
	assert_null(board_find(&board, 1));
	board_remove(&board, board_find(&board, 3));
	assert_null(board_place(&board, "#cam"));
	assert_int_equal(board.n, 1);
	board_finish(&board);
}

static void test_it_is_bounded(void **state)
{
	struct board board = {0};
	struct board_item *item;
	struct announcement one_more = announcement("#room-0", 1);
	char room[32];

	(void)state;
	for (int i = 0; i < ANNOUNCEMENTS_MAX; i++) {
		snprintf(room, sizeof(room), "#room-%d", i / BOARD_MAX);
		add(&board, room, i + 1);
		if (i == BOARD_MAX)
			assert_int_equal(board_add(&board, &one_more, &item), -ENOSPC);
	}
	one_more.room = "#another";
	assert_int_equal(board_add(&board, &one_more, &item), -E2BIG);
	assert_null(board_place(&board, "#another"));
	board_remove(&board, board_find(&board, 1));
	add(&board, "#another", 1);
	board_finish(&board);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
	char text[ANNOUNCEMENTS_MAX_TEXT + 2], by[NICK_SOURCE_SIZE + 1];
	const struct announcement cases[] = {
		{1, "cam", "dan", "text", 5},
		{1, "#a b", "dan", "text", 5},
		{1, "", by, "text", 5},
		{1, "", "dan", text, 5},
	};
	struct board board = {0};
	struct board_item *item;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(by, 'x', sizeof(by) - 1);
	by[sizeof(by) - 1] = '\0';
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(board_add(&board, &cases[i], &item), -EINVAL);
	board_finish(&board);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_on_it_is_found_by_room_and_id),
		cmocka_unit_test(test_it_is_bounded),
		cmocka_unit_test(test_what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
