/* SPDX-License-Identifier: MIT */
/* What the chat doesn't let people do, or see: addresses, too many connections, too much talk. */
#include <stdio.h>
#include <string.h>

#include "tests/harness_chat.h"

/* What somebody is answered to a line. */
static char *ask(struct client *client, const char *line)
{
	chat_say(client, "%s", line);
	return chat_so_far(client);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		harness_fail("\"%s\" is in:\n%s", part, text);
}

/* ---- addresses ---- */

/* What stands between '@' and a blank. */
static char *host_in(struct client *client, const char *line)
{
	const char *at = strchr(line, '@');

	assert_non_null(at);
	return harness_format(client->harness, "%.*s", (int)strcspn(at + 1, " "), at + 1);
}

static void test_others_see_a_cloak(struct harness *h)
{
	const char *data = harness_path(h, "data");
	struct chat *chat = chat_start(h, "--cloak", "--data", data, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *eve = chat_person(chat, "eve", "");

	chat_say(eve, "JOIN #cam");
	char *cloak = host_in(dan, chat_wait(dan, "JOIN #cam"));
	assert_string_equal(strchr(cloak, '\0') - 3, ".v4");
	chat_so_far(eve);
	/* Wherever others may look, and one's own true address for oneself. */
	static const char *const looks[] = {"WHOIS eve", "WHO #cam", "WHO #cam %uhni",
					    "USERHOST eve", "MODE #cam b"};
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		lacks(ask(dan, looks[i]), "127.0.0.1");
	chat_has(ask(dan, "WHOIS eve"), cloak);
	chat_has(ask(eve, "WHOIS eve"), " 378 eve eve :is connecting from *@127.0.0.1 127.0.0.1\n");
	chat_say(eve, "QUIT");
	lacks(chat_wait(eve, "ERROR"), "127.0.0.1");
	lacks(chat_wait(dan, " QUIT "), "127.0.0.1");
	lacks(ask(dan, "WHOWAS eve"), "127.0.0.1");
	/* The same after a restart: bans stay. */
	chat_stop(chat);
	chat = chat_start(h, "--cloak", "--data", data, NULL);
	eve = chat_person(chat, "eve", "");
	chat_has(ask(eve, "WHOIS eve"), cloak);
}

static struct client *person_from(struct chat *chat, const char *address, const char *nick)
{
	struct client *client = client_connect_from(chat->harness, chat->port, address);

	chat_say(client, "NICK %s", nick);
	chat_say(client, "USER %s 0 * :%s", nick, nick);
	chat_wait(client, " 001 ");
	chat_so_far(client);
	return client;
}

static void test_network_is_banned_by_its_part_of_the_cloak(struct harness *h)
{
	struct chat *chat = chat_start(h, "--cloak", NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct client *near = person_from(chat, "127.1.0.9", "near");
	struct client *nearer = person_from(chat, "127.1.2.3", "nearer");
	struct client *far = person_from(chat, "127.2.0.9", "far");

	char *cloak = host_in(near, ask(near, "USERHOST near"));
	chat_say(dan, "MODE #cam +b *%s", strchr(strchr(cloak, '.') + 1, '.'));
	chat_wait(dan, "MODE #cam +b *!*@*.");
	chat_has(ask(near, "JOIN #cam"), " 474 ");
	chat_has(ask(nearer, "JOIN #cam"), " 474 ");
	chat_has(ask(far, "JOIN #cam"), " 366 ");
	/* Who guesses at addresses doesn't find out who has one. */
	chat_has(ask(dan, "MODE #cam +b *!*@127.2.0.9"), "MODE #cam +b");
	chat_has(ask(far, "PART #cam"), " PART #cam\n");
	chat_has(ask(far, "JOIN #cam"), " 366 ");
}

/* ---- connections ---- */

static void test_address_with_too_many_connections_is_refused(struct harness *h)
{
	struct chat *chat = chat_start(h, "--max-per-address", "2", NULL);
	struct client *dan = chat_person(chat, "dan", "");
	struct client *idle = client_connect(h, chat->port);

	chat_so_far(dan);
	chat_say(idle, "PING :there");
	chat_wait(idle, "PONG");
	struct client *refused = client_connect(h, chat->port);
	chat_expect(refused, "ERROR :Closing link: 127.0.0.1 (There are 2 connections from your "
			     "address already)");
	/* Others aren't touched; */
	struct client *other = client_connect_from(h, chat->port, "127.0.0.2");
	chat_say(other, "PING :there");
	chat_wait(other, "PONG");
	/* and when one has gone there is room again. */
	client_close(refused);
	client_close(idle);
	for (bool inside = false; !inside;) {
		struct client *again = client_connect(h, chat->port);

		chat_say(again, "PING :there");
		inside = strstr(chat_line(again), "PONG") != NULL;
		client_close(again);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_others_see_a_cloak),
		HARNESS_TEST_ON(test_network_is_banned_by_its_part_of_the_cloak, "epoll"),
		HARNESS_TEST(test_address_with_too_many_connections_is_refused),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
