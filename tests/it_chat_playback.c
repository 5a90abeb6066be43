/* SPDX-License-Identifier: MIT */
/* What happened in a room besides messages stands in the history of who can tell it from the
 * present. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness_account.h"

#define ASKS "batch message-tags draft/chathistory draft/event-playback"

/* A page of the history, without tags and the batch, once it has this: what happens is stored a
 * moment later. */
static char *page_with(struct client *client, const char *request, const char *part)
{
	struct harness *h = client->harness;
	char *said, *page;

	do {
		char *rest, *line;

		said = chat_ask(client, request);
		page = harness_format(h, "%s", "");
		rest = harness_format(h, "%s", said);
		while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
			if (strstr(line, " BATCH ") == NULL)
				page = harness_format(h, "%s%s\n", page,
						      *line == '@' ? strchr(line, ' ') + 1 : line);
		}
	} while (strstr(page, part) == NULL);
	return page;
}

static void test_what_happened_is_told_again_in_order(struct harness *h)
{
	static const char all[] = ":dan!~dan@127.0.0.1 PRIVMSG #cam :one\n"
				  ":dan!~dan@127.0.0.1 TOPIC #cam :a : topic\n"
				  ":dan!~dan@127.0.0.1 MODE #cam +mv eve\n"
				  ":eve!~eve@127.0.0.1 NICK :eva\n"
				  ":eva!~eve@127.0.0.1 NOTICE #cam :two\n"
				  ":zoe!~zoe@127.0.0.1 JOIN #cam\n"
				  ":dan!~dan@127.0.0.1 KICK #cam zoe :be off\n"
				  ":joe!~joe@127.0.0.1 JOIN #cam\n"
				  ":joe!~joe@127.0.0.1 PART #cam :well\n"
				  ":eva!~eve@127.0.0.1 QUIT :Quit: so long\n";
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", ASKS, "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam"), *zoe, *joe, *old;
	char *live, *id, *page;

	/* The room isn't kept, and nothing was said in it yet. */
	chat_ask(dan, "PRIVMSG #cam :one");
	chat_ask(dan, "TOPIC #cam :a : topic");
	chat_ask(dan, "MODE #cam +mv eve");
	chat_ask(eve, "NICK eva");
	chat_ask(eve, "NOTICE #cam :two");
	zoe = chat_member(chat, "zoe", "", "#cam");
	chat_ask(dan, "KICK #cam zoe :be off");
	chat_so_far(zoe);
	joe = chat_member(chat, "joe", "", "#cam");
	chat_ask(dan, "MODE #cam -m");
	page_with(dan, "CHATHISTORY LATEST #cam * 50", " MODE #cam -m\n");
	chat_ask(joe, "PART #cam :well");
	chat_so_far(dan);
	chat_say(eve, "QUIT :so long");
	live = chat_wait(dan, " QUIT ");
	page = page_with(dan, "CHATHISTORY LATEST #cam * 50", " QUIT ");
	/* Whoever speaks again in it was let to. */
	char *allowed = strstr(page, ":dan!~dan@127.0.0.1 MODE #cam -m\n");
	memmove(allowed, strchr(allowed, '\n') + 1, strlen(strchr(allowed, '\n')));
	assert_string_equal(page, all);
	/* It has the id that it had. */
	id = strstr(live, "msgid=") + 6;
	id = harness_format(h, "%.*s", (int)strcspn(id, "; "), id);
	chat_has(chat_ask(dan, "CHATHISTORY LATEST #cam * 1"), harness_format(h, "msgid=%s", id));
	page = page_with(dan, harness_format(h, "CHATHISTORY BEFORE #cam msgid=%s 5", id), "two");
	chat_has(page, "NOTICE #cam :two\n:zoe");
	chat_has(page, " PART #cam :well\n");
	assert_null(strstr(page, "QUIT"));
	/* Who doesn't know it has the messages alone. */
	old = chat_member(chat, "old", "batch draft/chathistory", "#cam");
	assert_string_equal(page_with(old, "CHATHISTORY LATEST #cam * 50", "two"),
			    ":dan!~dan@127.0.0.1 PRIVMSG #cam :one\n"
			    ":eva!~eve@127.0.0.1 NOTICE #cam :two\n");
	chat_stop(chat);
}

static void test_it_outlives_a_restart_and_joins_are_extended(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", "");

	chat_ask(dan, "JOIN #cam");
	chat_ask(dan, "JOIN #dog");
	chat_ask(dan, "PRIVMSG #cam :hi");
	chat_ask(dan, "PART #cam");
	chat_ask(dan, "JOIN #cam");
	chat_member(chat, "eve", "", "#cam");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = account_return(chat, "dan", "dan", ASKS " extended-join", NULL);
	chat_ask(dan, "JOIN #cam");
	chat_has(page_with(dan, "CHATHISTORY LATEST #cam * 50", ":eve!"),
		 ":dan!~dan@127.0.0.1 PART #cam\n"
		 ":dan!~dan@127.0.0.1 JOIN #cam dan :Real dan\n");
	chat_has(page_with(dan, "CHATHISTORY LATEST #cam * 50", ":eve!"),
		 ":eve!~eve@127.0.0.1 JOIN #cam * :Real eve\n");
	/* That the service ended is nobody's doing. */
	assert_null(strstr(chat_ask(dan, "CHATHISTORY LATEST #cam * 50"), "QUIT"));
	/* What happens everywhere is in each room's. */
	chat_ask(dan, "JOIN #dog");
	chat_ask(dan, "NICK dan2");
	page_with(dan, "CHATHISTORY LATEST #cam * 50", " NICK :dan2");
	page_with(dan, "CHATHISTORY LATEST #dog * 50", " NICK :dan2");
	chat_stop(chat);
}

static void test_messages_arent_lost_among_it(struct harness *h)
{
	enum { N = 8, JOINS = 5 };
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", ASKS, "#cam");
	struct client *eve = chat_person(chat, "eve", "");
	char *before, *page, *all = harness_format(h, "%s", "");
	size_t n_pages = 0, n_lines = 0;

	for (int i = 0; i < N; i++) {
		chat_ask(dan, harness_format(h, "PRIVMSG #cam :m%d", i));
		for (int k = 0; k < JOINS; k++) {
			chat_ask(eve, "JOIN #cam");
			chat_ask(eve, "PART #cam");
		}
	}
	chat_ask(dan, "PRIVMSG #cam :end");
	chat_so_far(dan);
	chat_ask(dan, "MODE #cam +s");
	page_with(dan, "CHATHISTORY LATEST #cam * 9", "MODE");
	/* A page of four messages has up to twelve lines, and nothing between them is left out. */
	before = harness_format(h, "CHATHISTORY LATEST #cam * 4");
	while (n_pages++ < 100) {
		char *said = chat_ask(dan, before), *first = strstr(said, "msgid=");
		size_t n = 0;

		if (first == NULL)
			break;
		page = page_with(dan, before, "!");
		for (const char *at = page; (at = strchr(at, '\n')) != NULL; at++)
			n++;
		assert_in_range(n, 1, 12);
		n_lines += n;
		all = harness_format(h, "%s%s", page, all);
		before = harness_format(h, "CHATHISTORY BEFORE #cam msgid=%.*s 4",
					(int)strcspn(first + 6, "; "), first + 6);
	}
	assert_int_equal(n_lines, N * (1 + 2 * JOINS) + 1 + 1);
	for (int i = 0; i < N; i++)
		chat_has(all, harness_format(h, "PRIVMSG #cam :m%d\n:eve!~eve@127.0.0.1 JOIN", i));
	chat_stop(chat);
}

static void test_who_comes_quietly_isnt_in_it(struct harness *h)
{
	struct chat *chat = chat_start(h, "--quiet-room", "1", NULL);
	struct client *dan = chat_member(chat, "dan", ASKS, "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	char *page;

	chat_ask(eve, "NICK eva");
	chat_ask(eve, "PRIVMSG #cam :hi");
	chat_say(eve, "QUIT");
	chat_wait(eve, "ERROR ");
	chat_ask(dan, "TOPIC #cam :cats");
	page = page_with(dan, "CHATHISTORY LATEST #cam * 50", "TOPIC");
	assert_null(strstr(page, "eve!"));
	assert_null(strstr(page, "QUIT"));
	chat_stop(chat);
}

/* What somebody writes on the door as he leaves is deleted like what he said. */
static void test_rooms_that_are_made_up_leave_nothing(struct harness *h)
{
	static const char latest[] = "CHATHISTORY LATEST #cam * 10";
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", ASKS);
	struct client *eve = account_owner(chat, "eve", ASKS);

	chat_ask(dan, "JOIN #cam");
	chat_ask(dan, "MODE #cam +s");
	chat_ask(dan, "PART #cam");
	chat_ask(dan, "JOIN #cam");
	chat_ask(dan, "PRIVMSG #cam :hi");
	assert_string_equal(page_with(dan, latest, "hi"), ":dan!~dan@127.0.0.1 PRIVMSG #cam :hi\n");
	chat_ask(dan, "TOPIC #cam :new");
	page_with(dan, latest, " TOPIC #cam :new\n");
	/* One that is kept has them from the beginning. */
	chat_ask(eve, "JOIN #own");
	chat_ask(eve, "TOPIC #own :mine");
	page_with(eve, "CHATHISTORY LATEST #own * 10", " TOPIC #own :mine\n");
	chat_stop(chat);
}

static void test_it_is_deleted_with_what_was_said(struct harness *h)
{
	static const char latest[] = "CHATHISTORY LATEST #cam * 100";
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", ASKS);
	struct client *eve, *pat;
	char *said, *id;

	chat_ask(dan, "JOIN #cam");
	eve = chat_member(chat, "eve", "", "#cam");
	pat = chat_member(chat, "pat", "", "#cam");
	chat_ask(eve, "PRIVMSG #cam :said");
	chat_ask(eve, "PART #cam :ugly");
	chat_ask(pat, "PART #cam :uglier");
	chat_has(chat_ask(dan, "PURGE #cam eve"), ":1 message was deleted");
	said = chat_ask(dan, latest);
	assert_null(strstr(said, ":eve!"));
	chat_has(said, ":pat!~pat@127.0.0.1 PART #cam :uglier");
	id = strstr(said, "PART #cam :uglier");
	while (strncmp(id, "msgid=", 6) != 0)
		id--;
	id = harness_format(h, "%.*s", (int)strcspn(id + 6, "; "), id + 6);
	chat_has(chat_ask(eve, "JOIN #cam"), " JOIN #cam\n");
	chat_ask(dan, harness_format(h, "REDACT #cam %s", id));
	said = chat_ask(dan, latest);
	assert_null(strstr(said, "uglier"));
	chat_has(said, ":pat!~pat@127.0.0.1 JOIN #cam");
	chat_has(said, ":eve!~eve@127.0.0.1 JOIN #cam");
	chat_ask(dan, "PURGE #cam *");
	assert_string_equal(page_with(dan, latest, ""), "");
	chat_stop(chat);
}

static void test_what_is_kept_is_counted_apart(struct harness *h)
{
	char *folder = harness_path(h, "many");
	struct chat *chat = chat_start(h, "--data", folder, "--keep-messages", "3", NULL);
	struct client *dan = chat_member(chat, "dan", ASKS, "#cam");
	struct client *eve = chat_person(chat, "eve", "");
	char *page;

	for (int i = 0; i < 4; i++)
		chat_ask(dan, harness_format(h, "PRIVMSG #cam :m%d", i));
	for (int i = 0; i < 10; i++) {
		chat_ask(eve, "JOIN #cam");
		chat_ask(eve, harness_format(h, "PART #cam :%d", i));
	}
	chat_stop(chat);
	/* It is forgotten at once when the service begins, and then now and then. */
	chat = chat_start(h, "--data", folder, "--keep-messages", "3", NULL);
	dan = chat_member(chat, "dan", ASKS, "#cam");
	do
		page = page_with(dan, "CHATHISTORY LATEST #cam * 50", "m3");
	while (strstr(page, "m0") != NULL || strstr(page, "PART #cam :7") != NULL);
	chat_has(page, ":m1\n");
	chat_has(page, ":m3\n");
	chat_has(page, " PART #cam :9\n");
	chat_stop(chat);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_what_happened_is_told_again_in_order),
		HARNESS_TEST(test_it_outlives_a_restart_and_joins_are_extended),
		HARNESS_TEST_ON(test_messages_arent_lost_among_it, "epoll"),
		HARNESS_TEST_ON(test_who_comes_quietly_isnt_in_it, "epoll"),
		HARNESS_TEST_ON(test_rooms_that_are_made_up_leave_nothing, "epoll"),
		HARNESS_TEST_ON(test_it_is_deleted_with_what_was_said, "epoll"),
		HARNESS_TEST_ON(test_what_is_kept_is_counted_apart, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
