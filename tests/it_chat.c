/* SPDX-License-Identifier: MIT */
/*
 * The chat's connections, and what earlier programs got wrong: each of that is a test by its name.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness_chat.h"

/* ---- what earlier programs got wrong ---- */

static void test_silent_handshake_blocks_nobody(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *half = client_connect(h, chat->port);

	for (int i = 0; i < 50; i++)
		client_connect(h, chat->port);
	client_print(half, "NICK dan\r\n");
	chat_so_far(half);
	client_print(half, "USER d 0 *");
	/* A name isn't held by who only says it, either. */
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	chat_say(eve, "PRIVMSG #cam :hello");
	chat_wait(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :hello");
	client_print(half, " :Dan\r\n");
	chat_expect(half, ":chat.localhost 433 dan dan :Nickname is already in use");
	chat_say(half, "NICK dan2");
	chat_expect(half, ":chat.localhost 001 dan2 :Welcome to the Spillway chat, dan2");
}

static void test_two_messages_in_one_packet_are_two(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	/* Line ends as people have them. */
	client_print(eve, "PRIVMSG #cam :one\r\nPRIVMSG #cam :two\n\r\n\nPRIVMSG #cam :three\r\n");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :two");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :three");
}

static void test_one_message_in_two_packets_is_one(struct harness *h)
{
	static const char line[] = "PRIVMSG #cam :one message\r\n";
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	for (size_t cut = 1; cut < sizeof(line) - 1; cut++) {
		client_send(eve, line, cut);
		/* So the first part has arrived by itself. */
		assert_string_equal(chat_so_far(dan), "");
		client_send(eve, line + cut, sizeof(line) - 1 - cut);
		chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :one message");
	}
}

static void test_character_cut_in_half_stays_whole(struct harness *h)
{
	static const char line[] = "PRIVMSG #cam :\xe2\x82\xac \xf0\x9f\x98\x80\r\n";
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	for (size_t cut = 14; cut < sizeof(line) - 2; cut++) {
		client_send(eve, line, cut);
		assert_string_equal(chat_so_far(dan), "");
		client_send(eve, line + cut, sizeof(line) - 1 - cut);
		chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :\xe2\x82\xac \xf0\x9f\x98\x80");
	}
	/* What isn't UTF-8 is refused, and costs nobody the connection. */
	chat_so_far(eve);
	chat_say(eve, "PRIVMSG #cam :\xe2\x82");
	chat_has(chat_line(eve), "FAIL PRIVMSG INVALID_UTF8 :");
	chat_say(eve, "PRIVMSG #cam :fine");
	chat_expect(dan, ":eve!~eve@127.0.0.1 PRIVMSG #cam :fine");
}

/* A message is cut where it is too long with its sender's name, but never in a character. */
static void test_long_message_is_cut_between_characters(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	char text[493];

	chat_so_far(dan);
	for (size_t i = 0; i < 492; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	text[492] = '\0';
	for (size_t skip = 0; skip < 3; skip++) {
		chat_say(eve, "PRIVMSG #cam :%.*s%s", (int)skip, "xx", text);
		char *line = chat_line(dan);
		size_t len = strlen(line);

		assert_in_range(len, 508, 510);
		assert_memory_equal(line + len - 3, "\xe2\x82\xac", 3);
	}
}

static void test_kicked_user_cant_go_on_talking(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");

	chat_so_far(dan);
	chat_say(dan, "KICK #cam eve :enough");
	chat_expect(dan, ":dan!~dan@127.0.0.1 KICK #cam eve :enough");
	chat_expect(eve, ":dan!~dan@127.0.0.1 KICK #cam eve :enough");
	chat_say(eve, "PRIVMSG #cam :still here");
	chat_has(chat_line(eve), ":chat.localhost 404 eve #cam :");
	chat_say(eve, "TOPIC #cam :mine");
	chat_has(chat_line(eve), ":chat.localhost 442 eve #cam :");
	chat_say(dan, "PRIVMSG #cam :among us");
	assert_string_equal(chat_so_far(dan), "");
	assert_string_equal(chat_so_far(eve), "");
}

static void test_coming_back_under_the_name_works(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *old = chat_member(chat, "eve", "", "#cam");

	chat_say(dan, "KICK #cam eve :enough");
	chat_wait(old, " KICK ");
	chat_say(old, "QUIT");
	chat_wait(old, "ERROR ");
	/* The old connection is still there while the new one comes. */
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	client_close(old);
	chat_so_far(dan);
	for (int i = 0; i < 20; i++) {
		chat_say(eve, "PRIVMSG #cam :back %d", i);
		chat_has(chat_line(dan), "PRIVMSG #cam :back");
	}
	chat_say(dan, "NAMES #cam");
	chat_expect(dan, ":chat.localhost 353 dan = #cam :@dan eve");
}

static void test_senders_name_cant_be_forged(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags server-time", "#cam");
	struct client *eve = chat_member(chat, "eve", "message-tags", "#cam");

	chat_so_far(dan);
	chat_say(eve, "@msgid=forged;time=2001-01-01T00:00:00.000Z;account=dan;+ok=1 "
		      ":dan!~dan@127.0.0.1 PRIVMSG #cam :I am dan");
	char *line = chat_line(dan);
	chat_has(line, ";+ok=1 :eve!~eve@127.0.0.1 PRIVMSG #cam :I am dan");
	assert_null(strstr(line, "forged"));
	assert_null(strstr(line, "2001"));
	assert_null(strstr(line, "account"));
	/* Nor by a line in a line. */
	client_print(eve, "PRIVMSG #cam :a\r:dan PRIVMSG #cam :b\r\n");
	chat_wait(eve, " 421 eve * :");
	assert_string_equal(chat_so_far(dan), "");
}

static void test_nick_that_is_taken_stays_refused(struct harness *h)
{
	static const char *const same[] = {"dan", "DAN", "dAn"};
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_person(chat, "dan", "");
	struct client *eve = chat_person(chat, "eve", "");
	struct client *late = client_connect(h, chat->port);

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 3; i++) {
			chat_say(eve, "NICK %s", same[i]);
			chat_has(chat_line(eve), ":chat.localhost 433 eve ");
			chat_say(late, "NICK %s", same[i]);
			chat_has(chat_line(late), ":chat.localhost 433 * ");
		}
	}
	/* One's own name may be written another way; and a free one is free. */
	chat_say(dan, "NICK Dan");
	chat_expect(dan, ":dan!~dan@127.0.0.1 NICK :Dan");
	chat_say(dan, "NICK joe");
	chat_expect(dan, ":Dan!~dan@127.0.0.1 NICK :joe");
	chat_say(eve, "NICK dan");
	chat_expect(eve, ":eve!~eve@127.0.0.1 NICK :dan");
}

static void test_private_messages_go_to_one(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_so_far(dan);
	chat_so_far(eve);
	chat_say(dan, "PRIVMSG eve :only you");
	chat_say(dan, "NOTICE eve :only you");
	chat_expect(eve, ":dan!~dan@127.0.0.1 PRIVMSG eve :only you");
	chat_expect(eve, ":dan!~dan@127.0.0.1 NOTICE eve :only you");
	assert_string_equal(chat_so_far(dan), "");
	assert_string_equal(chat_so_far(joe), "");
}

static struct client *connect_with_little_room(struct chat *chat, const char *nick)
{
	struct client *client = chat_person(chat, nick, "message-tags");
	int size = 4096;

	setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	chat_say(client, "JOIN #cam");
	chat_so_far(client);
	return client;
}

/* What is said by tags alone isn't stored, and may be long: the reader hasn't stalled for long when
 * too much waits for him. After some seconds it would be as many until TCP tries again. */
static void test_stalled_reader_freezes_nobody(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-queue", "64K", NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags", "#cam");
	struct client *eve = chat_member(chat, "eve", "message-tags", "#cam");
	struct client *stalled = connect_with_little_room(chat, "joe");
	int n = 0;

	chat_so_far(dan);
	chat_so_far(eve);
	/* Up to the one that is too much; dan reads each, and misses none. */
	for (bool gone = false; !gone; n++) {
		chat_say(eve, "@+n=%d;+t=%03000d TAGMSG #cam", n, 0);
		char *expected = harness_format(h, ";+n=%d;", n), *line = chat_line(dan);

		if (strstr(line, " QUIT ") != NULL) {
			chat_has(line, ":joe!~joe@127.0.0.1 QUIT :Too much is waiting to be read");
			gone = true;
			line = chat_line(dan);
		}
		chat_has(line, expected);
	}
	/* Who reads again, reads why. */
	char *all = client_read_all(stalled, NULL);
	chat_has(all, "ERROR :Closing link: 127.0.0.1 (Too much is waiting to be read)\r\n");
	/* A line that was begun was finished. */
	for (char *at = strstr(all, "@msgid="); at != NULL && strncmp(at, "ERROR", 5) != 0;) {
		char *end = strstr(at, "\r\n");

		assert_non_null(end);
		assert_in_range(end - at, 3000, 3200);
		at = end + 2;
	}
}

/* ---- coming and going ---- */

static void test_everybody_in_a_large_room_is_told(struct harness *h)
{
	enum { N = 300 };
	struct chat *chat = chat_start(h, "--quiet-room", "0", NULL);
	struct client *members[N], *dan = chat_member(chat, "dan", "", "#cam");

	for (int i = 0; i < N; i++)
		members[i] = chat_member(chat, harness_format(h, "m%d", i), "", "#cam");
	chat_say(dan, "PRIVMSG #cam :all of you");
	for (int i = 0; i < N; i++)
		chat_wait(members[i], ":dan!~dan@127.0.0.1 PRIVMSG #cam :all of you");
	chat_so_far(dan);
	for (int i = 0; i < N; i++)
		client_close(members[i]);
	for (int i = 0; i < N; i++)
		chat_has(chat_line(dan), " QUIT :");
	chat_say(dan, "LUSERS");
	chat_wait(dan, ":chat.localhost 265 dan 1 301 :");
}

static void test_sigterm_says_goodbye_to_everybody(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *silent = client_connect(h, chat->port);

	client_print(silent, "NICK x\r\n");
	chat_so_far(silent);
	program_signal(chat->program, SIGTERM);
	chat_expect(dan, "ERROR :Closing link: 127.0.0.1 (The chat is shutting down)");
	client_expect_end(dan);
	chat_expect(silent, "ERROR :Closing link: 127.0.0.1 (The chat is shutting down)");
	client_expect_end(silent);
	client_close(dan);
	client_close(silent);
	assert_int_equal(program_wait(chat->program), 0);
}

static void test_quit_is_acknowledged_and_told(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_member(chat, "eve", "", "#cam");
	struct client *joe = chat_member(chat, "joe", "", "#cam");

	chat_so_far(dan);
	chat_say(eve, "QUIT :to bed");
	chat_expect(dan, ":eve!~eve@127.0.0.1 QUIT :Quit: to bed");
	chat_wait(eve, "ERROR :Closing link: 127.0.0.1 (Quit: to bed)");
	client_expect_end(eve);
	/* Who has said all before he goes, is answered. */
	client_print(joe, "PING last\r\n");
	client_shutdown(joe);
	chat_wait(joe, " PONG chat.localhost :last");
	chat_expect(joe, "ERROR :Closing link: 127.0.0.1 (Connection closed)");
	chat_expect(dan, ":joe!~joe@127.0.0.1 QUIT :Connection closed");
}

static void test_who_doesnt_answer_pings_goes(struct harness *h)
{
	struct chat *chat = chat_start(h, "--ping-interval", "1", "--ping-timeout", "1", NULL);
	struct client *dan = chat_person(chat, "dan", "");
	struct client *eve = chat_person(chat, "eve", "");

	chat_expect(dan, ":chat.localhost PING :chat.localhost");
	/* eve answers for as long as it takes dan to go. */
	for (bool gone = false; !gone;) {
		chat_expect(eve, ":chat.localhost PING :chat.localhost");
		chat_say(eve, "PONG chat.localhost");
		gone = client_readable(dan, 0);
	}
	chat_has(chat_line(dan), "ERROR :Closing link: 127.0.0.1 (Ping timeout: ");
	client_expect_end(dan);
}

static void test_who_never_registers_goes(struct harness *h)
{
	struct chat *chat = chat_start(h, "--registration-timeout", "1", NULL);
	struct client *silent = client_connect(h, chat->port);

	chat_expect(silent, "ERROR :Closing link: 127.0.0.1 (Registration timed out)");
	client_expect_end(silent);
}

static void test_client_over_the_limit_is_told(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-clients", "2", NULL);
	struct client *dan = chat_person(chat, "dan", "");

	chat_person(chat, "eve", "");
	struct client *third = client_connect(h, chat->port);
	chat_expect(third, "ERROR :Closing link: 127.0.0.1 (The chat is full)");
	client_expect_end(third);
	client_close(third);
	/* There is room again when one goes. */
	chat_say(dan, "QUIT");
	chat_wait(dan, "ERROR");
	client_expect_end(dan);
	client_close(dan);
	for (int64_t deadline_us = harness_deadline_us();;) {
		struct client *again = client_connect(h, chat->port);

		client_print(again, "NICK joe\r\nUSER joe 0 * :Joe\r\n");
		char *line = chat_line(again);
		if (strstr(line, " 001 ") != NULL)
			break;
		client_close(again);
		harness_pause(deadline_us, "room", __FILE__, __LINE__);
	}
}

static void test_line_over_the_limit_is_refused_and_the_next_is_fine(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "message-tags echo-message", "#cam");
	char *rubbish = harness_alloc(h, 100001);

	/* 512 bytes with CR LF; one more. */
	chat_say(dan, "PRIVMSG #cam :%0496d", 1);
	chat_has(chat_line(dan), "PRIVMSG #cam :000");
	chat_say(dan, "PRIVMSG #cam :%0497d", 1);
	chat_has(chat_line(dan), " 417 dan :Input line was too long");
	/* Tags have a limit of their own: 4094 bytes and what is around them. */
	chat_say(dan, "@+a=%04091d TAGMSG #cam", 1);
	chat_has(chat_line(dan), " TAGMSG #cam");
	chat_say(dan, "@+a=%04092d TAGMSG #cam", 1);
	chat_has(chat_line(dan), " 417 dan :Input line was too long");
	memset(rubbish, 'x', 100000);
	client_send(dan, rubbish, 100000);
	client_print(dan, "\r\nPRIVMSG #cam :fine\r\n");
	chat_has(chat_line(dan), " 417 dan :Input line was too long");
	chat_has(chat_line(dan), "PRIVMSG #cam :fine");
}

static void test_before_registration_little_is_possible(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *client = client_connect(h, chat->port);

	chat_say(client, "JOIN #cam");
	chat_expect(client, ":chat.localhost 451 * :You have not registered");
	chat_say(client, "BOGUS");
	chat_expect(client, ":chat.localhost 451 * :You have not registered");
	chat_say(client, "NICK");
	chat_expect(client, ":chat.localhost 431 * :No nickname given");
	chat_say(client, "NICK 1dan");
	chat_has(chat_line(client), ":chat.localhost 432 * 1dan :");
	chat_say(client, "USER d 0 *");
	chat_expect(client, ":chat.localhost 461 * USER :Not enough parameters");
	chat_say(client, "PASS secret");
	chat_say(client, "USER d 0 * :Dan");
	chat_say(client, "NICK dan");
	chat_has(chat_line(client), ":chat.localhost 001 dan :");
	chat_so_far(client);
	chat_say(client, "USER d 0 * :Dan");
	chat_expect(client, ":chat.localhost 462 dan :You may not reregister");
	chat_say(client, "BOGUS");
	chat_expect(client, ":chat.localhost 421 dan BOGUS :Unknown command");
}

static void test_localhost_is_both_families(struct harness *h)
{
	struct chat *chat = chat_start(h, "--listen", "localhost:0", NULL);
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				       .sin6_port = htons(chat->port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	chat_person(chat, "dan", "");
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		harness_skip(h, "this machine has no IPv6");
	/* The harness's client knows IPv4 only; it gets the other socket. */
	struct client *eve = client_connect(h, chat->port);
	dup2(fd, eve->fd);
	close(fd);
	chat_say(eve, "NICK eve");
	chat_say(eve, "USER e 0 * :Eve");
	chat_has(chat_wait(eve, " 001 "), "eve");
	chat_say(eve, "USERHOST eve");
	chat_wait(eve, ":chat.localhost 302 eve :eve=+~e@0::1");
}

static void test_motd_and_names_are_configured(struct harness *h)
{
	char *motd = harness_write(h, "motd", "Be kind.\n\nNo spoilers.\n", 23);
	char *config = harness_format(h,
				      "[relay]\nlisten = x:1\n[chat]\nnetwork = Garden\n"
				      "name = irc.example.org\nmotd = %s\n",
				      motd);
	char *path = harness_write(h, "spillway.ini", config, strlen(config));
	struct chat *chat = chat_start(h, "--config", path, NULL);
	struct client *dan = client_connect(h, chat->port);

	client_print(dan, "NICK dan\r\nUSER d 0 * :Dan\r\n");
	chat_expect(dan, ":irc.example.org 001 dan :Welcome to the Garden chat, dan");
	chat_wait(dan, " 005 dan NETWORK=Garden ");
	chat_wait(dan, ":irc.example.org 375 dan :- irc.example.org message of the day -");
	chat_expect(dan, ":irc.example.org 372 dan :- Be kind.");
	chat_expect(dan, ":irc.example.org 372 dan :- ");
	chat_expect(dan, ":irc.example.org 372 dan :- No spoilers.");
	chat_expect(dan, ":irc.example.org 376 dan :End of /MOTD command");
}

static void test_mistakes_of_the_command_line_are_told(struct harness *h)
{
	static const struct {
		const char *option, *value, *says;
	} cases[] = {
		{"--name", "chat", "a server's name is a host's, with a dot in it"},
		{"--network", "two words", "that must be one word"},
		{"--max-clients", "0", "--max-clients"},
		{"--bogus", "1", "--bogus"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program *program = program_start(h, "spillway-chat", "--config", "/dev/null",
							cases[i].option, cases[i].value, NULL);

		assert_int_equal(program_wait(program), 2);
		chat_has(program_log(program), cases[i].says);
	}
	struct program *program = program_run(h, "spillway-chat", "--help", NULL);
	chat_has(program_output(program), "--listen");
	program = program_run(h, "spillway-chat", "--version", NULL);
	chat_has(program_output(program), "spillway-chat");
	program = program_start(h, "spillway-chat", "--config", "/dev/null", "--motd", "/nowhere",
				"--listen", "127.0.0.1:0", NULL);
	assert_int_equal(program_wait(program), 1);
	chat_has(program_log(program), "can't read the message of the day, /nowhere");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_silent_handshake_blocks_nobody),
		HARNESS_TEST(test_two_messages_in_one_packet_are_two),
		HARNESS_TEST(test_one_message_in_two_packets_is_one),
		HARNESS_TEST(test_character_cut_in_half_stays_whole),
		HARNESS_TEST(test_long_message_is_cut_between_characters),
		HARNESS_TEST(test_kicked_user_cant_go_on_talking),
		HARNESS_TEST(test_coming_back_under_the_name_works),
		HARNESS_TEST(test_senders_name_cant_be_forged),
		HARNESS_TEST(test_nick_that_is_taken_stays_refused),
		HARNESS_TEST(test_private_messages_go_to_one),
		HARNESS_TEST(test_stalled_reader_freezes_nobody),
		HARNESS_TEST(test_everybody_in_a_large_room_is_told),
		HARNESS_TEST(test_sigterm_says_goodbye_to_everybody),
		HARNESS_TEST(test_quit_is_acknowledged_and_told),
		HARNESS_TEST(test_who_doesnt_answer_pings_goes),
		HARNESS_TEST(test_who_never_registers_goes),
		HARNESS_TEST(test_client_over_the_limit_is_told),
		HARNESS_TEST(test_line_over_the_limit_is_refused_and_the_next_is_fine),
		HARNESS_TEST(test_before_registration_little_is_possible),
		HARNESS_TEST_ON(test_localhost_is_both_families, "epoll"),
		HARNESS_TEST_ON(test_motd_and_names_are_configured, "epoll"),
		HARNESS_TEST_ON(test_mistakes_of_the_command_line_are_told, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
