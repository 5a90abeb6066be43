/* SPDX-License-Identifier: MIT */
/* spillway chat with servers that are played by the test: what they can do besides, and losses at
 * moments that can't be chosen otherwise. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness_terminal.h"

#define CAPS "batch draft/chathistory draft/read-marker labeled-response message-tags server-time"
#define AT(second) "2026-01-01T00:00:0" #second ".000Z"

struct played {
	struct harness *harness;
	int listener;
	struct chat chat; /* for what wants a service: only its port counts */
};

static struct played play(struct harness *h)
{
	struct played played = {.harness = h, .chat = {.harness = h}};

	played.listener = client_listen(&played.chat.port);
	return played;
}

/* Accepts the program, up to the end of its registering. */
static struct client *greet(struct played *played, const char *nick)
{
	struct client *client = client_accept(played->harness, played->listener);

	chat_wait(client, "USER ");
	chat_say(client, ":s CAP * LS :%s", CAPS);
	chat_has(chat_line(client), "CAP REQ :" CAPS);
	chat_say(client, ":s CAP %s ACK :%s", nick, CAPS);
	chat_expect(client, "CAP END");
	chat_say(client, ":s 001 %s :hi", nick);
	return client;
}

/* Waits for a line, and says it was a command with this label. */
static char *take_label(struct client *client, const char *command)
{
	char *line = chat_wait(client, command);

	assert_memory_equal(line, "@label=", 7);
	line[strcspn(line, " ")] = '\0';
	return line + 1;
}

static void let_join(struct client *client, const char *nick, const char *room)
{
	char *label = take_label(client, harness_format(client->harness, "JOIN %s", room));

	chat_say(client, "@time=" AT(1) ";%s :%s!u@h JOIN %s", label, nick, room);
}

/* Answers a request for history with these lines of a batch "h". */
static void give_history(struct client *client, const char *request, const char *room,
			 const char *first, const char *second)
{
	chat_say(client, "@%s :s BATCH +h chathistory %s", take_label(client, request), room);
	if (first != NULL)
		chat_say(client, "%s", first);
	if (second != NULL)
		chat_say(client, "%s", second);
	chat_say(client, ":s BATCH -h");
}

static void test_what_was_read_is_told_and_heard(struct harness *h)
{
	struct played played = play(h);
	struct pane pane = pane_chat(&played.chat, 80, "--nick eve --room cam --room dog");
	struct client *server = greet(&played, "eve");

	let_join(server, "eve", "#cam");
	chat_say(server, ":s MARKREAD #cam timestamp=" AT(2));
	let_join(server, "eve", "#dog");
	give_history(server, "CHATHISTORY LATEST #cam * 20", "#cam",
		     "@batch=h;time=" AT(1) ";msgid=a :dan!d@h PRIVMSG #cam :old",
		     "@batch=h;time=" AT(3) ";msgid=b :dan!d@h PRIVMSG #cam :recent");
	give_history(server, "CHATHISTORY LATEST #dog * 20", "#dog", NULL, NULL);
	pane_wait(&pane, "<dan> recent");
	/* A key shows that somebody sits there; that is said once. */
	pane_press(&pane, "x");
	char *label = take_label(server, "MARKREAD #cam timestamp=" AT(3));
	chat_say(server, "@%s :s MARKREAD #cam timestamp=" AT(3), label);
	chat_say(server, "@time=" AT(4) ";msgid=c :dan!d@h PRIVMSG #dog :elsewhere");
	pane_wait(&pane, "2:#dog(1)");
	chat_say(server, ":s MARKREAD #dog timestamp=" AT(4));
	pane_wait_gone(&pane, "2:#dog(1)");
	chat_say(server, "@time=" AT(5) ";msgid=d :dan!d@h PRIVMSG #dog :eve: more");
	pane_wait(&pane, "2:#dog(1!)");
	pane_press(&pane, "C-u M-2");
	pane_wait(&pane, "[2:#dog]");
	pane_press(&pane, "y");
	chat_has(chat_line(server), "MARKREAD #dog timestamp=" AT(5));
}

/* The connection is lost between a message and its confirmation. */
static void test_what_did_arrive_isnt_doubted(struct harness *h)
{
	struct played played = play(h);
	int in;
	struct program *script = script_start(&played.chat, "--nick clock --room cam", &in);
	struct client *server = greet(&played, "clock");

	let_join(server, "clock", "#cam");
	script_type(in, "one\n/me waves\n/private dan psst\ntwo\n");
	chat_wait(server, "PRIVMSG #cam :two");
	client_close(server);
	program_wait_log(script, "this may not have arrived: psst");
	server = greet(&played, "clock");
	let_join(server, "clock", "#cam");
	give_history(
		server, "CHATHISTORY AFTER #cam timestamp=" AT(1), "#cam",
		"@batch=h;time=" AT(2) ";msgid=a :clock!u@h PRIVMSG #cam :one",
		"@batch=h;time=" AT(3) ";msgid=b :clock!u@h PRIVMSG #cam :\001ACTION waves\001");
	give_history(server, "CHATHISTORY AFTER #cam msgid=b", "#cam", NULL, NULL);
	program_wait_log(script, "this didn't arrive: two");
	assert_int_equal(program_count_log(script, "arrive"), 2);
	assert_int_equal(harness_count(script->out, " #cam message clock one\n"), 1);
	assert_int_equal(harness_count(script->out, " #cam action clock waves\n"), 1);
	close(in);
	assert_int_equal(program_wait(script), 1);
}

static void test_a_history_that_is_refused_is_told(struct harness *h)
{
	struct played played = play(h);
	int in;
	struct program *script = script_start(&played.chat, "--nick clock --room cam", &in);
	struct client *server = greet(&played, "clock");

	let_join(server, "clock", "#cam");
	script_type(in, "/history\n");
	char *label = take_label(server, "CHATHISTORY BEFORE #cam timestamp=" AT(1) " 50");
	chat_say(server, "@%s FAIL CHATHISTORY MESSAGE_ERROR BEFORE #cam :Not today", label);
	wait_for(strstr(program_output(script),
			" #cam error - what was said earlier can't be shown: Not today") != NULL);
	close(in);
	chat_wait(server, "QUIT");
	client_close(server);
	assert_int_equal(program_wait(script), 1);
}

/* ---- accounts ---- */

static struct client *ask_for_password(struct played *played)
{
	struct client *server = client_accept(played->harness, played->listener);

	chat_wait(server, "USER ");
	chat_say(server, ":s CAP * LS :sasl=PLAIN");
	chat_expect(server, "CAP REQ :sasl");
	chat_say(server, ":s CAP eve ACK :sasl");
	chat_expect(server, "AUTHENTICATE PLAIN");
	chat_say(server, "AUTHENTICATE +");
	/* \0eve\0pencil */
	chat_expect(server, "AUTHENTICATE AGV2ZQBwZW5jaWw=");
	return server;
}

static void test_a_password_is_typed_without_being_seen(struct harness *h)
{
	struct played played = play(h);
	struct pane pane = pane_chat(&played.chat, 80, "--nick eve --account eve");

	pane_wait(&pane, "Password of eve:");
	pane_press(&pane, "pencilx BSpace Enter");
	struct client *server = ask_for_password(&played);
	assert_null(strstr(pane_look(&pane), "pencil"));
	chat_say(server, ":s 903 eve :welcome");
	chat_expect(server, "CAP END");
	chat_say(server, ":s 001 eve :hi");
	pane_wait(&pane, "/join ROOM enters a room");
	pane_press(&pane, "/quit Enter");
	chat_wait(server, "QUIT");
	client_close(server);
	pane_wait(&pane, "status 0");
	pane_wait(&pane, " echo ");
}

static void test_ctrl_c_at_the_password_leaves_the_terminal_as_it_was(struct harness *h)
{
	struct played played = play(h);
	struct pane pane = pane_chat(&played.chat, 80, "--nick eve --account eve");

	pane_wait(&pane, "Password of eve:");
	pane_press(&pane, "pen C-c");
	pane_wait(&pane, "status 1");
	pane_wait(&pane, " echo ");
}

static void test_a_password_comes_from_a_file(struct harness *h)
{
	struct played played = play(h);
	char *file = harness_write(h, "password", "pencil\n", 7);
	char *port = harness_format(h, "127.0.0.1:%u", played.chat.port);
	struct program *program;

	program_run(h, "chmod", "604", file, NULL);
	program = program_start(h, "spillway", "chat", port, "--nick", "eve", "--account", "eve",
				"--password-file", file, NULL);
	assert_int_equal(program_wait(program), 1);
	chat_has(program_log(program), "others may read this password; chmod 600 it");
	program_run(h, "chmod", "600", file, NULL);
	program = program_start(h, "spillway", "chat", port, "--nick", "eve", "--account", "eve",
				"--password-file", file, NULL);
	chat_say(ask_for_password(&played), ":s 904 eve :Wrong password");
	assert_int_equal(program_wait(program), 1);
	chat_has(program_log(program), "logging in as eve: Wrong password");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_what_was_read_is_told_and_heard),
		HARNESS_TEST(test_what_did_arrive_isnt_doubted),
		HARNESS_TEST(test_a_history_that_is_refused_is_told),
		HARNESS_TEST(test_a_password_is_typed_without_being_seen),
		HARNESS_TEST(test_ctrl_c_at_the_password_leaves_the_terminal_as_it_was),
		HARNESS_TEST(test_a_password_comes_from_a_file),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
