/* SPDX-License-Identifier: MIT */
#include "relay/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 16 };
#define MS 1000
#define PTS(n) (7000000 + (int64_t)(n)*30 * MS)

/* A ring drawn as a text: 'K' a key frame, '.' another; the first frame lies at position `first`
 * and each is 30 ms younger than the one before. */
struct drawn {
	struct cursor_mark marks[SLOTS];
	struct cursor_ring ring;
};

static void draw(struct drawn *drawn, uint64_t first, const char *frames)
{
	drawn->ring = (struct cursor_ring){.marks = drawn->marks,
					   .mask = SLOTS - 1,
					   .first = first,
					   .end = first + strlen(frames)};
	for (uint64_t at = first; at < drawn->ring.end; at++)
		drawn->marks[at % SLOTS] =
			(struct cursor_mark){.time_us = (int64_t)(at - first) * 30 * MS,
					     .pts_us = PTS(at - first),
					     .key = frames[at - first] == 'K'};
}

static const struct cursor_limits limits = {.frames = 4, .lag_us = 100 * MS};

struct row {
	const char *what;
	const char *frames;
	uint64_t at; /* relative to the first frame */
	bool blocked;
	bool needs_key;
	int64_t arrival_ms; /* since the first frame */
	/* expected */
	bool ready;
	uint64_t to;
	enum cursor_reason reason; /* when something was dropped */
};

static void test_moves(void **state)
{
	static const struct row rows[] = {
		{"healthy: the next frame", "KKKK", 3, false, false, 90, true, 3, 0},
		{"healthy: nothing new", "KKKK", 4, false, false, 90, false, 4, 0},
		{"within both limits it stays", "KKKK", 1, false, false, 91, true, 1, 0},
		{"over the frames: the oldest key frame within", "KKKKKKK", 1, false, false, 0,
		 true, 3, CURSOR_QUEUE},
		{"over the age: the oldest key frame within", "KKKK", 0, false, false, 130, true, 1,
		 CURSOR_LAG},
		{"everything is too old but the newest", "KKKK", 0, false, false, 9999, true, 3,
		 CURSOR_LAG},
		{"the newest is never too old", "KKKK", 3, false, false, 999999, true, 3, 0},
		{"blocked: the newest", "KKKK", 0, true, false, 90, true, 3, CURSOR_BACKLOG},
		{"blocked, and nothing new", "KKKK", 4, true, false, 90, false, 4, 0},
		{"over the frames: only key frames qualify", "KK..K..", 1, false, false, 0, true, 4,
		 CURSOR_QUEUE},
		{"over the frames, no key frame: waits", "K......", 1, false, false, 0, false, 7,
		 CURSOR_QUEUE},
		{"blocked: the newest key frame", "KKK.K.", 1, true, false, 0, true, 4,
		 CURSOR_BACKLOG},
		{"blocked within the limits, no newer key frame: goes on", "K....", 2, true, false,
		 120, true, 2, 0},
		{"blocked over the limits, no key frame: waits", "K......", 1, true, false, 120,
		 false, 7, CURSOR_BACKLOG},
		{"frames are missing: waits for a key frame", "K...", 1, false, true, 0, false, 4,
		 CURSOR_LAG},
		{"frames are missing: goes on with a key frame", "K..K", 1, false, true, 0, true, 3,
		 CURSOR_LAG},
	};

	(void)state;
	/* Far enough for the ring to have wrapped. */
	for (uint64_t first = 0; first < 3 * SLOTS; first += 7) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			const struct row *row = &rows[i];
			struct drawn drawn;
			struct cursor cursor = {.at = first + row->at, .needs_key = row->needs_key};

			draw(&drawn, first, row->frames);
			struct cursor_move move = cursor_advance(
				&drawn.ring, &cursor, &limits, row->arrival_ms * MS, row->blocked);
			if (move.ready != row->ready || cursor.at != first + row->to)
				fail_msg("%s: went to %d, ready %d", row->what,
					 (int)(cursor.at - first), move.ready);
			assert_int_equal(move.dropped, row->to - row->at);
			if (move.dropped > 0)
				assert_int_equal(move.reason, row->reason);
			if (move.ready)
				assert_false(cursor.needs_key);
		}
	}
}

static void test_ring_that_has_forgotten_the_place(void **state)
{
	struct drawn drawn;
	struct cursor cursor = {.at = 5};

	(void)state;
	draw(&drawn, 20, "KKK");
	struct cursor_move move = cursor_advance(&drawn.ring, &cursor, &limits, 0, false);
	assert_true(move.ready);
	assert_int_equal(cursor.at, 20);
	assert_int_equal(move.dropped, 15);
	assert_int_equal(move.reason, CURSOR_QUEUE);
}

static void test_newcomer_begins_at_the_newest_key_frame(void **state)
{
	struct drawn drawn;

	(void)state;
	draw(&drawn, 40, "K..K..");
	struct cursor cursor = cursor_join(&drawn.ring);
	assert_int_equal(cursor.at, 43);
	struct cursor_move move = cursor_advance(&drawn.ring, &cursor, &limits, 0, false);
	assert_true(move.ready);
	assert_int_equal(cursor.at, 43);
	assert_int_equal(move.dropped, 0);
}

static void test_newcomer_to_an_empty_ring_waits_for_a_key_frame(void **state)
{
	struct drawn drawn;

	(void)state;
	draw(&drawn, 40, "");
	struct cursor cursor = cursor_join(&drawn.ring);
	assert_false(cursor_advance(&drawn.ring, &cursor, &limits, 0, false).ready);
	draw(&drawn, 40, ".");
	assert_false(cursor_advance(&drawn.ring, &cursor, &limits, 0, false).ready);
	draw(&drawn, 40, ".K");
	assert_true(cursor_advance(&drawn.ring, &cursor, &limits, 0, false).ready);
	assert_int_equal(cursor.at, 41);
}

/* Frames that pass while nothing could be sent yet are nobody's fault. */
static void test_newcomer_that_waits_passes_frames_as_join(void **state)
{
	struct drawn drawn;

	(void)state;
	draw(&drawn, 40, "");
	struct cursor cursor = cursor_join(&drawn.ring);
	draw(&drawn, 40, "..");
	struct cursor_move move = cursor_advance(&drawn.ring, &cursor, &limits, 0, false);
	assert_false(move.ready);
	assert_int_equal(move.dropped, 2);
	assert_int_equal(move.reason, CURSOR_JOIN);
	draw(&drawn, 40, "...K");
	move = cursor_advance(&drawn.ring, &cursor, &limits, 0, true);
	assert_true(move.ready);
	assert_int_equal(move.dropped, 1);
	assert_int_equal(move.reason, CURSOR_JOIN);
	/* The next that it misses it misses for another reason. */
	cursor.at++;
	draw(&drawn, 44, "KKKKKK");
	move = cursor_advance(&drawn.ring, &cursor, &limits, 0, false);
	assert_int_equal(move.dropped, 2);
	assert_int_equal(move.reason, CURSOR_QUEUE);
}

/* ---- from one rendition to another ---- */

static void test_viewer_enters_at_a_key_frame_later_than_its_last(void **state)
{
	static const struct {
		const char *frames;
		int64_t last_pts_us;
		uint64_t to;
	} rows[] = {
		{"KKKK", PTS(1), 2},	 {"KKKK", PTS(1) - 1, 1}, {"KKKK", PTS(1) + 1, 2},
		{"KKKK", PTS(3) - 1, 3}, {"KKKK", PTS(3), 4},	  {"KKKK", -1, 0},
		{"K..K", PTS(0), 3},	 {"K...", PTS(0), 4},	  {"", -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct drawn drawn;

		draw(&drawn, 60, rows[i].frames);
		assert_int_equal(cursor_enter(&drawn.ring, rows[i].last_pts_us), 60 + rows[i].to);
	}
}

/* What comes in the other rendition instead isn't missed. */
static void test_viewer_that_enters_elsewhere_misses_what_is_earlier(void **state)
{
	static const struct {
		uint64_t at;
		int64_t pts_us;
		uint64_t missed;
	} rows[] = {
		{60, PTS(0), 0}, {60, PTS(0) + 1, 1}, {61, PTS(3), 2},	{64, PTS(9), 0},
		{62, PTS(1), 0}, {62, PTS(9), 2},     {50, PTS(0), 10},
	};
	struct drawn drawn;

	(void)state;
	draw(&drawn, 60, "KKKK");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cursor cursor = {.at = rows[i].at};

		assert_int_equal(cursor_missed(&drawn.ring, &cursor, rows[i].pts_us),
				 rows[i].missed);
	}
}

/* Whatever comes: it only goes forward, drops only what it passes, starts only with key frames
 * after a gap, and what it is sent is within the limits or the newest. */
static void test_promises_hold_for_every_ring(void **state)
{
	(void)state;
	for (unsigned keys = 0; keys < 256; keys++) {
		for (unsigned more = 0; more < 8 * 9 * 2 * 2; more++) {
			uint64_t at = more % 9;
			bool blocked = more / 9 % 2, needs_key = more / 18 % 2;
			int64_t now_us = more / 36 * 60 * MS;
			char frames[9] = "";
			struct drawn drawn;

			for (int i = 0; i < 8; i++)
				frames[i] = (keys >> i & 1) != 0 ? 'K' : '.';
			draw(&drawn, 100, frames);
			struct cursor cursor = {.at = 100 + at, .needs_key = needs_key};
			struct cursor_move move =
				cursor_advance(&drawn.ring, &cursor, &limits, now_us, blocked);
			assert_true(cursor.at >= 100 + at && cursor.at <= 108);
			assert_int_equal(move.dropped, cursor.at - 100 - at);
			assert_int_equal(move.ready, cursor.at < 108);
			if (!move.ready)
				continue;
			uint64_t to = cursor.at - 100;
			if (move.dropped > 0 || needs_key)
				assert_int_equal(frames[to], 'K');
			assert_true(8 - to <= limits.frames);
			assert_true(to == 7 || now_us - (int64_t)to * 30 * MS <= limits.lag_us);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_ring_that_has_forgotten_the_place),
		cmocka_unit_test(test_newcomer_begins_at_the_newest_key_frame),
		cmocka_unit_test(test_newcomer_to_an_empty_ring_waits_for_a_key_frame),
		cmocka_unit_test(test_newcomer_that_waits_passes_frames_as_join),
		cmocka_unit_test(test_viewer_enters_at_a_key_frame_later_than_its_last),
		cmocka_unit_test(test_viewer_that_enters_elsewhere_misses_what_is_earlier),
		cmocka_unit_test(test_promises_hold_for_every_ring),
	};
	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
