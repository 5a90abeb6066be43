/* SPDX-License-Identifier: MIT */
/* Messages go in; the events that come of them are compared as lines. */
#include "viewer/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char heard[8192];

static void told(struct talk *talk, const struct talk_event *event)
{
	size_t len = strlen(heard);

	(void)talk;
	snprintf(heard + len, sizeof(heard) - len, "%s %s %s%s%s|%s\n",
		 event->room != NULL ? event->room->name : "-", talk_kind_names[event->kind],
		 event->who, event->own ? " own" : "", event->addressed ? " addressed" : "",
		 event->text);
}

static void take(struct talk *talk, const char *line)
{
	char text[1024];
	struct message message;

	snprintf(text, sizeof(text), "%s", line);
	assert_int_equal(message_parse(text, strlen(text), &message), 0);
	talk_take(talk, &message);
}

static void expect(const char *events)
{
	assert_string_equal(heard, events);
	heard[0] = '\0';
}

static struct talk new_talk(void)
{
	heard[0] = '\0';
	return (struct talk){.nick = "dan", .told = told};
}

static struct talk talk_in_cam(void)
{
	struct talk talk = new_talk();

	take(&talk, ":dan!d@h JOIN #cam");
	take(&talk, ":s 353 dan = #cam :dan @Bob +carol");
	take(&talk, ":s 366 dan #cam :End of /NAMES list");
	expect("#cam join dan own|\n");
	return talk;
}

static void test_people_come_talk_and_go(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	take(&talk, ":eve!e@h JOIN #cam");
	take(&talk, ":eve!e@h PRIVMSG #cam :hi Dan, all well?");
	take(&talk, ":eve!e@h PRIVMSG #cam :hi dandy");
	take(&talk, ":dan!d@h PRIVMSG #cam :\001ACTION waves\001");
	take(&talk, ":eve!e@h NICK eva");
	take(&talk, ":bob!b@h MODE #cam +vo-b eva eva x!*@*");
	assert_string_equal(roster_find(&talk.rooms[0]->roster, "eva")->marks, "@+");
	take(&talk, ":eva!e@h QUIT :bye");
	take(&talk, ":stranger!e@h QUIT :bye");
	expect("#cam join eve|\n#cam message eve addressed|hi Dan, all well?\n"
	       "#cam message eve|hi dandy\n#cam action dan own|waves\n#cam nick eve|eva\n"
	       "#cam mode bob|+vo-b eva eva x!*@*\n#cam quit eva|bye\n");
	assert_int_equal(talk.rooms[0]->roster.n, 3);
	talk_finish(&talk);
}

static void test_private_words_are_a_conversation(void **state)
{
	struct talk talk = new_talk();

	(void)state;
	take(&talk, ":bob!b@h PRIVMSG dan :psst");
	take(&talk, ":dan!d@h PRIVMSG BOB :what");
	take(&talk, ":bob!b@h PRIVMSG dan :\001VERSION\001");
	take(&talk, ":s NOTICE dan :server talks");
	expect("bob message bob addressed|psst\nbob message dan own|what\n"
	       "- notice s addressed|server talks\n");
	assert_int_equal(talk.n_rooms, 1);
	talk_finish(&talk);
}

static void test_lists_are_told_when_asked_for(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	talk_expect_list(&talk, TALK_LIST_USERS);
	talk_expect_list(&talk, TALK_LIST_OPERATORS);
	take(&talk, ":s 353 dan = #cam :dan @Bob +carol");
	take(&talk, ":s 366 dan #cam :End");
	take(&talk, ":s 366 dan #cam :End");
	take(&talk, ":s 366 dan #cam :End");
	expect("#cam names |@Bob +carol dan\n#cam names |@Bob\n");
	talk_finish(&talk);
}

static void test_the_missing_right_is_named(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	take(&talk, ":s 482 dan #cam :You're not a channel operator");
	take(&talk, ":s 401 dan nobody :No such nick/channel");
	take(&talk, "FAIL * INVALID_UTF8 :Not UTF-8.");
	expect("#cam error |only operators of #cam may do that, and you are none; one of them can "
	       "make you one\n- error |nobody No such nick/channel\n- error |Not UTF-8.\n");
	talk_finish(&talk);
}

static void test_who_is_kicked_is_out(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	take(&talk, ":Bob!b@h KICK #cam carol :no");
	take(&talk, ":Bob!b@h KICK #cam dan :you too");
	expect("#cam kick Bob|carol no\n#cam kick Bob addressed|dan you too\n");
	assert_false(talk.rooms[0]->joined);
	assert_int_equal(talk.rooms[0]->roster.n, 0);
	talk_finish(&talk);
}

static void test_nothing_reaches_the_terminal_but_text(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	take(&talk, ":eve\033[2J!e@h PRIVMSG #cam :\033]0;title\007\x03"
		    "04,05red\x03 \x02"
		    "bold\x02 \xc2\x9b"
		    "2J 3\x03");
	expect("#cam message eve [2J|]0;title red bold  2J 3\n");
	talk_finish(&talk);
}

static void test_rooms_are_bounded(void **state)
{
	struct talk talk = new_talk();
	char name[16];

	(void)state;
	for (int i = 0; i < TALK_MAX_ROOMS; i++) {
		snprintf(name, sizeof(name), "#%d", i);
		assert_non_null(talk_open(&talk, name));
	}
	assert_null(talk_open(&talk, "#more"));
	take(&talk, ":bob!b@h PRIVMSG dan :psst");
	expect("- message bob addressed|psst\n");
	talk_finish(&talk);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_come_talk_and_go),
		cmocka_unit_test(test_private_words_are_a_conversation),
		cmocka_unit_test(test_lists_are_told_when_asked_for),
		cmocka_unit_test(test_the_missing_right_is_named),
		cmocka_unit_test(test_who_is_kicked_is_out),
		cmocka_unit_test(test_nothing_reaches_the_terminal_but_text),
		cmocka_unit_test(test_rooms_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
