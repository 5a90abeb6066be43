/* SPDX-License-Identifier: MIT */
#include "tests/harness_control.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { LONGEST_REQUEST = 16384 };

struct control_client control_open(const char *path)
{
	struct control_client client;
	char reached[CONTROL_PATH_SIZE];
	int fd = control_connect(path, "", reached);

	if (fd < 0)
		harness_fail("%s: %s", path, strerror(-fd));
	assert_string_equal(reached, path);
	control_client_init(&client, fd);
	return client;
}

json_t *control_next(struct control_client *client)
{
	json_t *reply = NULL;
	int error = control_receive(client, HARNESS_DEADLINE_S * 1000, &reply);

	if (error < 0)
		harness_fail("the control socket: %s", strerror(-error));
	return reply;
}

json_t *control_say(struct control_client *client, const char *line)
{
	char request[LONGEST_REQUEST];
	int len = snprintf(request, sizeof(request), "%s\n", line);

	/* At once: who says too much may be closed before its end. */
	assert_true(len < (int)sizeof(request));
	assert_int_equal(send(client->fd, request, (size_t)len, MSG_NOSIGNAL), len);
	return control_next(client);
}

static json_t *say_once(const char *path, const char *line)
{
	struct control_client client = control_open(path);
	json_t *reply = control_say(&client, line);

	control_client_finish(&client);
	return reply;
}

json_t *control_ask(const char *path, const char *line)
{
	json_t *reply = say_once(path, line);

	if (!json_is_true(json_object_get(reply, "ok")))
		harness_fail("%s: not ok: %s", line, text_of(reply, "error"));
	return reply;
}

void control_refused(const char *path, const char *line, const char *error)
{
	json_t *reply = say_once(path, line);

	assert_true(json_is_false(json_object_get(reply, "ok")));
	assert_string_equal(text_of(reply, "error"), error);
	json_decref(reply);
}

const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

long long number_of(const json_t *object, const char *name)
{
	const json_t *number = json_object_get(object, name);

	if (!json_is_number(number))
		harness_fail("\"%s\" is no number", name);
	return (long long)json_number_value(number);
}
