/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/notify.h"

static int manager = -1;
static char path[64];

/* '@' begins an abstract address. */
static void listen_at(const char *where)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(where);

	memcpy(address.sun_path, where, len);
	if (*where == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	setenv("NOTIFY_SOCKET", where, 1);
}

static int setup(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	snprintf(path, sizeof(path), "/tmp/spillway-notify-%d", getpid());
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (manager >= 0)
		close(manager);
	manager = -1;
	unlink(path);
	return 0;
}

/* What the manager was told next; "" for nothing more. */
static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	if (n < 0)
		assert_int_equal(errno, EAGAIN);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void test_without_a_manager_nothing_happens(void **state)
{
	struct notify notify;

	(void)state;
	setenv("WATCHDOG_USEC", "1000000", 1);
	notify_init(&notify);
	assert_false(notify.wanted);
	assert_false(notify_is_due(&notify, INT64_MAX));
	notify_ready(&notify);
	notify_status(&notify, 1, "%d viewers", 1);
}

static void test_manager_hears_what_happens(void **state)
{
	char abstract[64];
	const char *places[] = {path, abstract};
	long long monotonic_us;

	(void)state;
	snprintf(abstract, sizeof(abstract), "@spillway-notify-%d", getpid());
	for (size_t i = 0; i < 2; i++) {
		struct notify notify;

		listen_at(places[i]);
		notify_init(&notify);
		notify_ready(&notify);
		assert_string_equal(heard(), "READY=1");
		notify_reloading(&notify);
		assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld", &monotonic_us),
				 1);
		assert_true(monotonic_us > 0);
		notify_stopping(&notify);
		assert_string_equal(heard(), "STOPPING=1");
		assert_string_equal(heard(), "");
		close(manager);
	}
	manager = -1;
}

static void test_watchdog_is_fed_at_half_of_its_time(void **state)
{
	struct notify notify;

	(void)state;
	listen_at(path);
	notify_init(&notify);
	assert_false(notify_is_due(&notify, 1 << 30)); /* there is none */
	setenv("WATCHDOG_USEC", "2000000", 1);
	notify_init(&notify);
	assert_true(notify_is_due(&notify, 1000000));
	notify_feed(&notify, 1000000);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_false(notify_is_due(&notify, 1999999));
	assert_true(notify_is_due(&notify, 2000000));
}

static void test_watchdog_of_another_process_is_none(void **state)
{
	struct notify notify;

	(void)state;
	listen_at(path);
	setenv("WATCHDOG_USEC", "2000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_init(&notify);
	assert_false(notify_is_due(&notify, 1 << 30));
}

static void test_status_is_told_when_it_changes(void **state)
{
	struct notify notify;

	(void)state;
	listen_at(path);
	notify_init(&notify);
	notify_status(&notify, 1000, "%d viewers", 1);
	assert_string_equal(heard(), "STATUS=1 viewers");
	notify_status(&notify, 1000 + NOTIFY_STATUS_US, "%d viewers", 1);
	assert_string_equal(heard(), "");
	notify_status(&notify, 1000 + NOTIFY_STATUS_US, "%d viewers", 2);
	assert_string_equal(heard(), "STATUS=2 viewers");
	notify_status(&notify, 1000 + NOTIFY_STATUS_US + 1, "%d viewers", 3); /* too soon */
	assert_string_equal(heard(), "");
	notify_status(&notify, 1000 + 2 * NOTIFY_STATUS_US, "%d viewers", 3);
	assert_string_equal(heard(), "STATUS=3 viewers");
}

static void test_long_status_is_cut(void **state)
{
	struct notify notify;

	(void)state;
	listen_at(path);
	notify_init(&notify);
	notify_status(&notify, 1000, "%0*d", 2 * NOTIFY_STATUS_SIZE, 0);
	assert_int_equal(strlen(heard()), strlen("STATUS=") + NOTIFY_STATUS_SIZE - 1);
}

#define NOTIFY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTIFY_TEST(test_without_a_manager_nothing_happens),
		NOTIFY_TEST(test_manager_hears_what_happens),
		NOTIFY_TEST(test_watchdog_is_fed_at_half_of_its_time),
		NOTIFY_TEST(test_watchdog_of_another_process_is_none),
		NOTIFY_TEST(test_status_is_told_when_it_changes),
		NOTIFY_TEST(test_long_status_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
