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

static void answer(struct talk *talk, const char *line, const struct talk_asked *asked)
{
	char text[1024];
	struct message message;

	snprintf(text, sizeof(text), "%s", line);
	assert_int_equal(message_parse(text, strlen(text), &message), 0);
	talk_take(talk, &message, asked);
}

static void take(struct talk *talk, const char *line)
{
	answer(talk, line, NULL);
}

static void closing(struct talk *talk, struct talk_room *room)
{
	(void)talk;
	(void)room;
}

static void expect(const char *events)
{
	assert_string_equal(heard, events);
	heard[0] = '\0';
}

static struct talk new_talk(void)
{
	heard[0] = '\0';
	return (struct talk){.nick = "dan", .told = told, .closing = closing};
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

/* "S 5" and "g word" belong to their modes, and the nick behind them to v. */
static void test_the_server_says_which_modes_have_parameters(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	take(&talk, ":s 005 dan CHANMODES=beIg,k,lS,imnst PREFIX=(qov)~@+ :are supported");
	take(&talk, ":Bob!b@h MODE #cam +Sgvq-S 5 word dan dan");
	assert_string_equal(roster_find(&talk.rooms[0]->roster, "dan")->marks, "~+");
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
	static const struct {
		const char *line, *place, *deed, *event;
	} cases[] = {
		{":s 482 dan #cam :You're not a channel operator", "#cam", "kick bob out of #cam",
		 "#cam error |You can't kick bob out of #cam: you're not a channel operator\n"},
		/* Typed here, though it is about somewhere else. */
		{":s 403 dan #dog :No such channel", "#cam", "enter #dog",
		 "#cam error |You can't enter #dog: no such channel\n"},
		{":s 474 dan #dog :Cannot join channel (+b)", "", "enter #dog",
		 "- error |You can't enter #dog: you are banned there\n"},
		{":s 421 dan BAN :Unknown command", "#cam", "ban bob from #cam",
		 "#cam error |You can't ban bob from #cam: this server doesn't know that "
		 "command\n"},
		{"FAIL BAN CANNOT_BAN #cam :That is yourself.", "#cam", "ban dan from #cam",
		 "#cam error |You can't ban dan from #cam: that is yourself\n"},
		{"FAIL X Y :UTF-8 only", "#cam", "do this",
		 "#cam error |You can't do this: UTF-8 only\n"},
		{"FAIL * INVALID_UTF8 :Not UTF-8.", NULL, NULL, "- error |Not UTF-8.\n"},
		{"FAIL X Y #cam :It won't.", NULL, NULL, "#cam error |It won't.\n"},
		{":s 401 dan nobody :No such nick/channel", NULL, NULL,
		 "- error |nobody No such nick/channel\n"},
		{":s 999 dan", NULL, NULL, "- info |\n"},
		{":s 499", "#cam", "do this", "#cam error |\n"},
		{"FAIL", "#cam", "do this", ""},
	};
	struct talk talk = talk_in_cam();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct talk_asked asked = {cases[i].place, cases[i].deed};

		answer(&talk, cases[i].line, cases[i].place != NULL ? &asked : NULL);
		expect(cases[i].event);
	}
	talk_finish(&talk);
}

static void test_standard_replies_are_sentences(void **state)
{
	static const struct {
		const char *line, *event;
	} cases[] = {
		{"NOTE PURGE DELETED #cam :3 messages were deleted",
		 "#cam info |3 messages were deleted\n"},
		{"WARN * SLOW_LINK :This may take a while",
		 "- info |warning: This may take a while\n"},
		{"NOTE AUDIT ENTRY #cam 2026-11-21T10:00:00Z dan kick :bob: rude",
		 "#cam info |2026-11-21T10:00:00Z dan kick bob: rude\n"},
		{"NOTE ANNOUNCEMENTS ENTRY * 7 2026-11-21T10:00:00Z dan :Welcome",
		 "- info |7 2026-11-21T10:00:00Z dan Welcome\n"},
		{"NOTE", ""},
		{":s 301 dan bob :lunch", "- info |bob is away: lunch\n"},
		{":s 900 dan dan!d@h dan :You are now logged in as dan",
		 "- info |You are now logged in as dan\n"},
		{"REGISTER SUCCESS dan :The account has been made",
		 "- info |The account has been made\n"},
	};
	struct talk talk = talk_in_cam();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		take(&talk, cases[i].line);
		expect(cases[i].event);
	}
	talk_finish(&talk);
}

static void test_what_people_say_of_themselves_is_told_to_who_asks(void **state)
{
	static const struct talk_asked asked = {.place = "#cam", .deed = "see who bob is"};
	struct talk talk = talk_in_cam();

	(void)state;
	answer(&talk, ":s 760 dan Bob pronouns * :they / them", &asked);
	answer(&talk, ":s 761 dan * color * :#ff0000", &asked);
	answer(&talk, ":s 766 dan * color :Key not set", &asked);
	answer(&talk, ":s 761 dan Bob status * :\002bold\033[m", &asked);
	expect("#cam info |Bob: pronouns is they / them\n#cam info |color is #ff0000\n"
	       "#cam info |color isn't set\n#cam info |Bob: status is bold [m\n");
	take(&talk, ":s 761 dan Bob color * :#ff0000");
	take(&talk, ":s 774 dan #cam 5 :Try again later");
	expect("");
	talk_finish(&talk);
}

static void test_deletions_and_announcements_are_told(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	take(&talk, ":Bob!b@h REDACT #cam abc :rude");
	take(&talk, ":Bob!b@h REDACT #dog abc");
	take(&talk, "@spillway/announcement=7 :s NOTICE #cam :[Announcement] We begin at nine");
	take(&talk, "@spillway/announcement=8 :s NOTICE dan :[Announcement] Hello, dan");
	/* Only the server announces. */
	take(&talk, "@spillway/announcement=9 :Bob!b@h NOTICE #cam :[Announcement] Spam");
	expect("#cam delete Bob|rude\n#cam announcement s|We begin at nine\n"
	       "- announcement s|Hello, dan\n#cam notice Bob|[Announcement] Spam\n");
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

static void paged(struct talk *talk, struct talk_room *room, const char *failure)
{
	size_t len = strlen(heard);

	(void)talk;
	snprintf(heard + len, sizeof(heard) - len, "page of %s: %s\n",
		 room != NULL ? room->name : "-", failure != NULL ? failure : "complete");
}

static void told_past(struct talk *talk, const struct talk_event *event)
{
	size_t len = strlen(heard);

	(void)talk;
	snprintf(heard + len, sizeof(heard) - len, "%s %s %s %s %lld\n",
		 event->when == TALK_PAST ? "past" : "now", event->id, event->who, event->text,
		 (long long)event->time_ms);
}

static void test_history_is_told_apart_and_changes_nobodys_place(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	talk.told = told_past;
	talk.paged = paged;
	take(&talk, "@label=1 :s BATCH +1 chathistory #cam");
	take(&talk, "@batch=1;time=1970-01-01T00:00:01.250Z;msgid=a :eve!e@h PRIVMSG #cam :hi");
	take(&talk, "@batch=1;msgid=b;time=1970-01-01T00:00:02Z :zoe!e@h JOIN #cam");
	take(&talk, "@msgid=c;time=1970-01-01T00:00:03.000Z :eve!e@h PRIVMSG #cam :now");
	take(&talk, ":s BATCH -1");
	take(&talk, "@batch=1;msgid=d;time=1970-01-01T00:00:04Z :eve!e@h PRIVMSG #cam :then");
	take(&talk, "FAIL CHATHISTORY MESSAGE_ERROR AFTER #cam :No such message");
	take(&talk, "FAIL CHATHISTORY INVALID_PARAMS AFTER :What?");
	expect("past a eve hi 1250\nnow c eve now 3000\npage of #cam: complete\n"
	       "now d eve then 4000\npage of #cam: No such message\npage of -: What?\n");
	assert_null(roster_find(&talk.rooms[0]->roster, "zoe"));
	talk_finish(&talk);
}

/* It is sent back to the server, as a part of a line. */
static void told_all(struct talk *talk, const struct talk_event *event)
{
	told(talk, event);
	snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "%s%s\n", event->id,
		 event->when == TALK_PAST ? " past" : "");
}

static void test_a_batch_of_lines_is_one_message(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	talk.told = told_all;
	take(&talk, "@msgid=a :bob!b@h BATCH +x draft/multiline #cam");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :if \00304this:");
	/* Others go on meanwhile. */
	take(&talk, "@msgid=b :carol!c@h PRIVMSG #cam :hi");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :   that \033[2J");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :says d");
	take(&talk, "@batch=x;draft/multiline-concat :bob!b@h PRIVMSG #cam :an");
	expect("#cam message carol|hi\nb\n");
	take(&talk, ":bob!b@h BATCH -x");
	expect("#cam message bob addressed|if this:\n   that  [2J\n\nsays dan\na\n");
	/* In private, and of the history. */
	take(&talk, "@msgid=c :dan!d@h BATCH +x draft/multiline bob");
	take(&talk, "@batch=x :dan!d@h NOTICE bob :1");
	take(&talk, "@batch=x :dan!d@h NOTICE bob :2");
	take(&talk, ":dan!d@h BATCH -x");
	expect("bob notice dan own|1\n2\nc\n");
	take(&talk, ":s BATCH +h chathistory #cam");
	take(&talk, "@batch=h;msgid=d :bob!b@h BATCH +x draft/multiline #cam");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :1");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :2");
	take(&talk, ":bob!b@h BATCH -x");
	take(&talk, "@batch=h;msgid=e :bob!b@h PRIVMSG #cam :3");
	take(&talk, ":s BATCH -h");
	expect("#cam message bob|1\n2\nd past\n#cam message bob|3\ne past\n");
	/* What breaks off is nothing; what is empty, too. */
	take(&talk, ":bob!b@h BATCH +x draft/multiline #cam");
	take(&talk, "@batch=x :bob!b@h PRIVMSG #cam :1");
	talk_lost(&talk);
	take(&talk, ":bob!b@h BATCH -x");
	take(&talk, ":bob!b@h BATCH +x draft/multiline #cam");
	take(&talk, ":bob!b@h BATCH -x");
	expect("");
	talk_finish(&talk);
}

/* A server may send more than fits. */
static void test_what_is_too_long_is_cut(void **state)
{
	struct talk talk = talk_in_cam();
	char line[500] = "@batch=x :bob!b@h PRIVMSG #cam :";

	(void)state;
	memset(line + strlen(line), 'x', 400);
	take(&talk, ":bob!b@h BATCH +x draft/multiline #cam");
	for (int i = 0; i < 100; i++)
		take(&talk, line);
	take(&talk, ":bob!b@h BATCH -x");
	assert_memory_equal(heard, "#cam message bob|xxx", 20);
	heard[0] = '\0';
	talk_finish(&talk);
}

static void test_an_id_that_is_no_word_is_none(void **state)
{
	static const char *const lines[] = {
		"@time=1970-01-01T00:00:01Z;msgid=a\\r\\nQUIT :eve!e@h PRIVMSG #cam :x",
		"@time=1970-01-01T00:00:01Z;msgid=a\\sb :eve!e@h PRIVMSG #cam :x",
		"@time=1970-01-01T00:00:01Z;msgid= :eve!e@h PRIVMSG #cam :x",
	};
	struct talk talk = talk_in_cam();

	(void)state;
	talk.told = told_past;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		take(&talk, lines[i]);
		expect("now  eve x 1000\n");
	}
	talk_finish(&talk);
}

static void read_to(struct talk *talk, struct talk_room *room)
{
	size_t len = strlen(heard);

	(void)talk;
	snprintf(heard + len, sizeof(heard) - len, "%s read to %lld\n", room->name,
		 (long long)room->read_ms);
}

static void test_how_far_we_have_read_only_grows(void **state)
{
	struct talk talk = talk_in_cam();

	(void)state;
	talk.read = read_to;
	take(&talk, ":s MARKREAD #cam *");
	take(&talk, ":s MARKREAD #cam timestamp=1970-01-01T00:00:02.000Z");
	take(&talk, ":s MARKREAD #cam timestamp=1970-01-01T00:00:01.000Z");
	take(&talk, ":s MARKREAD #dog timestamp=1970-01-01T00:00:03.000Z");
	take(&talk, ":s MARKREAD #cam timestamp=yesterday");
	expect("#cam read to 2000\n");
	talk_finish(&talk);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_come_talk_and_go),
		cmocka_unit_test(test_the_server_says_which_modes_have_parameters),
		cmocka_unit_test(test_private_words_are_a_conversation),
		cmocka_unit_test(test_lists_are_told_when_asked_for),
		cmocka_unit_test(test_the_missing_right_is_named),
		cmocka_unit_test(test_standard_replies_are_sentences),
		cmocka_unit_test(test_what_people_say_of_themselves_is_told_to_who_asks),
		cmocka_unit_test(test_deletions_and_announcements_are_told),
		cmocka_unit_test(test_who_is_kicked_is_out),
		cmocka_unit_test(test_nothing_reaches_the_terminal_but_text),
		cmocka_unit_test(test_rooms_are_bounded),
		cmocka_unit_test(test_history_is_told_apart_and_changes_nobodys_place),
		cmocka_unit_test(test_a_batch_of_lines_is_one_message),
		cmocka_unit_test(test_what_is_too_long_is_cut),
		cmocka_unit_test(test_an_id_that_is_no_word_is_none),
		cmocka_unit_test(test_how_far_we_have_read_only_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
