/* SPDX-License-Identifier: MIT */
/* The session against a relay of a few lines, which says in each connection what it is told to; on
 * every back end. */
#include "viewer/session.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_CONNECTIONS = 8, MAX_EVENTS = 16, MAX_FRAMES = 64, MAX_FRAME_BYTES = 200000 };

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

/* ---- the relay ---- */

typedef void serve(int fd);

struct relay {
	int fd;
	uint16_t port;
	pthread_t thread;
	serve *const *serves; /* one for each connection; ends with NULL */
	char requests[MAX_CONNECTIONS][2048];
	int n_requests;
};

static struct relay relay;

static void say(int fd, const void *data, size_t len)
{
	/* The viewer may have gone; then it has what it wanted. */
	send(fd, data, len, MSG_NOSIGNAL);
}

static void say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

static size_t make_record(uint8_t *to, uint8_t type, uint64_t sequence, const void *payload,
			  uint32_t len)
{
	struct wire_header header = {
		.type = type,
		.length = len,
		.flags = type == WIRE_FRAME ? WIRE_KEY : 0,
		.sequence = sequence,
		.pts_us = type == WIRE_FRAME ? (int64_t)sequence * 1000 : 0,
		.capture_us = type == WIRE_FRAME ? 1700000000000000 : 0,
	};

	wire_encode(&header, to);
	memcpy(to + WIRE_HEADER_SIZE, payload, len);
	return WIRE_HEADER_SIZE + len;
}

/* A frame whose bytes follow from its number. */
static size_t make_frame(uint8_t *to, uint64_t sequence, uint32_t len)
{
	uint8_t *payload = malloc(len + 1);
	size_t n;

	memset(payload, (int)sequence, len);
	n = make_record(to, WIRE_FRAME, sequence, payload, len);
	free(payload);
	return n;
}

static void say_frame(int fd, uint64_t sequence, uint32_t len)
{
	uint8_t *record = malloc(WIRE_HEADER_SIZE + (size_t)len);

	say(fd, record, make_frame(record, sequence, len));
	free(record);
}

static void say_end(int fd, const char *why)
{
	uint8_t record[WIRE_HEADER_SIZE + 256];

	say(fd, record, make_record(record, WIRE_END, 0, why, (uint32_t)strlen(why)));
}

static void *relay_run(void *context)
{
	(void)context;
	for (int i = 0; relay.serves[i]; i++) {
		char *request = relay.requests[i];
		size_t len = 0;
		int fd = accept(relay.fd, NULL, NULL);

		if (fd < 0)
			break;
		while (!strstr(request, "\r\n\r\n")) {
			ssize_t n = recv(fd, request + len, sizeof(relay.requests[i]) - len - 1, 0);

			if (n <= 0)
				break;
			len += (size_t)n;
		}
		relay.n_requests++;
		relay.serves[i](fd);
		/* So that closing doesn't reset what is still on its way. */
		shutdown(fd, SHUT_WR);
		while (recv(fd, (char[256]){0}, 256, 0) > 0)
			;
		close(fd);
	}
	return NULL;
}

static void relay_start(serve *const *serves)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	memset(&relay, 0, sizeof(relay));
	relay.serves = serves;
	relay.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(relay.fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(relay.fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(listen(relay.fd, 4), 0);
	relay.port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&relay.thread, NULL, relay_run, NULL), 0);
}

static void relay_end(void)
{
	shutdown(relay.fd, SHUT_RDWR); /* ends an accept() that nobody came for */
	pthread_join(relay.thread, NULL);
	close(relay.fd);
}

/* ---- the viewer ---- */

struct watcher {
	struct io *io;
	struct url url;
	struct session_options options;
	struct session session;
	struct io_op later;

	uint64_t frames[MAX_FRAMES];
	bool firsts[MAX_FRAMES];
	int n_frames;
	enum session_event events[MAX_EVENTS];
	char sentences[MAX_EVENTS][SESSION_MAX_SENTENCE];
	int n_events;
	int ended; /* times */
	int error;
	char why[SESSION_MAX_SENTENCE];

	int stop_at_frame; /* 0: never */
	int stop_at_event;
	bool hold; /* each frame, for a turn of the loop */
	bool held;
};

static void let_go(struct io_op *op, int result)
{
	struct watcher *watcher =
		(struct watcher *)(void *)((char *)op - offsetof(struct watcher, later));

	(void)result;
	watcher->held = false;
	session_resume(&watcher->session);
}

static bool watcher_frame(struct session *session, const struct frame *frame)
{
	struct watcher *watcher = session->context;

	assert_false(watcher->held);
	assert_int_equal(watcher->ended, 0);
	assert_true(watcher->n_frames < MAX_FRAMES);
	for (uint32_t i = 0; i < frame->header.length; i++)
		assert_int_equal(frame->data[i], (uint8_t)frame->header.sequence);
	assert_true(frame->received_us > 1700000000000000);
	watcher->firsts[watcher->n_frames] = frame->first;
	watcher->frames[watcher->n_frames++] = frame->header.sequence;
	if (watcher->n_frames == watcher->stop_at_frame)
		session_stop(session);
	if (!watcher->hold || watcher->n_frames == watcher->stop_at_frame)
		return true;
	watcher->held = true;
	io_timer(watcher->io, &watcher->later, 0, let_go);
	return false;
}

static void watcher_event(struct session *session, enum session_event event, const char *sentence)
{
	struct watcher *watcher = session->context;

	assert_true(watcher->n_events < MAX_EVENTS);
	watcher->events[watcher->n_events] = event;
	snprintf(watcher->sentences[watcher->n_events++], SESSION_MAX_SENTENCE, "%s", sentence);
	if (watcher->n_events == watcher->stop_at_event)
		session_stop(session);
}

static void watcher_ended(struct session *session, int error, const char *sentence)
{
	struct watcher *watcher = session->context;

	watcher->ended++;
	watcher->error = error;
	snprintf(watcher->why, sizeof(watcher->why), "%s", sentence);
	io_stop(watcher->io);
}

static const struct session_handler handler = {watcher_frame, watcher_event, watcher_ended};

static int set_up(void **state)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));
	enum io_backend backend = *(enum io_backend *)*state;
	const char *why;

	assert_int_equal(io_create(&watcher->io, backend, &why), 0);
	snprintf(watcher->url.host, sizeof(watcher->url.host), "127.0.0.1");
	snprintf(watcher->url.stream, sizeof(watcher->url.stream), "cam");
	watcher->options = (struct session_options){
		.url = &watcher->url,
		.key = "",
		.max_frame_bytes = MAX_FRAME_BYTES,
		.reconnect = true,
	};
	*state = watcher;
	return 0;
}

static int tear_down(void **state)
{
	struct watcher *watcher = *state;

	io_destroy(watcher->io);
	free(watcher);
	return 0;
}

static void watch_port(struct watcher *watcher, uint16_t port)
{
	snprintf(watcher->url.port, sizeof(watcher->url.port), "%u", port);
	assert_int_equal(
		session_start(&watcher->session, watcher->io, &watcher->options, &handler, watcher),
		0);
	assert_int_equal(io_run(watcher->io), 0);
	assert_int_equal(watcher->ended, 1);
}

static void watch(struct watcher *watcher, serve *const *serves)
{
	relay_start(serves);
	watch_port(watcher, relay.port);
	relay_end();
}

static void assert_frames(const struct watcher *watcher, const uint64_t *frames, int n)
{
	assert_int_equal(watcher->n_frames, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(watcher->frames[i], frames[i]);
}

/* A port where nobody listens. */
static uint16_t closed_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* ---- frames ---- */

/* The answer, three frames and an END, in pieces that fit nothing. */
static void serve_pieces(int fd)
{
	static uint8_t bytes[1 << 20];
	size_t len = strlen(UPGRADED);

	memcpy(bytes, UPGRADED, len);
	len += make_frame(bytes + len, 1, 20);
	len += make_frame(bytes + len, 2, 100000);
	len += make_frame(bytes + len, 3, 1);
	len += make_frame(bytes + len, 4, MAX_FRAME_BYTES);
	len += make_record(bytes + len, WIRE_END, 0, "that is all", 11);
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
	say(fd, record, make_record(record, 0x0e, 0, "?????", 5));
	say(fd, record, make_record(record, 0x77, 0, "?????", 5));
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
	say(fd, record, make_frame(record, 12, 100) - 1);
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
	assert_int_equal(relay.n_requests, 4);
	assert_null(strstr(relay.requests[0], "wait="));
	assert_non_null(strstr(relay.requests[1], "GET /cam?wait=20 "));
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
	assert_int_equal(relay.n_requests, 1);
	assert_non_null(strstr(relay.requests[0], "Bearer 0123456789abcdef0123456789abcdef\r\n"));
	assert_non_null(strstr(relay.requests[0], "GET /cam?rendition=240p "));
	assert_true(watcher->error < 0);
	assert_non_null(strstr(watcher->why, "answers 401: A token is missing"));
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
	watch_port(watcher, closed_port());
	assert_int_equal(watcher->error, 0);
	assert_non_null(strstr(watcher->sentences[0], "Connection refused; trying again"));
}

static void test_without_reconnecting_nobody_there_is_the_end(void **state)
{
	struct watcher *watcher = *state;

	watcher->options.reconnect = false;
	watch_port(watcher, closed_port());
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

#define ON(backend, test) cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, backend)

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
