/* SPDX-License-Identifier: MIT */
/* spillway chat with the real service: in lines, as scripts use it. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness_chat.h"

/* ---- in lines ---- */

/* A script's use of it: what `input` prints is said in #cam. */
static struct program *run_script(struct chat *chat, const char *input, const char *options)
{
	struct harness *h = chat->harness;
	char *command =
		harness_format(h, "{ %s; } | %s/spillway chat 127.0.0.1:%u --io %s --room cam %s",
			       input, h->build, chat->port, h->io, options);
	struct program *program = program_start(h, "sh", "-c", command, NULL);

	program_wait(program);
	return program;
}

/* One whose input is kept open: *ret_in, which the caller closes. */
static struct program *start_script(struct chat *chat, const char *options, int *ret_in)
{
	struct harness *h = chat->harness;
	char *fifo = harness_path(h, "in");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	struct program *program =
		program_start(h, "sh", "-c",
			      harness_format(h, "exec %s/spillway chat 127.0.0.1:%u --io %s %s <%s",
					     h->build, chat->port, h->io, options, fifo),
			      NULL);
	*ret_in = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_true(*ret_in >= 0);
	return program;
}

static void type(int in, const char *text)
{
	assert_int_equal(write(in, text, strlen(text)), strlen(text));
}

static void test_lines_are_said_and_come_back(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct program *script = run_script(
		chat, "printf 'We begin.\\n/me waves\\n/private dan psst\\nlast, without an end'",
		"--nick clock");
	char *out = program_output(script);

	assert_int_equal(script->status, 0);
	chat_has(chat_wait(dan, "PRIVMSG"), " PRIVMSG #cam :We begin.");
	chat_has(chat_line(dan), " PRIVMSG #cam :\001ACTION waves\001");
	chat_has(chat_line(dan), " PRIVMSG dan :psst");
	chat_has(chat_line(dan), " PRIVMSG #cam :last, without an end");
	chat_has(chat_line(dan), ":clock!");
	chat_has(out, "Z #cam join clock\n");
	chat_has(out, "Z #cam message clock We begin.\n");
	chat_has(out, "Z #cam action clock waves\n");
	chat_has(out, "Z dan message clock psst\n");
	chat_has(out, "Z #cam message clock last, without an end\n");
}

/* More than may be under way at a time. */
static void test_many_lines_arrive_once_and_in_order(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct program *script = run_script(chat, "seq 1 1000", "--nick clock");

	assert_int_equal(script->status, 0);
	chat_has(chat_line(dan), "JOIN");
	for (int i = 1; i <= 1000; i++)
		chat_has(chat_line(dan), harness_format(h, " PRIVMSG #cam :%d", i));
	assert_int_equal(harness_count(script->out, " #cam message clock "), 1000);
}

static void test_a_missing_right_is_named(struct harness *h)
{
	static const char *const commands[] = {"/kick dan", "/ban dan", "/addadmin clock",
					       "/removeadmin dan", "/topic mine"};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct program *script = run_script(
			chat, harness_format(h, "echo '%s'", commands[i]), "--nick clock");

		assert_int_equal(script->status, 1);
		chat_has(program_output(script),
			 "Z #cam error - only operators of #cam may do that");
	}
	assert_null(strstr(chat_so_far(dan), "KICK"));
}

static void test_an_operators_commands(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct program *script;
	struct client *eve;
	int in;

	script = start_script(chat, "--nick dan --room cam", &in);
	wait_for(program_count_log(script, "error") > 0 ||
		 strstr(program_output(script), "join dan") != NULL);
	eve = chat_member(chat, "eve", "", "#cam");
	type(in, "/addadmin eve\n/listadmins\n/removeadmin eve\n/listadmins\n/topic a topic\n"
		 "/ban mallory\n/listbans\n/nick daniel\n/kick eve go away\n/listusers\n");
	chat_has(chat_wait(eve, " MODE "), " MODE #cam +o eve");
	chat_has(chat_line(eve), " MODE #cam -o eve");
	chat_has(chat_line(eve), " TOPIC #cam :a topic");
	chat_has(chat_line(eve), " MODE #cam +b mallory!*@*");
	chat_has(chat_line(eve), " NICK :daniel");
	chat_has(chat_line(eve), " KICK #cam eve :go away");
	close(in);
	assert_int_equal(program_wait(script), 0);
	chat_has(program_output(script), "Z #cam names - @dan @eve\n");
	chat_has(program_output(script), "Z #cam names - @dan\n");
	chat_has(program_output(script), "Z #cam names - @daniel\n");
	chat_has(program_output(script), "mallory!*@*");
}

static void test_what_cant_be_done_fails(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct program *script;

	chat_person(chat, "dan", "");
	script = run_script(chat, "echo hello", "--nick dan");
	assert_int_equal(script->status, 1);
	chat_has(program_log(script), "the nick dan: Nickname is already in use");
	script = run_script(chat, "echo hello", "");
	assert_int_equal(script->status, 2);
	script = run_script(chat, "echo /frobnicate", "--nick clock");
	assert_int_equal(script->status, 1);
	chat_has(program_log(script), "no command /frobnicate");
	chat_stop(chat);
	script = run_script(chat, "echo hello", "--nick clock");
	assert_int_equal(script->status, 1);
	chat_has(program_log(script), "no chat at 127.0.0.1 port");
}

static void test_sigterm_says_good_bye(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	int in;
	struct program *script = start_script(chat, "--nick clock --room cam", &in);

	chat_has(chat_line(dan), ":clock!");
	program_signal(script, SIGTERM);
	chat_has(chat_line(dan), " QUIT :Quit");
	assert_int_equal(program_wait(script), 0);
	close(in);
}

static void test_it_comes_back_and_enters_its_rooms_again(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = start_script(chat, "--nick clock --room cam --room dog", &in);
	char *listen = harness_format(h, "127.0.0.1:%u", chat->port);

	wait_for(strstr(program_output(script), "#dog join clock") != NULL);
	type(in, "before\n");
	wait_for(strstr(program_output(script), "message clock before") != NULL);
	chat_stop(chat);
	program_wait_log(script, "trying again");
	chat = chat_start(h, "--listen", listen, NULL);
	wait_for(harness_count(script->out, "#cam join clock") == 2 &&
		 harness_count(script->out, "#dog join clock") == 2);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	type(in, "after\n");
	chat_has(chat_line(dan), " PRIVMSG #cam :after");
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_without_reconnect_a_loss_is_the_end(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = start_script(chat, "--nick clock --room cam --no-reconnect", &in);

	wait_for(strstr(program_output(script), "join clock") != NULL);
	chat_stop(chat);
	assert_int_equal(program_wait(script), 1);
	chat_has(program_log(script), "is lost: ");
	close(in);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_lines_are_said_and_come_back),
		HARNESS_TEST(test_many_lines_arrive_once_and_in_order),
		HARNESS_TEST(test_a_missing_right_is_named),
		HARNESS_TEST(test_an_operators_commands),
		HARNESS_TEST(test_what_cant_be_done_fails),
		HARNESS_TEST(test_sigterm_says_good_bye),
		HARNESS_TEST(test_it_comes_back_and_enters_its_rooms_again),
		HARNESS_TEST(test_without_reconnect_a_loss_is_the_end),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
