/* SPDX-License-Identifier: MIT */
/* What the chat doesn't let people do, or see: addresses, too many connections, too much talk. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"
#include "tests/harness_control.h"

/* What somebody is answered to a line. */
static void lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		harness_fail("\"%s\" is in:\n%s", part, text);
}

/* ---- addresses ---- */

/* What stands between '@' and a blank. */
static char *host_in(struct client *client, const char *line)
{
	const char *at = strchr(line, '@');

	assert_non_null(at);
	return harness_format(client->harness, "%.*s", (int)strcspn(at + 1, " \n"), at + 1);
}

static void test_others_see_a_cloak(struct harness *h)
{
	const char *data = harness_path(h, "data");
	struct chat *chat = chat_start(h, "--cloak", "--data", data, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_person(chat, "eve", "");

	chat_say(eve, "JOIN #cam");
	char *cloak = host_in(dan, chat_wait(dan, "JOIN #cam"));
	assert_string_equal(strchr(cloak, '\0') - 3, ".v4");
	chat_so_far(eve);
	/* Wherever others may look, and one's own true address for oneself. */
	static const char *const looks[] = {"WHOIS eve", "WHO #cam", "WHO eve %uhni",
					    "USERHOST eve", "MODE #cam b"};
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		lacks(chat_ask(dan, looks[i]), "127.0.0.1");
	chat_has(chat_ask(dan, "WHOIS eve"), cloak);
	chat_has(chat_ask(eve, "WHOIS eve"),
		 " 378 eve eve :is connecting from *@127.0.0.1 127.0.0.1\n");
	chat_has(chat_ask(eve, "WHO eve %uhni"), " ~eve 127.0.0.1 ");
	chat_say(eve, "QUIT");
	lacks(chat_wait(eve, "ERROR"), "127.0.0.1");
	lacks(chat_wait(dan, " QUIT "), "127.0.0.1");
	lacks(chat_ask(dan, "WHOWAS eve"), "127.0.0.1");
	/* The same after a restart: bans stay. */
	chat_stop(chat);
	chat = chat_start(h, "--cloak", "--data", data, NULL);
	eve = chat_person(chat, "eve", "");
	chat_has(chat_ask(eve, "WHOIS eve"), cloak);
}

static struct client *person_from(struct chat *chat, const char *address, const char *nick)
{
	struct client *client = client_connect_from(chat->harness, chat->port, address);

	chat_say(client, "NICK %s", nick);
	chat_say(client, "USER %s 0 * :%s", nick, nick);
	chat_wait(client, " 001 ");
	chat_so_far(client);
	return client;
}

static void test_network_is_banned_by_its_part_of_the_cloak(struct harness *h)
{
	struct chat *chat = chat_start(h, "--cloak", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *near = person_from(chat, "127.1.0.9", "near");
	struct client *nearer = person_from(chat, "127.1.2.3", "nearer");
	struct client *far = person_from(chat, "127.2.0.9", "far");

	char *cloak = host_in(near, chat_ask(near, "USERHOST near"));
	chat_say(dan, "MODE #cam +b *%s", strchr(strchr(cloak, '.') + 1, '.'));
	chat_wait(dan, "MODE #cam +b *!*@*.");
	chat_has(chat_ask(near, "JOIN #cam"), " 474 ");
	chat_has(chat_ask(nearer, "JOIN #cam"), " 474 ");
	chat_has(chat_ask(far, "JOIN #cam"), " 366 ");
	/* Who guesses at addresses doesn't find out who has one. */
	chat_has(chat_ask(dan, "MODE #cam +b *!*@127.2.0.9"), "MODE #cam +b");
	chat_has(chat_ask(far, "PART #cam"), " PART #cam\n");
	chat_has(chat_ask(far, "JOIN #cam"), " 366 ");
}

static void test_operators_of_the_service_ban_by_address_and_by_cloak(struct harness *h)
{
	static const char make[] = "{\"request\":\"add-operator\",\"name\":\"boss\","
				   "\"password\":\"correct horse\"}";
	struct chat *chat = chat_start(h, "--cloak", NULL);
	struct client *near = person_from(chat, "127.1.0.9", "near"), *boss;
	struct client *far = person_from(chat, "127.2.0.9", "far");
	char *cloak = host_in(near, chat_ask(near, "USERHOST near"));

	json_decref(control_ask(chat->control, make));
	boss = chat_person(chat, "root", "");
	chat_say(boss, "OPER boss :correct horse");
	chat_wait(boss, " 381 ");
	chat_has(chat_ask(boss, "BAN * *@127.2.*"), ":*!*@127.2.* is banned\n");
	chat_has(chat_line(far), " 465 far :You are banned");
	chat_has(chat_ask(boss, harness_format(h, "BAN * *@%s", cloak)), " is banned\n");
	chat_has(chat_line(near), " 465 near :You are banned");
	/* Whoever comes, too. */
	far = client_connect_from(h, chat->port, "127.2.9.9");
	chat_say(far, "NICK far");
	chat_say(far, "USER far 0 * :Far");
	chat_wait(far, " 465 ");
	person_from(chat, "127.1.0.8", "other");
}

/* ---- connections ---- */

static void test_address_with_too_many_connections_is_refused(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-per-address", "2", NULL);
	struct client *dan = chat_person(chat, "dan", "");
	struct client *idle = client_connect(h, chat->port);

	chat_so_far(dan);
	chat_say(idle, "PING :there");
	chat_wait(idle, "PONG");
	struct client *refused = client_connect(h, chat->port);
	chat_expect(refused, "ERROR :Closing link: 127.0.0.1 (There are 2 connections from your "
			     "address already)");
	/* Others aren't touched; */
	struct client *other = client_connect_from(h, chat->port, "127.0.0.2");
	chat_say(other, "PING :there");
	chat_wait(other, "PONG");
	/* and when one has gone there is room again. */
	client_close(refused);
	client_close(idle);
	for (bool inside = false; !inside;) {
		struct client *again = client_connect(h, chat->port);

		chat_say(again, "PING :there");
		inside = strstr(chat_line(again), "PONG") != NULL;
		client_close(again);
	}
}

/* ---- flood limits ---- */

static void test_sending_too_fast_is_refused_and_said(struct harness *h)
{
	struct chat *chat = chat_start(h, "--flood", "messages=2/24h", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "standard-replies", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");
	struct client *const talkers[] = {eve, joe};
	static const char *const refusals[] = {
		":chat.localhost FAIL PRIVMSG RATE_LIMITED #cam ",
		":chat.localhost 404 joe #cam :Not delivered: you are sending too fast; wait "};

	for (size_t i = 0; i < 2; i++) {
		chat_so_far(dan);
		chat_so_far(talkers[i]);
		assert_string_equal(chat_ask(talkers[i], "PRIVMSG #cam :one"), "");
		assert_string_equal(chat_ask(talkers[i], "NOTICE #cam :two"), "");
		char *answer = chat_ask(talkers[i], "PRIVMSG #cam :three");
		chat_has(answer, refusals[i]);
		chat_has(answer, ":Not delivered: you are sending too fast; wait ");
		chat_has(answer, " seconds\n");
		char *heard = chat_so_far(dan);
		chat_has(heard, "one\n");
		chat_has(heard, "two\n");
		lacks(heard, "three");
	}
	/* A notice is refused in a way that nothing answers by itself. */
	chat_has(chat_ask(eve, "NOTICE #cam :four"), "FAIL NOTICE RATE_LIMITED #cam ");
	chat_so_far(joe);
	assert_string_equal(chat_ask(joe, "NOTICE #cam :four"), "");
	/* Moderators, and those with a voice, have no limit. */
	chat_ask(dan, "MODE #cam +v joe");
	for (int i = 0; i < 5; i++) {
		assert_string_equal(chat_ask(dan, "PRIVMSG #cam :mine"), "");
		chat_say(joe, "PRIVMSG #cam :yours");
		chat_wait(dan, "yours");
	}
}

static void test_each_kind_has_a_limit(struct harness *h)
{
	static const struct {
		const char *rule, *first, *second, *other, *refusal, *text;
	} cases[] = {
		{"tags=1/24h", "TAGMSG #cam", "TAGMSG #cam", "PRIVMSG #cam :text",
		 "FAIL TAGMSG RATE_LIMITED #cam ",
		 ":Not delivered: you are sending too fast; wait "},
		{"private=1/24h", "PRIVMSG dan :hello", "PRIVMSG dan :again", "PRIVMSG #cam :text",
		 "FAIL PRIVMSG RATE_LIMITED dan ",
		 ":Not delivered: you are sending too fast; wait "},
		{"people=1/24h", "PRIVMSG dan :hello", "PRIVMSG joe :hello", "PRIVMSG DAN :again",
		 "FAIL PRIVMSG RATE_LIMITED joe ",
		 ":Not delivered: you are writing to too many people; "},
		{"people=1/24h", "PRIVMSG dan :hello", "INVITE joe #cam", "PRIVMSG DAN :again",
		 "FAIL INVITE RATE_LIMITED joe ",
		 ":Not done: you are writing to too many people; wait "},
		{"joins=2/24h", "JOIN #one", "JOIN #two", "JOIN #cam",
		 "FAIL JOIN RATE_LIMITED #two ", ":Not done: you are joining too fast; wait "},
		{"nicks=1/24h", "NICK eva", "NICK ida", "NICK eva", "FAIL NICK RATE_LIMITED ida ",
		 ":Not done: you are changing your nick too often; wait "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chat *chat = chat_start(h, "--flood", cases[i].rule, NULL);
		struct client *dan = chat_member(chat, "dan", "", "#cam");
		struct client *eve =
			chat_member(chat, "eve", "message-tags standard-replies", "#cam");

		chat_person(chat, "joe", "");
		lacks(chat_ask(eve, cases[i].first), "FAIL");
		char *answer = chat_ask(eve, cases[i].second);
		chat_has(answer, cases[i].refusal);
		chat_has(answer, cases[i].text);
		lacks(chat_ask(eve, cases[i].other), "FAIL");
		chat_so_far(dan);
		chat_stop(chat);
	}
}

static void test_lines_that_come_too_fast_are_done_later(struct harness *h)
{
	struct chat *chat = chat_start(h, "--flood", "commands=20/1s", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_person(chat, "eve", "");
	char text[4096];
	size_t len = 0;

	chat_say(eve, "JOIN #cam");
	for (int i = 0; i < 60; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "PRIVMSG #cam :%d.\r\n", i);
	client_send(eve, text, len);
	chat_say(eve, "QUIT");
	chat_wait(eve, "ERROR");
	for (int i = 0; i < 60; i++)
		chat_wait(dan, harness_format(h, " PRIVMSG #cam :%d.", i));
	chat_wait(dan, " QUIT ");
}

static void test_who_asks_for_much_at_once_gets_it_in_time(struct harness *h)
{
	enum { MEMBERS = 30, TIMES = 60 };
	struct chat *chat = chat_start(h, "--max-queue", "32K", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	char text[4096];
	size_t len = 0;

	for (int i = 0; i < MEMBERS; i++)
		chat_member(chat, harness_format(h, "eve%d", i), "", "#cam");
	chat_so_far(dan);
	for (int i = 0; i < TIMES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "WHO #cam\r\n");
	client_send(dan, text, len);
	for (int i = 0; i < TIMES; i++)
		chat_wait(dan, " 315 dan #cam ");
	assert_string_equal(chat_ask(dan, "PRIVMSG #cam :still here"), "");
}

static void test_connections_of_an_account_share_its_limit(struct harness *h)
{
	struct chat *chat = chat_start(h, "--flood", "messages=2/24h", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	account_register(eve);
	assert_string_equal(chat_ask(eve, "PRIVMSG #cam :one"), "");
	struct client *phone = account_return(chat, "phone", "eve", "", NULL);
	chat_has(chat_ask(phone, "JOIN #cam"), " 366 ");
	assert_string_equal(chat_ask(phone, "PRIVMSG #cam :two"), "");
	chat_has(chat_ask(phone, "PRIVMSG #cam :three"), " 404 phone #cam :Not delivered: you are");
	chat_so_far(eve);
	chat_has(chat_ask(eve, "PRIVMSG #cam :three"), " 404 eve #cam :Not delivered: you are ");
	lacks(chat_so_far(dan), "three");
}

static void test_line_over_the_limit_waits(struct harness *h)
{
	struct chat *chat = chat_start(h, "--flood", "commands=3/24h", NULL);
	struct client *eve = client_connect(h, chat->port);

	/* Three lines; the welcome is one's answer. */
	chat_say(eve, "NICK eve");
	chat_say(eve, "USER eve 0 * :eve");
	chat_has(chat_so_far(eve), " 001 eve ");
	chat_say(eve, "PING :waits");
	for (int i = 0; i < 3; i++) {
		struct client *other = client_connect(h, chat->port);

		chat_so_far(other);
	}
	assert_false(client_readable(eve, 0));
}

/* ---- slow mode ---- */

static void test_slow_mode_lets_one_message_through(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "standard-replies", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_has(chat_ask(dan, "SLOW #cam 21600"), ":dan!~dan@127.0.0.1 MODE #cam +S 21600\n");
	chat_has(chat_ask(dan, "MODE #cam +l 9"), "+l 9\n");
	chat_has(chat_ask(dan, "MODE #cam"), " 324 dan #cam +lSnt 9 21600\n");
	chat_so_far(eve);
	assert_string_equal(chat_ask(eve, "PRIVMSG #cam :one"), "");
	char *answer = chat_ask(eve, "PRIVMSG #CAM :two");
	chat_has(answer, ":chat.localhost FAIL PRIVMSG SLOW_MODE #cam 21");
	chat_has(answer, ":Not delivered: the room is in slow mode (+S); wait 21");
	/* Going and coming doesn't help, nor is another room slow. */
	chat_has(chat_ask(eve, "PART #cam"), " PART #cam");
	chat_has(chat_ask(eve, "JOIN #cam,#other"), " JOIN #other");
	chat_has(chat_ask(eve, "PRIVMSG #cam :two"), "SLOW_MODE");
	assert_string_equal(chat_ask(eve, "PRIVMSG #other :two"), "");
	/* Each has his own; */
	chat_so_far(joe);
	assert_string_equal(chat_ask(joe, "PRIVMSG #cam :one"), "");
	chat_has(chat_ask(joe, "PRIVMSG #cam :two"),
		 " 404 joe #cam :Not delivered: the room is in slow");
	/* operators and those with a voice have none; */
	chat_so_far(dan);
	assert_string_equal(chat_ask(dan, "PRIVMSG #cam :one"), "");
	assert_string_equal(chat_ask(dan, "PRIVMSG #cam :two"), "");
	chat_ask(dan, "MODE #cam +v joe");
	chat_so_far(joe);
	assert_string_equal(chat_ask(joe, "PRIVMSG #cam :two"), "");
	/* and when it ends, it ends. */
	chat_has(chat_ask(dan, "SLOW #cam 0"), ":dan!~dan@127.0.0.1 MODE #cam -S\n");
	chat_so_far(eve);
	assert_string_equal(chat_ask(eve, "PRIVMSG #cam :two"), "");
	chat_has(chat_so_far(dan), ":eve!~eve@127.0.0.1 PRIVMSG #cam :two\n");
}

static void test_slow_mode_is_for_operators_to_set(struct harness *h)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{"SLOW #cam", " 461 dan SLOW "},
		{"SLOW #none 5", " 403 dan #none "},
		{"SLOW #cam -1",
		 " 696 dan #cam S -1 :Slow mode takes a number of seconds from 1 to"},
		{"SLOW #cam 21601", " 696 dan #cam S 21601 :"},
		{"SLOW #cam soon", " 696 dan #cam S soon :"},
		{"MODE #cam +S 0", " 696 dan #cam S 0 :"},
		{"MODE #cam +S", " 696 dan #cam S * :"},
		{"MODE #cam +S 5", ":dan!~dan@127.0.0.1 MODE #cam +S 5\n"},
		{"HELP SLOW", "SLOW <room> <seconds>"},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	assert_string_equal(chat_ask(dan, "SLOW #cam 0"), "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		chat_has(chat_ask(dan, cases[i].line), cases[i].answer);
	chat_so_far(eve);
	chat_has(chat_ask(eve, "SLOW #cam 0"), " 482 eve #cam :You're not a channel operator\n");
	chat_has(chat_ask(dan, "VERSION"), " CHANMODES=beIg,k,lS,");
}

/* ---- blocked words ---- */

static void test_blocked_words_are_refused_and_said(struct harness *h)
{
	struct chat *chat = chat_start(h, "--block-word", "spam", "--block-word", "*://*", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "standard-replies", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_has(chat_ask(dan, "MODE #cam +g egg*"), ":dan!~dan@127.0.0.1 MODE #cam +g egg*\n");
	char *list = chat_ask(dan, "MODE #cam g");
	chat_has(list, ":chat.localhost 941 dan #cam egg* dan!~dan@127.0.0.1 :");
	chat_has(list, ":chat.localhost 940 dan #cam :End of channel list of blocked words\n");
	chat_has(chat_ask(eve, "MODE #cam g"), " 482 eve #cam :You're not a channel operator\n");
	static const char *const blocked[] = {"Spam!", "see http://here", "all the EGGS"};
	for (size_t i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++) {
		chat_so_far(eve);
		assert_string_equal(
			chat_ask(eve, harness_format(h, "PRIVMSG #cam :%s", blocked[i])),
			":chat.localhost FAIL PRIVMSG WORD_BLOCKED #cam :Not delivered: "
			"a word in it is blocked here (+g)\n");
		chat_so_far(joe);
		assert_string_equal(
			chat_ask(joe, harness_format(h, "PRIVMSG #cam :%s", blocked[i])),
			":chat.localhost 404 joe #cam :Not delivered: a word in it is "
			"blocked here (+g)\n");
	}
	lacks(chat_so_far(dan), "PRIVMSG");
	/* Other words, and other rooms; */
	assert_string_equal(chat_ask(eve, "PRIVMSG #cam :spammers"), "");
	chat_has(chat_ask(eve, "JOIN #other,#third"), "JOIN #third");
	chat_ask(eve, "MODE #other -o eve");
	assert_string_equal(chat_ask(eve, "PRIVMSG #other :eggs"), "");
	chat_has(chat_ask(eve, "PRIVMSG #other :spam"), " WORD_BLOCKED #other ");
	/* a voice isn't enough, but operators may. */
	chat_ask(dan, "MODE #cam +v eve");
	chat_so_far(eve);
	chat_has(chat_ask(eve, "PRIVMSG #cam :eggs"), " WORD_BLOCKED #cam ");
	chat_so_far(joe);
	assert_string_equal(chat_ask(dan, "PRIVMSG #cam :spam is forbidden"), "");
	chat_wait(joe, "spam is forbidden");
	chat_has(chat_ask(dan, "MODE #cam -g EGG*"), " MODE #cam -g EGG*\n");
	chat_so_far(joe);
	assert_string_equal(chat_ask(joe, "PRIVMSG #cam :eggs"), "");
	chat_has(chat_ask(dan, "MODE #cam +g *"), " 696 dan #cam g * :That is no mask\n");
}

static void test_farewells_and_topics_go_by_the_rules_too(struct harness *h)
{
	static const struct {
		const char *modes, *text;
		bool heard;
	} cases[] = {
		{"-m", "bye", true}, {"+m", "bye", false},	 {"-m+S 10", "bye", false},
		{"-S", "bye", true}, {"+g eggs", "eggs", false}, {"+g ham", "bye", true},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *joe = chat_member(chat, "joe", "", "#cam");

		chat_ask(dan, harness_format(h, "MODE #cam %s", cases[i].modes));
		chat_ask(joe, harness_format(h, "PART #cam :%s", cases[i].text));
		chat_expect(dan, harness_format(h, ":joe!~joe@127.0.0.1 PART #cam%s%s",
						cases[i].heard ? " :" : "",
						cases[i].heard ? cases[i].text : ""));
		chat_ask(joe, "JOIN #cam,#other");
		chat_so_far(dan);
		chat_say(joe, "QUIT :%s", cases[i].text);
		chat_expect(dan, harness_format(h, ":joe!~joe@127.0.0.1 QUIT :Quit: %s",
						cases[i].heard ? cases[i].text : ""));
	}
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	chat_ask(dan, "MODE #cam -t");
	chat_so_far(eve);
	chat_has(chat_ask(eve, "TOPIC #cam :all the eggs"), " FAIL TOPIC WORD_BLOCKED #cam ");
	chat_has(chat_ask(eve, "TOPIC #cam :bacon"), " TOPIC #cam :bacon\n");
	chat_has(chat_ask(dan, "TOPIC #cam :eggs"), " TOPIC #cam :eggs\n");
}

/* ---- delayed leaves ---- */

/* Its connection is lost, as the service has seen. */
static void lose(struct client *client)
{
	client_shutdown(client);
	chat_wait(client, "ERROR :Closing link");
	client_close(client);
}

static void test_reconnect_is_silent(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
	struct client *dan = chat_member(chat, "dan", "away-notify extended-join", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	chat_has(chat_ask(dan, "MONITOR + eve"), " 730 dan :eve!");
	chat_ask(eve, "AWAY :tea");
	chat_wait(dan, " AWAY :tea");
	lose(eve);
	/* As if nothing had been, but that what is said to her would be lost. */
	chat_has(chat_ask(dan, "NAMES #cam"), " 353 dan = #cam :@dan eve\n");
	chat_has(chat_ask(dan, "WHOIS eve"), " 319 dan eve :#cam\n");
	chat_has(chat_ask(dan, "PRIVMSG eve :hello"), " 401 dan eve ");
	chat_has(chat_ask(dan, "INVITE eve #other"), " 403 dan #other ");
	eve = chat_person(chat, "eve", "extended-join");
	chat_expect(dan, ":eve!~eve@127.0.0.1 AWAY");
	char *answer = chat_ask(eve, "JOIN #cam");
	chat_has(answer, ":eve!~eve@127.0.0.1 JOIN #cam * :Real eve\n");
	chat_has(answer, " 353 eve = #cam :@dan eve\n");
	assert_string_equal(chat_so_far(dan), "");
	chat_ask(eve, "PRIVMSG #cam :back");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :back");
	chat_ask(dan, "PRIVMSG #cam :welcome");
	chat_wait(eve, "welcome");
	/* A leave of one's own will is told at once. */
	chat_say(eve, "QUIT :bye");
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Quit: bye");
	chat_has(chat_ask(dan, "MONITOR S"), " 731 dan :eve\n");
}

static void test_leave_is_told_in_the_end(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "1", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	lose(eve);
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Connection closed");
	chat_person(chat, "eve", "");
}

static void test_stranger_is_refused_the_nick_of_who_was_lost(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	lose(eve);
	struct client *stranger = client_connect_from(h, chat->port, "127.0.0.2");
	for (int i = 0; i < 2; i++) {
		chat_say(stranger, "NICK eve\r\nUSER eve 0 * :Real eve");
		chat_wait(stranger, " 433 ");
	}
	chat_say(stranger, "NICK joe");
	chat_wait(stranger, " 001 joe ");
	chat_so_far(stranger);
	chat_has(chat_ask(stranger, "NICK eve"), " 433 joe eve ");
	assert_string_equal(chat_so_far(dan), "");
	/* Who can be the same, but looks different, comes as somebody new. */
	struct client *other = client_connect(h, chat->port);
	chat_say(other, "NICK eve\r\nUSER ida 0 * :Real eve");
	chat_wait(other, " 001 eve ");
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Connection closed");
}

static void test_rooms_not_come_back_to_are_left(struct harness *h)
{
	static const struct {
		const char *line, *told;
	} cases[] = {
		{"NICK ida", ":eve!~eve@127.0.0.1 PART #cam :Connection closed\n"
			     ":eve!~eve@127.0.0.1 NICK :ida\n"},
		{"QUIT :bye", ":eve!~eve@127.0.0.1 PART #cam :Connection closed\n"
			      ":eve!~eve@127.0.0.1 QUIT :Quit: bye\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
		struct client *dan = chat_member(chat, "dan", "", "#cam,#tea");
		struct client *eve = chat_member(chat, "eve", "", "#cam,#tea");

		chat_so_far(dan);
		lose(eve);
		eve = chat_person(chat, "eve", "");
		chat_has(chat_ask(eve, "JOIN #tea"), " 366 eve #tea ");
		/* What is said where she isn't yet doesn't reach her. */
		chat_ask(dan, "PRIVMSG #cam :secret");
		lacks(chat_so_far(eve), "secret");
		chat_has(chat_ask(eve, "PRIVMSG #cam :hello"), "(+n)");
		chat_say(eve, "%s", cases[i].line);
		chat_wait(eve, *cases[i].line == 'N' ? "NICK" : "ERROR");
		assert_string_equal(chat_so_far(dan), cases[i].told);
		chat_has(chat_ask(dan, "NAMES #cam"), " 353 dan = #cam :@dan\n");
		chat_stop(chat);
	}
}

static void test_who_was_lost_can_be_kicked_and_banned(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam,#tea");
	struct client *eve = chat_member(chat, "eve", "", "#cam,#tea");

	lose(eve);
	chat_has(chat_ask(dan, "KICK #tea eve"), " KICK #tea eve ");
	chat_ask(dan, "MODE #cam +b eve");
	eve = chat_person(chat, "eve", "");
	chat_has(chat_ask(eve, "JOIN #cam"), " 474 eve #cam ");
	chat_has(chat_ask(eve, "JOIN #tea"), " 366 eve #tea ");
	chat_expect(dan, ":eve!~eve@127.0.0.1 JOIN #tea");
}

/* Nobody could tell who comes back for it. */
static void test_guest_with_a_role_leaves_at_once(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	lose(dan);
	chat_expect(eve, ":dan!~dan@127.0.0.1 QUIT :Connection closed");
	dan = chat_member(chat, "dan", "", "#cam");
	chat_has(chat_ask(dan, "NAMES #cam"), " 353 dan = #cam :eve dan\n");
}

static void test_account_comes_back_with_its_role(struct harness *h)
{
	struct chat *chat = chat_start(h, "--leave-delay", "600", NULL);
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	account_register(eve);
	chat_so_far(dan);
	lose(eve);
	/* A guest is another one, wherever he comes from. */
	struct client *guest = client_connect(h, chat->port);
	chat_say(guest, "NICK eve\r\nUSER eve 0 * :Real eve");
	chat_wait(guest, " 433 ");
	eve = account_return(chat, "eve", "eve", "", NULL);
	chat_has(chat_ask(eve, "JOIN #cam"), " 353 eve = #cam :@eve dan\n");
	assert_string_equal(chat_so_far(dan), "");
	/* By another nick, he is somebody else at first, but may have his nick. */
	lose(eve);
	eve = account_return(chat, "eva", "eve", "", NULL);
	chat_has(chat_ask(eve, "NICK eve"), ":eva!~eva@127.0.0.1 NICK :eve\n");
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Connection closed");
	chat_has(chat_ask(eve, "JOIN #cam"), " 366 eve #cam ");
	chat_expect(dan, ":eve!~eva@127.0.0.1 JOIN #cam");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_others_see_a_cloak),
		HARNESS_TEST_ON(test_network_is_banned_by_its_part_of_the_cloak, "epoll"),
		HARNESS_TEST_ON(test_operators_of_the_service_ban_by_address_and_by_cloak, "epoll"),
		HARNESS_TEST(test_address_with_too_many_connections_is_refused),
		HARNESS_TEST_ON(test_sending_too_fast_is_refused_and_said, "epoll"),
		HARNESS_TEST_ON(test_each_kind_has_a_limit, "epoll"),
		HARNESS_TEST(test_lines_that_come_too_fast_are_done_later),
		HARNESS_TEST(test_who_asks_for_much_at_once_gets_it_in_time),
		HARNESS_TEST_ON(test_connections_of_an_account_share_its_limit, "epoll"),
		HARNESS_TEST_ON(test_line_over_the_limit_waits, "epoll"),
		HARNESS_TEST_ON(test_slow_mode_lets_one_message_through, "epoll"),
		HARNESS_TEST_ON(test_slow_mode_is_for_operators_to_set, "epoll"),
		HARNESS_TEST_ON(test_blocked_words_are_refused_and_said, "epoll"),
		HARNESS_TEST_ON(test_farewells_and_topics_go_by_the_rules_too, "epoll"),
		HARNESS_TEST(test_reconnect_is_silent),
		HARNESS_TEST_ON(test_leave_is_told_in_the_end, "epoll"),
		HARNESS_TEST_ON(test_stranger_is_refused_the_nick_of_who_was_lost, "epoll"),
		HARNESS_TEST_ON(test_rooms_not_come_back_to_are_left, "epoll"),
		HARNESS_TEST_ON(test_who_was_lost_can_be_kicked_and_banned, "epoll"),
		HARNESS_TEST_ON(test_guest_with_a_role_leaves_at_once, "epoll"),
		HARNESS_TEST_ON(test_account_comes_back_with_its_role, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
