/* SPDX-License-Identifier: MIT */
/* spillway chat after a loss: what was said meanwhile is there, once and in order; and what was
 * said before. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness_account.h"
#include "tests/harness_terminal.h"

#define SAID " #cam message dan "

/* A service whose history outlives it. */
static struct chat *start_kept(struct harness *h, const char *listen)
{
	return chat_start(h, "--listen", listen, "--data", harness_path(h, "kept"), NULL);
}

static struct chat *kill_and_start(struct chat *chat)
{
	char *listen = harness_format(chat->harness, "127.0.0.1:%u", chat->port);

	program_kill(chat->program);
	return start_kept(chat->harness, listen);
}

/* dan says numbers up to `last`, each of which is confirmed. */
static void say_numbers(struct client *dan, int *number, int last)
{
	for (int n = *number + 1; n <= last; n++)
		chat_say(dan, "PRIVMSG #cam :%d", n);
	chat_wait(dan, harness_format(dan->harness, " PRIVMSG #cam :%d", last));
	*number = last;
}

/* The numbers that the script has shown: each once, from `first` to `last`, in order. */
static void expect_numbers(const struct program *script, int first, int last)
{
	char *at = program_output(script);
	int n = first;

	while ((at = strstr(at, SAID)) != NULL) {
		at += strlen(SAID);
		if (strtol(at, NULL, 10) != n)
			harness_fail("%.12s… isn't %d:\n%s", at, n, program_output(script));
		n++;
	}
	assert_int_equal(n, last + 1);
}

static void wait_for_entry(const struct program *script, size_t times)
{
	wait_for(harness_count(script->out, " #cam join clock\n") == times);
}

static void test_each_confirmed_line_is_shown_once_and_in_order(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	int in, number = 0;
	struct program *script = script_start(chat, "--nick clock --room cam", &in);

	wait_for_entry(script, 1);
	for (size_t round = 1; round <= 4; round++) {
		struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");

		say_numbers(dan, &number, number + 7);
		/* Some of it the script gets before the loss, some not; more than a page comes
		 * meanwhile. */
		program_signal(script, SIGSTOP);
		say_numbers(dan, &number, number + 5);
		chat = kill_and_start(chat);
		dan = chat_member(chat, "dan", "echo-message", "#cam");
		say_numbers(dan, &number, number + 230);
		program_signal(script, SIGCONT);
		wait_for_entry(script, round + 1);
		say_numbers(dan, &number, number + 3);
		chat_say(dan, "QUIT");
		chat_wait(dan, "ERROR");
	}
	script_type(in, "the end\n");
	wait_for(strstr(program_output(script), "message clock the end") != NULL);
	expect_numbers(script, 1, number);
	assert_int_equal(harness_count(script->out, " gap "), 0);
	close(in);
	assert_int_equal(program_wait(script), 0);
}

/* While it speaks. */
static void test_the_loss_may_fall_between_any_two_lines(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	int in, number = 0;
	struct program *script = script_start(chat, "--nick clock --room cam", &in);

	wait_for_entry(script, 1);
	for (size_t round = 1; round <= 8; round++) {
		struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
		int before = number;

		/* Until one is confirmed; what isn't confirmed may be there, too. */
		for (int i = 1; i <= 20; i++)
			chat_say(dan, "PRIVMSG #cam :%d", before + i);
		chat_wait(dan, harness_format(h, " PRIVMSG #cam :%d", before + 2 * (int)round));
		chat = kill_and_start(chat);
		wait_for_entry(script, round + 1);
		/* Those are kept that the service says are. */
		dan = chat_member(chat, "dan", "batch draft/chathistory server-time message-tags",
				  "#cam");
		chat_say(dan, "CHATHISTORY LATEST #cam * 1");
		number = atoi(strstr(chat_wait(dan, " PRIVMSG #cam :"), "#cam :") + 6);
		assert_in_range(number, before + 2 * (int)round, before + 20);
		chat_say(dan, "QUIT");
		chat_wait(dan, "ERROR");
	}
	script_type(in, "the end\n");
	wait_for(strstr(program_output(script), "message clock the end") != NULL);
	expect_numbers(script, 1, number);
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_what_never_arrived_is_named(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	int in;
	struct program *script = script_start(chat, "--nick clock --room cam", &in);

	wait_for_entry(script, 1);
	/* It is sent, and nobody reads it any more: the command behind it has been looked at. */
	program_signal(chat->program, SIGSTOP);
	script_type(in, "into the void\n/frobnicate\n");
	program_wait_log(script, "no command /frobnicate");
	kill_and_start(chat);
	program_wait_log(script, "this didn't arrive: into the void");
	script_type(in, "again\n");
	wait_for(strstr(program_output(script), "message clock again") != NULL);
	assert_int_equal(harness_count(script->out, "into the void"), 0);
	close(in);
	assert_int_equal(program_wait(script), 1);
}

static void test_a_gap_is_told_and_may_be_filled(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	int in, number = 0;
	struct program *script = script_start(chat, "--nick clock --room cam", &in);
	struct client *dan;

	wait_for_entry(script, 1);
	program_signal(script, SIGSTOP);
	chat = kill_and_start(chat);
	dan = chat_member(chat, "dan", "echo-message", "#cam");
	say_numbers(dan, &number, 1500);
	program_signal(script, SIGCONT);
	wait_for(strstr(program_output(script), SAID "1500\n") != NULL);
	chat_has(program_output(script), SAID "1000\n");
	chat_has(program_output(script), SAID "1451\n");
	assert_null(strstr(program_output(script), SAID "1001\n"));
	assert_null(strstr(program_output(script), SAID "1450\n"));
	chat_has(program_output(script), " #cam gap - too much was missed");
	/* From its end on, as one looks back. */
	script_type(in, "/history 200\n");
	wait_for(strstr(program_output(script), SAID "1450\n") != NULL);
	chat_has(program_output(script), SAID "1251\n");
	assert_null(strstr(program_output(script), SAID "1250\n"));
	script_type(in, "/history 1000\n");
	wait_for(strstr(program_output(script), "nothing is missing any more") != NULL);
	for (int n = 1; n <= 1500; n++)
		assert_int_equal(harness_count(script->out, harness_format(h, SAID "%d\n", n)), 1);
	script_type(in, "/history\n");
	wait_for(strstr(program_output(script), "nothing was said earlier") != NULL);
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_a_newcomer_sees_what_was_said_last(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	int number = 0;
	struct program *script;

	say_numbers(dan, &number, 30);
	script = script_run(chat, "echo hello; echo /history 4", "--nick clock --history 5");
	assert_int_equal(script->status, 0);
	char *out = program_output(script);
	char *end = strstr(out, " #cam info - up to here it was said earlier\n");
	assert_non_null(end);
	assert_true(strstr(out, SAID "26\n") < strstr(out, SAID "30\n"));
	assert_true(strstr(out, SAID "30\n") < end);
	assert_true(end < strstr(out, "message clock hello"));
	assert_true(strstr(out, SAID "22\n") < strstr(out, SAID "25\n"));
	assert_null(strstr(out, SAID "21\n"));
	assert_int_equal(harness_count(script->out, SAID), 9);
	/* Scripts that don't ask for it get none: they would answer what was answered already. */
	script = script_run(chat, "echo hello", "--nick clock");
	assert_int_equal(harness_count(script->out, SAID), 0);
}

static void test_earlier_lines_stand_at_the_top_of_the_screen(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	int number = 0;

	say_numbers(dan, &number, 40);
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam --history 3");
	pane_wait(&pane, "<dan> 38");
	pane_wait(&pane, "up to here it was said earlier");
	assert_null(strstr(pane_look(&pane), "<dan> 37"));
	chat_say(dan, "PRIVMSG #cam :now");
	pane_wait(&pane, "<dan> now");
	pane_press(&pane, "'/history 2' Enter");
	pane_wait(&pane, "<dan> 36");
	char *screen = pane_look(&pane);
	assert_true(strstr(screen, "<dan> 36") < strstr(screen, "<dan> 37"));
	assert_true(strstr(screen, "<dan> 37") < strstr(screen, "<dan> 38"));
	assert_true(strstr(screen, "<dan> 40") < strstr(screen, "up to here"));
	assert_true(strstr(screen, "up to here") < strstr(screen, "<dan> now"));
}

static void test_missed_lines_stand_before_live_ones_on_a_screen(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	char *pid = harness_path(h, "pid");
	struct pane pane =
		pane_open(h, 80, 20,
			  harness_format(h,
					 "sh -c 'echo $$ >%s; exec %s/spillway chat 127.0.0.1:%u "
					 "--io %s --nick eve --room cam --room dog'",
					 pid, h->build, chat->port, h->io));
	struct client *dan = chat_member(chat, "dan", "echo-message", "#cam");
	int number = 0;

	pane_wait(&pane, "[1:#cam] 2:#dog");
	say_numbers(dan, &number, 2);
	pane_wait(&pane, "<dan> 2");
	program_run(h, "sh", "-c", harness_format(h, "kill -STOP $(cat %s)", pid), NULL);
	chat = kill_and_start(chat);
	dan = chat_member(chat, "dan", "echo-message", "#cam,#dog");
	say_numbers(dan, &number, 4);
	chat_say(dan, "PRIVMSG #dog :eve, are you there?");
	chat_wait(dan, "are you there");
	program_run(h, "sh", "-c", harness_format(h, "kill -CONT $(cat %s)", pid), NULL);
	pane_wait(&pane, "2:#dog(1!)");
	pane_wait(&pane, "<dan> 4");
	say_numbers(dan, &number, 5);
	pane_wait(&pane, "<dan> 5");
	char *screen = pane_look(&pane);
	for (int n = 1; n < 5; n++)
		assert_true(strstr(screen, harness_format(h, "<dan> %d", n)) <
			    strstr(screen, harness_format(h, "<dan> %d", n + 1)));
	assert_null(strstr(strstr(screen, "<dan> 2") + 1, "<dan> 2"));
}

/* ---- in private ---- */

static void leave(struct client *client)
{
	chat_say(client, "QUIT");
	chat_wait(client, "ERROR");
}

/* For a script with the account "clock". */
static char *clock_options(struct harness *h, const char *more)
{
	char *path = harness_path(h, "password");

	program_run(h, "sh", "-c",
		    harness_format(h, "umask 077; echo '" ACCOUNT_PASSWORD "' >%s", path), NULL);
	return harness_format(h, "--nick clock --account clock --password-file %s --no-encrypt %s",
			      path, more);
}

/* What dan has said to clock stands there: numbers up to the last, each once and in order. */
static void expect_private(const struct program *script, int last)
{
	static const char said[] = "Z dan message dan ";
	char *at = program_output(script);
	int n = 0;

	while ((at = strstr(at, said)) != NULL) {
		at += strlen(said);
		assert_int_equal(strtol(at, NULL, 10), ++n);
	}
	assert_int_equal(n, last);
}

static void tell(struct client *who, const char *text)
{
	chat_say(who, "PRIVMSG clock :%s", text);
	chat_wait(who, harness_format(who->harness, " PRIVMSG clock :%s", text));
}

static void test_what_was_said_in_private_meanwhile_is_shown(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	struct client *dan = account_owner(chat, "dan", "echo-message"), *zoe;
	int in;

	leave(account_owner(chat, "zoe", ""));
	leave(account_owner(chat, "clock", ""));
	tell(dan, "1");
	tell(dan, "2");
	struct program *script = script_start(chat, clock_options(h, "--history 10"), &in);
	wait_for(strstr(program_output(script), "Z dan info - up to here it was said earlier\n") !=
		 NULL);
	tell(dan, "3");
	wait_for(strstr(program_output(script), "Z dan message dan 3\n") != NULL);
	/* Between two connections; zoe hasn't spoken before. */
	program_signal(script, SIGSTOP);
	chat = kill_and_start(chat);
	dan = account_return(chat, "dan", "dan", "echo-message", NULL);
	zoe = account_return(chat, "zoe", "zoe", "echo-message", NULL);
	tell(dan, "4");
	tell(zoe, "hello");
	tell(dan, "5");
	program_signal(script, SIGCONT);
	wait_for(strstr(program_output(script), "Z dan message dan 5\n") != NULL);
	wait_for(strstr(program_output(script), "Z zoe message zoe hello\n") != NULL);
	tell(dan, "6");
	wait_for(strstr(program_output(script), "Z dan message dan 6\n") != NULL);
	expect_private(script, 6);
	assert_int_equal(harness_count(script->out, " message zoe "), 1);
	assert_int_equal(harness_count(script->out, " up to here "), 1);
	assert_int_equal(harness_count(script->out, " gap "), 0);
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_what_was_read_in_private_stays_closed(struct harness *h)
{
	struct chat *chat = start_kept(h, "127.0.0.1:0");
	struct client *dan = account_owner(chat, "dan", "echo-message"), *phone;
	struct program *script;

	leave(account_owner(chat, "clock", ""));
	tell(dan, "1");
	/* Scripts that don't ask for it get none. */
	script = script_run(chat, "echo hello", clock_options(h, ""));
	assert_int_equal(script->status, 0);
	expect_private(script, 0);
	script = script_run(chat, "echo hello", clock_options(h, "--history 0"));
	expect_private(script, 0);
	script = script_run(chat, "echo hello", clock_options(h, "--history 1"));
	expect_private(script, 1);
	phone = account_return(chat, "phone", "clock", "draft/chathistory draft/read-marker", NULL);
	chat_ask(phone, "MARKREAD dan timestamp=2100-01-01T00:00:00.000Z");
	script = script_run(chat, "echo hello", clock_options(h, "--history 1"));
	assert_int_equal(script->status, 0);
	expect_private(script, 0);
	chat_has(program_output(script), " message clock hello\n");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_each_confirmed_line_is_shown_once_and_in_order),
		HARNESS_TEST(test_the_loss_may_fall_between_any_two_lines),
		HARNESS_TEST(test_what_never_arrived_is_named),
		HARNESS_TEST(test_a_gap_is_told_and_may_be_filled),
		HARNESS_TEST(test_a_newcomer_sees_what_was_said_last),
		HARNESS_TEST(test_earlier_lines_stand_at_the_top_of_the_screen),
		HARNESS_TEST(test_missed_lines_stand_before_live_ones_on_a_screen),
		HARNESS_TEST(test_what_was_said_in_private_meanwhile_is_shown),
		HARNESS_TEST(test_what_was_read_in_private_stays_closed),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
