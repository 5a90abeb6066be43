/* SPDX-License-Identifier: MIT */
/* Several messages of one client are on their way to the disk at once. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness_chat.h"

/* The service can't write while the database is held. */
struct hold {
	char *folder;
	sqlite3 *handle;
};

static struct chat *start(struct harness *h, struct hold *hold)
{
	struct chat *chat;

	hold->folder = harness_path(h, "data");
	chat = chat_start(h, "--data", hold->folder, NULL);
	assert_int_equal(sqlite3_open(harness_format(h, "%s/chat.db", hold->folder), &hold->handle),
			 SQLITE_OK);
	sqlite3_busy_timeout(hold->handle, 60000); /* what was done before may still be written */
	return chat;
}

static void begin(struct hold *hold)
{
	assert_int_equal(sqlite3_exec(hold->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL),
			 SQLITE_OK);
}

static void end(struct hold *hold)
{
	assert_int_equal(sqlite3_exec(hold->handle, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
}

static void finish(struct hold *hold)
{
	sqlite3_close(hold->handle);
}

/* Says lines in one packet, and waits until it was read. */
static void say_at_once(struct client *client, const char *lines)
{
	client_print(client, "PING read\r\n%s", lines);
	chat_wait(client, " PONG ");
}

/* The same, more than is received at once by who never said a long line. */
static void say_many_at_once(struct harness *h, struct client *client, const char *text, int n)
{
	char *lines = harness_format(h, "%s", "");

	client_print(client, "PING :%0400d\r\n@+a=%03000d PING\r\n", 0, 0);
	chat_wait(client, " PONG ");
	for (int i = 0; i < n; i++)
		lines = harness_format(h, "%sPRIVMSG #cam :%s%d\r\n", lines, text, i);
	say_at_once(client, lines);
}

static void test_messages_overlap_and_stay_in_order(struct harness *h)
{
	struct hold hold;
	struct chat *chat = start(h, &hold);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve =
		chat_member(chat, "eve", "batch labeled-response echo-message", "#cam");

	chat_so_far(dan);
	begin(&hold);
	say_at_once(eve, "@label=a PRIVMSG #cam :one\r\nNOTICE #cam :two\r\n"
			 "@label=b PRIVMSG #cam :three\r\n@label=c PING four\r\n");
	assert_string_equal(chat_so_far(dan), "");
	end(&hold);
	chat_expect(eve, "@label=a :eve!~eve@127.0.0.1 PRIVMSG #cam :one");
	chat_expect(eve, ":eve!~eve@127.0.0.1 NOTICE #cam :two");
	chat_expect(eve, "@label=b :eve!~eve@127.0.0.1 PRIVMSG #cam :three");
	chat_has(chat_line(eve), "@label=c :chat.localhost PONG ");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one");
	chat_expect(dan, ":eve!~eve@127.0.0.1 NOTICE #cam :two");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :three");
	assert_string_equal(chat_so_far(dan), "");
	finish(&hold);
}

static void test_refusals_dont_overtake_echoes(struct harness *h)
{
	struct hold hold;
	struct chat *chat = start(h, &hold);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(
		chat, "eve", "batch labeled-response echo-message standard-replies", "#cam");

	chat_ask(dan, "MODE #cam +g spam");
	chat_so_far(eve);
	begin(&hold);
	say_at_once(eve, "PRIVMSG #cam :one\r\n"
			 "PRIVMSG #cam :spam\r\n"
			 "@label=a PRIVMSG #none :lost\r\n"
			 "PRIVMSG #cam :two\r\n"
			 "@label=b NOTICE #none :not answered\r\n"
			 "NOTICE #none :nor this\r\n"
			 "@label=c PRIVMSG #cam :three\r\n");
	client_print(eve, "PRIVMSG #none :%0600d\r\nPING last\r\n", 0);
	assert_string_equal(chat_so_far(dan), "");
	end(&hold);
	chat_expect(eve, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one");
	chat_has(chat_line(eve), "FAIL PRIVMSG WORD_BLOCKED #cam ");
	chat_has(chat_line(eve), "@label=a :chat.localhost 403 eve #none ");
	chat_expect(eve, ":eve!~eve@127.0.0.1 PRIVMSG #cam :two");
	chat_expect(eve, "@label=b :chat.localhost ACK");
	chat_expect(eve, "@label=c :eve!~eve@127.0.0.1 PRIVMSG #cam :three");
	chat_has(chat_line(eve), " 417 eve ");
	chat_has(chat_line(eve), " PONG ");
	char *heard = chat_so_far(dan);
	assert_string_equal(heard, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one\n"
				   ":eve!~eve@127.0.0.1 PRIVMSG #cam :two\n"
				   ":eve!~eve@127.0.0.1 PRIVMSG #cam :three\n");
	finish(&hold);
}

/* What isn't stored, or changes something, comes when all before it has been said. */
static void test_everything_else_waits(struct harness *h)
{
	struct hold hold;
	struct chat *chat = start(h, &hold);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct client *eve = chat_member(chat, "eve", "message-tags", "#cam");
	static const char *const heard[] = {" PRIVMSG #cam :one",
					    " PRIVMSG #cam :two",
					    " PRIVMSG dan :three",
					    " PRIVMSG #cam :four",
					    " PRIVMSG @#cam :five",
					    " PRIVMSG #cam :six",
					    " TAGMSG #cam",
					    " PRIVMSG #cam :seven",
					    ":eve!~eve@127.0.0.1 NICK :zoe",
					    ":zoe!~eve@127.0.0.1 PRIVMSG #cam :eight",
					    " PRIVMSG #cam :nine",
					    " PART #cam"};

	chat_so_far(dan);
	begin(&hold);
	say_at_once(eve, "PRIVMSG #cam :one\r\nPRIVMSG #cam :two\r\nPRIVMSG dan :three\r\n"
			 "PRIVMSG #cam :four\r\nPRIVMSG @#cam :five\r\nPRIVMSG #cam :six\r\n"
			 "@+a TAGMSG #cam\r\nPRIVMSG #cam :seven\r\nNICK zoe\r\n"
			 "PRIVMSG #cam :eight\r\nPRIVMSG #cam :nine\r\nPART #cam\r\n");
	assert_string_equal(chat_so_far(dan), "");
	end(&hold);
	for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		chat_has(chat_line(dan), heard[i]);
	finish(&hold);
}

static void test_who_quits_has_said_it_all(struct harness *h)
{
	struct hold hold;
	struct chat *chat = start(h, &hold);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_so_far(dan);
	begin(&hold);
	say_at_once(eve, "PRIVMSG #cam :one\r\nPRIVMSG #cam :two\r\nQUIT\r\n");
	assert_string_equal(chat_so_far(dan), "");
	end(&hold);
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :two");
	chat_wait(dan, ":eve!~eve@127.0.0.1 QUIT ");
	/* Who has lost its connection, too, though others are told so before. */
	begin(&hold);
	say_at_once(joe, "PRIVMSG #cam :three\r\nPRIVMSG #none :\r\nPRIVMSG #cam :four\r\n");
	client_abort(joe);
	chat_wait(dan, ":joe!~joe@127.0.0.1 QUIT ");
	end(&hold);
	chat_expect(dan, ":joe!~joe@127.0.0.1 PRIVMSG #cam :three");
	chat_expect(dan, ":joe!~joe@127.0.0.1 PRIVMSG #cam :four");
	/* And the service ends with nothing left. */
	begin(&hold);
	say_at_once(dan, "PRIVMSG #cam :five\r\nPRIVMSG #cam :six\r\n");
	end(&hold);
	finish(&hold);
	chat_stop(chat);
}

/* As many as may be under way: none of them is heard. What came behind is done later, from
 * outside. */
static void test_who_is_thrown_out_has_said_none_of_it(struct harness *h)
{
	enum { MOST = 64, MORE = 6 }; /* ERRAND_MAX_MESSAGES */
	struct hold hold;
	struct chat *chat = start(h, &hold);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *joe = chat_member(chat, "joe", "echo-message", "#cam");

	chat_ask(dan, "MODE #cam +n");
	chat_so_far(dan);
	begin(&hold);
	say_many_at_once(h, joe, "spam", MOST + MORE);
	chat_say(dan, "KICK #cam joe");
	chat_wait(joe, " KICK #cam joe");
	end(&hold);
	for (int i = 0; i < MOST; i++)
		chat_has(chat_line(joe), ":chat.localhost FAIL PRIVMSG NOT_STORED #cam :Not "
					 "delivered: you were thrown out");
	for (int i = 0; i < MORE; i++)
		chat_has(chat_line(joe), " 404 joe #cam :");
	assert_null(strstr(chat_so_far(dan), "spam"));
	finish(&hold);
	chat_stop(chat);
	chat = chat_start(h, "--data", hold.folder, "--replay", "100", NULL);
	assert_null(strstr(chat_ask(chat_person(chat, "dan", ""), "JOIN #cam"), "spam"));
}

/* What is deleted again is answered before what was said later elsewhere. */
static void test_answers_keep_their_order_where_one_takes_longer(struct harness *h)
{
	struct hold hold;
	struct chat *chat = start(h, &hold);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *joe =
		chat_member(chat, "joe", "batch labeled-response echo-message", "#cam");

	chat_ask(joe, "JOIN #two");
	begin(&hold);
	say_at_once(joe, "@label=a PRIVMSG #cam :spam\r\n@label=b PRIVMSG #two :one\r\n"
			 "PRIVMSG #two :two\r\n@label=c PRIVMSG #none :three\r\n");
	chat_say(dan, "KICK #cam joe");
	chat_wait(joe, " KICK #cam joe");
	end(&hold);
	chat_has(chat_line(joe), "@label=a :chat.localhost FAIL PRIVMSG NOT_STORED #cam ");
	chat_expect(joe, "@label=b :joe!~joe@127.0.0.1 PRIVMSG #two :one");
	chat_expect(joe, ":joe!~joe@127.0.0.1 PRIVMSG #two :two");
	chat_has(chat_line(joe), "@label=c :chat.localhost 403 joe #none ");
	finish(&hold);
}

static void test_a_kill_loses_nothing_that_was_echoed(struct harness *h)
{
	enum { N = 90 };
	char *folder = harness_path(h, "killed");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	char *lines = harness_format(h, "%s", "");

	for (int i = 0; i < N; i++)
		lines = harness_format(h, "%sPRIVMSG #cam :nr %d.\r\n", lines, i);
	client_print(dan, "%s", lines);
	for (int i = 0; i < N / 2; i++)
		chat_has(chat_line(dan), harness_format(h, ":nr %d.", i));
	program_kill(chat->program);
	chat = chat_start(h, "--data", folder, "--replay", "100", NULL);
	char *kept = chat_ask(chat_person(chat, "eve", ""), "JOIN #cam");
	char *at = kept;
	for (int i = 0; i < N / 2; i++) {
		char *text = harness_format(h, "] nr %d.\n", i);

		at = strstr(at, text);
		assert_non_null(at);
		assert_null(strstr(at + 1, text));
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_messages_overlap_and_stay_in_order),
		HARNESS_TEST(test_refusals_dont_overtake_echoes),
		HARNESS_TEST(test_everything_else_waits),
		HARNESS_TEST(test_who_quits_has_said_it_all),
		HARNESS_TEST(test_who_is_thrown_out_has_said_none_of_it),
		HARNESS_TEST(test_answers_keep_their_order_where_one_takes_longer),
		HARNESS_TEST(test_a_kill_loses_nothing_that_was_echoed),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
