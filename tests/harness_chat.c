/* SPDX-License-Identifier: MIT */
#include "tests/harness_chat.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARGUMENTS = 32 };

struct chat *chat_start(struct harness *harness, ...)
{
	const char *argv[MAX_ARGUMENTS + 1] = {
		"spillway-chat", "--io",    harness->io, "--config",	  "/dev/null",
		"--no-cloak",	 "--flood", "0",	 "--leave-delay", "0"};
	struct chat *chat = harness_alloc(harness, sizeof(*chat));
	bool listens = false, has_data = false, controlled = false;
	va_list arguments;
	size_t n = 10;

	chat->harness = harness;
	va_start(arguments, harness);
	while ((argv[n] = va_arg(arguments, const char *)) != NULL) {
		listens = listens || strcmp(argv[n], "--listen") == 0;
		has_data = has_data || strcmp(argv[n], "--data") == 0;
		controlled = controlled || strcmp(argv[n], "--control") == 0;
		n++;
		assert_true(n < MAX_ARGUMENTS - 6);
	}
	va_end(arguments);
	if (!listens) {
		argv[n++] = "--listen";
		argv[n++] = "127.0.0.1:0";
	}
	if (!has_data) {
		argv[n++] = "--data";
		argv[n++] = harness_path(harness,
					 harness_format(harness, "data-%zu", harness->n_programs));
	}
	chat->control = harness_path(harness,
				     harness_format(harness, "chat-%zu.sock", harness->n_programs));
	if (!controlled) {
		argv[n++] = "--control";
		argv[n++] = chat->control;
	}
	argv[n] = NULL;
	chat->program = program_start_v(harness, argv);
	/* What it says last when it starts. */
	wait_for(program_count_log(chat->program, "control socket: ") > 0 ||
		 program_has_ended(chat->program));
	if (program_count_log(chat->program, "no input and output") > 0)
		harness_skip(harness, "the kernel doesn't allow this back end");
	chat->program->drains = true;
	char *line = strstr(program_log(chat->program), "listening on irc://");
	assert_non_null(line);
	char *port = strstr(line, "/ (");
	while (port > line && port[-1] != ':')
		port--;
	chat->port = (uint16_t)strtoul(port, NULL, 10);
	return chat;
}

void chat_stop(struct chat *chat)
{
	program_signal(chat->program, SIGTERM);
	if (program_wait(chat->program) != 0)
		harness_fail("the chat didn't end well: status %d", chat->program->status);
}

void chat_say(struct client *client, const char *format, ...)
{
	char text[8192];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(text, sizeof(text) - 2, format, arguments);
	va_end(arguments);
	assert_in_range(len, 0, sizeof(text) - 3);
	memcpy(text + len, "\r\n", 2);
	client_send(client, text, (size_t)len + 2);
}

char *chat_line(struct client *client)
{
	const char *data;
	size_t len = client_read_until(client, "\r\n", &data);

	return harness_format(client->harness, "%.*s", (int)len, data);
}

void chat_expect(struct client *client, const char *line)
{
	assert_string_equal(chat_line(client), line);
}

char *chat_wait(struct client *client, const char *text)
{
	for (;;) {
		char *line = chat_line(client);

		if (strstr(line, text) != NULL)
			return line;
	}
}

char *chat_so_far(struct client *client)
{
	static unsigned n;
	char *text = harness_format(client->harness, "%s", "");
	char *pong = harness_format(client->harness, " PONG chat.localhost :so-far-%u", ++n);

	chat_say(client, "PING so-far-%u", n);
	for (;;) {
		char *line = chat_line(client);

		if (strstr(line, pong) != NULL)
			return text;
		text = harness_format(client->harness, "%s%s\n", text, line);
	}
}

char *chat_ask(struct client *client, const char *line)
{
	chat_say(client, "%s", line);
	return chat_so_far(client);
}

void chat_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		harness_fail("\"%s\" isn't in:\n%s", part, text);
}

struct client *chat_person(struct chat *chat, const char *nick, const char *caps)
{
	struct client *client = client_connect(chat->harness, chat->port);

	if (*caps != '\0')
		chat_say(client, "CAP REQ :%s", caps);
	chat_say(client, "NICK %s", nick);
	chat_say(client, "USER %s 0 * :Real %s", nick, nick);
	if (*caps != '\0')
		chat_say(client, "CAP END");
	chat_wait(client, " 001 ");
	chat_so_far(client);
	return client;
}

struct client *chat_member(struct chat *chat, const char *nick, const char *caps, const char *room)
{
	struct client *client = chat_person(chat, nick, caps);

	chat_say(client, "JOIN %s", room);
	chat_has(chat_so_far(client), " JOIN ");
	return client;
}
