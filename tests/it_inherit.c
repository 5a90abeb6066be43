/* SPDX-License-Identifier: MIT */
/* Services that are handed their listening sockets, as a service manager does: sd_listen_fds(3). */
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness_chat.h"
#include "tests/harness_client.h"
#include "tests/harness_picture.h"

enum { WORKERS = 3, VIEWERS = 3 * WORKERS, FRAMES = 5, HANDED_FROM = 20 };

/* A socket on a free port of 127.0.0.1 that a program which is started inherits. */
static int open_socket(int type)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, type, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What is started from now on finds these as the descriptors that were handed to it. */
static void hand_all(struct harness *h, const int fds[], int n)
{
	const char **prefix = harness_alloc(h, 4 * sizeof(*prefix));
	char *script = harness_format(h, "LISTEN_PID=$$ LISTEN_FDS=%d exec \"$0\" \"$@\"", n);

	/* They come from numbers to which none goes. */
	for (int i = 0; i < n; i++)
		script = harness_format(h, "%s %d<&%d", script, 3 + i,
					fcntl(fds[i], F_DUPFD, HANDED_FROM));
	prefix[0] = "bash"; /* others know descriptors of one digit only */
	prefix[1] = "-c";
	prefix[2] = script;
	h->prefix = prefix;
}

static void hand(struct harness *h, int fd)
{
	hand_all(h, &fd, 1);
}

/* A control socket with that path, as hand_all() takes it. */
static int open_control(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static size_t viewers_at(struct harness *h, struct relay *relay, int worker)
{
	struct program *stat =
		program_run(h, "spillway", "stat", "--json", "--control", relay->control, NULL);
	json_t *status = json_loads(program_output(stat), 0, NULL), *viewer;
	size_t i, n = 0;

	json_array_foreach (json_object_get(status, "viewers"), i, viewer)
		n += json_integer_value(json_object_get(viewer, "worker")) == worker;
	json_decref(status);
	return n;
}

static void test_workers_share_an_inherited_socket(struct harness *h)
{
	int fd = open_socket(SOCK_STREAM);
	struct client *viewers[VIEWERS];
	const char *data;

	assert_int_equal(listen(fd, VIEWERS), 0);
	hand(h, fd);
	struct relay *relay = relay_start(h, "--workers", "3", NULL);
	h->prefix = NULL;
	assert_int_equal(relay->port, port_of(fd));
	assert_int_equal(program_count_log(relay->program, "inherited"), 1);

	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	client_frame(publisher, picture.data, picture.len, 0);
	for (size_t i = 0; i < VIEWERS; i++) {
		viewers[i] = client_watch(h, relay->port, "/cam");
		client_next_frame(viewers[i], &data);
	}
	for (int worker = 0; worker < WORKERS; worker++)
		assert_int_equal(viewers_at(h, relay, worker), VIEWERS / WORKERS);
	for (int frame = 1; frame < FRAMES; frame++) {
		client_frame(publisher, picture.data, picture.len, frame * 1000);
		for (size_t i = 0; i < VIEWERS; i++)
			assert_int_equal(client_next_frame(viewers[i], &data).sequence, frame);
	}

	/* The socket is the manager's: who comes between two relays waits, and isn't refused. */
	relay_stop(relay);
	struct client *early = client_connect(h, port_of(fd));
	client_request(early, "GET", "/healthz", "");
	hand(h, fd);
	relay_start(h, NULL);
	assert_int_equal(client_head(early), 200);
	close(fd);
}

static bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void test_control_socket_is_the_managers(struct harness *h)
{
	char *path = harness_path(h, "handed.sock");
	int fds[] = {open_control(path), open_socket(SOCK_STREAM)};

	assert_int_equal(listen(fds[1], 1), 0);
	hand_all(h, fds, 2);
	struct relay *relay = relay_start(h, NULL);
	h->prefix = NULL;
	assert_int_equal(relay->port, port_of(fds[1]));
	assert_false(file_exists(relay->control)); /* the one that was asked for by --control */
	program_run(h, "spillway", "stat", "--json", "--control", path, NULL);
	relay_stop(relay);
	assert_true(file_exists(path)); /* and who connects waits for the next relay */
	close(fds[0]);
	close(fds[1]);
}

static void test_chat_serves_an_inherited_socket(struct harness *h)
{
	int fd = open_socket(SOCK_STREAM);

	assert_int_equal(listen(fd, 1), 0);
	hand(h, fd);
	struct chat *chat = chat_start(h, NULL);
	h->prefix = NULL;
	assert_int_equal(chat->port, port_of(fd));
	chat_person(chat, "dan", "");
	chat_stop(chat);

	struct client *early = client_connect(h, port_of(fd));
	chat_say(early, "NICK dan");
	chat_say(early, "USER dan 0 * dan");
	hand(h, fd);
	chat_start(h, NULL);
	chat_wait(early, " 001 dan ");
	close(fd);
}

static void test_second_control_socket_is_refused(struct harness *h)
{
	int fds[] = {open_control(harness_path(h, "one")), open_control(harness_path(h, "two"))};
	static const char *const programs[] = {"spillway-relay", "spillway-chat"};

	hand_all(h, fds, 2);
	for (size_t i = 0; i < 2; i++) {
		struct program *program =
			program_start(h, programs[i], "--config", "/dev/null", NULL);

		assert_int_equal(program_wait(program), 1);
		assert_int_equal(program_count_log(program, "second control socket"), 1);
	}
}

static void test_another_kind_of_socket_is_refused(struct harness *h)
{
	static const int types[] = {SOCK_DGRAM, SOCK_STREAM};

	for (size_t i = 0; i < 2; i++) {
		int fd = open_socket(types[i]); /* and nobody listens */

		hand(h, fd);
		struct program *program =
			program_start(h, "spillway-relay", "--config", "/dev/null", NULL);
		assert_int_equal(program_wait(program), 1);
		assert_int_equal(program_count_log(program, "not a listening TCP socket"), 1);
		close(fd);
	}
}

/* What the file asks for in vain is said; what the sockets have anyway isn't. */
static void test_an_address_that_is_not_handed_over_is_told(struct harness *h)
{
	static const char *const programs[] = {"spillway-relay", "spillway-chat"};

	for (size_t i = 0; i < 2; i++) {
		int fd = open_socket(SOCK_STREAM), other = open_socket(SOCK_STREAM);
		char *own = harness_format(h, "127.0.0.1:%u", port_of(fd));
		char *vain = harness_format(h, "127.0.0.1:%u", port_of(other));

		assert_int_equal(listen(fd, 1), 0);
		hand(h, fd);
		struct program *program = program_start(
			h, programs[i], "--config", "/dev/null", "--control",
			harness_path(h, harness_format(h, "%zu.sock", i)), "--listen", own,
			"--listen", vain, i == 1 ? "--data" : NULL, harness_path(h, "data"), NULL);
		h->prefix = NULL;
		program_wait_log(program, "control socket");
		assert_int_equal(program_count_log(program, "doesn't count"), 1);
		assert_int_equal(program_count_log(program, harness_format(h, "listen = %s", vain)),
				 1);
		program_signal(program, SIGTERM);
		assert_int_equal(program_wait(program), 0);
		close(fd);
		close(other);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_workers_share_an_inherited_socket),
		HARNESS_TEST(test_control_socket_is_the_managers),
		HARNESS_TEST(test_chat_serves_an_inherited_socket),
		HARNESS_TEST_ON(test_an_address_that_is_not_handed_over_is_told, "epoll"),
		HARNESS_TEST_ON(test_second_control_socket_is_refused, "epoll"),
		HARNESS_TEST_ON(test_another_kind_of_socket_is_refused, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
