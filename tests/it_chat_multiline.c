/* SPDX-License-Identifier: MIT */
/* Messages of several lines: batches for who knows them, and ordinary messages for others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness_account.h"

#define KNOWS "batch draft/multiline"
#define DAN ":dan!~dan@127.0.0.1"

/* A message of lines, NULL behind the last; one that begins with '+' goes on from the one
 * before. */
static void say_lines(struct client *client, const char *begin, const char *target,
		      const char *const *lines)
{
	chat_say(client, "%s +r draft/multiline %s", begin, target);
	for (; *lines != NULL; lines++) {
		bool joins = **lines == '+';

		chat_say(client, "@batch=r%s PRIVMSG %s :%s",
			 joins ? ";draft/multiline-concat" : "", target, *lines + joins);
	}
	chat_say(client, "BATCH -r");
}

static const char *const greeting[] = {"hello", "", "how is ", "+everyone?", NULL};

/* What a tag says in a line: the harness's. */
static char *tag(struct client *client, const char *line, const char *name)
{
	char *wanted = harness_format(client->harness, "%s=", name);
	const char *at = strstr(line, wanted);

	if (at == NULL)
		harness_fail("no %s in %s", name, line);
	at += strlen(wanted);
	return harness_format(client->harness, "%.*s", (int)strcspn(at, "; "), at);
}

/* The greeting as a batch in what comes next; its first line is returned. */
static char *expect_greeting(struct client *client, const char *source, const char *target)
{
	struct harness *h = client->harness;
	char *first = chat_wait(client, " BATCH +"), *id;

	chat_has(first, harness_format(h, "%s BATCH +", source));
	chat_has(first, harness_format(h, " draft/multiline %s", target));
	id = strstr(first, " BATCH +") + 8;
	id = harness_format(h, "%.*s", (int)strcspn(id, " "), id);
	chat_expect(client,
		    harness_format(h, "@batch=%s %s PRIVMSG %s :hello", id, source, target));
	chat_expect(client, harness_format(h, "@batch=%s %s PRIVMSG %s :", id, source, target));
	chat_expect(client,
		    harness_format(h, "@batch=%s %s PRIVMSG %s :how is ", id, source, target));
	chat_expect(client, harness_format(h,
					   "@batch=%s;draft/multiline-concat %s PRIVMSG %s "
					   ":everyone?",
					   id, source, target));
	chat_expect(client, harness_format(h, "%s BATCH -%s", source, id));
	return first;
}

static void test_each_is_told_as_he_knows_it(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS " echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", KNOWS " message-tags", "#cam");
	struct client *tags = chat_member(chat, "tags", "message-tags server-time", "#cam");
	struct client *plain = chat_member(chat, "plain", "", "#cam");
	char *first, *line;

	chat_has(chat_ask(dan, "CAP LS 302"), " draft/multiline=max-bytes=8192,max-lines=32 ");
	say_lines(dan, "@+draft/reply=x BATCH", "#cam", greeting);
	expect_greeting(dan, DAN, "#cam");
	first = expect_greeting(eve, DAN, "#cam");
	chat_has(first, "+draft/reply=x");
	/* One id, on the first line alone. */
	line = chat_wait(tags, " PRIVMSG ");
	chat_has(line, "+draft/reply=x");
	chat_has(line, DAN " PRIVMSG #cam :hello");
	assert_string_equal(tag(tags, line, "msgid"), tag(eve, first, "msgid"));
	for (size_t i = 2; greeting[i] != NULL; i++) {
		line = chat_line(tags);
		chat_has(line, harness_format(h, DAN " PRIVMSG #cam :%s",
					      greeting[i] + (*greeting[i] == '+')));
		chat_has(line, "@time=");
		assert_null(strstr(line, "msgid"));
		assert_null(strstr(line, "reply"));
	}
	chat_so_far(plain);
	say_lines(dan, "BATCH", "#cam", greeting);
	chat_expect(plain, DAN " PRIVMSG #cam :hello");
	chat_expect(plain, DAN " PRIVMSG #cam :how is ");
	chat_expect(plain, DAN " PRIVMSG #cam :everyone?");
	assert_string_equal(chat_so_far(plain), "");
	/* To operators only, which isn't stored. */
	chat_so_far(dan);
	say_lines(eve, "BATCH", "@#cam", greeting);
	expect_greeting(dan, ":eve!~eve@127.0.0.1", "@#cam");
	assert_string_equal(chat_so_far(plain), "");
	chat_stop(chat);
}

static void test_long_lines_lose_nothing(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS, "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	char word[480], *all = harness_format(h, "%s", ""), *line;
	const char *lines[] = {word, NULL};

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	for (size_t i = 9; i < sizeof(word) - 1; i += 10)
		word[i] = (char)('0' + i / 10 % 10);
	say_lines(dan, "BATCH", "#cam", lines);
	chat_wait(dan, " JOIN ");
	for (int i = 0; i < 2; i++) {
		line = chat_wait(eve, " PRIVMSG #cam :");
		assert_in_range(strlen(line), 20, 510);
		all = harness_format(h, "%s%s", all, strstr(line, " :") + 2);
	}
	assert_string_equal(all, word);
	assert_string_equal(chat_so_far(eve), "");
	chat_stop(chat);
}

/* ---- mistakes ---- */

static void test_mistakes_are_told_once(struct harness *h)
{
	static const struct {
		const char *lines; /* with ';' between them */
		const char *said;  /* all that is told, without ":chat.localhost FAIL BATCH " */
	} cases[] = {
		{"BATCH +r draft/multiline #cam|@batch=r PRIVMSG #dog :x|@batch=r PRIVMSG #cam "
		 ":y|BATCH -r",
		 "MULTILINE_INVALID_TARGET #cam #dog :All lines of a batch have its target"},
		{"BATCH +r draft/multiline #cam|BATCH -r",
		 "MULTILINE_INVALID :There is nothing in the batch"},
		{"BATCH +r draft/multiline #cam|@batch=r PRIVMSG #cam :|BATCH -r",
		 "MULTILINE_INVALID :There is nothing in the batch"},
		{"BATCH +r draft/multiline #cam|@batch=r PRIVMSG #cam "
		 ":x|@batch=r;draft/multiline-concat "
		 "PRIVMSG #cam :|BATCH -r",
		 "MULTILINE_INVALID :A line that goes on can't be empty"},
		{"BATCH +r draft/multiline #cam|@batch=r PRIVMSG #cam :x|@batch=r NOTICE #cam "
		 ":y|BATCH -r",
		 "MULTILINE_INVALID :A batch has lines of PRIVMSG, or of NOTICE, and no others"},
		{"BATCH +r draft/multiline #cam|@batch=r JOIN #dog|BATCH -r",
		 "MULTILINE_INVALID :A batch has lines of PRIVMSG, or of NOTICE, and no others"},
		{"BATCH +r draft/multiline #cam|@batch=s PRIVMSG #cam :x|BATCH -r",
		 "MULTILINE_INVALID :There is no batch of that reference"},
		{"@batch=r PRIVMSG #cam :x",
		 "MULTILINE_INVALID :There is no batch of that reference"},
		{"BATCH -r", "MULTILINE_INVALID :There is no batch of that reference"},
		{"BATCH +r draft/multiline #cam|@batch=r PRIVMSG #cam :x|BATCH +s draft/multiline "
		 "#cam|@batch=s PRIVMSG #cam :y|BATCH -s",
		 "MULTILINE_INVALID :A batch can't be part of another one"},
		{"BATCH +r draft/multiline #cam|@batch=r BATCH +s draft/multiline #cam|BATCH -r",
		 "MULTILINE_INVALID :A batch can't be part of another one"},
		{"BATCH +r draft/multiline #cam|@batch=r PRIVMSG #cam :x|AWAY|BATCH -r",
		 "MULTILINE_INVALID :A batch was begun, and this isn't part of it"},
		{"BATCH +r bogus #cam|@batch=r PRIVMSG #cam :x|BATCH -r",
		 "MULTILINE_INVALID :The only batches are: BATCH +reference draft/multiline "
		 "target"},
		{"BATCH +r draft/multiline #cam,#dog|BATCH -r",
		 "MULTILINE_INVALID :A batch has one target"},
		{"BATCH r", "MULTILINE_INVALID :A batch begins with + and ends with -"},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS " echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	chat_so_far(eve);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *expected =
			harness_format(h, ":chat.localhost FAIL BATCH %s\n", cases[i].said);
		char *rest = harness_format(h, "%s", cases[i].lines), *line, *said;

		while ((line = strsep(&rest, "|")) != NULL)
			chat_say(dan, "%s", line);
		said = chat_so_far(dan);
		chat_has(said, expected);
		if (strstr(strstr(said, "FAIL") + 1, "FAIL") != NULL)
			harness_fail("told more than once: %s", said);
		assert_string_equal(chat_so_far(eve), "");
	}
	/* What was said between them is done; and who doesn't know batches has none. */
	chat_has(chat_ask(dan, "WHOIS dan"), " 318 ");
	chat_has(chat_ask(eve, "BATCH +r draft/multiline #cam"), " 421 eve BATCH :");
	chat_ask(eve, "@batch=r PRIVMSG #cam :x");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :x");
	chat_stop(chat);
}

static void test_lines_that_cannot_be_read_spoil_it(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS " labeled-response", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	char word[5001];
	const char *bad[] = {"\xff", word + sizeof(word) - 600, word};

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	chat_so_far(dan);
	chat_so_far(eve);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		chat_say(dan, "@label=one BATCH +r draft/multiline #cam");
		chat_say(dan, "@batch=r PRIVMSG #cam :not");
		chat_say(dan, "@batch=r PRIVMSG #cam :%s", bad[i]);
		chat_say(dan, "@batch=r PRIVMSG #cam :all");
		chat_has(chat_ask(dan, "BATCH -r"),
			 "@label=one :chat.localhost FAIL BATCH MULTILINE_INVALID :A line came ");
		assert_string_equal(chat_so_far(eve), "");
	}
	chat_stop(chat);
}

static void test_limits_of_a_message(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS " echo-message", "#cam");
	char word[401];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	chat_so_far(dan);
	for (int n = 32; n <= 33; n++) {
		chat_say(dan, "BATCH +r draft/multiline #cam");
		for (int i = 0; i < n; i++)
			chat_say(dan, "@batch=r PRIVMSG #cam :%d", i);
		chat_has(chat_ask(dan, "BATCH -r"),
			 n == 32 ? " PRIVMSG #cam :31\n" : "FAIL BATCH MULTILINE_MAX_LINES 32 :");
	}
	/* 20 lines of 400 and their breaks are 8019; joined, 8000. */
	for (int n = 173; n <= 174; n++) {
		chat_say(dan, "BATCH +r draft/multiline #cam");
		for (int i = 0; i < 20; i++)
			chat_say(dan, "@batch=r PRIVMSG #cam :%s", word);
		chat_say(dan, "@batch=r;draft/multiline-concat PRIVMSG #cam :%.*s", n, word);
		chat_has(chat_ask(dan, "BATCH -r"),
			 n == 173 ? "BATCH -" : "FAIL BATCH MULTILINE_MAX_BYTES 8192 :");
	}
	chat_stop(chat);
}

static void test_a_batch_left_open_is_given_up(struct harness *h)
{
	struct chat *chat = chat_start(h, "--ping-timeout", "1", NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS " labeled-response", "#cam");
	struct client *eve = chat_member(chat, "eve", KNOWS, "#cam");

	chat_so_far(dan);
	chat_say(dan, "@label=one BATCH +r draft/multiline #cam");
	chat_say(dan, "@batch=r PRIVMSG #cam :x");
	chat_expect(dan, "@label=one :chat.localhost FAIL BATCH TIMEOUT r :The batch was open for "
			 "too long");
	assert_string_equal(chat_ask(dan, "@batch=r PRIVMSG #cam :y"), "");
	assert_string_equal(chat_ask(dan, "BATCH -r"), "");
	/* Who goes meanwhile has said nothing. */
	chat_say(eve, "BATCH +r draft/multiline #cam");
	chat_say(eve, "@batch=r PRIVMSG #cam :x");
	chat_say(eve, "QUIT");
	chat_wait(eve, "ERROR ");
	chat_has(chat_line(dan), ":eve!~eve@127.0.0.1 QUIT ");
	assert_string_equal(chat_so_far(dan), "");
	chat_stop(chat);
}

static void test_answers_have_the_label_of_the_beginning(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan =
		chat_member(chat, "dan", KNOWS " labeled-response echo-message", "#cam");
	struct client *eve = chat_member(chat, "eve", KNOWS " labeled-response", "#cam");

	chat_so_far(dan);
	say_lines(dan, "@label=one BATCH", "#cam", greeting);
	chat_has(expect_greeting(dan, DAN, "#cam"), "@label=one ");
	assert_string_equal(chat_so_far(dan), "");
	/* Without an echo, and with a mistake. */
	chat_so_far(eve);
	say_lines(eve, "@label=two BATCH", "#cam", greeting);
	chat_expect(eve, "@label=two :chat.localhost ACK");
	say_lines(eve, "@label=three BATCH", "#nowhere", greeting);
	chat_expect(eve, "@label=three :chat.localhost 403 eve #nowhere :No such channel");
	chat_say(eve, "@label=four BATCH +r draft/multiline #cam");
	chat_say(eve, "BATCH -r");
	chat_has(chat_line(eve), "@label=four :chat.localhost FAIL BATCH MULTILINE_INVALID :");
	assert_string_equal(chat_so_far(eve), "");
	/* What comes between has its own. */
	chat_say(eve, "@label=five BATCH +r draft/multiline #cam");
	chat_say(eve, "@label=six AWAY");
	chat_has(chat_line(eve), "@label=five :chat.localhost FAIL BATCH MULTILINE_INVALID :");
	chat_has(chat_line(eve), "@label=six :chat.localhost 305 eve :");
	chat_say(eve, "BATCH -r");
	chat_say(eve, "@label=seven BATCH +r draft/multiline #cam");
	chat_say(eve, "@label=eight BATCH +s draft/multiline #cam");
	chat_has(chat_line(eve), "@label=seven :chat.localhost FAIL BATCH MULTILINE_INVALID :");
	chat_has(chat_line(eve), "@label=eight :chat.localhost FAIL BATCH MULTILINE_INVALID :");
	assert_string_equal(chat_so_far(eve), "");
	chat_stop(chat);
}

/* ---- what is kept ---- */

static void test_history_gives_it_back(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS " message-tags echo-message", "#cam");
	struct client *old;
	char *id, *outer, *inner, *said;

	chat_member(chat, "old", "batch", "#cam");
	say_lines(dan, "BATCH", "#cam", greeting);
	id = tag(dan, expect_greeting(dan, DAN, "#cam"), "msgid");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = chat_member(chat, "dan", KNOWS " message-tags draft/chathistory", "#cam");
	/* One message, whatever its lines. */
	chat_ask(dan, "PRIVMSG #cam :last");
	chat_say(dan, "CHATHISTORY LATEST #cam * 2");
	outer = chat_wait(dan, " chathistory #cam");
	outer = strstr(outer, "BATCH +") + 7;
	outer = harness_format(h, "%.*s", (int)strcspn(outer, " "), outer);
	inner = expect_greeting(dan, DAN, "#cam");
	chat_has(inner, harness_format(h, "@batch=%s;", outer));
	assert_string_equal(tag(dan, inner, "msgid"), id);
	chat_has(chat_line(dan), " PRIVMSG #cam :last");
	chat_expect(dan, harness_format(h, ":chat.localhost BATCH -%s", outer));
	/* Who doesn't know such batches has its lines in the outer one; and who can't ask is
	 * told. */
	old = chat_member(chat, "old", "batch draft/chathistory", "#cam");
	said = chat_ask(old, "CHATHISTORY LATEST #cam * 2");
	chat_has(said, DAN " PRIVMSG #cam :hello\n@batch=");
	chat_has(said, DAN " PRIVMSG #cam :how is \n@batch=");
	chat_has(said, DAN " PRIVMSG #cam :everyone?\n@batch=");
	said = chat_ask(chat_person(chat, "guest", ""), "JOIN #cam");
	chat_has(said, " PRIVMSG #cam :[");
	chat_has(said, "] hello\n" DAN " PRIVMSG #cam :how is \n" DAN
		       " PRIVMSG #cam :everyone?\n" DAN " PRIVMSG #cam :[");
	said = chat_ask(chat_person(chat, "lines", KNOWS " labeled-response"),
			"@label=x JOIN #cam");
	chat_has(said, " draft/multiline #cam\n");
	chat_stop(chat);
}

static void test_it_is_deleted_as_one(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(
		chat, "dan", KNOWS " message-tags echo-message draft/message-redaction");
	char *id;

	chat_ask(dan, "JOIN #cam");
	say_lines(dan, "BATCH", "#cam", greeting);
	id = tag(dan, expect_greeting(dan, DAN, "#cam"), "msgid");
	chat_has(chat_ask(dan, harness_format(h, "REDACT #cam %s", id)), " REDACT #cam ");
	assert_null(strstr(chat_ask(dan, "CHATHISTORY LATEST #cam * 10"), "PRIVMSG"));
	say_lines(dan, "BATCH", "#cam", greeting);
	expect_greeting(dan, DAN, "#cam");
	chat_has(chat_ask(dan, "PURGE #cam dan"), ":1 message was deleted");
	assert_null(strstr(chat_ask(dan, "CHATHISTORY LATEST #cam * 10"), "PRIVMSG"));
	chat_stop(chat);
}

static void test_in_private_it_waits_for_who_isnt_here(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", KNOWS " echo-message");
	struct client *other = account_return(chat, "dan_", "dan", KNOWS " echo-message", NULL);
	struct client *eve = account_owner(chat, "eve", ""), *guest;
	char *said;

	say_lines(dan, "BATCH", "eve", greeting);
	expect_greeting(dan, DAN, "eve");
	expect_greeting(other, ":dan_!~dan_@127.0.0.1", "eve");
	chat_expect(eve, DAN " PRIVMSG eve :hello");
	chat_expect(eve, DAN " PRIVMSG eve :how is ");
	chat_expect(eve, DAN " PRIVMSG eve :everyone?");
	chat_say(eve, "QUIT");
	chat_wait(eve, "ERROR ");
	say_lines(dan, "BATCH", "eve", greeting);
	chat_wait(dan, " 301 dan eve :is not here; your message is kept");
	account_return(chat, "eve", "eve", KNOWS, &said);
	chat_has(said, " draft/multiline eve\n");
	chat_has(said, " PRIVMSG eve :everyone?\n");
	/* To a guest it isn't stored. */
	guest = chat_person(chat, "guest", KNOWS);
	chat_so_far(dan);
	say_lines(dan, "BATCH", "guest", greeting);
	expect_greeting(guest, DAN, "guest");
	expect_greeting(dan, DAN, "guest");
	chat_stop(chat);
}

/* ---- what may not be said ---- */

static void test_rooms_rules_hold(struct harness *h)
{
	static const char *const cut[] = {"sp", "+am", NULL},
				 *const hidden[] = {"x", "+spam", NULL},
				 *const line[] = {"x", "spam", NULL},
				 *const shown[] = {"spam", "+mer", NULL};
	const char *const *blocked[] = {cut, hidden, line, shown};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS, "#cam");
	struct client *eve =
		chat_member(chat, "eve", KNOWS " standard-replies echo-message", "#cam");

	chat_ask(dan, "MODE #cam +g spam");
	for (size_t i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++) {
		say_lines(eve, "BATCH", "#cam", blocked[i]);
		chat_has(chat_so_far(eve), "FAIL PRIVMSG WORD_BLOCKED #cam ");
	}
	say_lines(eve, "BATCH", "#cam", (const char *const[]){"no spammers", "here", NULL});
	chat_wait(eve, " PRIVMSG #cam :here");
	chat_stop(chat);
}

static void test_lines_are_counted_but_one_in_slow_mode(struct harness *h)
{
	static const char *const lines[] = {"1", "2", "3", "4", NULL};
	struct chat *chat = chat_start(h, "--flood", "messages=3/1m", NULL);
	struct client *dan = chat_member(chat, "dan", KNOWS, "#cam");
	struct client *eve = chat_member(chat, "eve", KNOWS " standard-replies", "#cam");
	struct client *zoe = chat_member(chat, "zoe", KNOWS " standard-replies", "#cam");

	/* Four of three are said, and paid for. */
	chat_so_far(eve);
	say_lines(eve, "BATCH", "#cam", lines);
	assert_null(strstr(chat_so_far(eve), "FAIL"));
	chat_has(chat_ask(eve, "PRIVMSG #cam :x"), "FAIL PRIVMSG RATE_LIMITED #cam 40 :");
	chat_wait(dan, ":4");
	chat_ask(dan, "SLOW #cam 600");
	say_lines(zoe, "BATCH", "#cam", (const char *const[]){"1", "2", NULL});
	assert_null(strstr(chat_so_far(zoe), "FAIL"));
	chat_has(chat_ask(zoe, "PRIVMSG #cam :x"), "FAIL PRIVMSG SLOW_MODE #cam 600 :");
	chat_stop(chat);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_each_is_told_as_he_knows_it),
		HARNESS_TEST(test_long_lines_lose_nothing),
		HARNESS_TEST(test_mistakes_are_told_once),
		HARNESS_TEST(test_lines_that_cannot_be_read_spoil_it),
		HARNESS_TEST(test_limits_of_a_message),
		HARNESS_TEST_ON(test_a_batch_left_open_is_given_up, "epoll"),
		HARNESS_TEST(test_answers_have_the_label_of_the_beginning),
		HARNESS_TEST(test_history_gives_it_back),
		HARNESS_TEST_ON(test_it_is_deleted_as_one, "epoll"),
		HARNESS_TEST(test_in_private_it_waits_for_who_isnt_here),
		HARNESS_TEST_ON(test_rooms_rules_hold, "epoll"),
		HARNESS_TEST_ON(test_lines_are_counted_but_one_in_slow_mode, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
