/* SPDX-License-Identifier: MIT */
/* The chat with clients that people use: irssi and WeeChat; and with the library irc-framework. */
#include <string.h>
#include <sys/stat.h>

#include "tests/harness_account.h"

/* dan is in #cam, which the other one enters and talks in. */
static void expect_company(struct client *dan, const char *nick)
{
	struct harness *h = dan->harness;

	chat_has(chat_wait(dan, harness_format(h, ":%s!", nick)), " JOIN #cam");
	chat_has(chat_line(dan), harness_format(h, " PRIVMSG #cam :hello from %s", nick));
	/* It answers by itself, with what it is. */
	chat_say(dan, "PRIVMSG %s :\x01VERSION\x01", nick);
	chat_wait(dan, " NOTICE dan :\x01VERSION");
}

/* An account that its owner will come back to with another client. */
static void prepare_account(struct chat *chat, const char *nick)
{
	struct client *owner = account_owner(chat, nick, "");

	chat_say(owner, "QUIT");
	chat_wait(owner, "ERROR ");
}

static void expect_logged_in(struct client *dan, const char *nick)
{
	chat_say(dan, "WHOIS %s", nick);
	chat_wait(dan, harness_format(dan->harness, " 330 dan %s %s :", nick, nick));
	chat_wait(dan, " 318 ");
}

static void test_weechat(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");

	chat_say(dan, "PRIVMSG #cam :said \xe2\x82\xac earlier");
	chat_so_far(dan);
	prepare_account(chat, "weechat");
	char *folder = harness_path(h, "weechat");
	char *commands =
		harness_format(h,
			       "/set weechat.plugin.autoload \"irc,logger\";"
			       "/set logger.file.flush_delay 0;"
			       "/server add test 127.0.0.1/%u -notls -autoconnect;"
			       "/set irc.server.test.nicks weechat;"
			       "/set irc.server.test.capabilities \"*\";"
			       "/set irc.server.test.anti_flood_prio_high 0;"
			       "/set irc.server.test.anti_flood_prio_low 0;"
			       "/set irc.server.test.sasl_mechanism plain;"
			       "/set irc.server.test.sasl_username weechat;"
			       "/set irc.server.test.sasl_password \"" ACCOUNT_PASSWORD "\";"
			       "/set irc.server.test.autorejoin on;"
			       "/set irc.server.test.autorejoin_delay 0;"
			       "/set irc.server.test.command \"/quote JOIN #cam\\;/quote "
			       "PRIVMSG #cam :hello from weechat\";"
			       "/connect test",
			       chat->port);

	program_start(h, "weechat-headless", "--dir", folder, "--run-command", commands, NULL);
	expect_company(dan, "weechat");
	expect_logged_in(dan, "weechat");
	/* It comes back by itself, so it has understood. */
	chat_say(dan, "KICK #cam weechat :\xe2\x82\xac");
	chat_has(chat_wait(dan, ":weechat!"), " JOIN #cam");
	char *log = harness_format(h, "%s/logs/irc.test.#cam.weechatlog", folder);
	wait_for(harness_count(log, "said \xe2\x82\xac earlier") > 0);
}

static void test_irssi(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");

	chat_say(dan, "PRIVMSG #cam :said-earlier");
	chat_so_far(dan);
	prepare_account(chat, "irssi");
	char *config = harness_format(
		h,
		"servers = ( { address = \"127.0.0.1\"; port = \"%u\"; chatnet = \"test\"; "
		"autoconnect = \"yes\"; } );\n"
		"chatnets = { test = { type = \"IRC\"; nick = \"irssi\"; autosendcmd = "
		"\"/join #cam; /msg #cam hello from irssi\"; sasl_mechanism = \"PLAIN\"; "
		"sasl_username "
		"= \"irssi\"; sasl_password = \"" ACCOUNT_PASSWORD "\"; }; };\n"
		"settings = { core = { real_name = \"Irssi\"; user_name = \"irssi\"; nick = "
		"\"irssi\"; }; \"irc/core\" = { cmd_queue_speed = \"10msec\"; }; };\n",
		chat->port);

	mkdir(harness_path(h, "irssi"), 0700);
	char *path = harness_write(h, "irssi/config", config, strlen(config));
	char *command = harness_format(h, "LC_ALL=C.UTF-8 TERM=xterm irssi --home=%.*s --config=%s",
				       (int)(strlen(path) - strlen("/config")), path, path);
	/* It wants a terminal. */
	struct program *irssi = program_start(h, "script", "-qec", command, "/dev/null", NULL);
	expect_company(dan, "irssi");
	expect_logged_in(dan, "irssi");
	chat_say(dan, "TOPIC #cam :a \xe2\x82\xac topic");
	chat_say(dan, "KICK #cam irssi :enough-said");
	wait_for(strstr(program_output(irssi), "enough-said") != NULL);
	chat_has(program_output(irssi), "a \xe2\x82\xac topic");
	chat_has(program_output(irssi), "said-earlier");
}

enum { NO_LIBRARY = 77, NO_NODE = 127 };

static void test_irc_framework(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	char *port = harness_format(h, "%u", chat->port);

	chat_say(dan, "PRIVMSG #cam :said \xe2\x82\xac earlier");
	chat_so_far(dan);
	struct program *bot = program_start(h, "node", "tests/bot.mjs", port, NULL);
	wait_for(*program_output(bot) != '\0' || program_has_ended(bot));
	if (bot->ended && (bot->status == NO_LIBRARY || bot->status == NO_NODE))
		harness_skip(h, program_log(bot));
	expect_company(dan, "bot");
	wait_for(strstr(program_output(bot), "earlier dan said \xe2\x82\xac earlier\n") != NULL);
	chat_say(dan, "PRIVMSG #cam :!echo are you there?");
	chat_has(chat_wait(dan, ":bot!"), " PRIVMSG #cam :dan: are you there?");
	chat_say(dan, "METADATA * SET color #ff0000");
	chat_say(dan, "PRIVMSG #cam :!color");
	wait_for(strstr(program_output(bot), "metadata dan color #ff0000\n") != NULL);
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	chat_say(dan, "MODE #cam +o bot");
	chat_say(dan, "PRIVMSG #cam :!rest eve");
	chat_wait(dan, " MODE #cam +b ~m:*!*@127.0.0.1");
	chat_has(chat_ask(eve, "PRIVMSG #cam :hi"), " 404 eve #cam :");
	chat_say(dan, "TOPIC #cam :a \xe2\x82\xac topic");
	wait_for(strstr(program_output(bot), "topic #cam a \xe2\x82\xac topic\n") != NULL);
	chat_say(dan, "KICK #cam bot :enough said");
	wait_for(strstr(program_output(bot), "kicked by dan: enough said\n") != NULL);
	chat_say(dan, "PRIVMSG bot :!leave");
	wait_for(program_has_ended(bot));
	assert_int_equal(bot->status, 0);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_weechat),
		HARNESS_TEST(test_irssi),
		HARNESS_TEST(test_irc_framework),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
