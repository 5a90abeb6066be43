/* SPDX-License-Identifier: MIT */
/* The floor, in a process of its own for each way of sending; what a kernel lacks is left out. */
#include "bench/floor.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 4, PAYLOAD = 5000, RECORD = WIRE_HEADER_SIZE + PAYLOAD, NOT_HERE = 77 };

static struct floor served; /* large */

static const struct floor_config plain_config = {
	.listen = (char[]){"127.0.0.1:0"},
	.batch = 1,
	.ring_entries = 8,
	.fixed_files = true,
};

static const struct way {
	const struct floor_loop *loop;
	struct floor_config config;
} ways[] = {
	{&floor_uring, {.send = FLOOR_PLAIN, .fixed_files = true}},
	{&floor_uring, {.send = FLOOR_PLAIN}},
	{&floor_uring, {.send = FLOOR_PLAIN, .kernel_thread = true}},
	{&floor_uring, {.send = FLOOR_PLAIN, .huge_pages = true, .spin = true}},
	{&floor_uring, {.send = FLOOR_NOWAIT, .fixed_files = true}},
	{&floor_uring, {.send = FLOOR_VECTORED, .fixed_files = true}},
	{&floor_uring, {.send = FLOOR_WRITE_FIXED, .fixed_files = true}},
	{&floor_uring, {.send = FLOOR_ZERO_COPY, .fixed_files = true}},
	{&floor_uring, {.send = FLOOR_ZERO_COPY_FIXED, .fixed_files = true}},
	{&floor_uring, {.send = FLOOR_PLAIN, .batch = 2}},
	{&floor_epoll, {.send = FLOOR_PLAIN}},
	{&floor_epoll, {.send = FLOOR_NOWAIT}},
	{&floor_epoll, {.send = FLOOR_VECTORED}},
	{&floor_epoll, {.send = FLOOR_MORE}},
	{&floor_epoll, {.send = FLOOR_SENDFILE}},
	{&floor_epoll, {.send = FLOOR_PLAIN, .batch = 2}},
	{&floor_epoll, {.send = FLOOR_PLAIN, .order = 1}},
	{&floor_epoll, {.send = FLOOR_PLAIN, .order = 2}},
};

/* ---- peers ---- */

static int open_peer(int listener, const char *method)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char text[512];
	size_t have = 0;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, len), 0);
	int n = snprintf(text, sizeof(text),
			 "%s /bench HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
			 "Upgrade: " WIRE_PROTOCOL "\r\n\r\n",
			 method);
	assert_int_equal(send(fd, text, (size_t)n, 0), n);
	/* byte by byte, since records follow at once */
	for (; have < 4 || memcmp(text + have - 4, "\r\n\r\n", 4) != 0; have++)
		assert_int_equal(recv(fd, text + have, 1, 0), 1);
	assert_memory_equal(text, "HTTP/1.1 101 ", 13);
	return fd;
}

static void make_record(uint8_t record[RECORD], uint64_t number)
{
	struct wire_header header = {.length = PAYLOAD,
				     .type = WIRE_FRAME,
				     .flags = WIRE_KEY,
				     .sequence = number,
				     .pts_us = (int64_t)number};

	wire_encode(&header, record);
	for (size_t i = 0; i < PAYLOAD; i++)
		record[WIRE_HEADER_SIZE + i] = (uint8_t)(number + i);
}

static void publish(int publisher, uint64_t number)
{
	uint8_t record[RECORD];

	make_record(record, number);
	assert_int_equal(send(publisher, record, RECORD, 0), RECORD);
}

static void expect(int viewer, uint64_t number)
{
	uint8_t record[RECORD], got[RECORD];

	make_record(record, number);
	assert_int_equal(recv(viewer, got, RECORD, MSG_WAITALL), RECORD);
	assert_memory_equal(got, record, RECORD);
}

/* ---- the server ---- */

static pid_t serve(const struct way *way, const struct floor_config *config)
{
	assert_int_equal(floor_init(&served, config), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int error = way->loop->run(&served);

		/* EPERM, ENOSYS: there is no io_uring for us */
		_exit(error == -ENOTSUP || error == -EPERM || error == -ENOSYS ? NOT_HERE
		      : error < 0					       ? 1
									       : 0);
	}
	return pid;
}

static int stop(pid_t pid)
{
	int status;

	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	floor_finish(&served);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

/* Of the viewers one comes early, one between two frames (or two batches). */
static void watch(void)
{
	int viewers[2], publisher = open_peer(served.listener, "POST");

	viewers[0] = open_peer(served.listener, "GET");
	for (uint64_t number = 0; number < FRAMES / 2; number++)
		publish(publisher, number);
	for (uint64_t number = 0; number < FRAMES / 2; number++)
		expect(viewers[0], number);
	viewers[1] = open_peer(served.listener, "GET");
	for (uint64_t number = FRAMES / 2; number < FRAMES; number++)
		publish(publisher, number);
	for (uint64_t number = FRAMES / 2; number < FRAMES; number++) {
		expect(viewers[0], number);
		expect(viewers[1], number);
	}
	close(viewers[0]);
	close(viewers[1]);
	close(publisher);
}

/* The kernel may say only at the start that it can't: the way's probing, and rings' flags. */
static bool works(const struct way *way, const struct floor_config *config)
{
	pid_t pid = serve(way, config);
	int status = stop(pid);

	assert_true(status == 0 || status == NOT_HERE);
	return status == 0;
}

static void test_frames_go_out_whole_in_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct floor_config config = ways[i].config;

		config.listen = plain_config.listen;
		config.ring_entries = plain_config.ring_entries;
		config.batch = config.batch > 0 ? config.batch : 1;
		if (!works(&ways[i], &config))
			continue;
		pid_t pid = serve(&ways[i], &config);
		watch();
		assert_false(has_ended(pid));
		assert_int_equal(stop(pid), 0);
	}
}

static void test_a_way_that_a_loop_lacks_is_refused(void **state)
{
	const struct way way = {.loop = &floor_epoll};
	struct floor_config config = plain_config;

	(void)state;
	config.send = FLOOR_ZERO_COPY;
	assert_false(works(&way, &config));
}

/* ---- what comes from the publisher ---- */

static struct floor_frame *feed(const uint8_t *bytes, size_t len, size_t most)
{
	struct floor_frame *frame = NULL;

	while (len > 0) {
		size_t room;
		uint8_t *to = floor_target(&served, &room);
		size_t n = len < most ? len : most;

		assert_non_null(to);
		n = n < room ? n : room;
		memcpy(to, bytes, n);
		assert_int_equal(floor_received(&served, n, &frame), 0);
		assert_true(frame == NULL || n == len);
		bytes += n;
		len -= n;
	}
	return frame;
}

static void test_records_may_be_cut_anywhere(void **state)
{
	uint8_t record[RECORD];

	(void)state;
	assert_int_equal(floor_init(&served, &plain_config), 0);
	for (size_t most = 1; most < 100; most++) {
		make_record(record, most);
		struct floor_frame *frame = feed(record, RECORD, most);

		assert_non_null(frame);
		assert_int_equal(frame->len, RECORD);
		assert_memory_equal(frame->data, record, RECORD);
		frame->users--;
	}
	floor_finish(&served);
}

static void test_no_target_while_all_slots_are_in_use(void **state)
{
	struct floor_frame *last = NULL;
	uint8_t record[RECORD];
	size_t room;

	(void)state;
	assert_int_equal(floor_init(&served, &plain_config), 0);
	make_record(record, 1);
	for (size_t i = 0; i < FLOOR_SLOTS; i++)
		last = feed(record, RECORD, RECORD);
	assert_null(floor_target(&served, &room));
	last->users--;
	assert_non_null(floor_target(&served, &room));
	floor_finish(&served);
}

static void test_other_records_are_refused(void **state)
{
	struct wire_header header = {.type = WIRE_PING};
	struct floor_frame *frame;
	size_t room;

	(void)state;
	assert_int_equal(floor_init(&served, &plain_config), 0);
	wire_encode(&header, floor_target(&served, &room));
	assert_int_equal(floor_received(&served, room, &frame), -EBADMSG);
	floor_finish(&served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_go_out_whole_in_every_way),
		cmocka_unit_test(test_a_way_that_a_loop_lacks_is_refused),
		cmocka_unit_test(test_records_may_be_cut_anywhere),
		cmocka_unit_test(test_no_target_while_all_slots_are_in_use),
		cmocka_unit_test(test_other_records_are_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
