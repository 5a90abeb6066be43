/* SPDX-License-Identifier: MIT */
/* What is asked for, and what is shown in which order, whatever the server's pages are like. */
#include "viewer/backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000)

static char shown[65536];
static struct talk_room room = {.name = "#cam", .is_room = true, .joined = true};

static void show(void *context, const struct talk_event *event)
{
	static const char *const whens[] = {"", "?", "before ", "missed ", "above ", "gap "};
	size_t len = strlen(shown);

	(void)context;
	snprintf(shown + len, sizeof(shown) - len, "%s%s|", whens[event->when],
		 *event->text != '\0' ? event->text : talk_kind_names[event->kind]);
}

static void expect(const char *text)
{
	assert_string_equal(shown, text);
	shown[0] = '\0';
}

static struct backlog *new_backlog(void)
{
	struct backlog *backlog = backlog_create(&room, NULL, show);

	assert_non_null(backlog);
	shown[0] = '\0';
	return backlog;
}

static void give(struct backlog *backlog, enum talk_when when, enum talk_kind kind, int number)
{
	char id[16] = "", text[16] = "";

	if (number > 0) {
		snprintf(id, sizeof(id), "id%d", number);
		snprintf(text, sizeof(text), "%d", number);
	}
	backlog_take(backlog, &(struct talk_event){
				      .kind = kind,
				      .room = &room,
				      .who = "eve",
				      .text = text,
				      .id = id,
				      .time_ms = number * SECOND,
				      .when = when,
			      });
}

static void say(struct backlog *backlog, int number)
{
	give(backlog, TALK_NOW, TALK_MESSAGE, number);
}

static void expect_request(struct backlog *backlog, const char *request)
{
	char line[MESSAGE_MAX_LINE], text[MESSAGE_MAX_LINE + 1];
	size_t len = backlog_ask(backlog, line);

	snprintf(text, sizeof(text), "%.*s", len > 2 ? (int)len - 2 : 0, line);
	assert_string_equal(text, request);
}

/* A whole page, with the messages of these numbers. */
static void answer(struct backlog *backlog, int from, int to)
{
	for (int n = from; n <= to; n++)
		give(backlog, TALK_PAST, TALK_MESSAGE, n);
	backlog_page(backlog);
	backlog_answered(backlog);
}

static void refuse(struct backlog *backlog)
{
	backlog_fail(backlog, "no");
	backlog_answered(backlog);
}

static void enter(struct backlog *backlog, int64_t time_ms, unsigned context)
{
	backlog_enter(backlog, time_ms, context);
	give(backlog, TALK_NOW, TALK_JOIN, 0);
}

static void test_what_was_missed_comes_before_what_is_said_now(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	expect_request(backlog, "");
	say(backlog, 5);
	expect("join|5|");
	backlog_lost(backlog);
	enter(backlog, 10 * SECOND, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id5 100");
	expect_request(backlog, "");
	say(backlog, 9);
	give(backlog, TALK_NOW, TALK_ERROR, 0); /* the answer to something else */
	expect("error|");
	/* The page has reached what is said now: that is all. */
	answer(backlog, 6, 9);
	expect_request(backlog, "");
	expect("missed 6|missed 7|missed 8|missed 9|join|");
	/* It was on its way when the page was written. */
	say(backlog, 9);
	say(backlog, 10);
	expect("10|");
	backlog_destroy(backlog);
}

static void test_pages_are_asked_for_until_there_is_none(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	say(backlog, 1);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id1 100");
	answer(backlog, 2, 3); /* this server's pages are short */
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id3 100");
	answer(backlog, 4, 4);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id4 100");
	answer(backlog, 1, 0);
	expect_request(backlog, "");
	expect("join|1|missed 2|missed 3|missed 4|join|");
	backlog_destroy(backlog);
}

static void test_a_loss_meanwhile_loses_nothing(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	say(backlog, 1);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id1 100");
	answer(backlog, 2, 3);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id3 100");
	/* Half a page, and something that is said now. */
	give(backlog, TALK_PAST, TALK_MESSAGE, 4);
	say(backlog, 9);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id3 100");
	answer(backlog, 4, 9);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id9 100");
	answer(backlog, 1, 0);
	expect("join|1|missed 2|missed 3|missed 4|missed 5|missed 6|missed 7|missed 8|missed "
	       "9|join|");
	backlog_destroy(backlog);
}

/* It was deleted, or the server is another one. */
static void test_an_id_that_isnt_known_is_replaced_by_its_time(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	say(backlog, 5);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id5 100");
	refuse(backlog);
	expect_request(backlog, "CHATHISTORY AFTER #cam timestamp=1970-01-01T00:00:04.999Z 100");
	answer(backlog, 5, 6);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id6 100");
	refuse(backlog);
	expect_request(backlog, "CHATHISTORY AFTER #cam timestamp=1970-01-01T00:00:05.999Z 100");
	refuse(backlog);
	expect_request(backlog, "");
	expect("join|5|missed 6|what was said meanwhile can't be shown: no|join|");
	assert_true(backlog->incomplete);
	backlog_destroy(backlog);
}

static void test_a_room_where_nobody_spoke_is_asked_about_since_it_was_entered(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, 90061001, 0);
	backlog_lost(backlog);
	enter(backlog, 99999999, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam timestamp=1970-01-02T01:01:01.001Z 100");
	backlog_destroy(backlog);
}

static void test_too_much_leaves_a_gap_that_can_be_filled(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	say(backlog, 1);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	for (int n = 2; n <= BACKLOG_MAX_MISSED + 1; n += BACKLOG_PAGE) {
		char request[64];

		snprintf(request, sizeof(request), "CHATHISTORY AFTER #cam msgid=id%d 100", n - 1);
		expect_request(backlog, request);
		answer(backlog, n, n + BACKLOG_PAGE - 1);
	}
	shown[0] = '\0';
	expect_request(backlog, "CHATHISTORY LATEST #cam msgid=id1001 50");
	for (int n = 2001; n <= 2050; n++)
		give(backlog, TALK_PAST, TALK_MESSAGE, n);
	backlog_page(backlog);
	backlog_answered(backlog);
	assert_memory_equal(shown, "too much was missed", 19);
	assert_non_null(strstr(shown, "|missed 2001|"));
	shown[0] = '\0';
	backlog_earlier(backlog, 3);
	expect_request(backlog, "CHATHISTORY BETWEEN #cam msgid=id2001 msgid=id1001 3");
	answer(backlog, 1998, 2000);
	expect("gap 1998|gap 1999|gap 2000|");
	backlog_earlier(backlog, 3);
	expect_request(backlog, "CHATHISTORY BETWEEN #cam msgid=id1998 msgid=id1001 3");
	answer(backlog, 1, 0);
	expect("nothing is missing any more; /history shows what was said before all this|");
	backlog_earlier(backlog, 3);
	expect_request(backlog, "CHATHISTORY BEFORE #cam msgid=id1 3");
	backlog_destroy(backlog);
}

static void test_little_more_than_the_limit_leaves_no_gap(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	say(backlog, 1);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	for (int n = 2; n <= BACKLOG_MAX_MISSED + 1; n += BACKLOG_PAGE) {
		char line[MESSAGE_MAX_LINE];

		assert_true(backlog_ask(backlog, line) > 0);
		answer(backlog, n, n + BACKLOG_PAGE - 1);
	}
	shown[0] = '\0';
	expect_request(backlog, "CHATHISTORY LATEST #cam msgid=id1001 50");
	answer(backlog, 1002, 1003);
	expect("missed 1002|missed 1003|join|");
	assert_false(backlog->incomplete);
	backlog_destroy(backlog);
}

static void test_earlier_lines_come_in_their_order_however_many_pages_they_take(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 2);
	backlog_earlier(backlog, 5); /* waits for its turn */
	expect_request(backlog, "CHATHISTORY LATEST #cam * 2");
	answer(backlog, 98, 99);
	expect("before 98|before 99|up to here it was said earlier|join|");
	expect_request(backlog, "CHATHISTORY BEFORE #cam msgid=id98 5");
	answer(backlog, 95, 97);
	expect_request(backlog, "CHATHISTORY BEFORE #cam msgid=id95 2");
	say(backlog, 100);
	answer(backlog, 93, 94);
	expect_request(backlog, "");
	expect("100|above 93|above 94|above 95|above 96|above 97|");
	backlog_earlier(backlog, 1);
	expect_request(backlog, "CHATHISTORY BEFORE #cam msgid=id93 1");
	answer(backlog, 1, 0);
	expect("nothing was said earlier|");
	backlog_destroy(backlog);
}

static void test_what_waits_is_bounded_and_shown_at_the_end(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	enter(backlog, SECOND, 0);
	say(backlog, 1);
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id1 100");
	shown[0] = '\0';
	for (int n = 0; n < BACKLOG_MAX_HELD; n++)
		say(backlog, 1001 + n);
	assert_memory_equal(shown, "too much was missed", 19);
	assert_non_null(strstr(shown, "|join|1001|1002|"));
	assert_non_null(strstr(shown, "|2000|"));
	/* The answer comes too late. */
	shown[0] = '\0';
	answer(backlog, 2, 3);
	expect("");
	backlog_lost(backlog);
	enter(backlog, SECOND, 0);
	say(backlog, 3000);
	backlog_end(backlog);
	expect("join|3000|");
	backlog_destroy(backlog);
}

static void test_what_was_said_since_a_time_is_missed(void **state)
{
	struct backlog *backlog = new_backlog();

	(void)state;
	backlog_since(backlog, 2 * SECOND);
	say(backlog, 9);
	expect("");
	expect_request(backlog, "CHATHISTORY AFTER #cam timestamp=1970-01-01T00:00:02.000Z 100");
	answer(backlog, 3, 4);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id4 100");
	answer(backlog, 9, 9);
	expect("missed 3|missed 4|missed 9|");
	/* Later it is the last message that counts. */
	backlog_lost(backlog);
	backlog_since(backlog, 2 * SECOND);
	expect_request(backlog, "CHATHISTORY AFTER #cam msgid=id9 100");
	backlog_destroy(backlog);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_missed_comes_before_what_is_said_now),
		cmocka_unit_test(test_pages_are_asked_for_until_there_is_none),
		cmocka_unit_test(test_a_loss_meanwhile_loses_nothing),
		cmocka_unit_test(test_an_id_that_isnt_known_is_replaced_by_its_time),
		cmocka_unit_test(
			test_a_room_where_nobody_spoke_is_asked_about_since_it_was_entered),
		cmocka_unit_test(test_too_much_leaves_a_gap_that_can_be_filled),
		cmocka_unit_test(test_little_more_than_the_limit_leaves_no_gap),
		cmocka_unit_test(
			test_earlier_lines_come_in_their_order_however_many_pages_they_take),
		cmocka_unit_test(test_what_waits_is_bounded_and_shown_at_the_end),
		cmocka_unit_test(test_what_was_said_since_a_time_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
