/* SPDX-License-Identifier: MIT */
/* Bots made for Twitch: the library tmi.js, and line by line what such bots are told. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_account.h"

#define TWITCH "twitch.tv/tags twitch.tv/commands twitch.tv/membership"
#define PASSWORD "of-the-robot"

enum { NO_LIBRARY = 77, NO_NODE = 127 };

/* Makes an account, whose owner goes again. */
static void prepare_account(struct chat *chat, const char *nick)
{
	struct client *owner = chat_person(chat, nick, "");

	chat_say(owner, "REGISTER * * :%s", PASSWORD);
	chat_wait(owner, "REGISTER SUCCESS ");
	chat_say(owner, "QUIT");
	chat_wait(owner, "ERROR ");
}

/* Sends what a bot sends, and reads up to the end of the welcome. */
static struct client *bot_connect(struct chat *chat, const char *caps, const char *pass,
				  const char *nick)
{
	struct client *bot = client_connect(chat->harness, chat->port);

	if (*caps != '\0')
		chat_say(bot, "CAP REQ :%s", caps);
	chat_say(bot, "PASS %s", pass);
	chat_say(bot, "NICK %s", nick);
	return bot;
}

static struct client *bot_member(struct chat *chat, const char *nick)
{
	struct client *bot = bot_connect(chat, TWITCH, "oauth:x", nick);

	chat_wait(bot, " 376 ");
	chat_say(bot, "JOIN #cam");
	chat_wait(bot, " ROOMSTATE #cam");
	return bot;
}

static void expect_printed(struct program *bot, const char *line)
{
	char *wanted = harness_format(bot->harness, "\n%s", line);

	wait_for(strstr(harness_format(bot->harness, "\n%s", program_output(bot)), wanted) !=
			 NULL ||
		 program_has_ended(bot));
	chat_has(harness_format(bot->harness, "\n%s", program_output(bot)), wanted);
}

static struct program *start_tmi(struct chat *chat, const char *account, const char *password)
{
	struct harness *h = chat->harness;
	struct program *bot =
		program_start(h, "node", "tests/twitch_bot.mjs",
			      harness_format(h, "%u", chat->port), account, password, NULL);

	wait_for(*program_output(bot) != '\0' || program_has_ended(bot));
	if (bot->ended && (bot->status == NO_LIBRARY || bot->status == NO_NODE))
		harness_skip(h, program_log(bot));
	return bot;
}

/* ---- tmi.js ---- */

static void test_tmi_js(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	prepare_account(chat, "robot");
	struct client *owner = account_owner(chat, "owner", "message-tags");
	chat_say(owner, "JOIN #cam");
	chat_wait(owner, " 366 ");
	chat_so_far(owner);
	chat_say(owner, "ROLE #cam robot operator");
	chat_so_far(owner);
	chat_ask(owner, "PRIVMSG #cam :!hello from the past, which nobody greets any more");
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct program *bot = start_tmi(chat, "robot", PASSWORD);
	expect_printed(bot, "globaluserstate robot\n");
	expect_printed(bot, "connected\n");
	expect_printed(bot, "join #cam robot true\n");
	expect_printed(bot, "roomstate #cam slow=false\n");
	expect_printed(bot, "names #cam ~owner,dan,@robot\n");

	chat_say(dan, "PRIVMSG #cam :!hello");
	chat_has(chat_wait(dan, ":robot!"), " JOIN #cam");
	chat_wait(dan, " PRIVMSG #cam :hello dan");
	chat_say(owner, "PRIVMSG #cam :\x01"
			"ACTION waves\x01");
	chat_say(owner, "PRIVMSG #cam :!mods");
	expect_printed(bot, "mods done robot\n");
	chat_has(program_output(bot), "chat #cam dan [] #");
	chat_has(program_output(bot), " mod=false true !hello\n");
	chat_has(program_output(bot), "action #cam owner [broadcaster] #");

	chat_say(dan, "PRIVMSG #cam :spam and eggs");
	expect_printed(bot, "timeout of dan for 60\n");
	expect_printed(bot, "timeout done #cam dan 60 no spam\n");
	chat_has(chat_ask(dan, "PRIVMSG #cam :more of it"), " 404 dan #cam :");
	chat_say(owner, "PRIVMSG #cam :!free dan");
	expect_printed(bot, "unban done #cam dan\n");
	chat_say(dan, "PRIVMSG #cam :thanks");
	char *line = chat_wait(owner, "PRIVMSG #cam :thanks");
	char *id = strstr(line, "msgid=") + strlen("msgid=");
	id[strcspn(id, "; ")] = '\0';
	chat_say(owner, "PRIVMSG #cam :!delete %s", id);
	expect_printed(bot, harness_format(h, "deleted of dan %s\n", id));
	expect_printed(bot, "delete done #cam\n");
	chat_say(owner, "PRIVMSG #cam :!slow 20");
	expect_printed(bot, "slow done #cam 20\n");
	expect_printed(bot, "roomstate #cam slow=20\n");
	chat_say(owner, "PRIVMSG #cam :!fast");
	expect_printed(bot, "slowoff done #cam\n");
	chat_say(owner, "PRIVMSG #cam :!ban owner");
	expect_printed(bot, "ban failed no_permission\n");
	chat_say(owner, "PRIVMSG #cam :!ban dan");
	expect_printed(bot, "ban done #cam dan go away\n");
	expect_printed(bot, "ban of dan\n");
	expect_printed(bot, "part #cam dan false\n");
	chat_say(owner, "PRIVMSG #cam :!clear");
	expect_printed(bot, "clear done #cam\n");
	expect_printed(bot, "cleared #cam\n");
	chat_say(owner, "PRIVMSG #cam :!leave");
	wait_for(program_has_ended(bot));
	assert_null(strstr(program_output(bot), "past"));
	assert_int_equal(bot->status, 0);
}

static void test_tmi_js_with_a_wrong_password(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	prepare_account(chat, "robot");
	struct program *bot = start_tmi(chat, "robot", "another-one");
	wait_for(program_has_ended(bot));
	assert_string_equal(program_output(bot), "disconnected Login authentication failed\n");
}

static void test_tmi_js_without_a_name(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct program *bot = start_tmi(chat, NULL, NULL);

	expect_printed(bot, "join #cam justinfan");
	chat_has(chat_wait(dan, ":justinfan"), " JOIN #cam");
	expect_printed(bot, "roomstate #cam ");
	chat_say(dan, "PRIVMSG #cam :is anybody there?");
	wait_for(strstr(program_output(bot), "is anybody there?\n") != NULL);
	chat_has(program_output(bot), "chat #cam dan [moderator] #");
	program_kill(bot);
}

static void test_who_is_not_there_sees_no_moderators(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	chat_member(chat, "owner", "", "#cam");
	struct client *bot = chat_person(chat, "bot", TWITCH);
	chat_has(chat_ask(bot, "PRIVMSG #cam :/mods"),
		 "@msg-id=no_permission :tmi.twitch.tv NOTICE");
	chat_ask(bot, "JOIN #cam");
	chat_has(chat_ask(bot, "PRIVMSG #cam :/mods"),
		 "The moderators of this channel are: owner\n");
}

/* By Twitch's name, too, which is longer than this server's. */
static void test_no_line_is_too_long(struct harness *h)
{
	enum { MAX_TEXT = 510, NICKS = 15 };
	struct chat *chat = chat_start(h, "--name", "a.b", NULL);
	struct client *bot = bot_connect(chat, TWITCH, "x", "bot");
	char list[512] = "", *told, value[401] = "";
	size_t len = 0, longest = 0;
	int n_found = 0;

	for (int i = 0; i < NICKS; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "nobody_here_%018d,", i);
	memset(value, 'v', 400);
	chat_say(bot, "METADATA * SET k :%s", value);
	chat_say(bot, "MONITOR + %s", list);
	chat_say(bot, "MONITOR L");
	do {
		told = chat_line(bot);
		for (char *at = strstr(told, " 732 "); at != NULL; at = strstr(at + 1, "nobody_"))
			n_found += *at == 'n';
		if (strlen(told) > longest)
			longest = strlen(told);
	} while (strstr(told, " 733 ") == NULL);
	assert_int_equal(n_found, NICKS);
	assert_true(longest > MAX_TEXT - 40 && longest <= MAX_TEXT);
}

/* ---- coming ---- */

static void test_pass_and_nick_are_enough(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	prepare_account(chat, "robot");
	/* Those that ask for capabilities only afterwards are known by "oauth:". */
	struct client *bot = bot_connect(chat, "", "oauth:" PASSWORD, "robot");
	chat_wait(bot, " 001 robot ");
	chat_has(chat_ask(bot, "WHOIS robot"), " 330 robot robot robot :");
	chat_has(chat_ask(bot, "CAP REQ :" TWITCH), " CAP robot ACK :" TWITCH);
	/* A guest, whatever he gives. */
	bot = bot_connect(chat, TWITCH, "whatever", "guest");
	chat_wait(bot, ":tmi.twitch.tv 001 guest ");
	chat_wait(bot, ":tmi.twitch.tv 376 guest ");
	chat_has(chat_line(bot), ":tmi.twitch.tv GLOBALUSERSTATE");
	chat_say(bot, "PING");
	chat_expect(bot, "PONG :tmi.twitch.tv");
}

static void test_pass_logs_in_who_is_no_bot(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	prepare_account(chat, "dan");
	prepare_account(chat, "other");
	struct client *dan = client_connect(h, chat->port);
	chat_say(dan, "PASS %s", PASSWORD);
	chat_say(dan, "NICK dan");
	chat_say(dan, "USER d 0 * :Dan Real");
	chat_wait(dan, " 900 ");
	chat_wait(dan, " 001 dan ");
	chat_has(chat_ask(dan, "WHOIS dan"), " 311 dan dan ~d 127.0.0.1 * :Dan Real");
	/* Another password isn't the end: another nick may be free. */
	struct client *eve = client_connect(h, chat->port);
	chat_say(eve, "PASS wrong-password");
	chat_say(eve, "NICK other");
	chat_say(eve, "USER e 0 * :Eve");
	chat_has(chat_line(eve), ":chat.localhost 464 other :");
	chat_has(chat_line(eve), " 433 other other :");
	chat_say(eve, "NICK eve");
	chat_wait(eve, " 001 eve ");
}

static void test_wrong_password_is_refused_in_twitchs_words(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	prepare_account(chat, "robot");
	struct client *bot = bot_connect(chat, TWITCH, "oauth:wrong-password", "robot");
	chat_wait(bot, " ACK ");
	chat_expect(bot, ":tmi.twitch.tv NOTICE * :Login authentication failed");
	chat_has(chat_line(bot), "ERROR :");
	client_expect_end(bot);
	/* And none. */
	bot = client_connect(h, chat->port);
	chat_say(bot, "CAP REQ :%s", TWITCH);
	chat_say(bot, "NICK robot");
	chat_wait(bot, ":tmi.twitch.tv NOTICE * :Login authentication failed");
}

static void test_guests_are_refused_in_twitchs_words(struct harness *h)
{
	struct chat *chat = chat_start(h, "--no-guests", NULL);
	struct client *bot = bot_connect(chat, TWITCH, "whatever", "guest");

	chat_wait(bot, ":tmi.twitch.tv NOTICE * :Login authentication failed");
	chat_has(chat_line(bot), "ERROR :");
	client_expect_end(bot);
}

/* ---- what is told ---- */

/* The value of a tag. */
static char *tag(struct harness *h, const char *line, const char *name)
{
	char *at = strstr(line, harness_format(h, ";%s=", name));

	if (at == NULL)
		harness_fail("no tag %s in %s", name, line);
	at += strlen(name) + 2;
	return harness_format(h, "%.*s", (int)strcspn(at, "; "), at);
}

static void test_tags_of_messages(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *owner = account_owner(chat, "owner", "");

	chat_say(owner, "JOIN #cam");
	chat_wait(owner, " 366 ");
	struct client *dan = chat_member(chat, "Dan", "", "#cam");
	struct client *bot = bot_member(chat, "robot");
	chat_so_far(bot);
	chat_say(dan, "PRIVMSG #cam :one");
	char *one = chat_wait(bot, " PRIVMSG #cam :one");
	assert_string_equal(tag(h, one, "badges"), "");
	assert_string_equal(tag(h, one, "display-name"), "Dan");
	assert_string_equal(tag(h, one, "mod"), "0");
	assert_int_equal(tag(h, one, "color")[0], '#');
	assert_true(strlen(tag(h, one, "tmi-sent-ts")) == 13);
	chat_so_far(owner);
	chat_say(owner, "MODE #cam +v Dan");
	chat_so_far(owner);
	chat_say(dan, "PRIVMSG #cam :two");
	char *two = chat_wait(bot, " PRIVMSG #cam :two");
	assert_string_equal(tag(h, two, "badges"), "vip/1");
	assert_string_equal(tag(h, two, "user-id"), tag(h, one, "user-id"));
	assert_string_equal(tag(h, two, "room-id"), tag(h, one, "room-id"));
	assert_string_not_equal(tag(h, two, "id"), tag(h, one, "id"));
	chat_say(owner, "PRIVMSG #cam :three");
	char *three = chat_wait(bot, " PRIVMSG #cam :three");
	assert_string_equal(tag(h, three, "badges"), "broadcaster/1");
	assert_string_not_equal(tag(h, three, "user-id"), tag(h, one, "user-id"));
	/* Of what it says itself it is told what it is called. */
	chat_say(bot, "PRIVMSG #cam :four");
	chat_has(chat_wait(bot, " USERSTATE #cam"), ";display-name=robot;mod=0;");
	chat_say(dan, "PRIVMSG robot :in private");
	chat_has(chat_wait(bot, " WHISPER robot :in private"), ";display-name=Dan;");
	chat_say(bot, "PRIVMSG #anywhere :/w Dan the same to you");
	chat_wait(dan, " PRIVMSG Dan :the same to you");
}

static void test_without_membership_others_come_and_go_unseen(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *owner = chat_member(chat, "owner", "", "#cam");
	struct client *bot = bot_connect(chat, "twitch.tv/tags twitch.tv/commands", "x", "robot");

	chat_wait(bot, " 376 ");
	chat_so_far(bot);
	chat_say(bot, "JOIN #cam");
	chat_has(chat_line(bot), ":robot!~robot@127.0.0.1 JOIN #cam");
	chat_has(chat_line(bot), ":tmi.twitch.tv USERSTATE #cam");
	chat_has(chat_line(bot), ":tmi.twitch.tv ROOMSTATE #cam");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	chat_say(dan, "PART #cam");
	chat_so_far(dan);
	assert_string_equal(chat_so_far(bot), "");
	/* Everybody else sees all of them. */
	chat_wait(owner, ":robot!~robot@127.0.0.1 JOIN #cam");
	chat_wait(owner, ":dan!~dan@127.0.0.1 JOIN #cam");
	chat_wait(owner, ":dan!~dan@127.0.0.1 PART #cam");
	chat_say(bot, "PART #cam");
	chat_expect(bot, ":robot!~robot@127.0.0.1 PART #cam");
}

static void test_others_see_nothing_of_twitch(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *owner = chat_member(chat, "owner", "message-tags standard-replies", "#cam");
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct client *bot = bot_member(chat, "robot");

	chat_say(owner, "MODE #cam +o robot");
	chat_so_far(owner);
	chat_so_far(dan);
	chat_say(bot, "PRIVMSG #cam :/timeout dan 60 rude");
	chat_wait(bot, "msg-id=timeout_success ");
	chat_say(bot, "PRIVMSG #cam :/slow 5");
	chat_wait(bot, " ROOMSTATE #cam");
	chat_has(chat_ask(bot, "PRIVMSG #cam :/dance"),
		 "@msg-id=unrecognized_cmd :tmi.twitch.tv NOTICE #cam :Unrecognized command: "
		 "/dance");
	chat_has(chat_ask(bot, "PRIVMSG #cam :/timeout"),
		 "@msg-id=usage_timeout :tmi.twitch.tv NOTICE #cam :Usage: ");
	char *told = chat_so_far(dan);
	chat_has(told, " MODE #cam +b ~m:*!*@127.0.0.1");
	chat_has(told, " MODE #cam +S 5");
	assert_null(strstr(told, "tmi.twitch.tv"));
	assert_null(strstr(told, "CLEARCHAT"));
	assert_null(strstr(told, "ROOMSTATE"));
	/* A slash is a slash, for them. */
	chat_say(owner, "PRIVMSG #cam :/timeout dan 60");
	chat_wait(dan, " PRIVMSG #cam :/timeout dan 60");
}

static void test_slash_commands_need_the_right(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *owner = chat_member(chat, "owner", "message-tags", "#cam");
	struct client *bot = bot_member(chat, "robot");
	static const char *const refused[] = {"/ban owner", "/timeout owner 60", "/slow 5",
					      "/clear"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		chat_has(chat_ask(bot, harness_format(h, "PRIVMSG #cam :%s", refused[i])),
			 "@msg-id=no_permission :tmi.twitch.tv NOTICE #cam :");
	chat_say(owner, "PRIVMSG #cam :still here");
	chat_wait(bot, " PRIVMSG #cam :still here");
}

static void test_purge_of_everybody(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *owner =
		chat_member(chat, "owner", "draft/message-redaction draft/chathistory", "#cam");
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	chat_ask(owner, "PRIVMSG #cam :one");
	chat_ask(dan, "PRIVMSG #cam :two");
	chat_has(chat_ask(dan, "PURGE #cam *"), " 482 dan #cam :");
	char *told = chat_ask(owner, "PURGE #cam * :enough");
	chat_has(told, " NOTE PURGE DELETED #cam :2 messages were deleted");
	chat_has(told, " REDACT #cam ");
	assert_null(strstr(chat_ask(owner, "CHATHISTORY LATEST #cam * 10"), "PRIVMSG"));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_tmi_js),
		HARNESS_TEST(test_tmi_js_with_a_wrong_password),
		HARNESS_TEST(test_tmi_js_without_a_name),
		HARNESS_TEST(test_who_is_not_there_sees_no_moderators),
		HARNESS_TEST(test_no_line_is_too_long),
		HARNESS_TEST(test_pass_and_nick_are_enough),
		HARNESS_TEST(test_pass_logs_in_who_is_no_bot),
		HARNESS_TEST(test_wrong_password_is_refused_in_twitchs_words),
		HARNESS_TEST(test_guests_are_refused_in_twitchs_words),
		HARNESS_TEST(test_tags_of_messages),
		HARNESS_TEST(test_without_membership_others_come_and_go_unseen),
		HARNESS_TEST(test_others_see_nothing_of_twitch),
		HARNESS_TEST(test_slash_commands_need_the_right),
		HARNESS_TEST(test_purge_of_everybody),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
