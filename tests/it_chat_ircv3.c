/* SPDX-License-Identifier: MIT */
/* What IRCv3 adds: capabilities, tags, labels, notifications, MONITOR. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_chat.h"

static void expect_answer(struct client *client, const char *line, const char *answer)
{
	assert_string_equal(chat_ask(client, line), answer);
}

/* ---- capabilities ---- */

static void test_registration_waits_for_the_end_of_negotiation(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = client_connect(h, chat->port);

	chat_say(dan, "CAP LS 302");
	chat_say(dan, "NICK dan");
	chat_say(dan, "USER dan 0 * :Dan");
	chat_has(chat_line(dan), ":chat.localhost CAP * LS * :account-notify account-tag "
				 "away-notify batch cap-notify ");
	chat_wait(dan, ":chat.localhost CAP * LS :");
	assert_string_equal(chat_so_far(dan), "");
	expect_answer(dan, "CAP REQ :batch bogus", ":chat.localhost CAP dan NAK :batch bogus\n");
	expect_answer(dan, "CAP LIST", ":chat.localhost CAP dan LIST :cap-notify\n");
	expect_answer(dan, "CAP REQ :batch setname",
		      ":chat.localhost CAP dan ACK :batch setname\n");
	expect_answer(dan, "CAP REQ -batch", ":chat.localhost CAP dan ACK :-batch\n");
	expect_answer(dan, "CAP BOGUS", ":chat.localhost 410 dan BOGUS :Invalid CAP command\n");
	chat_say(dan, "CAP END");
	chat_has(chat_line(dan), ":chat.localhost 001 dan :");
	chat_so_far(dan);
	expect_answer(dan, "CAP LIST", ":chat.localhost CAP dan LIST :cap-notify setname\n");
	expect_answer(dan, "CAP END", "");
	expect_answer(dan, "CAP REQ :-cap-notify -setname",
		      ":chat.localhost CAP dan ACK :-cap-notify -setname\n");
	expect_answer(dan, "CAP LIST", ":chat.localhost CAP dan LIST :cap-notify\n");
}

static void test_capabilities_change_what_a_member_sees(struct harness *h)
{
	static const struct {
		const char *caps, *join, *names;
	} cases[] = {
		{"", ":joe!~joe@127.0.0.1 JOIN #cam", "@dan eve"},
		{"extended-join", ":joe!~joe@127.0.0.1 JOIN #cam * :Real joe", "@dan eve"},
		{"multi-prefix", ":joe!~joe@127.0.0.1 JOIN #cam", "@+dan eve"},
		{"userhost-in-names", ":joe!~joe@127.0.0.1 JOIN #cam",
		 "@dan!~dan@127.0.0.1 eve!~eve@127.0.0.1"},
		{"no-implicit-names", ":joe!~joe@127.0.0.1 JOIN #cam", NULL},
		{"draft/no-implicit-names", ":joe!~joe@127.0.0.1 JOIN #cam", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chat *chat = chat_start(h, NULL);
		struct client *dan = chat_member(chat, "dan", "", "#cam");
		struct client *eve = chat_person(chat, "eve", cases[i].caps);

		chat_ask(dan, "MODE #cam +v dan");
		char *joined = chat_ask(eve, "JOIN #cam");
		if (cases[i].names != NULL)
			chat_has(joined, harness_format(h, ":chat.localhost 353 eve = #cam :%s\n",
							cases[i].names));
		else
			assert_null(strstr(joined, " 353 "));
		chat_has(chat_ask(eve, "NAMES #cam"), " 353 eve = #cam :");
		chat_member(chat, "joe", "", "#cam");
		chat_expect(eve, cases[i].join);
		chat_stop(chat);
	}
}

static void test_notifications_reach_who_asked_for_them(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "away-notify setname", "#cam");
	struct client *eve = chat_member(chat, "eve", "setname", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_so_far(dan);
	chat_so_far(eve);
	expect_answer(joe, "AWAY :lunch",
		      ":chat.localhost 306 joe :You have been marked as being away\n");
	expect_answer(joe, "SETNAME :New Joe", "");
	expect_answer(eve, "SETNAME :New Eve",
		      ":joe!~joe@127.0.0.1 SETNAME :New Joe\n"
		      ":eve!~eve@127.0.0.1 SETNAME :New Eve\n");
	expect_answer(joe, "AWAY",
		      ":chat.localhost 305 joe :You are no longer marked as being away\n");
	assert_string_equal(chat_so_far(dan), ":joe!~joe@127.0.0.1 AWAY :lunch\n"
					      ":joe!~joe@127.0.0.1 SETNAME :New Joe\n"
					      ":eve!~eve@127.0.0.1 SETNAME :New Eve\n"
					      ":joe!~joe@127.0.0.1 AWAY\n");
	/* Who comes in while he is away says so, too. */
	chat_ask(joe, "PART #cam");
	chat_ask(joe, "AWAY :out");
	chat_ask(joe, "JOIN #cam");
	assert_string_equal(chat_so_far(dan), ":joe!~joe@127.0.0.1 PART #cam\n"
					      ":joe!~joe@127.0.0.1 JOIN #cam\n"
					      ":joe!~joe@127.0.0.1 AWAY :out\n");
	chat_has(chat_ask(eve, "SETNAME :"), "FAIL SETNAME INVALID_REALNAME :");
	chat_has(chat_ask(dan, "WHOIS eve"), " * :New Eve\n");
}

/* ---- tags ---- */

static void test_tags_reach_who_understands_them(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *joe = chat_member(chat, "joe", "server-time", "#cam");
	struct client *bot = chat_member(chat, "bot", "message-tags", "#cam");

	chat_so_far(dan);
	chat_so_far(eve);
	chat_so_far(joe);
	chat_ask(bot, "MODE bot +B");
	chat_say(bot, "@+draft/reply=abc\\sd;secret=1 PRIVMSG #cam :hi");
	char *line = chat_line(dan);
	chat_has(line, "@msgid=");
	chat_has(line, ";bot;+draft/reply=abc\\sd :bot!~bot@127.0.0.1 PRIVMSG #cam :hi");
	chat_expect(eve, ":bot!~bot@127.0.0.1 PRIVMSG #cam :hi");
	line = chat_line(joe);
	chat_has(line, "@time=20");
	chat_has(line, "Z :bot!~bot@127.0.0.1 PRIVMSG #cam :hi");
	/* TAGMSG isn't for who knows no tags. */
	chat_say(bot, "@+typing=active TAGMSG #cam");
	chat_has(chat_line(dan), ";bot;+typing=active :bot!~bot@127.0.0.1 TAGMSG #cam");
	assert_string_equal(chat_ask(bot, "TAGMSG eve"), "");
	assert_string_equal(chat_so_far(eve), "");
	assert_string_equal(chat_so_far(joe), "");
}

static char *tag_of(struct harness *h, const char *line, const char *name)
{
	char *at = strstr(line, name);

	assert_non_null(at);
	at += strlen(name);
	return harness_format(h, "%.*s", (int)strcspn(at, "; "), at);
}

static void test_message_ids_are_the_same_for_all_and_no_others(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct client *eve = chat_member(chat, "eve", "message-tags echo-message", "#cam");
	char *last = harness_format(h, "%s", "");

	chat_so_far(dan);
	for (int i = 0; i < 5; i++) {
		chat_say(eve, "PRIVMSG #cam :%d", i);
		char *echoed = tag_of(h, chat_line(eve), "msgid=");
		char *told = tag_of(h, chat_line(dan), "msgid=");

		assert_string_equal(echoed, told);
		assert_string_not_equal(told, last);
		last = told;
	}
	/* Nor those of another run. */
	chat = chat_start(h, NULL);
	dan = chat_member(chat, "dan", "message-tags echo-message", "#cam");
	chat_say(dan, "PRIVMSG #cam :x");
	char *other = tag_of(h, chat_line(dan), "msgid=");
	assert_memory_not_equal(other, last, 16);
}

/* ---- labels ---- */

static void test_answers_carry_their_label(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(
		chat, "dan", "message-tags batch labeled-response echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	char *line;

	chat_so_far(dan);
	/* one message */
	chat_say(dan, "@label=a PRIVMSG #cam :hi");
	chat_has(chat_line(dan), "@label=a;msgid=");
	chat_say(dan, "@label=b PRIVMSG zoe :hi");
	chat_expect(dan, "@label=b :chat.localhost 401 dan zoe :No such nick/channel");
	chat_say(dan, "@label=c\\:\\s BOGUS");
	chat_expect(dan, "@label=c\\:\\s :chat.localhost 421 dan BOGUS :Unknown command");
	/* none */
	chat_say(dan, "@label=d PONG x");
	chat_expect(dan, "@label=d :chat.localhost ACK");
	/* several */
	chat_say(dan, "@label=e WHOIS eve");
	line = chat_line(dan);
	chat_has(line, "@label=e :chat.localhost BATCH +");
	char *batch = tag_of(h, line, "BATCH +");
	for (;;) {
		line = chat_line(dan);
		if (strstr(line, "BATCH -") != NULL)
			break;
		chat_has(line, harness_format(h, "@batch=%s :chat.localhost 31", batch));
	}
	chat_has(line, harness_format(h, ":chat.localhost BATCH -%s", batch));
	/* What another does isn't an answer. */
	chat_say(eve, "PRIVMSG dan :psst");
	chat_has(chat_line(dan), "@msgid=");
	/* To himself: what he said once with the label, and once as he hears it. */
	chat_say(dan, "@label=f PRIVMSG dan :me");
	chat_has(chat_line(dan), "@msgid=");
	chat_has(chat_line(dan), "@label=f;msgid=");
	/* A label too long is none. */
	chat_say(dan, "@label=%065d PONG x", 1);
	assert_string_equal(chat_so_far(dan), "");
	chat_say(dan, "@label=%064d PONG x", 1);
	chat_has(chat_line(dan), " ACK");
}

static void test_labels_without_the_capability_are_ignored(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "labeled-response");

	/* It depends on batch. */
	chat_say(dan, "@label=a PING x");
	chat_expect(dan, ":chat.localhost PONG chat.localhost :x");
}

static void test_quitting_with_a_label_is_survived(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "batch labeled-response");

	chat_say(dan, "@label=a QUIT");
	chat_wait(dan, "ERROR :Closing link");
	client_expect_end(dan);
	chat_person(chat, "dan", "");
}

static void test_own_messages_are_echoed_on_demand(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	struct client *eve = chat_person(chat, "eve", "");

	expect_answer(dan, "PRIVMSG #cam :a", ":dan!~dan@127.0.0.1 PRIVMSG #cam :a\n");
	expect_answer(dan, "NOTICE eve :b", ":dan!~dan@127.0.0.1 NOTICE eve :b\n");
	chat_expect(eve, ":dan!~dan@127.0.0.1 NOTICE eve :b");
	/* What wasn't said isn't echoed. */
	expect_answer(dan, "PRIVMSG zoe :c", ":chat.localhost 401 dan zoe :No such nick/channel\n");
	assert_string_equal(chat_so_far(eve), "");
}

/* ---- MONITOR ---- */

static void test_monitor_tells_who_comes_and_goes(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "");
	struct client *eve = chat_person(chat, "eve", "");

	expect_answer(dan, "MONITOR + EVE,joe,1bad",
		      ":chat.localhost 730 dan :eve!~eve@127.0.0.1\n"
		      ":chat.localhost 731 dan :joe\n");
	struct client *joe = chat_person(chat, "joe", "");
	chat_expect(dan, ":chat.localhost 730 dan :joe!~joe@127.0.0.1");
	chat_say(joe, "NICK moe");
	chat_expect(dan, ":chat.localhost 731 dan :joe");
	chat_say(joe, "NICK joe");
	chat_expect(dan, ":chat.localhost 730 dan :joe!~joe@127.0.0.1");
	/* Another way to write it is no other name. */
	chat_say(joe, "NICK JOE");
	chat_wait(joe, "NICK :JOE");
	expect_answer(dan, "MONITOR L",
		      ":chat.localhost 732 dan :EVE,joe\n"
		      ":chat.localhost 733 dan :End of MONITOR list\n");
	client_abort(joe);
	chat_expect(dan, ":chat.localhost 731 dan :JOE");
	expect_answer(dan, "MONITOR S",
		      ":chat.localhost 730 dan :eve!~eve@127.0.0.1\n"
		      ":chat.localhost 731 dan :joe\n");
	expect_answer(dan, "MONITOR - eve", "");
	chat_say(eve, "QUIT");
	chat_wait(eve, "ERROR");
	expect_answer(dan, "MONITOR S", ":chat.localhost 731 dan :joe\n");
	expect_answer(dan, "MONITOR C", "");
	expect_answer(dan, "MONITOR L", ":chat.localhost 733 dan :End of MONITOR list\n");
	expect_answer(dan, "MONITOR", ":chat.localhost 461 dan MONITOR :Not enough parameters\n");
}

static void test_monitored_are_bounded(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "");

	for (int i = 0; i < 100; i++)
		chat_say(dan, "MONITOR + n%d", i);
	chat_so_far(dan);
	expect_answer(dan, "MONITOR + n1,a,b",
		      ":chat.localhost 734 dan 100 a,b :Monitor list is full.\n"
		      ":chat.localhost 731 dan :n1\n");
}

static void test_extended_monitor_tells_more(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "away-notify extended-monitor setname");
	struct client *plain = chat_person(chat, "plain", "away-notify setname");
	struct client *eve = chat_person(chat, "eve", "");

	chat_ask(dan, "MONITOR + eve");
	chat_ask(plain, "MONITOR + eve");
	chat_ask(eve, "AWAY :out");
	chat_ask(eve, "SETNAME :New");
	assert_string_equal(chat_so_far(dan), ":eve!~eve@127.0.0.1 AWAY :out\n"
					      ":eve!~eve@127.0.0.1 SETNAME :New\n");
	assert_string_equal(chat_so_far(plain), "");
	/* Once, though they share a room, too. */
	chat_ask(dan, "JOIN #cam");
	chat_ask(eve, "JOIN #cam");
	chat_so_far(dan);
	chat_ask(eve, "AWAY");
	assert_string_equal(chat_so_far(dan), ":eve!~eve@127.0.0.1 AWAY\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_registration_waits_for_the_end_of_negotiation),
		HARNESS_TEST_ON(test_capabilities_change_what_a_member_sees, "epoll"),
		HARNESS_TEST_ON(test_notifications_reach_who_asked_for_them, "epoll"),
		HARNESS_TEST_ON(test_tags_reach_who_understands_them, "epoll"),
		HARNESS_TEST_ON(test_message_ids_are_the_same_for_all_and_no_others, "epoll"),
		HARNESS_TEST(test_answers_carry_their_label),
		HARNESS_TEST_ON(test_labels_without_the_capability_are_ignored, "epoll"),
		HARNESS_TEST(test_quitting_with_a_label_is_survived),
		HARNESS_TEST_ON(test_own_messages_are_echoed_on_demand, "epoll"),
		HARNESS_TEST_ON(test_monitor_tells_who_comes_and_goes, "epoll"),
		HARNESS_TEST_ON(test_monitored_are_bounded, "epoll"),
		HARNESS_TEST_ON(test_extended_monitor_tells_more, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
