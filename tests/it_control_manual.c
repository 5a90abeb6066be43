/* SPDX-License-Identifier: MIT */
/*
 * spillway-control(7) is what a relay does: its examples are sent, and each answer has just the
 * members that the page shows, with their types.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/control.h"
#include "tests/harness_chat.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

static const char page[] = "common/spillway-control.7";

/* Of the page's source: mdoc writes a backslash as "\e". */
static json_t *line_json(struct harness *h, const char *line, char **ret_text)
{
	char *text = harness_alloc(h, strlen(line) + 1), *to = text;

	for (const char *at = line + 2; *at != '\0' && *at != '\n'; at++) {
		*to++ = *at;
		if (at[0] == '\\' && at[1] == 'e')
			at++;
	}
	*to = '\0';
	*ret_text = text;
	return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static const char *type_of(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",	[JSON_ARRAY] = "an array",
		[JSON_STRING] = "a string",	[JSON_INTEGER] = "whole",
		[JSON_REAL] = "a fraction",	[JSON_TRUE] = "true or false",
		[JSON_FALSE] = "true or false", [JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

/* Both are of one type; what an array holds is like its first. */
static void expect_like(const char *where, const json_t *shown, const json_t *got, bool whole)
{
	const char *name;
	json_t *value;
	size_t i;

	if (strcmp(type_of(shown), type_of(got)) != 0)
		harness_fail("%s is %s, and %s on the page", where, type_of(got), type_of(shown));
	json_object_foreach((json_t *)(uintptr_t)shown, name, value)
	{
		if (json_object_get(got, name) == NULL)
			harness_fail("%s has no \"%s\", as on the page", where, name);
		expect_like(name, value, json_object_get(got, name),
			    strcmp(name, "frames_dropped") != 0);
	}
	json_object_foreach((json_t *)(uintptr_t)got, name, value)
	{
		if (whole && json_object_get(shown, name) == NULL)
			harness_fail("the page doesn't show \"%s\" of %s", name, where);
	}
	if (json_is_array(shown) && json_array_size(shown) > 0 && json_array_size(got) == 0)
		harness_fail("%s is empty, but on the page", where);
	json_array_foreach (got, i, value)
		expect_like(where, json_array_get(shown, 0), value, true);
}

static json_t *next(struct control_client *client)
{
	json_t *reply = NULL;

	if (control_receive(client, HARNESS_DEADLINE_S * 1000, &reply) < 0)
		harness_fail("there is no answer");
	return reply;
}

static void send_line(struct control_client *client, const char *line)
{
	assert_int_equal(send(client->fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	assert_int_equal(send(client->fd, "\n", 1, MSG_NOSIGNAL), 1);
}

static struct relay *start_relay(struct harness *h)
{
	return relay_start(h, "--config", relay_config(h, "[stream cam]\ntitle = The garden\n"),
			   NULL);
}

static struct control_client start(struct harness *h, struct relay *relay)
{
	struct picture picture = picture_make(h, 1);
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct control_client client;
	char path[CONTROL_PATH_SIZE];
	const char *data;
	int fd;

	client_frame(publisher, picture.data, picture.len, 0);
	client_next_frame(client_watch(h, relay->port, "/cam"), &data);
	fd = control_connect(relay->control, "relay.sock", path);
	assert_true(fd >= 0);
	control_client_init(&client, fd);
	return client;
}

static void expect_answer(struct harness *h, const char *request, const char *line,
			  struct control_client *client)
{
	char *text;
	json_t *shown = line_json(h, line, &text), *got = next(client);

	if (shown == NULL)
		harness_fail("this is no JSON: %s", text);
	expect_like(request, shown, got, true);
	if (json_is_true(json_object_get(shown, "ok")) != json_is_true(json_object_get(got, "ok")))
		harness_fail("%s: it is done, or not, other than on the page", request);
	json_decref(shown);
	json_decref(got);
}

/* Sends the requests of that part of the page. Returns how many. */
static size_t try_examples(struct harness *h, struct control_client *client, char *rest)
{
	char *line, *request = NULL;
	size_t n = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strncmp(line, "> ", 2) == 0) {
			json_decref(line_json(h, line, &request));
			send_line(client, request);
			n++;
		} else if (strncmp(line, "< ", 2) == 0) {
			expect_answer(h, request, line, client);
		}
	}
	return n;
}

static const char chats[] = "\nA chat with one room";

static void test_the_examples_are_true(struct harness *h)
{
	struct relay *relay = start_relay(h);
	struct control_client client = start(h, relay);
	char *text = harness_read(h, page, NULL);

	*strstr(text, chats) = '\0';
	assert_true(try_examples(h, &client, text) >= 10);
	control_client_finish(&client);
	/* The last one was to drain. */
	assert_int_equal(program_wait(relay->program), 0);
}

static void test_the_chats_examples_are_true(struct harness *h)
{
	struct chat *chat = chat_start(h, NULL);
	struct client *dan = chat_member(chat, "dan", "", "#cam");
	struct control_client client;
	char path[CONTROL_PATH_SIZE];

	chat_ask(dan, "TOPIC #cam :The garden");
	int fd = control_connect(chat->control, "chat.sock", path);
	assert_true(fd >= 0);
	control_client_init(&client, fd);
	assert_true(try_examples(h, &client, strstr(harness_read(h, page, NULL), chats)) >= 12);
	control_client_finish(&client);
}

static void test_each_member_is_explained(struct harness *h)
{
	static const char *const requests[] = {"{\"request\":\"streams\"}",
					       "{\"request\":\"viewers\"}",
					       "{\"request\":\"stats\"}"};
	struct relay *relay = start_relay(h);
	struct control_client client = start(h, relay);
	char *text = harness_read(h, page, NULL);

	*strstr(text, ".Sh EXAMPLES") = '\0';
	for (size_t i = 0; i < 3; i++) {
		send_line(&client, requests[i]);

		json_t *got = next(&client), *value;
		json_t *array = json_object_get(got, i == 0 ? "streams" : "viewers");
		const char *name;

		if (json_is_array(array))
			array = json_array_get(array, 0);
		else
			array = got;
		json_object_foreach(array, name, value)
		{
			char *word = strstr(text, name);

			if (word == NULL)
				harness_fail("the page doesn't explain %s", name);
		}
		json_decref(got);
	}
	control_client_finish(&client);
}

static void test_a_request_too_long_ends_the_connection(struct harness *h)
{
	struct relay *relay = start_relay(h);
	struct control_client client = start(h, relay);
	char line[8192];
	json_t *reply;
	int error;

	memset(line, ' ', sizeof(line));
	send(client.fd, line, sizeof(line), MSG_NOSIGNAL);
	do {
		error = control_receive(&client, HARNESS_DEADLINE_S * 1000, &reply);
		if (error == 0)
			json_decref(reply);
	} while (error == 0);
	assert_true(error == -EPIPE || error == -ECONNRESET);
	control_client_finish(&client);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_the_examples_are_true),
		HARNESS_TEST_ON(test_the_chats_examples_are_true, "epoll"),
		HARNESS_TEST_ON(test_each_member_is_explained, "epoll"),
		HARNESS_TEST_ON(test_a_request_too_long_ends_the_connection, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
