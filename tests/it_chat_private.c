/* SPDX-License-Identifier: MIT */
/* What people say to each other, and how far they have read. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

static void hears_nothing(struct client *client)
{
	assert_string_equal(chat_so_far(client), "");
}

/* ---- messages ---- */

static void test_a_private_message_is_told_to_nobody_else(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = account_owner(chat, "eve", ""), *zoe = account_owner(chat, "zoe", "");
	struct client *guest = chat_member(chat, "guest", "", "#cam");

	chat_so_far(dan);
	chat_ask(dan, "PRIVMSG eve :from a guest");
	chat_expect(eve, ":dan!~dan@127.0.0.1 PRIVMSG eve :from a guest");
	chat_ask(zoe, "PRIVMSG eve :from an account");
	chat_expect(eve, ":zoe!~zoe@127.0.0.1 PRIVMSG eve :from an account");
	chat_ask(eve, "PRIVMSG dan :to a guest");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG dan :to a guest");
	hears_nothing(guest);
	hears_nothing(dan);
	hears_nothing(zoe);
	hears_nothing(eve);
}

static void test_a_message_reaches_all_connections(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *page = account_owner(chat, "dan", "echo-message"), *phone, *old;
	struct client *eve = account_owner(chat, "eve", "echo-message");
	char *said;

	phone = account_return(chat, "dan_", "dan", "echo-message", &said);
	old = account_return(chat, "dan__", "dan", "", &said);
	chat_expect((chat_ask(eve, "PRIVMSG dan :hello"), page),
		    ":eve!~eve@127.0.0.1 PRIVMSG dan :hello");
	chat_expect(phone, ":eve!~eve@127.0.0.1 PRIVMSG dan_ :hello");
	chat_expect(old, ":eve!~eve@127.0.0.1 PRIVMSG dan__ :hello");
	/* What one says the others show as their own, if they know echoes. */
	chat_has(chat_ask(phone, "PRIVMSG eve :hello yourself"),
		 ":dan_!~dan_@127.0.0.1 PRIVMSG eve :hello yourself\n");
	chat_expect(eve, ":dan_!~dan_@127.0.0.1 PRIVMSG eve :hello yourself");
	chat_expect(page, ":dan!~dan@127.0.0.1 PRIVMSG eve :hello yourself");
	hears_nothing(old);
	/* Any of them is he, and so is the account when its nick isn't here. */
	chat_ask(eve, "NOTICE dan_ :you");
	chat_expect(page, ":eve!~eve@127.0.0.1 NOTICE dan :you");
	chat_say(page, "QUIT");
	chat_wait(page, "ERROR");
	chat_wait(phone, "NOTICE dan_ :you");
	chat_ask(eve, "PRIVMSG DAN :still there?");
	chat_expect(phone, ":eve!~eve@127.0.0.1 PRIVMSG dan_ :still there?");
}

static void test_a_message_waits_for_who_isnt_here(struct harness *h)
{
	char *folder = harness_path(h, "kept"), *said;
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *eve = account_owner(chat, "eve", "echo-message message-tags");
	struct client *dan = account_owner(chat, "dan", "");

	chat_ask(eve, "PRIVMSG dan :heard");
	chat_wait(dan, "PRIVMSG dan :heard");
	/* What comes in the millisecond in which he leaves may be told again. */
	int64_t now_us = harness_now_us();
	wait_for(harness_now_us() > now_us + 2000);
	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	wait_for(strstr(chat_ask(eve, "ISON dan"), "303 eve :dan") == NULL);
	said = chat_ask(eve, "PRIVMSG dan :1");
	chat_has(said, " PRIVMSG dan :1\n");
	chat_has(said, ":chat.localhost 301 eve dan :is not here; your message is kept until then");
	chat_ask(eve, "NOTICE Dan :2");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = account_return(chat, "dan", "dan", "server-time", &said);
	assert_null(strstr(said, "heard"));
	chat_has(said, " :eve!~eve@127.0.0.1 PRIVMSG dan :1\n");
	chat_has(said, " :eve!~eve@127.0.0.1 NOTICE dan :2\n");
	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	/* Once. */
	account_return(chat, "dan", "dan", "", &said);
	assert_null(strstr(said, "eve!"));
}

static void test_history_between_people(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *eve = account_owner(chat, "eve", ""), *dan = account_owner(chat, "dan", "");
	struct client *guest = chat_person(chat, "guest", "");
	char *said;

	chat_ask(eve, "PRIVMSG dan :question");
	chat_ask(dan, "PRIVMSG eve :answer");
	chat_ask(guest, "PRIVMSG dan :not kept");
	chat_so_far(dan);
	/* Another connection of his shows it as its own. */
	dan = account_return(chat, "dan_", "dan", "draft/chathistory", &said);
	assert_null(strstr(said, "question"));
	said = chat_ask(dan, "CHATHISTORY LATEST eve * 10");
	assert_string_equal(said, ":eve!~eve@127.0.0.1 PRIVMSG dan_ :question\n"
				  ":dan_!~dan_@127.0.0.1 PRIVMSG eve :answer\n");
	said = chat_ask(dan, "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z "
			     "timestamp=2100-01-01T00:00:00.000Z 10");
	chat_has(said, "CHATHISTORY TARGETS eve 20");
	assert_null(strstr(said, "guest"));
	chat_has(chat_ask(dan, "CHATHISTORY LATEST guest * 10"),
		 "FAIL CHATHISTORY INVALID_TARGET LATEST guest :");
	chat_has(chat_ask(guest, "CHATHISTORY LATEST dan * 10"),
		 "FAIL CHATHISTORY INVALID_TARGET LATEST dan :");
	struct client *zoe = account_owner(chat, "zoe", "");
	assert_string_equal(chat_ask(zoe, "CHATHISTORY LATEST dan * 10"), "");
}

static char *id_of(struct harness *h, const char *line)
{
	const char *id = strstr(line, "msgid=");

	assert_non_null(id);
	return harness_format(h, "%.*s", (int)strcspn(id + 6, "; "), id + 6);
}

static void test_own_messages_are_deleted_on_both_sides(struct harness *h)
{
	static const char caps[] = "message-tags echo-message draft/chathistory";
	const char *more = harness_format(h, "%s draft/message-redaction", caps);
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", more), *phone, *other;
	struct client *eve = account_owner(chat, "eve", more);
	struct client *guest = chat_person(chat, "guest", more);
	char *said, *id;

	phone = account_return(chat, "dan_", "dan", more, &said);
	other = account_return(chat, "dan__", "dan", caps, &said);
	id = id_of(h, chat_ask(dan, "PRIVMSG eve :a slip"));
	chat_so_far(eve);
	chat_so_far(phone);
	chat_so_far(other);
	chat_has(chat_ask(eve, harness_format(h, "REDACT dan %s", id)),
		 harness_format(h, "FAIL REDACT REDACT_FORBIDDEN dan %s :", id));
	chat_has(chat_ask(guest, harness_format(h, "REDACT eve %s", id)),
		 "FAIL REDACT INVALID_TARGET eve :");
	chat_has(chat_ask(dan, harness_format(h, "REDACT guest %s", id)),
		 "FAIL REDACT INVALID_TARGET guest :");
	/* By any of his connections. */
	said = chat_ask(phone, harness_format(h, "REDACT eve %s :oh", id));
	chat_has(said, harness_format(h, ":dan_!~dan_@127.0.0.1 REDACT eve %s :oh\n", id));
	chat_has(chat_so_far(dan),
		 harness_format(h, ":dan!~dan@127.0.0.1 REDACT eve %s :oh\n", id));
	chat_has(chat_so_far(eve),
		 harness_format(h, ":dan_!~dan_@127.0.0.1 REDACT eve %s :oh\n", id));
	hears_nothing(other);
	hears_nothing(guest);
	assert_null(strstr(chat_ask(eve, "CHATHISTORY LATEST dan * 10"), "a slip"));
	chat_has(chat_ask(dan, harness_format(h, "REDACT eve %s", id)),
		 harness_format(h, "FAIL REDACT UNKNOWN_MSGID eve %s :", id));
}

static void test_guests_cant_leave_messages(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *guest = chat_person(chat, "guest", "");

	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	wait_for(strstr(chat_ask(guest, "ISON dan"), "303 guest :dan") == NULL);
	char *said = chat_ask(guest, "PRIVMSG dan :hello");
	chat_has(said, "NOTE PRIVMSG ACCOUNT_REQUIRED dan :");
	chat_has(said, " 401 guest dan :");
	assert_string_equal(chat_ask(guest, "NOTICE dan :hello"), "");
	chat_has(chat_ask(guest, "PRIVMSG nobody :hello"), " 401 guest nobody :");
}

/* ---- markers ---- */

#define NOON "timestamp=2026-11-21T12:00:00.000Z"
#define LATER "timestamp=2026-11-21T12:30:00.000Z"

static void test_what_was_read_is_told_to_all_connections(struct harness *h)
{
	char *folder = harness_path(h, "kept"), *said;
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *page = account_owner(chat, "dan", "draft/read-marker"), *phone, *old;

	phone = account_return(chat, "dan_", "dan", "draft/read-marker", &said);
	old = account_return(chat, "dan__", "dan", "", &said);
	said = chat_ask(page, "JOIN #cam");
	chat_has(said, ":chat.localhost MARKREAD #cam *\n");
	assert_true(strstr(said, "MARKREAD") > strstr(said, " JOIN "));
	assert_true(strstr(said, "MARKREAD") < strstr(said, " 366 "));
	assert_string_equal(chat_ask(page, "MARKREAD #cam " LATER),
			    ":chat.localhost MARKREAD #cam " LATER "\n");
	chat_expect(phone, ":chat.localhost MARKREAD #cam " LATER);
	/* It never goes back. */
	assert_string_equal(chat_ask(page, "MARKREAD #cam " NOON),
			    ":chat.localhost MARKREAD #cam " LATER "\n");
	hears_nothing(old);
	assert_string_equal(chat_ask(old, "MARKREAD #CAM"),
			    ":chat.localhost MARKREAD #CAM " LATER "\n");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	phone = account_return(chat, "dan", "dan", "draft/read-marker", &said);
	chat_has(chat_ask(phone, "JOIN #cam"), "MARKREAD #cam " LATER "\n");
	chat_has(chat_ask(phone, "@label=x MARKREAD eve"), "MARKREAD eve *\n");
}

static void test_malformed_markers(struct harness *h)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{"MARKREAD", "FAIL MARKREAD NEED_MORE_PARAMS :"},
		{"MARKREAD #a,b", "FAIL MARKREAD INVALID_PARAMS #a,b :"},
		{"MARKREAD #cam *", "FAIL MARKREAD INVALID_PARAMS #cam :"},
		{"MARKREAD #cam timestamp=yesterday", "FAIL MARKREAD INVALID_PARAMS #cam :"},
		{"MARKREAD #cam msgid=x", "FAIL MARKREAD INVALID_PARAMS #cam :"},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ""),
		      *guest = chat_person(chat, "guest", "");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		chat_has(chat_ask(dan, cases[i].line), cases[i].answer);
	chat_has(chat_ask(guest, "MARKREAD #cam"), "FAIL MARKREAD ACCOUNT_REQUIRED #cam :");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_a_private_message_is_told_to_nobody_else),
		HARNESS_TEST(test_a_message_reaches_all_connections),
		HARNESS_TEST(test_a_message_waits_for_who_isnt_here),
		HARNESS_TEST(test_history_between_people),
		HARNESS_TEST(test_own_messages_are_deleted_on_both_sides),
		HARNESS_TEST(test_guests_cant_leave_messages),
		HARNESS_TEST(test_what_was_read_is_told_to_all_connections),
		HARNESS_TEST(test_malformed_markers),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
