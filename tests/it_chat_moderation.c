/* SPDX-License-Identifier: MIT */
/* The commands of spillway chat with the real service: what others see of each, and which sentence
 * says why not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness_account.h"
#include "tests/harness_terminal.h"

#define CAPS "message-tags draft/message-redaction"

/* dan, who begins #cam, by spillway chat. */
static struct program *operator_start(struct chat *chat, int *ret_in)
{
	struct program *script = script_start(chat, "--nick dan --room cam", ret_in);

	wait_for(strstr(program_output(script), "#cam join dan\n") != NULL);
	return script;
}

static void wait_output(struct program *script, const char *text)
{
	wait_for(strstr(program_output(script), text) != NULL);
}

/* ---- who may ---- */

static void test_bans_and_mutes_are_seen(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = operator_start(chat, &in);
	struct client *bob = chat_member(chat, "bob", "", "#cam");

	script_type(in, "/mute bob 10m caps\n");
	wait_output(script, "Z #cam info - bob as ~m:");
	chat_say(bob, "PRIVMSG #cam :HELLO");
	chat_wait(bob, " 404 bob #cam ");
	script_type(in, "/unmute bob\n");
	wait_output(script, "No longer muted");
	chat_say(bob, "PRIVMSG #cam :hello");
	wait_output(script, "#cam message bob hello\n");
	script_type(in, "/ban bob 10m rude\n");
	chat_has(chat_wait(bob, " KICK "), " KICK #cam bob :rude");
	wait_output(script, " is banned");
	chat_say(bob, "JOIN #cam");
	chat_wait(bob, " 474 bob #cam ");
	script_type(in, "/listbans\n/unban bob!*@*\n/unban *!*@127.0.0.1\n");
	wait_output(script, "No longer banned");
	chat_say(bob, "JOIN #cam");
	chat_wait(bob, " JOIN ");
	close(in);
	/* One of the two isn't how it was banned. */
	assert_int_equal(program_wait(script), 1);
	chat_has(program_output(script), "Z #cam error - You can't take the ban of bob!*@* in #cam "
					 "back: nobody is banned by that");
}

static void test_who_may_not_is_told_which_right_is_missing(struct harness *h)
{
	static const struct {
		const char *command, *sentence;
	} cases[] = {
		{"/ban dan", "You can't ban dan from #cam: you're not a channel operator"},
		{"/mute dan", "You can't mute dan in #cam: you're not a channel operator"},
		{"/announce hi", "You can't announce anything in #cam: "},
		{"/announceall hi", "You can't announce anything in the whole chat: permission "
				    "denied: you're not an operator of the server"},
		{"/audit", "You can't see what operators of #cam did: "},
		{"/kill dan", "You can't throw dan out of the chat: permission denied: you're not "
			      "an operator of the server"},
		{"/private nobody hi", "You can't write to nobody: no such nick/channel"},
		{"/delete 1", "You can't delete that message in #cam: that isn't your account's "
			      "message; others' can be deleted by operators (@) of a room"},
		{"/delete dan", "You can't delete that message in #cam: "},
		{"/delete dan all", "You can't delete what dan said in #cam: "},
		{"/join &x", "You can't enter &x: "},
		{"/nick a!b", "You can't be called a!b: "},
		{"/quote FROBNICATE", "You can't do this: this server doesn't know that command"},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	char sentence[256];
	int in;
	struct program *script = script_start(chat, "--nick eve --room cam", &in);

	wait_output(script, "#cam join eve\n");
	chat_say(dan, "PRIVMSG #cam :mine");
	wait_output(script, "#cam message dan mine\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(sentence, sizeof(sentence), "Z #cam error - %s", cases[i].sentence);
		script_type(in, harness_format(h, "%s\n", cases[i].command));
		wait_output(script, sentence);
	}
	assert_null(strstr(chat_so_far(dan), " REDACT "));
	close(in);
	assert_int_equal(program_wait(script), 1);
}

static void test_what_is_impossible_is_said_at_once(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = operator_start(chat, &in);
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	script_type(in, "/kick nobody\n/delete\n/delete 5\n/delete eve\n/slow\n/addadmin eve\n");
	chat_wait(eve, " MODE #cam +o eve");
	chat_say(eve, "KICK #cam dan");
	wait_output(script, "#cam kick eve dan");
	script_type(in, "/topic hello\n/kick eve\n");
	close(in);
	assert_int_equal(program_wait(script), 1);
	program_wait_log(script, "there is no nobody in #cam");
	program_wait_log(script, "there is no message of yours");
	program_wait_log(script, "there is no such message");
	program_wait_log(script, "there is no message of eve");
	program_wait_log(script, "/slow SECONDS");
	program_wait_log(script, "you are not in #cam");
	assert_null(strstr(chat_so_far(eve), "TOPIC"));
}

/* ---- messages that go ---- */

static void test_messages_are_deleted(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = operator_start(chat, &in);
	struct client *bob = chat_member(chat, "bob", CAPS, "#cam");

	for (int i = 1; i <= 6; i++)
		chat_say(bob, "PRIVMSG #cam :bob's %d", i);
	wait_output(script, "bob's 6\n");
	script_type(in, "mine\n");
	wait_output(script, "message dan mine\n");
	script_type(in, "/delete bob rude\n");
	chat_has(chat_wait(bob, " REDACT "), " :rude");
	wait_output(script, "Z #cam delete dan bob rude\n");
	/* From below: "mine", then bob's 5, as 6 is gone. */
	script_type(in, "/delete 2\n");
	chat_wait(bob, " REDACT ");
	script_type(in, "/delete\n");
	chat_wait(bob, " REDACT ");
	wait_output(script, "Z #cam delete dan dan\n");
	script_type(in, "/delete bob all spam\n");
	for (int i = 1; i <= 4; i++)
		chat_has(chat_wait(bob, " REDACT "), " :spam");
	wait_output(script, "Z #cam info - 4 messages were deleted\n");
	assert_int_equal(harness_count(script->out, "Z #cam delete dan bob spam\n"), 4);
	assert_int_equal(harness_count(script->out, "Z #cam delete dan bob\n"), 1);
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_what_is_deleted_goes_from_the_screen(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", CAPS, "#cam");
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam");

	pane_wait(&pane, "[1:#cam]");
	chat_say(dan, "MODE #cam +o eve");
	chat_say(dan, "PRIVMSG #cam :a secret");
	chat_say(dan, "PRIVMSG #cam :no secret");
	pane_wait(&pane, "<dan> no secret");
	pane_press(&pane, "'/delete 2 private' Enter");
	pane_wait(&pane, "<dan> (deleted by eve: private)");
	assert_null(strstr(pane_look(&pane), "a secret"));
	chat_has(pane_look(&pane), "<dan> no secret");
	pane_wait(&pane, "\xe2\x94\x82 @dan");
	pane_wait(&pane, "\xe2\x94\x82 @eve");
	chat_say(dan, "MODE #cam +v-o eve eve");
	pane_wait(&pane, "\xe2\x94\x82 +eve");
	pane_press(&pane, "'/kick ' d Tab Enter");
	pane_wait(&pane, "You can't kick dan out of #cam");
}

/* ---- announcements ---- */

static void test_what_is_announced_is_told_to_who_comes_later(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = operator_start(chat, &in);
	struct client *bob = chat_member(chat, "bob", "", "#cam");

	script_type(in, "/register\n" ACCOUNT_PASSWORD "\n" ACCOUNT_PASSWORD "\n");
	wait_output(script, "You are now logged in as dan");
	script_type(in, "/announce We begin at nine\n");
	chat_wait(bob, " NOTICE #cam :[Announcement] We begin at nine");
	wait_output(script, " announcement ");
	chat_has(program_output(script), " We begin at nine\n");
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam");
	pane_wait(&pane, "Announcement: We begin at nine");
	script_type(in, "/announcements\n");
	wait_output(script, " dan We begin at nine\n");
	script_type(in, "/unannounce 1\n");
	wait_output(script, "The announcement was removed");
	close(in);
	assert_int_equal(program_wait(script), 0);
}

/* ---- accounts ---- */

static void test_an_account_is_made_and_kept_to_after_a_loss(struct harness *h)
{
	struct chat *chat = chat_start(h, "--data", harness_path(h, "kept"), NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", chat->port);
	int in;
	struct program *script = operator_start(chat, &in);

	script_type(in, "/register\none password\nanother password\n");
	program_wait_log(script, "these two passwords aren't the same");
	script_type(in, "/register\nfirst\xc3\xa9 one\nfirst\xc3\xa9 one\n");
	wait_output(script, "The account has been made");
	script_type(in, "/password\nwrong\nsecond one\nsecond one\n");
	wait_output(script, "You can't change the password: that isn't your password");
	chat_stop(chat);
	program_wait_log(script, "trying again");
	chat = chat_start(h, "--listen", listen, "--data", harness_path(h, "kept"), NULL);
	wait_for(harness_count(script->out, "#cam join dan\n") == 2);
	struct client *bob = chat_member(chat, "bob", "", "#cam");
	chat_say(bob, "WHOIS dan");
	chat_wait(bob, " 330 bob dan dan ");
	script_type(in, "/unregister\nfirst\xc3\xa9 one\n");
	wait_output(script, "The account is deleted");
	script_type(in, "/login eve\nwhatever\n/login\n");
	program_wait_log(script, "logging in as eve: ");
	close(in);
	assert_int_equal(program_wait(script), 1);
	program_wait_log(script, "no password was typed");
	assert_null(strstr(program_output(script), "first"));
	assert_null(strstr(program_log(script), "first"));
}

static void test_one_logs_in_later(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;

	account_owner(chat, "eve", "");
	struct program *script = operator_start(chat, &in);
	script_type(in, "/login eve\n" ACCOUNT_PASSWORD "\n");
	wait_output(script, "You are now logged in as eve");
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_a_password_is_never_on_the_screen(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam");

	pane_wait(&pane, "[1:#cam]");
	pane_press(&pane, "/reg Tab Enter");
	pane_wait(&pane, "New password:");
	pane_press(&pane, "verysecret");
	pane_press(&pane, "Tab Enter");
	pane_wait(&pane, "New password again:");
	assert_null(strstr(pane_look(&pane), "verysecret"));
	pane_press(&pane, "verysecret Enter");
	pane_wait(&pane, "The account has been made");
	pane_press(&pane, "C-y Up");
	pane_wait(&pane, "eve> /register");
	assert_null(strstr(pane_look(&pane), "verysecret"));
}

/* ---- people who aren't there ---- */

static void test_who_is_away_is_said_to_be(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *bob = chat_person(chat, "bob", "");
	int in;
	struct program *script = operator_start(chat, &in);

	chat_say(bob, "AWAY :at lunch");
	chat_wait(bob, " 306 ");
	script_type(in, "/private bob hello\n");
	chat_wait(bob, " PRIVMSG bob :hello");
	wait_output(script, "bob is away: at lunch\n");
	close(in);
	assert_int_equal(program_wait(script), 0);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_bans_and_mutes_are_seen),
		HARNESS_TEST(test_who_may_not_is_told_which_right_is_missing),
		HARNESS_TEST(test_what_is_impossible_is_said_at_once),
		HARNESS_TEST(test_messages_are_deleted),
		HARNESS_TEST(test_what_is_deleted_goes_from_the_screen),
		HARNESS_TEST(test_what_is_announced_is_told_to_who_comes_later),
		HARNESS_TEST(test_an_account_is_made_and_kept_to_after_a_loss),
		HARNESS_TEST(test_one_logs_in_later),
		HARNESS_TEST(test_a_password_is_never_on_the_screen),
		HARNESS_TEST(test_who_is_away_is_said_to_be),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
