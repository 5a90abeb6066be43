/* SPDX-License-Identifier: MIT */
/* spillway chat with the real service: in lines, as scripts use it, and on a terminal: tmux's,
 * whose screen is looked at. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness_terminal.h"

/* ---- in lines ---- */

static void test_lines_are_said_and_come_back(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct program *script = script_run(
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
	struct program *script = script_run(chat, "seq 1 1000", "--nick clock");

	assert_int_equal(script->status, 0);
	chat_has(chat_line(dan), "JOIN");
	for (int i = 1; i <= 1000; i++)
		chat_has(chat_line(dan), harness_format(h, " PRIVMSG #cam :%d", i));
	assert_int_equal(harness_count(script->out, " #cam message clock "), 1000);
}

static void test_a_missing_right_is_named(struct harness *h)
{
	static const struct {
		const char *command, *sentence;
	} cases[] = {
		{"/kick dan", "You can't kick dan out of #cam: "},
		{"/addadmin clock", "You can't make clock an operator of #cam: "},
		{"/removeadmin dan", "You can't take an operator's rights from dan in #cam: "},
		{"/topic mine", "You can't change the topic of #cam: "},
		{"/slow 5", "You can't slow #cam down: "},
		{"/purge dan", "You can't delete what dan said in #cam: "},
		{"/mode +m", "You can't change the modes of #cam: "},
	};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program *script = script_run(
			chat, harness_format(h, "echo \"%s\"", cases[i].command), "--nick clock");

		assert_int_equal(script->status, 1);
		chat_has(program_output(script),
			 harness_format(h, "Z #cam error - %syou're not a channel operator\n",
					cases[i].sentence));
	}
	assert_null(strstr(chat_so_far(dan), "KICK"));
}

static void test_an_operators_commands(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct program *script;
	struct client *eve;
	int in;

	script = script_start(chat, "--nick dan --room cam", &in);
	wait_for(program_count_log(script, "error") > 0 ||
		 strstr(program_output(script), "join dan") != NULL);
	eve = chat_member(chat, "eve", "", "#cam");
	script_type(
		in,
		"/addadmin eve\n/listadmins\n/removeadmin eve\n/listadmins\n/topic a topic\n"
		"/mode +b mallory!*@*\n/listbans\n/nick daniel\n/kick eve go away\n/listusers\n");
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
	script = script_run(chat, "echo hello", "--nick dan");
	assert_int_equal(script->status, 1);
	chat_has(program_log(script), "the nick dan: Nickname is already in use");
	script = script_run(chat, "echo hello", "");
	assert_int_equal(script->status, 2);
	script = script_run(chat, "echo /frobnicate", "--nick clock");
	assert_int_equal(script->status, 1);
	chat_has(program_log(script), "no command /frobnicate");
	chat_stop(chat);
	script = script_run(chat, "echo hello", "--nick clock");
	assert_int_equal(script->status, 1);
	chat_has(program_log(script), "no chat at 127.0.0.1 port");
}

static void test_sigterm_says_good_bye(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	int in;
	struct program *script = script_start(chat, "--nick clock --room cam", &in);

	chat_has(chat_line(dan), ":clock!");
	/* With something under way it couldn't tell whether that has arrived. */
	script_type(in, "all is well\n");
	wait_for(strstr(program_output(script), "message clock all is well") != NULL);
	chat_has(chat_line(dan), "all is well");
	program_signal(script, SIGTERM);
	chat_has(chat_line(dan), " QUIT :Quit");
	assert_int_equal(program_wait(script), 0);
	close(in);
}

static void test_it_comes_back_and_enters_its_rooms_again(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = script_start(chat, "--nick clock --room cam --room dog", &in);
	char *listen = harness_format(h, "127.0.0.1:%u", chat->port);

	wait_for(strstr(program_output(script), "#dog join clock") != NULL);
	script_type(in, "before\n");
	wait_for(strstr(program_output(script), "message clock before") != NULL);
	chat_stop(chat);
	program_wait_log(script, "trying again");
	chat = chat_start(h, "--listen", listen, NULL);
	wait_for(harness_count(script->out, "#cam join clock") == 2 &&
		 harness_count(script->out, "#dog join clock") == 2);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	script_type(in, "after\n");
	chat_has(chat_line(dan), " PRIVMSG #cam :after");
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_without_reconnect_a_loss_is_the_end(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = script_start(chat, "--nick clock --room cam --no-reconnect", &in);

	wait_for(strstr(program_output(script), "join clock") != NULL);
	chat_stop(chat);
	assert_int_equal(program_wait(script), 1);
	chat_has(program_log(script), "is lost: ");
	close(in);
}

/* ---- on a terminal ---- */

static void test_people_talk_on_a_terminal(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam");

	chat_say(dan, "TOPIC #cam :a \xe6\xbc\xa2 topic");
	pane_wait(&pane, "[1:#cam]");
	chat_say(dan, "PRIVMSG #cam :good \033[31mmorning\033]0;x\007");
	pane_wait(&pane, "<dan> good  [31mmorning ]0;x");
	pane_wait(&pane, " #cam  a \xe6\xbc\xa2 topic");
	pane_wait(&pane, "\xe2\x94\x82 @dan");
	pane_wait(&pane, "\xe2\x94\x82  eve");
	/* A mistake, taken back; the nick completed; a wide character in front of which something
	 * is put. */
	pane_press(&pane, "'wrong words' C-w C-u da Tab 'hi \xe6\xbc\xa2' Left _ End ! Enter");
	chat_has(chat_wait(dan, "PRIVMSG"), " PRIVMSG #cam :dan: hi _\xe6\xbc\xa2!");
	pane_wait(&pane, "<eve> dan: hi _\xe6\xbc\xa2!");
	pane_press(&pane, "Up Home // Enter");
	chat_has(chat_wait(dan, "PRIVMSG"), " PRIVMSG #cam :/dan: hi _\xe6\xbc\xa2!");
	pane_press(&pane, "/kick Space da Tab Enter");
	pane_wait(&pane, "You can't kick dan out of #cam: ");
	pane_press(&pane, "/qu Tab so Space long Enter");
	chat_has(chat_wait(dan, ":eve!"), " QUIT :Quit: so long");
	pane_wait(&pane, "status 0");
	pane_wait(&pane, " icanon");
	pane_wait(&pane, " echo ");
}

/* Red, which is nobody's who has chosen none: of 8 colours, or of 256. */
static bool is_red(const struct pane *pane, const char *text)
{
	char *screen = pane_look_at_colours(pane);

	return strstr(screen, harness_format(pane->harness, "31m%s", text)) != NULL ||
	       strstr(screen, harness_format(pane->harness, "38;5;196m%s", text)) != NULL;
}

static void test_nicks_have_the_colours_that_were_chosen(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct pane pane;

	chat_ask(dan, "METADATA * SET color #ff0000");
	pane = pane_chat(chat, 80, "--nick eve --room cam");
	pane_wait(&pane, "[1:#cam]");
	chat_say(dan, "PRIVMSG #cam :in red");
	pane_wait(&pane, "<dan> in red");
	assert_true(is_red(&pane, "<dan>"));
	chat_ask(dan, "METADATA * SET color #00ff00");
	chat_say(dan, "NICK daniel");
	chat_say(dan, "PRIVMSG #cam :in green");
	pane_wait(&pane, "<daniel> in green");
	assert_false(is_red(&pane, "<daniel>"));
	pane_press(&pane, "'/set pronouns they / them' Enter");
	pane_wait(&pane, "pronouns is they / them");
	chat_ask(dan, "METADATA * SET status :watching cats");
	pane_press(&pane, "'/whois daniel' Enter");
	pane_wait(&pane, "daniel: status is watching cats");
	pane_press(&pane, "'/set color red' Enter");
	pane_wait(&pane, "You can't set color: ");
	pane_press(&pane, "/quit Enter");
	pane_wait(&pane, "status 0");
}

static void test_unread_lines_are_counted_per_room(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam --room dog");

	pane_wait(&pane, "0:chat [1:#cam] 2:#dog");
	chat_say(dan, "JOIN #dog");
	chat_say(dan, "PRIVMSG #dog :one");
	chat_say(dan, "PRIVMSG #dog :two");
	pane_wait(&pane, "0:chat [1:#cam] 2:#dog(2)");
	chat_say(dan, "PRIVMSG eve :psst");
	pane_wait(&pane, "2:#dog(2) 3:dan(1!)");
	pane_press(&pane, "M-2");
	pane_wait(&pane, "1:#cam [2:#dog] 3:dan(1!)");
	pane_wait(&pane, "<dan> two");
	pane_press(&pane, "M-a");
	pane_wait(&pane, "[3:dan]");
	pane_press(&pane, "answer Enter");
	chat_has(chat_wait(dan, "PRIVMSG"), " PRIVMSG dan :answer");
	pane_press(&pane, "/part Enter");
	pane_wait_gone(&pane, ":dan");
	pane_press(&pane, "'/join bird' Enter");
	pane_wait(&pane, "[3:#bird]");
}

static void test_one_looks_back_and_the_size_changes(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam");

	pane_wait(&pane, "[1:#cam]");
	for (int i = 1; i <= 40; i++)
		chat_say(dan, "PRIVMSG #cam :line %d.", i);
	pane_wait(&pane, "line 40.");
	pane_press(&pane, "PPage");
	pane_wait_gone(&pane, "line 40.");
	chat_has(pane_look(&pane), "line 32.");
	/* What comes meanwhile moves nothing. */
	chat_say(dan, "PRIVMSG #cam :something new");
	pane_press(&pane, "typed");
	pane_wait(&pane, "typed");
	chat_has(pane_look(&pane), "line 32.");
	pane_press(&pane, "NPage NPage");
	pane_wait(&pane, "something new");
	chat_has(pane_look(&pane), "\xe2\x94\x82 @dan");
	program_run(h, "tmux", "-S", pane.socket, "resize-window", "-x", "30", "-y", "8", NULL);
	pane_wait_gone(&pane, "\xe2\x94\x82 @dan");
	pane_wait(&pane, "something new");
	pane_wait(&pane, "eve> typed");
}

static void test_a_loss_is_seen_and_the_room_is_there_again(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	char *listen = harness_format(h, "127.0.0.1:%u", chat->port);
	struct pane pane = pane_chat(chat, 80, "--nick eve --room cam");

	pane_wait(&pane, "[1:#cam]");
	chat_stop(chat);
	pane_wait(&pane, "(not connected) eve>");
	pane_press(&pane, "lost Enter");
	pane_wait(&pane, "this wasn't sent: there is no connection now");
	chat = chat_start(h, "--listen", listen, NULL);
	pane_wait(&pane, "connected again");
	pane_wait(&pane, "@eve");
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	pane_press(&pane, "back Enter");
	chat_has(chat_wait(dan, "PRIVMSG"), " PRIVMSG #cam :back");
}

static void test_the_terminal_is_put_right_whatever_ends_it(struct harness *h)
{
	static const struct {
		const char *signal, *status;
	} cases[] = {{"TERM", "status 0"},
		     {"HUP", "status 0"},
		     {"INT", "status 0"},
		     {"ABRT", "status 134"}};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *pid = harness_path(h, cases[i].signal);
		char *command = harness_format(h,
					       "sh -c 'echo $$ >%s; exec %s/spillway chat "
					       "127.0.0.1:%u --io %s --nick eve --room cam'",
					       pid, h->build, chat->port, h->io);
		struct pane pane = {h, harness_path(h, "tmux")};

		if (i == 0)
			pane = pane_open(h, 80, 12, command);
		else
			program_run(h, "tmux", "-S", pane.socket, "respawn-pane", "-k",
				    harness_format(h, "%s; echo status $?; stty -a; sleep 600",
						   command),
				    NULL);
		pane_wait(&pane, "[1:#cam]");
		program_run(h, "sh", "-c",
			    harness_format(h, "kill -%s $(cat %s)", cases[i].signal, pid), NULL);
		pane_wait(&pane, cases[i].status);
		pane_wait(&pane, " icanon");
		pane_wait(&pane, " echo ");
		assert_null(strstr(pane_look(&pane), "[1:#cam]"));
		chat_has(chat_wait(dan, " QUIT "), ":eve!");
	}
}

/* What /proc says of the program whose number stands in the file: its state, "T" where it is
 * stopped. */
static char state_of(struct harness *h, const char *pid_file)
{
	char *path = harness_format(h, "/proc/%d/stat",
				    atoi(harness_read(h, harness_path(h, pid_file), NULL)));
	const char *text = strrchr(harness_read(h, path, NULL), ')');

	if (text == NULL)
		return '?';
	return text[2];
}

static void test_ctrl_z_gives_the_terminal_back_for_a_while(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	char *tty = harness_path(h, "tty");
	struct pane pane =
		pane_open(h, 80, 12,
			  harness_format(h,
					 "tty >%s; sh -c 'echo $$ >%s; exec %s/spillway chat "
					 "127.0.0.1:%u --io %s --nick eve --room cam'",
					 tty, harness_path(h, "pid"), h->build, chat->port, h->io));
	char *stty = harness_format(h, "stty -a -F $(cat %s)", tty);

	pane_wait(&pane, "[1:#cam]");
	chat_has(program_output(program_run(h, "sh", "-c", stty, NULL)), " -icanon");
	pane_press(&pane, "C-z");
	pane_wait_gone(&pane, "[1:#cam]");
	wait_for(state_of(h, "pid") == 'T');
	chat_has(program_output(program_run(h, "sh", "-c", stty, NULL)), " icanon");
	chat_has(program_output(program_run(h, "sh", "-c", stty, NULL)), " echo ");
	chat_say(dan, "PRIVMSG #cam :meanwhile");
	program_run(h, "sh", "-c",
		    harness_format(h, "kill -CONT $(cat %s)", harness_path(h, "pid")), NULL);
	pane_wait(&pane, "[1:#cam]");
	pane_wait(&pane, "<dan> meanwhile");
	chat_has(program_output(program_run(h, "sh", "-c", stty, NULL)), " -icanon");
	pane_press(&pane, "back Enter");
	chat_has(chat_wait(dan, "PRIVMSG"), " PRIVMSG #cam :back");
}

/* A message of several lines: as one where somebody knows it, line by line where he doesn't. */
static void test_long_lines_are_one_message(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "batch draft/multiline", "#cam");
	struct program *script = script_run(chat, "yes word | head -n 400 | tr '\\n' ' '",
					    "--nick clock --history 9");
	char *all = harness_format(h, "%s", ""), *line;

	assert_int_equal(script->status, 0);
	chat_has(chat_wait(dan, " BATCH +"), " draft/multiline #cam");
	while (strstr(line = chat_line(dan), " BATCH -") == NULL)
		all = harness_format(h, "%s%s", all, strstr(line, "#cam :") + 6);
	assert_int_equal(strlen(all), 1999);
	assert_int_equal(harness_count(script->out, " #cam message clock word word"), 1);
	/* Others' have lines, and stand in the history as one. */
	chat_say(dan, "BATCH +r draft/multiline #cam");
	chat_say(dan, "@batch=r PRIVMSG #cam :first");
	chat_say(dan, "@batch=r PRIVMSG #cam :  second");
	chat_say(dan, "BATCH -r");
	chat_so_far(dan);
	script = script_run(chat, "echo third", "--nick clock --history 9");
	assert_int_equal(script->status, 0);
	chat_has(program_output(script), "Z #cam message dan first\n\t  second\n");
	assert_int_equal(harness_count(script->out, "message dan"), 1);
	assert_int_equal(harness_count(script->out, "message clock word word"), 1);
}

static void paste(const struct pane *pane, const char *text)
{
	char *path = harness_write(pane->harness, "pasted", text, strlen(text));
	char *command = harness_format(pane->harness,
				       "tmux -S %s load-buffer %s && tmux -S %s paste-buffer -p",
				       pane->socket, path, pane->socket);

	assert_int_equal(system(command), 0);
}

static void test_what_is_pasted_is_said_at_once(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam"), *eve;
	struct pane pane = pane_chat(chat, 100, "--nick clock --room cam");

	chat_wait(dan, ":clock!");
	eve = chat_member(chat, "eve", "batch draft/multiline", "#cam");
	chat_wait(dan, ":eve!");
	pane_wait(&pane, "clock>");
	paste(&pane, "if this:\n\tthat\n");
	pane_wait(&pane, "if this:↵ that");
	assert_string_equal(chat_so_far(dan), "");
	pane_press(&pane, "Enter");
	chat_has(chat_line(dan), " PRIVMSG #cam :if this:");
	chat_has(chat_line(dan), " PRIVMSG #cam : that");
	chat_wait(eve, " draft/multiline #cam");
	pane_wait(&pane, "<clock> if this:");
	/* It was written line by line; the keys are what they were. */
	pane_press(&pane, "hello Enter");
	chat_has(chat_line(dan), " PRIVMSG #cam :hello");
	paste(&pane, "/topic a\nb");
	pane_press(&pane, "Enter");
	pane_wait(&pane, "a command has one line");
}

/* Somebody else was faster after a restart. */
static void test_the_nick_is_taken_back_when_it_is_free(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	int in;
	struct program *script = script_start(chat, "--nick clock --room cam", &in);
	char *listen = harness_format(h, "127.0.0.1:%u", chat->port);

	wait_for(strstr(program_output(script), "join clock") != NULL);
	program_signal(script, SIGSTOP);
	program_kill(chat->program);
	chat = chat_start(h, "--listen", listen, NULL);
	struct client *other = chat_person(chat, "clock", "");
	program_signal(script, SIGCONT);
	wait_for(strstr(program_output(script), "#cam join clock_\n") != NULL);
	chat_say(other, "QUIT");
	wait_for(strstr(program_output(script), "#cam nick clock_ clock\n") != NULL);
	script_type(in, "it is me\n");
	wait_for(strstr(program_output(script), "message clock it is me\n") != NULL);
	close(in);
	assert_int_equal(program_wait(script), 0);
}

static void test_a_nick_that_is_taken_gets_a_neighbour_on_a_terminal(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);

	chat_person(chat, "eve", "");
	struct pane pane = pane_chat(chat, 80, "--nick eve");
	pane_wait(&pane, "eve_>");
	pane_wait(&pane, "/join ROOM enters a room");
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
		HARNESS_TEST(test_people_talk_on_a_terminal),
		HARNESS_TEST(test_nicks_have_the_colours_that_were_chosen),
		HARNESS_TEST(test_unread_lines_are_counted_per_room),
		HARNESS_TEST(test_one_looks_back_and_the_size_changes),
		HARNESS_TEST(test_a_loss_is_seen_and_the_room_is_there_again),
		HARNESS_TEST(test_the_terminal_is_put_right_whatever_ends_it),
		HARNESS_TEST(test_ctrl_z_gives_the_terminal_back_for_a_while),
		HARNESS_TEST_ON(test_long_lines_are_one_message, "epoll"),
		HARNESS_TEST_ON(test_what_is_pasted_is_said_at_once, "epoll"),
		HARNESS_TEST(test_the_nick_is_taken_back_when_it_is_free),
		HARNESS_TEST(test_a_nick_that_is_taken_gets_a_neighbour_on_a_terminal),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
