/* SPDX-License-Identifier: MIT */
/* The session against a fake relay, on every back end. */
#include "viewer/session.h"

#include <dlfcn.h>
#include <errno.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake_relay.h"
#include "tests/watcher.h"

#define UPGRADED                                                                                   \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: spillway/1\r\n\r\n"
#define TEXT "Content-Type: text/plain\r\nConnection: close\r\n"

/* ---- names of hosts, which no name server is asked for ---- */

static const char name_of_nobody[] = "nobody.invalid", name_of_a_slow_one[] = "slow.invalid";
static sem_t name_server; /* what the slow one waits for */

int getaddrinfo(const char *restrict host, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict ret_answers)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
	bool slow = strcmp(host, name_of_a_slow_one) == 0;

	if (slow && (hints->ai_flags & AI_NUMERICHOST) == 0)
		sem_wait(&name_server);
	if (slow || strcmp(host, name_of_nobody) == 0)
		return EAI_NONAME;
	memcpy(&real, &symbol, sizeof(real));
	return real(host, service, hints, ret_answers);
}

/* ---- frames ---- */

/* The answer, three frames and an END, in pieces that fit nothing. */
static void serve_pieces(int fd)
{
	static uint8_t bytes[1 << 20];
	size_t len = strlen(UPGRADED);

	memcpy(bytes, UPGRADED, len);
	len += fake_relay_frame(bytes + len, 1, 20);
	len += fake_relay_frame(bytes + len, 2, 100000);
	len += fake_relay_frame(bytes + len, 3, 1);
	len += fake_relay_frame(bytes + len, 4, MAX_FRAME_BYTES);
	len += fake_relay_record(bytes + len, WIRE_END, 0, "that is all", 11);
	for (size_t at = 0, piece = 1; at < len; at += piece, piece = piece * 3 / 2 + 1)
		say(fd, bytes + at, piece < len - at ? piece : len - at);
}

static void test_frames_come_whole_and_in_order(void **state)
{
	static serve *const serves[] = {serve_pieces, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){1, 2, 3, 4}, 4);
	assert_true(watcher->firsts[0]);
	assert_false(watcher->firsts[1]);
	assert_int_equal(watcher->error, 0);
	assert_string_equal(watcher->why, "that is all");
	assert_int_equal(watcher->n_events, 0);
}

static void test_a_held_frame_stays_until_it_is_let_go(void **state)
{
	static serve *const serves[] = {serve_pieces, NULL};
	struct watcher *watcher = *state;

	watcher->hold = true;
	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){1, 2, 3, 4}, 4);
	assert_string_equal(watcher->why, "that is all");
}

static void test_enough_frames_end_it_at_once(void **state)
{
	static serve *const serves[] = {serve_pieces, NULL};
	struct watcher *watcher = *state;

	watcher->stop_at_frame = 2;
	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){1, 2}, 2);
	assert_int_equal(watcher->error, 0);
	assert_string_equal(watcher->why, "");
}

static void serve_strange(int fd)
{
	uint8_t record[256];
	struct wire_header header = {
		.type = WIRE_FRAME, .length = 5, .track = 3, .sequence = 7, .pts_us = 1};

	say_text(fd, UPGRADED);
	say(fd, record, fake_relay_record(record, 0x0e, 0, "?????", 5));
	say(fd, record, fake_relay_record(record, 0x77, 0, "?????", 5));
	wire_encode(&header, record);
	memcpy(record + WIRE_HEADER_SIZE, "sound", 5);
	say(fd, record, WIRE_HEADER_SIZE + 5);
	say_frame(fd, 8, 10);
	say_end(fd, "");
}

static void test_records_of_later_versions_are_skipped(void **state)
{
	static serve *const serves[] = {serve_strange, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){8}, 1);
	assert_string_equal(watcher->why, "the stream has ended");
}

static void serve_ping(int fd)
{
	struct wire_header ping = {.type = WIRE_PING, .sequence = 42, .pts_us = 5, .capture_us = 9};
	uint8_t record[WIRE_HEADER_SIZE];
	struct wire_header pong;

	say_text(fd, UPGRADED);
	wire_encode(&ping, record);
	say(fd, record, sizeof(record));
	if (recv(fd, record, sizeof(record), MSG_WAITALL) != sizeof(record) ||
	    wire_decode(record, &pong) < 0)
		return;
	if (pong.type == WIRE_PONG && pong.length == 0 && pong.sequence == 42 && pong.pts_us == 5 &&
	    pong.capture_us == 9)
		say_end(fd, "a good answer");
}

static void test_a_ping_is_answered(void **state)
{
	static serve *const serves[] = {serve_ping, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_string_equal(watcher->why, "a good answer");
}

static void serve_large(int fd)
{
	say_text(fd, UPGRADED);
	say_frame(fd, 1, 10);
	say_frame(fd, 2, MAX_FRAME_BYTES + 1);
}

static void test_a_frame_over_the_limit_ends_it(void **state)
{
	static serve *const serves[] = {serve_large, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){1}, 1);
	assert_int_equal(watcher->error, -EMSGSIZE);
	assert_non_null(strstr(watcher->why, "--max-frame"));
}

/* ---- loss and return ---- */

static void serve_torn(int fd)
{
	uint8_t record[WIRE_HEADER_SIZE + 100];

	say_text(fd, UPGRADED);
	say_frame(fd, 10, 1000);
	say_frame(fd, 11, 1000);
	say(fd, record, fake_relay_frame(record, 12, 100) - 1);
}

static void serve_on(int fd)
{
	say_text(fd, UPGRADED);
	say_frame(fd, 15, 1000);
	say_end(fd, "done");
}

static void test_a_lost_stream_comes_back_and_says_what_was_missed(void **state)
{
	static serve *const serves[] = {serve_torn, serve_on, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){10, 11, 15}, 3);
	assert_true(watcher->firsts[2]);
	assert_int_equal(watcher->n_events, 2);
	assert_int_equal(watcher->events[0], SESSION_LOST);
	assert_string_equal(watcher->sentences[0],
			    "cam is lost: the relay closed the connection; trying again");
	assert_int_equal(watcher->events[1], SESSION_REGAINED);
	assert_non_null(strstr(watcher->sentences[1], "frames missed: 3"));
	assert_string_equal(watcher->why, "done");
}

static void serve_until_a_restart(int fd)
{
	static const char why[] = "a restart";
	struct wire_header end = {
		.type = WIRE_END, .flags = WIRE_RETURN, .length = sizeof(why) - 1};
	uint8_t record[WIRE_HEADER_SIZE];

	say_text(fd, UPGRADED);
	say_frame(fd, 10, 100);
	wire_encode(&end, record);
	say(fd, record, sizeof(record));
	say_text(fd, why);
}

static void test_an_end_that_promises_a_return_is_a_loss(void **state)
{
	static serve *const serves[] = {serve_until_a_restart, serve_on, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){10, 15}, 2);
	assert_int_equal(watcher->n_events, 2);
	assert_int_equal(watcher->events[0], SESSION_LOST);
	assert_string_equal(watcher->sentences[0], "cam is lost: a restart; trying again");
	assert_int_equal(watcher->events[1], SESSION_REGAINED);
	assert_string_equal(watcher->why, "done");
}

static void serve_garbage(int fd)
{
	static const char zeros[100];

	say_text(fd, UPGRADED);
	say_frame(fd, 20, 10);
	say(fd, zeros, sizeof(zeros));
}

static void test_a_broken_record_is_a_loss(void **state)
{
	static serve *const serves[] = {serve_garbage, serve_on, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){20, 15}, 2);
	assert_int_equal(watcher->n_events, 2);
	assert_non_null(strstr(watcher->sentences[0], "no record"));
	assert_non_null(strstr(watcher->sentences[1], "started anew"));
}

static void serve_empty(int fd)
{
	say_text(fd, UPGRADED);
	say_frame(fd, 14, 0);
	say_frame(fd, 14, 1);
}

static void test_an_empty_frame_is_a_loss(void **state)
{
	static serve *const serves[] = {serve_empty, serve_on, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){15}, 1);
	assert_int_equal(watcher->events[0], SESSION_LOST);
}

static void test_without_reconnecting_a_loss_is_the_end(void **state)
{
	static serve *const serves[] = {serve_torn, NULL};
	struct watcher *watcher = *state;

	watcher->options.reconnect = false;
	watch(watcher, serves);
	assert_int_equal(watcher->n_frames, 2);
	assert_int_equal(watcher->error, -ECONNRESET);
	assert_string_equal(watcher->why, "cam is lost: the relay closed the connection");
}

/* ---- refusals ---- */

static void serve_404(int fd)
{
	say_text(fd, "HTTP/1.1 404 Not Found\r\n" TEXT "\r\nThe stream cam is not there.\n");
}

static void serve_503(int fd)
{
	say_text(fd, "HTTP/1.1 503 Service Unavailable\r\n" TEXT "\r\nFull.\n");
}

static void serve_401(int fd)
{
	say_text(fd, "HTTP/1.1 401 Unauthorized\r\n" TEXT
		     "Content-Length: 20\r\n\r\nA token is missing.\n");
}

static void test_an_absent_stream_is_waited_for(void **state)
{
	static serve *const serves[] = {serve_404, serve_404, serve_503, serve_on, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){15}, 1);
	assert_int_equal(fake_relay.n_requests, 4);
	assert_null(strstr(fake_relay.requests[0], "wait="));
	assert_non_null(strstr(fake_relay.requests[1], "GET /cam?wait=20 "));
	assert_int_equal(watcher->n_events, 2); /* said once */
	assert_int_equal(watcher->events[0], SESSION_WAITING);
	assert_non_null(strstr(watcher->sentences[0],
			       "answers 404: The stream cam is not there; trying again"));
	assert_int_equal(watcher->events[1], SESSION_REGAINED);
	assert_non_null(strstr(watcher->sentences[1], "cam is there after"));
}

static void test_without_reconnecting_an_absent_stream_is_the_end(void **state)
{
	static serve *const serves[] = {serve_404, NULL};
	struct watcher *watcher = *state;

	watcher->options.reconnect = false;
	watch(watcher, serves);
	assert_int_equal(watcher->error, -ENOENT);
	assert_non_null(strstr(watcher->why, "The stream cam is not there"));
	assert_int_equal(watcher->n_events, 0);
}

static void test_a_refused_key_is_the_end(void **state)
{
	static serve *const serves[] = {serve_401, NULL};
	struct watcher *watcher = *state;

	watcher->options.key = "0123456789abcdef0123456789abcdef";
	watcher->options.rendition = "240p";
	watch(watcher, serves);
	assert_int_equal(fake_relay.n_requests, 1);
	assert_non_null(
		strstr(fake_relay.requests[0], "Bearer 0123456789abcdef0123456789abcdef\r\n"));
	assert_non_null(strstr(fake_relay.requests[0], "GET /cam?rendition=240p "));
	assert_true(watcher->error < 0);
	assert_non_null(strstr(watcher->why, "answers 401: A token is missing"));
}

static void serve_502_of_a_proxy(int fd)
{
	say_text(fd, "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<h1>502</h1>");
}

static void serve_502(int fd)
{
	say_text(fd, "HTTP/1.1 502 Bad Gateway\r\n" TEXT "\r\nvod/film: the file is empty\n");
}

static void test_what_cannot_be_played_is_the_end(void **state)
{
	static serve *const serves[] = {serve_502_of_a_proxy, serve_503, serve_502, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_int_equal(fake_relay.n_requests, 3);
	assert_true(watcher->error < 0);
	assert_non_null(strstr(watcher->why, "answers 502: vod/film: the file is empty"));
}

static void serve_nothing(int fd)
{
	(void)fd;
}

static void test_who_answers_nothing_is_tried_again(void **state)
{
	static serve *const serves[] = {serve_nothing, serve_on, NULL};
	struct watcher *watcher = *state;

	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){15}, 1);
	assert_non_null(strstr(watcher->sentences[0], "it closed the connection"));
}

/* ---- addresses ---- */

static void test_nobody_there_is_said_once_until_one_gives_up(void **state)
{
	struct watcher *watcher = *state;

	watcher->stop_at_event = 1;
	watch_port(watcher, fake_relay_closed_port());
	assert_int_equal(watcher->error, 0);
	assert_non_null(strstr(watcher->sentences[0], "Connection refused; trying again"));
}

static void test_without_reconnecting_nobody_there_is_the_end(void **state)
{
	struct watcher *watcher = *state;

	watcher->options.reconnect = false;
	watch_port(watcher, fake_relay_closed_port());
	assert_int_equal(watcher->error, -ECONNREFUSED);
	assert_int_equal(watcher->n_events, 0);
}

/* Where localhost is ::1 first, as on Debian, nobody listens there. */
static void test_every_address_of_a_host_is_tried(void **state)
{
	static serve *const serves[] = {serve_on, NULL};
	struct watcher *watcher = *state;

	snprintf(watcher->url.host, sizeof(watcher->url.host), "localhost");
	watch(watcher, serves);
	assert_frames(watcher, (const uint64_t[]){15}, 1);
	assert_int_equal(watcher->n_events, 0);
}

static void test_an_unknown_host_is_an_error(void **state)
{
	struct watcher *watcher = *state;

	snprintf(watcher->url.host, sizeof(watcher->url.host), "%s", name_of_nobody);
	watch_port(watcher, 1);
	assert_int_equal(watcher->error, -ENOENT);
	assert_int_equal(watcher->n_events, 0);
	assert_non_null(strstr(watcher->why, "nobody.invalid: "));
}

static void stop_waiting(struct io_op *op, int result)
{
	struct watcher *watcher =
		(struct watcher *)(void *)((char *)op - offsetof(struct watcher, later));

	(void)result;
	session_stop(&watcher->session);
}

/* Its name server doesn't answer before the session has ended. */
static void test_a_look_up_that_waits_can_be_stopped(void **state)
{
	struct watcher *watcher = *state;

	snprintf(watcher->url.host, sizeof(watcher->url.host), "%s", name_of_a_slow_one);
	sem_init(&name_server, 0, 0);
	io_timer(watcher->io, &watcher->later, 0, stop_waiting);
	watch_port(watcher, 1);
	assert_int_equal(watcher->error, 0);
	assert_string_equal(watcher->why, "");
	sem_post(&name_server);
}

#define ON(backend, test)                                                                          \
	cmocka_unit_test_prestate_setup_teardown(test, watcher_set_up, watcher_tear_down, backend)

static int run_backend(const char *name, enum io_backend *backend)
{
	const struct CMUnitTest tests[] = {
		ON(backend, test_frames_come_whole_and_in_order),
		ON(backend, test_a_held_frame_stays_until_it_is_let_go),
		ON(backend, test_enough_frames_end_it_at_once),
		ON(backend, test_records_of_later_versions_are_skipped),
		ON(backend, test_a_ping_is_answered),
		ON(backend, test_a_frame_over_the_limit_ends_it),
		ON(backend, test_a_lost_stream_comes_back_and_says_what_was_missed),
		ON(backend, test_an_end_that_promises_a_return_is_a_loss),
		ON(backend, test_a_broken_record_is_a_loss),
		ON(backend, test_an_empty_frame_is_a_loss),
		ON(backend, test_without_reconnecting_a_loss_is_the_end),
		ON(backend, test_an_absent_stream_is_waited_for),
		ON(backend, test_without_reconnecting_an_absent_stream_is_the_end),
		ON(backend, test_a_refused_key_is_the_end),
		ON(backend, test_what_cannot_be_played_is_the_end),
		ON(backend, test_who_answers_nothing_is_tried_again),
		ON(backend, test_nobody_there_is_said_once_until_one_gives_up),
		ON(backend, test_without_reconnecting_nobody_there_is_the_end),
		ON(backend, test_every_address_of_a_host_is_tried),
		ON(backend, test_an_unknown_host_is_an_error),
		ON(backend, test_a_look_up_that_waits_can_be_stopped),
	};

	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	enum io_backend epoll = IO_BACKEND_EPOLL, uring = IO_BACKEND_URING;
	const char *why;
	struct io *io;
	int failed = run_backend("session on epoll", &epoll);

	if (io_create(&io, IO_BACKEND_AUTO, &why) == 0) {
		bool has_uring = *why == '\0';

		io_destroy(io);
		if (has_uring)
			failed += run_backend("session on io_uring", &uring);
		else
			print_message("io_uring: %s; not tested\n", why);
	}
	return failed;
}
