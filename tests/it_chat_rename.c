/* SPDX-License-Identifier: MIT */
/* A room gets another name, and all that is kept of it follows. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

#define KNOWS "draft/channel-rename"
#define DAN ":dan!~dan@127.0.0.1"

static void test_all_are_told_as_they_know_it(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = account_owner(chat, "dan", KNOWS), *eve, *old;

	chat_ask(dan, "JOIN #coding");
	chat_ask(dan, "TOPIC #coding :a topic");
	eve = chat_member(chat, "eve", KNOWS, "#coding");
	old = chat_member(chat, "old", "", "#coding");
	chat_so_far(eve);
	chat_has(chat_ask(dan, "RENAME #CODING #programming :It is"),
		 DAN " RENAME #coding #programming :It is\n");
	chat_expect(eve, DAN " RENAME #coding #programming :It is");
	chat_expect(old, ":old!~old@127.0.0.1 PART #coding :It is");
	chat_expect(old, ":old!~old@127.0.0.1 JOIN #programming");
	chat_expect(old, ":chat.localhost 332 old #programming :a topic");
	chat_wait(old, " 353 old = #programming :");
	chat_wait(old, " 366 old #programming :");
	assert_string_equal(chat_so_far(old), "");
	chat_ask(eve, "PRIVMSG #programming :hi");
	chat_expect(old, ":eve!~eve@127.0.0.1 PRIVMSG #programming :hi");
	chat_has(chat_ask(eve, "PRIVMSG #coding :hi"), " 403 eve #coding :");
	/* Capitals alone are nothing to leave for; and the old name is free. */
	chat_has(chat_ask(dan, "RENAME #programming #Programming"),
		 DAN " RENAME #programming #Programming :\n");
	assert_string_equal(chat_so_far(old), "");
	chat_has(chat_ask(eve, "JOIN #coding"), " 353 eve = #coding :@eve\n");
	chat_stop(chat);
}

static void test_what_is_kept_follows(struct harness *h)
{
	char *folder = harness_path(h, "kept");
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan =
		account_owner(chat, "dan", "batch draft/chathistory draft/read-marker");
	struct client *eve;

	account_owner(chat, "eve", "");
	chat_ask(dan, "JOIN #cam1");
	chat_ask(dan, "PRIVMSG #cam1 :said");
	chat_ask(dan, "TOPIC #cam1 :cats");
	chat_ask(dan, "ROLE #cam1 eve operator");
	chat_ask(dan, "BAN #cam1 joe");
	chat_ask(dan, "MODE #cam1 +m");
	chat_ask(dan, "ANNOUNCE #cam1 :soon");
	chat_ask(dan, "MARKREAD #cam1 timestamp=2026-01-01T00:00:00.000Z");
	chat_has(chat_ask(dan, "RENAME #cam1 #cam2"), " JOIN #cam2\n");
	chat_has(chat_ask(dan, "ANNOUNCEMENTS #cam2"), "soon");
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	dan = account_return(chat, "dan", "dan", "batch draft/chathistory draft/read-marker", NULL);
	char *said = chat_ask(dan, "JOIN #cam2");
	chat_has(said, " 332 dan #cam2 :cats\n");
	chat_has(said, "soon");
	chat_has(said, "MARKREAD #cam2 timestamp=2026-01-01");
	chat_has(said, ":~dan");
	chat_has(chat_ask(dan, "CHATHISTORY LATEST #cam2 * 10"), " PRIVMSG #cam2 :said\n");
	chat_has(chat_ask(dan, "AUDIT #cam2"), " rename :#cam1");
	chat_has(chat_ask(dan, "AUDIT #cam2"), " ban :joe!");
	chat_has(chat_ask(dan, "ROLE #cam2"), "eve");
	chat_has(chat_ask(dan, "MODE #cam2 b"), "joe");
	chat_has(chat_ask(dan, "MODE #cam2"), "m");
	eve = account_return(chat, "eve", "eve", "", NULL);
	chat_has(chat_ask(eve, "JOIN #cam2"), "@eve");
	/* Nothing is left of the old one. */
	said = chat_ask(eve, "JOIN #cam1");
	assert_null(strstr(said, "cats"));
	assert_null(strstr(said, "soon"));
	chat_stop(chat);
}

/* What is announced meanwhile is the room's, or it is refused. */
static void test_announcements_dont_stay_behind(struct harness *h)
{
	char *folder = harness_path(h, "kept"), *from = harness_format(h, "#cam0"), *to;
	struct chat *chat = chat_start(h, "--data", folder, NULL);
	struct client *dan = account_owner(chat, "dan", KNOWS);
	struct client *eve = account_owner(chat, "eve", ""), *zoe;

	chat_ask(dan, "JOIN #cam0");
	chat_ask(dan, "ROLE #cam0 eve operator");
	chat_ask(eve, "JOIN #cam0");
	for (int i = 1; i <= 10; i++) {
		to = harness_format(h, "#cam%d", i);
		chat_say(dan, "RENAME %s %s", from, to);
		chat_ask(eve, harness_format(h, "ANNOUNCE %s :news", from));
		chat_wait(dan, harness_format(h, " RENAME %s %s :", from, to));
		chat_so_far(eve);
		from = to;
	}
	chat_stop(chat);
	chat = chat_start(h, "--data", folder, NULL);
	zoe = chat_person(chat, "zoe", "");
	for (int i = 0; i < 10; i++)
		assert_null(strstr(chat_ask(zoe, harness_format(h, "JOIN #cam%d", i)), "news"));
	chat_stop(chat);
}

static void test_who_may_not_is_told_why(struct harness *h)
{
	static const char ini[] = "[stream film]\ntitle = A film\n";
	struct client *dan, *eve, *zoe;
	char *path = harness_write(h, "chat.ini", ini, strlen(ini));
	struct chat *chat = chat_start(h, "--config", path, NULL);

	dan = account_owner(chat, "dan", KNOWS);
	eve = account_owner(chat, "eve", KNOWS);
	zoe = chat_person(chat, "zoe", KNOWS);
	chat_ask(dan, "JOIN #a,#taken,#film/240p");
	chat_ask(eve, "JOIN #a");
	chat_so_far(dan);
	chat_has(chat_ask(dan, "RENAME #a"), " 461 dan RENAME :");
	chat_has(chat_ask(dan, "RENAME #none #b"), " 403 dan #none :");
	chat_has(chat_ask(eve, "RENAME #a #b"), " 482 eve #a :Only an owner (~)");
	chat_has(chat_ask(zoe, "RENAME #a #b"), " 442 zoe #a :");
	chat_has(chat_ask(dan, "RENAME #a #Taken"), "FAIL RENAME CHANNEL_NAME_IN_USE #a #Taken :");
	chat_has(chat_ask(dan, "RENAME #a b"), "FAIL RENAME CANNOT_RENAME #a b :");
	chat_has(chat_ask(dan, "RENAME #a #film"),
		 "FAIL RENAME CANNOT_RENAME #a #film :The room of");
	chat_has(chat_ask(dan, "RENAME #film/240p #b"),
		 "FAIL RENAME CANNOT_RENAME #film/240p #b :The room of");
	/* Where something was said earlier, it isn't anybody's to take over. */
	chat_ask(zoe, "JOIN #gone");
	chat_ask(zoe, "PRIVMSG #gone :mine");
	chat_ask(zoe, "PART #gone");
	chat_has(chat_ask(dan, "RENAME #a #gone"),
		 "FAIL RENAME CHANNEL_NAME_IN_USE #a #gone :A room had");
	chat_ask(zoe, "JOIN #empty");
	chat_ask(zoe, "PART #empty");
	chat_has(chat_ask(dan, "RENAME #a #empty"), " RENAME #a #empty :\n");
	chat_stop(chat);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_all_are_told_as_they_know_it),
		HARNESS_TEST(test_what_is_kept_follows),
		HARNESS_TEST_ON(test_announcements_dont_stay_behind, "epoll"),
		HARNESS_TEST_ON(test_who_may_not_is_told_why, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
