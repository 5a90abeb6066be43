/* SPDX-License-Identifier: MIT */
#include "common/control.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- places
 * ------------------------------------------------------------------------------------ */

/* The places depend on who asks. So these tests run in a child that is a user of its own, which may
 * not write to /run and has nothing in /tmp yet; a session's folder lies in a temporary one. */
static char scratch[64], user_folder[64], user_link[80];
static uid_t user;

static bool is_root(void)
{
	return geteuid() == 0;
}

static int setup_user(void **state)
{
	(void)state;
	user = 100000 + (uid_t)getpid();
	snprintf(user_folder, sizeof(user_folder), "/tmp/spillway-%u", user);
	snprintf(user_link, sizeof(user_link), "%s-target", user_folder);
	snprintf(scratch, sizeof(scratch), "/tmp/spillway-test-XXXXXX");
	if (mkdtemp(scratch) == NULL)
		return -1;
	return chmod(scratch, 0777);
}

static int teardown_user(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/test.sock", user_folder);
	unlink(path);
	unlink(user_folder);
	rmdir(user_folder);
	rmdir(user_link);
	snprintf(path, sizeof(path), "%s/spillway/test.sock", scratch);
	unlink(path);
	snprintf(path, sizeof(path), "%s/spillway", scratch);
	rmdir(path);
	return rmdir(scratch);
}

/* Runs part as that user; it returns NULL, or what went wrong. */
static void assert_as_user(const char *(*part)(void))
{
	int status;
	pid_t child;

	if (!is_root()) {
		print_message("only root can become somebody else\n");
		skip();
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *wrong;

		if (setgid(user) < 0 || setuid(user) < 0)
			_exit(2);
		unsetenv("XDG_RUNTIME_DIR");
		umask(022);
		wrong = part();
		if (wrong != NULL)
			fprintf(stderr, "%s\n", wrong);
		_exit(wrong != NULL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 5) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void test_wish_is_taken_as_it_is(void **state)
{
	char path[CONTROL_PATH_SIZE], longest[CONTROL_PATH_SIZE + 1];

	(void)state;
	assert_int_equal(control_server_path("/nowhere/x", "test.sock", path), 0);
	assert_string_equal(path, "/nowhere/x");
	memset(longest, 'x', sizeof(longest));
	longest[CONTROL_PATH_SIZE] = '\0';
	assert_int_equal(control_server_path(longest, "test.sock", path), -ENAMETOOLONG);
	assert_int_equal(control_connect(longest, "test.sock", path), -ENAMETOOLONG);
	longest[CONTROL_PATH_SIZE - 1] = '\0';
	assert_int_equal(control_server_path(longest, "test.sock", path), 0);
	assert_string_equal(path, longest);
}

static const char *session_is_taken(void)
{
	char path[CONTROL_PATH_SIZE], expected[CONTROL_PATH_SIZE], reached[CONTROL_PATH_SIZE];
	struct stat status;
	int fd;

	setenv("XDG_RUNTIME_DIR", scratch, 1);
	snprintf(expected, sizeof(expected), "%s/spillway/test.sock", scratch);
	if (control_server_path(NULL, "test.sock", path) != 0 || strcmp(path, expected) != 0)
		return "another place was chosen";
	snprintf(reached, sizeof(reached), "%s/spillway", scratch);
	if (stat(reached, &status) < 0 || (status.st_mode & 07777) != 0700)
		return "the folder has another mode";
	if (listen_at(path) < 0)
		return "can't listen";
	fd = control_connect(NULL, "test.sock", reached);
	if (fd < 0 || strcmp(reached, expected) != 0)
		return "not reached";
	return NULL;
}

static void test_clients_go_through_the_places_in_order(void **state)
{
	char path[CONTROL_PATH_SIZE];
	size_t n = 0;

	(void)state;
	assert_int_equal(control_client_path("a/b", "relay.sock", 0, path), 0);
	assert_string_equal(path, "a/b");
	assert_int_equal(control_client_path("a/b", "relay.sock", 1, path), -ERANGE);
	assert_int_equal(control_client_path(NULL, "relay.sock", 0, path), 0);
	assert_string_equal(path, "/run/spillway/relay.sock");
	while (control_client_path(NULL, "relay.sock", n, path) != -ERANGE)
		n++;
	assert_int_equal(n, 3);
}

static void test_session_folder_is_made(void **state)
{
	(void)state;
	assert_as_user(session_is_taken);
}

static const char *relative_session_is_ignored(void)
{
	char path[CONTROL_PATH_SIZE];

	setenv("XDG_RUNTIME_DIR", "tmp", 1);
	if (control_server_path(NULL, "test.sock", path) != 0)
		return "there is no place";
	return strncmp(path, user_folder, strlen(user_folder)) == 0 ? NULL : "it was taken";
}

static void test_relative_session_folder_is_ignored(void **state)
{
	(void)state;
	assert_as_user(relative_session_is_ignored);
}

static const char *user_is_taken(void)
{
	char path[CONTROL_PATH_SIZE], expected[CONTROL_PATH_SIZE], reached[CONTROL_PATH_SIZE];
	struct stat status;

	snprintf(expected, sizeof(expected), "%s/test.sock", user_folder);
	if (control_connect(NULL, "test.sock", reached) != -ENOENT)
		return "connected to nobody";
	if (strcmp(reached, expected) != 0)
		return "another place was tried last";
	if (control_server_path(NULL, "test.sock", path) != 0 || strcmp(path, expected) != 0)
		return "another place was chosen";
	if (lstat(user_folder, &status) < 0 || (status.st_mode & 07777) != 0700)
		return "the folder has another mode";
	/* A second time it is there already. */
	if (control_server_path(NULL, "test.sock", path) != 0 || strcmp(path, expected) != 0)
		return "another place was chosen the second time";
	if (listen_at(path) < 0)
		return "can't listen";
	if (control_connect(NULL, "test.sock", reached) < 0 || strcmp(reached, expected) != 0)
		return "not reached";
	return NULL;
}

static void test_folder_in_tmp_is_the_last_resort(void **state)
{
	(void)state;
	assert_as_user(user_is_taken);
}

static const char *user_is_refused(void)
{
	char path[CONTROL_PATH_SIZE];

	if (control_server_path(NULL, "test.sock", path) != -EPERM)
		return "a server would listen there";
	if (control_connect(NULL, "test.sock", path) != -EPERM)
		return "a client would connect there";
	if (strncmp(path, user_folder, strlen(user_folder)) != 0)
		return "the folder isn't named";
	return NULL;
}

static void test_strange_folder_in_tmp_is_refused(void **state)
{
	(void)state;
	if (!is_root())
		skip();
	assert_int_equal(mkdir(user_folder, 0700), 0);
	assert_as_user(user_is_refused);
}

static void test_open_folder_in_tmp_is_refused(void **state)
{
	(void)state;
	if (!is_root())
		skip();
	assert_int_equal(mkdir(user_folder, 0700), 0);
	assert_int_equal(chown(user_folder, user, user), 0);
	assert_int_equal(chmod(user_folder, 0750), 0);
	assert_as_user(user_is_refused);
}

static void test_link_in_tmp_is_refused(void **state)
{
	(void)state;
	if (!is_root())
		skip();
	/* It leads to a folder that would do. */
	assert_int_equal(mkdir(user_link, 0700), 0);
	assert_int_equal(chown(user_link, user, user), 0);
	assert_int_equal(symlink(user_link, user_folder), 0);
	assert_int_equal(lchown(user_folder, user, user), 0);
	assert_as_user(user_is_refused);
}

static void test_file_in_tmp_is_refused(void **state)
{
	FILE *file;

	(void)state;
	if (!is_root())
		skip();
	file = fopen(user_folder, "we");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chown(user_folder, user, user), 0);
	assert_int_equal(chmod(user_folder, 0700), 0);
	assert_as_user(user_is_refused);
}

static const char *dead_socket_is_named(void)
{
	char path[CONTROL_PATH_SIZE], reached[CONTROL_PATH_SIZE];
	int fd;

	setenv("XDG_RUNTIME_DIR", scratch, 1);
	if (control_server_path(NULL, "test.sock", path) != 0)
		return "there is no place";
	fd = listen_at(path);
	close(fd);
	if (control_connect(NULL, "test.sock", reached) != -ECONNREFUSED)
		return "not refused";
	return strcmp(path, reached) == 0 ? NULL : "another place is named";
}

static void test_what_stood_in_the_way_is_named(void **state)
{
	(void)state;
	assert_as_user(dead_socket_is_named);
}

/* ---- conversation
 * ------------------------------------------------------------------------------ */

struct talk {
	struct control_client client;
	int peer;
};

static int setup_talk(void **state)
{
	static struct talk talk;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	control_client_init(&talk.client, fds[0]);
	talk.peer = fds[1];
	*state = &talk;
	return 0;
}

static int teardown_talk(void **state)
{
	struct talk *talk = *state;

	control_client_finish(&talk->client);
	if (talk->peer >= 0)
		close(talk->peer);
	return 0;
}

static void peer_says(struct talk *talk, const char *text)
{
	assert_int_equal(send(talk->peer, text, strlen(text), 0), strlen(text));
}

static void assert_reply(struct talk *talk, const char *key, int value)
{
	json_t *reply = NULL;

	assert_int_equal(control_receive(&talk->client, -1, &reply), 0);
	assert_int_equal(json_integer_value(json_object_get(reply, key)), value);
	json_decref(reply);
}

static void test_request_is_one_line(void **state)
{
	struct talk *talk = *state;
	json_t *request = json_pack("{s:s, s:i}", "request", "kick\nit", "id", 5);
	char text[128];
	ssize_t n;

	assert_int_equal(control_send(&talk->client, request), 0);
	json_decref(request);
	n = recv(talk->peer, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "{\"request\":\"kick\\nit\",\"id\":5}\n");
}

static void test_lines_may_come_cut_or_together(void **state)
{
	struct talk *talk = *state;
	json_t *reply = NULL;

	peer_says(talk, "{\"a\":");
	assert_int_equal(control_receive(&talk->client, 0, &reply), -ETIMEDOUT);
	peer_says(talk, " 1}\n{\"b\": 2}\n{\"c\"");
	assert_reply(talk, "a", 1);
	assert_reply(talk, "b", 2);
	assert_int_equal(control_receive(&talk->client, 0, &reply), -ETIMEDOUT);
	peer_says(talk, ":3}\n");
	assert_reply(talk, "c", 3);
}

static void test_line_that_is_no_json_is_refused(void **state)
{
	static const char *const lines[] = {"\n", "hello\n", "{\"a\":1} x\n", "5\n", "{\n"};
	struct talk *talk = *state;
	json_t *reply = NULL;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		peer_says(talk, lines[i]);
		assert_int_equal(control_receive(&talk->client, -1, &reply), -EBADMSG);
		assert_null(reply);
	}
	peer_says(talk, "{\"a\":1}\n");
	assert_reply(talk, "a", 1);
}

static void test_end_is_told(void **state)
{
	struct talk *talk = *state;
	json_t *request = json_object(), *reply = NULL;

	peer_says(talk, "{\"a\":1}\n{\"half");
	close(talk->peer);
	talk->peer = -1;
	assert_reply(talk, "a", 1);
	assert_int_equal(control_receive(&talk->client, -1, &reply), -EPIPE);
	/* No signal comes of it. */
	assert_int_equal(control_send(&talk->client, request), -EPIPE);
	json_decref(request);
}

struct flood {
	int fd;
	size_t len;
};

/* A line of so many bytes: "[      …]". */
static void *flood_main(void *argument)
{
	const struct flood *flood = argument;
	char *line = malloc(flood->len + 1);
	size_t at = 0;

	memset(line, ' ', flood->len);
	line[0] = '[';
	line[flood->len - 1] = ']';
	line[flood->len] = '\n';
	while (at < flood->len + 1) {
		ssize_t n = send(flood->fd, line + at, flood->len + 1 - at, MSG_NOSIGNAL);

		if (n < 0)
			break; /* the other side has had enough */
		at += (size_t)n;
	}
	free(line);
	return NULL;
}

static int receive_long(struct talk *talk, size_t len)
{
	struct flood flood = {talk->peer, len};
	json_t *reply = NULL;
	pthread_t thread;
	int result;

	assert_int_equal(pthread_create(&thread, NULL, flood_main, &flood), 0);
	result = control_receive(&talk->client, -1, &reply);
	if (result < 0)
		shutdown(talk->client.fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	json_decref(reply);
	return result;
}

static void test_lines_are_bounded(void **state)
{
	struct talk *talk = *state;

	assert_int_equal(receive_long(talk, CONTROL_MAX_LINE), 0);
	peer_says(talk, "{\"a\":1}\n");
	assert_reply(talk, "a", 1);
	assert_int_equal(receive_long(talk, CONTROL_MAX_LINE + 1), -EMSGSIZE);
}

#define USER_TEST(name) cmocka_unit_test_setup_teardown(name, setup_user, teardown_user)
#define TALK_TEST(name) cmocka_unit_test_setup_teardown(name, setup_talk, teardown_talk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wish_is_taken_as_it_is),
		USER_TEST(test_clients_go_through_the_places_in_order),
		USER_TEST(test_session_folder_is_made),
		USER_TEST(test_relative_session_folder_is_ignored),
		USER_TEST(test_folder_in_tmp_is_the_last_resort),
		USER_TEST(test_strange_folder_in_tmp_is_refused),
		USER_TEST(test_open_folder_in_tmp_is_refused),
		USER_TEST(test_link_in_tmp_is_refused),
		USER_TEST(test_file_in_tmp_is_refused),
		USER_TEST(test_what_stood_in_the_way_is_named),
		TALK_TEST(test_request_is_one_line),
		TALK_TEST(test_lines_may_come_cut_or_together),
		TALK_TEST(test_line_that_is_no_json_is_refused),
		TALK_TEST(test_end_is_told),
		TALK_TEST(test_lines_are_bounded),
	};

	return cmocka_run_group_tests_name("common_control", tests, NULL, NULL);
}
