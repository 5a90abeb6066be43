/* SPDX-License-Identifier: MIT */
#include "chat/onair.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat/onair_words.h"

enum { GRACE_US = 15000000 };

static struct onair onair;
static char told[4096]; /* what there was to tell since the last look, a line each */

static void tell(struct onair *of, enum onair_news news, const struct onair_stream *stream)
{
	static const char *const names[] = {"found", "began", "titled", "ended"};
	char words[ONAIR_WORDS_SIZE] = "";
	size_t len = strlen(told);

	assert_ptr_equal(of, &onair);
	if (news == ONAIR_BEGAN || news == ONAIR_FOUND)
		assert_ptr_equal(onair_find(&onair, stream->name), stream);
	if (news == ONAIR_ENDED)
		onair_words_ended(stream, words);
	else
		onair_words_began(stream, words);
	snprintf(told + len, sizeof(told) - len, "%s: %s\n", names[news], words);
}

static void expect(const char *lines)
{
	assert_string_equal(told, lines);
	told[0] = '\0';
}

static void take(enum relay_event_kind kind, const char *stream, int64_t viewers, int64_t now_s)
{
	struct relay_event event = {.kind = kind, .time_s = now_s, .viewers = viewers};

	snprintf(event.stream, sizeof(event.stream), "%s", stream);
	onair_take(&onair, &event, now_s * 1000000, now_s);
}

static void take_titled(const char *stream, const char *title, int64_t now_s)
{
	struct relay_event event = {.kind = RELAY_EVENT_LIVE, .time_s = now_s};

	snprintf(event.stream, sizeof(event.stream), "%s", stream);
	snprintf(event.title, sizeof(event.title), "%s", title);
	onair_take(&onair, &event, now_s * 1000000, now_s);
}

static void sweep(int64_t now_s)
{
	onair_sweep(&onair, now_s * 1000000);
}

static int set_up(void **state)
{
	(void)state;
	onair_init(&onair, GRACE_US, tell);
	onair_complete(&onair);
	told[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	onair_finish(&onair);
	return 0;
}

/* ---- coming and going ---- */

static void test_stream_begins_and_ends(void **state)
{
	(void)state;
	take_titled("cam", "The garden", 100);
	expect("began: cam is live: The garden\n");
	take(RELAY_EVENT_VIEWERS, "cam", 312, 110);
	take(RELAY_EVENT_VIEWERS, "cam", 12, 120);
	assert_int_equal(onair_find(&onair, "cam")->viewers, 12);
	take(RELAY_EVENT_ENDED, "cam", 12, 100 + 2 * 3600 + 13 * 60 + 59);
	assert_null(onair_find(&onair, "cam"));
	sweep(100 + 2 * 3600 + 14 * 60);
	expect("");
	sweep(100 + 2 * 3600 + 15 * 60);
	expect("ended: cam has ended after 2 h 13 min, at most 312 viewers\n");
	sweep(100000);
	expect("");
}

static void test_stream_that_returns_soon_was_never_away(void **state)
{
	(void)state;
	take(RELAY_EVENT_LIVE, "cam", 3, 100);
	take(RELAY_EVENT_LIVE, "other", 0, 100);
	expect("began: cam is live\nbegan: other is live\n");
	take(RELAY_EVENT_ENDED, "cam", 3, 110);
	take(RELAY_EVENT_ENDED, "other", 0, 110);
	sweep(120);
	take(RELAY_EVENT_LIVE, "cam", 1, 124);
	assert_int_equal(onair_find(&onair, "cam")->viewers, 1);
	sweep(200);
	expect("ended: other has ended after 10 s\n");
	/* It has been live all the time. */
	take(RELAY_EVENT_ENDED, "cam", 1, 220);
	sweep(235);
	expect("ended: cam has ended after 2 min, at most 3 viewers\n");
	take(RELAY_EVENT_LIVE, "cam", 0, 240);
	expect("began: cam is live\n");
}

static void test_stream_told_twice_begins_once(void **state)
{
	(void)state;
	take(RELAY_EVENT_LIVE, "cam", 1, 100);
	take(RELAY_EVENT_LIVE, "cam", 2, 101);
	expect("began: cam is live\n");
	take(RELAY_EVENT_ENDED, "cam", 2, 110);
	take(RELAY_EVENT_ENDED, "cam", 2, 111);
	take(RELAY_EVENT_VIEWERS, "cam", 7, 111);
	take(RELAY_EVENT_ENDED, "never", 2, 111);
	take(RELAY_EVENT_VIEWERS, "never", 2, 111);
	sweep(200);
	expect("ended: cam has ended after 10 s, at most 2 viewers\n");
}

static void test_what_was_live_before_is_no_news(void **state)
{
	(void)state;
	onair.known = false;
	take(RELAY_EVENT_LIVE, "cam", 1, 100);
	expect("found: cam is live\n");
	onair_complete(&onair);
	take(RELAY_EVENT_LIVE, "other", 1, 101);
	expect("began: other is live\n");
}

static void test_relay_that_returns_soon_makes_no_storm(void **state)
{
	(void)state;
	take(RELAY_EVENT_LIVE, "cam", 5, 100);
	take(RELAY_EVENT_LIVE, "den/door", 1, 100);
	told[0] = '\0';
	onair_lost(&onair, INT64_C(110000000), 110);
	onair_lost(&onair, INT64_C(111000000), 111);
	assert_null(onair_find(&onair, "cam"));
	sweep(120);
	take(RELAY_EVENT_LIVE, "cam", 0, 121);
	take(RELAY_EVENT_LIVE, "den/door", 0, 121);
	onair_complete(&onair);
	sweep(1000);
	expect("");
	/* One that stays away ends what it had. */
	onair_lost(&onair, INT64_C(1000000000), 1000);
	sweep(1015);
	expect("ended: cam has ended after 15 min, at most 5 viewers\n"
	       "ended: den/door has ended after 15 min, at most 1 viewer\n"
	       "ended: den has ended after 15 min, at most 1 viewer\n");
	take(RELAY_EVENT_LIVE, "cam", 0, 1016);
	expect("began: cam is live\n");
}

static void test_new_title_is_news(void **state)
{
	(void)state;
	take_titled("cam", "One", 100);
	take_titled("cam", "One", 101);
	expect("began: cam is live: One\n");
	take_titled("cam", "Two", 102);
	expect("titled: cam is live: Two\n");
	/* without one it keeps the last */
	take_titled("cam", "", 103);
	expect("");
	assert_string_equal(onair_find(&onair, "cam")->title, "Two");
}

/* ---- renditions ---- */

static void test_stream_is_live_while_a_rendition_is(void **state)
{
	(void)state;
	take(RELAY_EVENT_LIVE, "cam/240p", 3, 100);
	take(RELAY_EVENT_LIVE, "cam/720p", 2, 101);
	take(RELAY_EVENT_LIVE, "cam", 1, 102);
	expect("began: cam/240p is live\nbegan: cam is live\nbegan: cam/720p is live\n");
	assert_int_equal(onair_find(&onair, "cam")->viewers, 6);
	assert_int_equal(onair_find(&onair, "cam/240p")->viewers, 3);
	take(RELAY_EVENT_ENDED, "cam", 1, 110);
	take(RELAY_EVENT_ENDED, "cam/720p", 2, 110);
	assert_int_equal(onair_find(&onair, "cam")->viewers, 3);
	take(RELAY_EVENT_VIEWERS, "cam/240p", 4, 111);
	assert_int_equal(onair_find(&onair, "cam")->viewers, 4);
	sweep(1000);
	expect("ended: cam/720p has ended after 9 s, at most 2 viewers\n");
	take(RELAY_EVENT_ENDED, "cam/240p", 4, 1000);
	sweep(2000);
	expect("ended: cam/240p has ended after 15 min, at most 4 viewers\n"
	       "ended: cam has ended after 15 min, at most 6 viewers\n");
	assert_int_equal(onair.streams.n, 0);
}

static void test_what_is_no_name_has_no_renditions(void **state)
{
	(void)state;
	take(RELAY_EVENT_LIVE, "cam.jpg/240p", 3, 100);
	expect("began: cam.jpg/240p is live\n");
	take(RELAY_EVENT_ENDED, "cam.jpg/240p", 3, 110);
	sweep(1000);
	expect("ended: cam.jpg/240p has ended after 10 s, at most 3 viewers\n");
	assert_int_equal(onair.streams.n, 0);
}

static void test_playbacks_are_left_out(void **state)
{
	(void)state;
	take(RELAY_EVENT_LIVE, "vod/film~x7k2", 3, 100);
	take(RELAY_EVENT_LIVE, "vod/film~x7k2/240p", 3, 100);
	expect("");
	assert_int_equal(onair.streams.n, 0);
}

static void test_streams_are_bounded(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < ONAIR_MAX + 10; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		take(RELAY_EVENT_LIVE, name, 0, 100);
		told[0] = '\0';
	}
	assert_int_equal(onair.streams.n, ONAIR_MAX);
	/* A rendition needs room for what it is one of, too. */
	take(RELAY_EVENT_ENDED, "s0", 0, 100);
	sweep(1000);
	told[0] = '\0';
	take(RELAY_EVENT_LIVE, "cam/240p", 0, 1000);
	expect("");
	assert_int_equal(onair.streams.n, ONAIR_MAX - 1);
	take(RELAY_EVENT_LIVE, "cam", 0, 1000);
	expect("began: cam is live\n");
}

/* ---- words ---- */

static void test_questions_are_answered(void **state)
{
	static const struct {
		const char *question;
		bool live;
		int64_t viewers, for_s;
		const char *answer; /* NULL: it is none */
	} rows[] = {
		{"!viewers", true, 12, 0, "cam has 12 viewers"},
		{"!viewers", true, 1, 0, "cam has 1 viewer"},
		{"!viewers", true, 0, 0, "cam has 0 viewers"},
		{"!VIEWERS", true, 2, 0, "cam has 2 viewers"},
		{"!viewers", false, 0, 0, "cam isn't live"},
		{"!uptime", false, 0, 0, "cam isn't live"},
		{"!uptime", true, 0, 0, "cam has been live for 0 s"},
		{"!uptime", true, 0, -5, "cam has been live for 0 s"},
		{"!uptime", true, 0, 59, "cam has been live for 59 s"},
		{"!uptime", true, 0, 60, "cam has been live for 1 min"},
		{"!uptime", true, 0, 119, "cam has been live for 1 min"},
		{"!uptime", true, 0, 3600, "cam has been live for 1 h"},
		{"!uptime", true, 0, 7999, "cam has been live for 2 h 13 min"},
		{"!uptime", true, 0, 86400, "cam has been live for 1 d"},
		{"!uptime", true, 0, 270000, "cam has been live for 3 d 3 h"},
		{"viewers", true, 0, 0, NULL},
		{"!viewers?", true, 0, 0, NULL},
		{" !viewers", true, 0, 0, NULL},
		{"", true, 0, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct onair_stream stream = {
			.name = "cam", .viewers = rows[i].viewers, .since_s = 1000};
		char answer[ONAIR_WORDS_SIZE] = "";
		bool is_one =
			onair_words_answer(rows[i].question, "cam", rows[i].live ? &stream : NULL,
					   1000 + rows[i].for_s, answer);

		assert_int_equal(is_one, rows[i].answer != NULL);
		assert_string_equal(answer, is_one ? rows[i].answer : "");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_stream_begins_and_ends),
		TEST(test_stream_that_returns_soon_was_never_away),
		TEST(test_stream_told_twice_begins_once),
		TEST(test_what_was_live_before_is_no_news),
		TEST(test_relay_that_returns_soon_makes_no_storm),
		TEST(test_new_title_is_news),
		TEST(test_stream_is_live_while_a_rendition_is),
		TEST(test_what_is_no_name_has_no_renditions),
		TEST(test_playbacks_are_left_out),
		TEST(test_streams_are_bounded),
		TEST(test_questions_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
