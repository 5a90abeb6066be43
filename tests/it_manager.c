/* SPDX-License-Identifier: MIT */
/* What the programs tell a service manager: sd_notify(3). */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness_chat.h"
#include "tests/harness_picture.h"

#define WATCHDOG_USEC "600000" /* fed at half of it: with each second sweep */

/* Who starts programs from now on. Returns the socket on which it is told things. */
static int manager_start(struct harness *h)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char **prefix = harness_alloc(h, 4 * sizeof(*prefix));
	const char *path = harness_path(h, "notify");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	prefix[0] = "env";
	prefix[1] = harness_format(h, "NOTIFY_SOCKET=%s", path);
	prefix[2] = "WATCHDOG_USEC=" WATCHDOG_USEC;
	h->prefix = prefix;
	return fd;
}

/* The next thing it is told. */
static const char *hear(struct harness *h, int fd)
{
	char *text = harness_alloc(h, 512);
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&wait, 1, HARNESS_DEADLINE_S * 1000), 1);
	assert_true(recv(fd, text, 511, 0) > 0);
	return text;
}

/* Hears everything up to that. */
static void hear_until(struct harness *h, int fd, const char *text)
{
	while (strcmp(hear(h, fd), text) != 0)
		;
}

static void hear_reload(struct harness *h, int fd)
{
	const char *text;

	do
		text = hear(h, fd);
	while (strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27) != 0);
	hear_until(h, fd, "READY=1");
}

static void test_relay_tells_how_it_goes(struct harness *h)
{
	int fd = manager_start(h);
	struct relay *relay = relay_start(h, "--workers", "3", NULL);
	const char *data;

	h->prefix = NULL;
	assert_string_equal(hear(h, fd), "READY=1");
	hear_until(h, fd, "STATUS=streams: 0, viewers: 0");
	struct client *publisher = client_publish(h, relay->port, "/cam");
	struct picture picture = picture_make(h, 1);
	client_frame(publisher, picture.data, picture.len, 0);
	struct client *viewer = client_watch(h, relay->port, "/cam");
	client_next_frame(viewer, &data);
	hear_until(h, fd, "STATUS=streams: 1, viewers: 1");
	hear_until(h, fd, "WATCHDOG=1");
	hear_until(h, fd, "WATCHDOG=1");
	program_signal(relay->program, SIGHUP);
	hear_reload(h, fd);
	program_signal(relay->program, SIGTERM);
	hear_until(h, fd, "STOPPING=1");
	close(fd);
}

static void test_chat_tells_how_it_goes(struct harness *h)
{
	int fd = manager_start(h);
	struct chat *chat = chat_start(h, NULL);

	h->prefix = NULL;
	assert_string_equal(hear(h, fd), "READY=1");
	hear_until(h, fd, "STATUS=clients: 0, rooms: 0");
	chat_member(chat, "dan", "", "#cam");
	hear_until(h, fd, "STATUS=clients: 1, rooms: 1");
	hear_until(h, fd, "WATCHDOG=1");
	hear_until(h, fd, "WATCHDOG=1");
	program_signal(chat->program, SIGHUP);
	hear_reload(h, fd);
	program_signal(chat->program, SIGTERM);
	hear_until(h, fd, "STOPPING=1");
	close(fd);
}

static void test_agent_tells_how_it_goes(struct harness *h)
{
	struct relay *relay = relay_start(h, NULL);
	int fd = manager_start(h);
	struct program *agent =
		program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
			      "--source", "test:", "--rendition", "none", "--key-file", "/dev/null",
			      relay_url(relay, "cam"), NULL);

	/* A mistake in its configuration is told before it is ready. */
	assert_int_equal(program_wait(agent), 1);
	agent = program_start(h, "spillway-capture", "--config", "/dev/null", "--io", h->io,
			      "--source", "test:", "--rendition", "none", relay_url(relay, "cam"),
			      NULL);
	assert_string_equal(hear(h, fd), "READY=1");
	hear_until(h, fd, "STATUS=cam: nobody watches");
	hear_until(h, fd, "WATCHDOG=1");
	program_signal(agent, SIGTERM);
	hear_until(h, fd, "STOPPING=1");
	assert_int_equal(program_wait(agent), 0);
	close(fd);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(test_relay_tells_how_it_goes),
		HARNESS_TEST(test_chat_tells_how_it_goes),
		HARNESS_TEST(test_agent_tells_how_it_goes),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
