/* SPDX-License-Identifier: MIT */
/* A relay that is handed its listening socket, as a service manager does: sd_listen_fds(3). */
#include <arpa/inet.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness_client.h"
#include "tests/harness_picture.h"

enum { WORKERS = 3, VIEWERS = 3 * WORKERS, FRAMES = 5 };

/* A socket on a free port of 127.0.0.1 that a program which is started inherits. */
static int open_socket(int type)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, type, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What is started from now on finds fd as the first descriptor that was handed to it. */
static void hand(struct harness *h, int fd)
{
	const char **prefix = harness_alloc(h, 4 * sizeof(*prefix));

	prefix[0] = "sh";
	prefix[1] = "-c";
	prefix[2] = harness_format(h, "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\" 3<&%d", fd);
	h->prefix = prefix;
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

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_workers_share_an_inherited_socket),
		HARNESS_TEST_ON(test_another_kind_of_socket_is_refused, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
