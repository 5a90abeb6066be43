/* SPDX-License-Identifier: MIT */
/*
 * The uplink against a relay that is played by a thread with a script: plain blocking calls on a
 * loopback socket. Every test runs on both back ends.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/uplink.h"
#include "tests/scripted_relay.h"

enum { TEST_SECONDS = 60 }; /* then the test hangs, and is killed */

/* ---- the agent's side ---- */

struct test_frame {
	struct frame frame;
	uint8_t *bytes; /* owned */
};

static int n_lent; /* frames that weren't given back yet */

static void release(struct frame *frame)
{
	struct test_frame *test = (struct test_frame *)frame;

	n_lent--;
	free(test->bytes);
	free(test);
}

/* Its bytes tell its number, and that it is whole. */
static struct frame *make_frame(int number, size_t len)
{
	struct test_frame *test = calloc(1, sizeof *test);

	assert_non_null(test);
	test->bytes = malloc(len);
	assert_non_null(test->bytes);
	memset(test->bytes, number & 0xff, len);
	test->frame =
		(struct frame){test->bytes, len, number * 1000, number * 1000 + 7, release, 0};
	n_lent++;
	return &test->frame;
}

static void check_frame(const struct scripted_record *record, int number, size_t len)
{
	MUST(record->header.type == WIRE_FRAME);
	MUST(record->header.flags == WIRE_KEY);
	MUST(record->header.length == len);
	MUST(record->header.pts_us == number * 1000);
	MUST(record->header.capture_us == number * 1000 + 7);
	for (size_t i = 0; i < len; i++)
		MUST((uint8_t)record->payload[i] == (number & 0xff));
}

struct agent {
	struct io *io;
	struct uplink *uplink;
	struct uplink_stats stats;
	struct sockaddr_in address;
	int listener;

	/* What is to be published by and by, from when it is open on. */
	struct io_op ticker;
	int n_frames, next_frame;
	size_t frame_len;
	bool wait_for_each; /* until the one before was given back */
	bool end_when_open; /* once all was published */
	bool end_when_lost;
	bool end_when_reopened;
	bool rest_when_told; /* publish a frame all the same, and end */

	sem_t lost, published; /* what the relay may wait for */
	char heard[512];       /* the events in order */
};

static void tick(struct io_op *op, int result)
{
	struct agent *agent = (struct agent *)(void *)((char *)op - offsetof(struct agent, ticker));

	(void)result;
	if (agent->next_frame < agent->n_frames && (!agent->wait_for_each || n_lent == 0))
		uplink_publish(agent->uplink, make_frame(++agent->next_frame, agent->frame_len));
	if (agent->next_frame < agent->n_frames) {
		io_timer(agent->io, op, io_now_us(agent->io) + 1, tick);
		return;
	}
	sem_post(&agent->published);
	if (agent->end_when_open)
		uplink_end(agent->uplink, "that was all");
}

static void hear(void *context, enum uplink_event event, const char *text)
{
	static const char *const names[] = {"opened", "lost", "busy", "refused", "demand", "gone"};
	struct agent *agent = context;
	size_t len = strlen(agent->heard);

	snprintf(agent->heard + len, sizeof agent->heard - len, "%s%s%s%s", len > 0 ? ", " : "",
		 names[event], *text != '\0' ? ": " : "", text);
	if (event == UPLINK_OPENED)
		tick(&agent->ticker, 0);
	if (event == UPLINK_DEMAND && agent->rest_when_told) {
		uplink_rest(agent->uplink);
		uplink_publish(agent->uplink, make_frame(1, agent->frame_len));
		uplink_end(agent->uplink, "that was all");
	}
	if (event == UPLINK_LOST) {
		agent->end_when_open = agent->end_when_open || agent->end_when_reopened;
		sem_post(&agent->lost);
		if (agent->end_when_lost)
			uplink_end(agent->uplink, "");
	}
	if (event == UPLINK_GONE)
		io_stop(agent->io);
}

/* Runs an uplink to the script's relay until it is gone. */
static void run(struct agent *agent, void **state, void *(*script)(void *))
{
	const enum io_backend *backend = *state;
	struct url url = {.stream = "cam"};
	const char *why;
	pthread_t thread;

	alarm(TEST_SECONDS);
	snprintf(url.host, sizeof url.host, "127.0.0.1");
	snprintf(url.port, sizeof url.port, "%u", (unsigned)ntohs(agent->address.sin_port));
	sem_init(&agent->lost, 0, 0);
	sem_init(&agent->published, 0, 0);
	assert_int_equal(io_create(&agent->io, *backend, &why), 0);
	assert_int_equal(uplink_create(&agent->uplink, agent->io, &url, NULL, hear, agent), 0);
	uplink_start(agent->uplink);
	assert_int_equal(pthread_create(&thread, NULL, script, agent), 0);
	assert_int_equal(io_run(agent->io), 0);
	pthread_join(thread, NULL);
	agent->stats = uplink_stats(agent->uplink);
	uplink_destroy(agent->uplink);
	io_destroy(agent->io);
	close(agent->listener);
	sem_destroy(&agent->lost);
	sem_destroy(&agent->published);
	assert_int_equal(n_lent, 0);
}

/* Bound, so that nobody else takes the port, but deaf until listen(). */
static struct agent agent_with_socket(void)
{
	struct agent agent = {.frame_len = 1000};

	agent.address.sin_family = AF_INET;
	agent.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	agent.listener = scripted_relay_bind(&agent.address);
	return agent;
}

static struct agent agent_with_listener(void)
{
	struct agent agent = agent_with_socket();

	assert_int_equal(listen(agent.listener, 8), 0);
	return agent;
}

/* ---- frames ---- */

static void *relay_takes_all(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	for (int number = 1; number <= 50; number++) {
		struct scripted_record record;

		MUST(scripted_relay_record(fd, &record));
		check_frame(&record, number, 100000);
		MUST(record.header.sequence == (uint64_t)number - 1);
		free(record.payload);
	}
	scripted_relay_expect_end(fd, "that was all");
	return NULL;
}

static void test_frames_arrive_whole_and_in_order(void **state)
{
	struct agent agent = agent_with_listener();

	agent.n_frames = 50;
	agent.frame_len = 100000;
	agent.wait_for_each = agent.end_when_open = true;
	run(&agent, state, relay_takes_all);
	assert_string_equal(agent.heard, "opened, gone");
	assert_int_equal(agent.stats.frames, 50);
	assert_int_equal(agent.stats.bytes, 5000000);
	assert_int_equal(agent.stats.behind + agent.stats.away, 0);
}

enum { FLOOD = 400, FLOOD_LEN = 200000 };

static void *relay_reads_late(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed), n = 0, last = 0;
	struct scripted_record record = {0};

	/* Nothing is read until everything was published: 80 MB, more than any socket takes. */
	sem_wait(&agent->published);
	while (scripted_relay_record(fd, &record) && record.header.type == WIRE_FRAME) {
		int number = (int)(record.header.pts_us / 1000);

		MUST(number > last);
		check_frame(&record, number, FLOOD_LEN);
		last = number;
		n++;
		free(record.payload);
	}
	MUST(record.header.type == WIRE_END);
	free(record.payload);
	MUST(last == FLOOD);
	MUST(n < FLOOD / 2);
	close(fd);
	return NULL;
}

static void test_slow_relay_gets_whole_frames_and_the_newest(void **state)
{
	struct agent agent = agent_with_listener();
	int size = 65536;

	/* Keeps what the relay's kernel takes small, so that the agent has to drop. */
	setsockopt(agent.listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	agent.n_frames = FLOOD;
	agent.frame_len = FLOOD_LEN;
	agent.end_when_open = true;
	run(&agent, state, relay_reads_late);
	assert_string_equal(agent.heard, "opened, gone");
	assert_int_equal(agent.stats.frames + agent.stats.behind, FLOOD);
	assert_true(agent.stats.behind > FLOOD / 2);
}

static void test_frames_without_a_connection_are_given_back(void **state)
{
	const enum io_backend *backend = *state;
	struct url url = {.host = "127.0.0.1", .port = "1", .stream = "cam"};
	struct agent agent = {0};
	const char *why;

	assert_int_equal(io_create(&agent.io, *backend, &why), 0);
	assert_int_equal(uplink_create(&agent.uplink, agent.io, &url, NULL, hear, &agent), 0);
	assert_false(uplink_wants(agent.uplink, true));
	uplink_publish(agent.uplink, make_frame(1, 10));
	uplink_skip(agent.uplink);
	assert_int_equal(n_lent, 0);
	assert_int_equal(uplink_stats(agent.uplink).away, 2);
	uplink_destroy(agent.uplink);
	uplink_destroy(NULL);
	io_destroy(agent.io);
}

/* ---- connecting, losing, connecting again ---- */

static void *relay_closes_twice(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);
	struct scripted_record record;

	MUST(scripted_relay_record(fd, &record));
	free(record.payload);
	close(fd);
	fd = accept(agent->listener, NULL, NULL);
	MUST(fd >= 0);
	close(fd); /* before the greeting */
	scripted_relay_expect_end(scripted_relay_greet(agent->listener, scripted_relay_agreed),
				  "that was all");
	return NULL;
}

static void test_loss_is_told_once_and_the_connection_made_again(void **state)
{
	struct agent agent = agent_with_listener();

	agent.n_frames = 1;
	agent.end_when_reopened = true;
	run(&agent, state, relay_closes_twice);
	assert_string_equal(agent.heard,
			    "opened, lost: the relay closed the connection, opened, gone");
}

static void *relay_comes_late(void *context)
{
	struct agent *agent = context;

	sem_wait(&agent->lost);
	MUST(listen(agent->listener, 8) == 0);
	scripted_relay_expect_end(scripted_relay_greet(agent->listener, scripted_relay_agreed),
				  "that was all");
	return NULL;
}

static void test_relay_that_is_not_there_yet_is_waited_for(void **state)
{
	struct agent agent = agent_with_socket();

	agent.end_when_open = true;
	run(&agent, state, relay_comes_late);
	assert_string_equal(agent.heard, "lost: Connection refused, opened, gone");
}

static void *relay_ends_in_mid_frame(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);
	uint8_t head[WIRE_HEADER_SIZE];

	sem_wait(&agent->published);
	MUST(scripted_relay_read(fd, head, sizeof head));
	close(fd);
	scripted_relay_expect_end(scripted_relay_greet(agent->listener, scripted_relay_agreed),
				  "that was all");
	return NULL;
}

static void test_frames_of_a_lost_connection_are_not_sent_on_the_next(void **state)
{
	struct agent agent = agent_with_listener();

	agent.n_frames = 20;
	agent.frame_len = 4000000;
	agent.end_when_reopened = true;
	run(&agent, state, relay_ends_in_mid_frame);
	assert_true(agent.stats.away >= 1);
	assert_true(agent.stats.frames < 20);
}

static void *no_relay(void *context)
{
	(void)context;
	return NULL;
}

static void test_ending_while_away_is_quick(void **state)
{
	struct agent agent = agent_with_socket();

	agent.end_when_lost = true;
	run(&agent, state, no_relay);
	assert_string_equal(agent.heard, "lost: Connection refused, gone");
}

static void test_ending_before_anything_has_happened(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost"};
	const enum io_backend *backend = *state;

	alarm(TEST_SECONDS);
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct url url = {.port = "1", .stream = "cam"};
		struct agent agent = {0};
		const char *why;

		snprintf(url.host, sizeof url.host, "%s", hosts[i]);
		assert_int_equal(io_create(&agent.io, *backend, &why), 0);
		assert_int_equal(uplink_create(&agent.uplink, agent.io, &url, NULL, hear, &agent),
				 0);
		uplink_start(agent.uplink);
		uplink_end(agent.uplink, "");
		assert_int_equal(io_run(agent.io), 0);
		assert_string_equal(agent.heard, "gone");
		uplink_destroy(agent.uplink);
		io_destroy(agent.io);
	}
}

/* ---- what the relay may answer ---- */

static const char *answers[4]; /* of one test, in order; NULL: agrees, and expects the end */

static void *relay_answers(void *context)
{
	struct agent *agent = context;

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		int fd = scripted_relay_greet(
			agent->listener, answers[i] != NULL ? answers[i] : scripted_relay_agreed);

		if (answers[i] == NULL) {
			scripted_relay_expect_end(fd, "that was all");
			break;
		}
		close(fd);
		if (strstr(answers[i], "refused") != NULL)
			break;
	}
	return NULL;
}

static void test_refusals_are_final_and_say_why(void **state)
{
	static const int statuses[] = {400, 401, 403, 413, 415, 301};

	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		struct agent agent = agent_with_listener();
		char answer[256];

		snprintf(answer, sizeof answer,
			 "HTTP/1.1 %d Reason\r\nContent-Type: text/plain\r\n"
			 "Content-Length: 12\r\n\r\nrefused: %d",
			 statuses[i], statuses[i]);
		memset(answers, 0, sizeof answers);
		answers[0] = answer;
		run(&agent, state, relay_answers);
		snprintf(answer, sizeof answer, "refused: refused: %d, gone", statuses[i]);
		assert_string_equal(agent.heard, answer);
	}
}

static void test_who_does_not_upgrade_is_refused(void **state)
{
	struct agent agent = agent_with_listener();

	memset(answers, 0, sizeof answers);
	answers[0] = "HTTP/1.1 200 refused\r\nContent-Length: 0\r\n\r\n";
	run(&agent, state, relay_answers);
	assert_string_equal(agent.heard, "refused: it doesn't speak spillway/1; a proxy in front "
					 "of it must pass Upgrade, gone");
}

static void test_busy_stream_is_told_once_and_waited_for(void **state)
{
	static const char busy[] = "HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\n"
				   "Content-Length: 5\r\n\r\nBusy.";
	struct agent agent = agent_with_listener();

	memset(answers, 0, sizeof answers);
	answers[0] = answers[1] = answers[2] = busy;
	agent.end_when_open = true;
	run(&agent, state, relay_answers);
	assert_string_equal(agent.heard, "busy: Busy, opened, gone");
}

static void test_passing_errors_are_tried_again(void **state)
{
	struct agent agent = agent_with_listener();

	memset(answers, 0, sizeof answers);
	answers[0] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	answers[1] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
	answers[2] = "220 mail.example.org ESMTP\r\n";
	agent.end_when_open = true;
	run(&agent, state, relay_answers);
	assert_string_equal(agent.heard, "lost: Not Found, opened, gone");
}

/* ---- records from the relay ---- */

static void *relay_pings(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	/* Many at once: each is answered, in order. */
	for (uint64_t n = 0; n < 100; n++)
		scripted_relay_say(fd,
				   (struct wire_header){.type = WIRE_PING,
							.length = 3,
							.sequence = n,
							.pts_us = 5,
							.capture_us = 6},
				   "abc");
	for (uint64_t n = 0; n < 100; n++) {
		struct scripted_record record;

		MUST(scripted_relay_record(fd, &record));
		MUST(record.header.type == WIRE_PONG);
		MUST(record.header.length == 0);
		MUST(record.header.sequence == n);
		MUST(record.header.pts_us == 5 && record.header.capture_us == 6);
		free(record.payload);
	}
	close(fd);
	return NULL;
}

static void test_pings_are_answered(void **state)
{
	struct agent agent = agent_with_listener();

	agent.end_when_lost = true;
	run(&agent, state, relay_pings);
	assert_string_equal(agent.heard, "opened, lost: the relay closed the connection, gone");
}

static void *relay_waits_for_a_ping(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);
	struct scripted_record record;

	MUST(scripted_relay_record(fd, &record));
	MUST(record.header.type == WIRE_PING);
	free(record.payload);
	scripted_relay_say(fd, (struct wire_header){.type = WIRE_PONG, .length = 2}, "ok");
	close(fd);
	return NULL;
}

static void test_silence_is_filled_with_pings(void **state)
{
	struct agent agent = agent_with_listener();

	agent.end_when_lost = true;
	run(&agent, state, relay_waits_for_a_ping);
	assert_string_equal(agent.heard, "opened, lost: the relay closed the connection, gone");
}

static void *relay_says_much_and_ends(void *context)
{
	struct agent *agent = context;
	static char nonsense[100000];
	int fd = scripted_relay_greet(agent->listener, "");
	uint8_t head[WIRE_HEADER_SIZE];
	size_t rest = strlen(scripted_relay_agreed) - 30;
	struct wire_header end = {.type = WIRE_END, .flags = WIRE_RETURN, .length = 19};

	/* The greeting comes in two pieces; types from the future are skipped, however long. */
	MUST(write(fd, scripted_relay_agreed, 30) == 30);
	MUST(write(fd, scripted_relay_agreed + 30, rest) == (ssize_t)rest);
	scripted_relay_say(fd, (struct wire_header){.type = WIRE_FRAME, .length = sizeof nonsense},
			   nonsense);
	scripted_relay_say(fd, (struct wire_header){.type = 0x7f, .length = 4000}, nonsense);
	wire_encode(&end, head);
	for (size_t i = 0; i < sizeof head; i++)
		MUST(write(fd, head + i, 1) == 1);
	MUST(write(fd, "\033closing for today.", 19) == 19);
	close(fd);
	return NULL;
}

static void test_reason_of_the_relay_is_told_and_the_unknown_skipped(void **state)
{
	struct agent agent = agent_with_listener();

	agent.end_when_lost = true;
	run(&agent, state, relay_says_much_and_ends);
	assert_string_equal(agent.heard, "opened, lost: closing for today, gone");
}

static void *relay_tells_that_nobody_watches(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);
	struct scripted_record record;

	scripted_relay_say(fd, (struct wire_header){.type = WIRE_DEMAND}, "");
	MUST(scripted_relay_record(fd, &record));
	check_frame(&record, 1, agent->frame_len);
	free(record.payload);
	MUST(scripted_relay_record(fd, &record));
	MUST(record.header.type == WIRE_PAUSE);
	free(record.payload);
	scripted_relay_expect_end(fd, "that was all");
	return NULL;
}

static void test_frame_that_comes_while_it_rests_is_followed_by_a_pause(void **state)
{
	struct agent agent = agent_with_listener();

	agent.rest_when_told = true;
	run(&agent, state, relay_tells_that_nobody_watches);
	assert_string_equal(agent.heard, "opened, demand, gone");
	assert_int_equal(agent.stats.frames, 1);
}

static void *relay_ends_for_good(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	scripted_relay_say(fd, (struct wire_header){.type = WIRE_END, .length = 10}, "it is over");
	close(fd);
	return NULL;
}

static void test_end_without_a_return_is_over(void **state)
{
	struct agent agent = agent_with_listener();

	run(&agent, state, relay_ends_for_good);
	assert_string_equal(agent.heard, "opened, refused: it is over, gone");
}

static void *relay_ends_and_resets(void *context)
{
	static const char why[] = "the stream was kicked";
	struct wire_header end = {.type = WIRE_END, .flags = WIRE_RETURN, .length = sizeof why - 1};
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	sem_wait(&agent->published);
	scripted_relay_say(fd, end, why);
	close(fd); /* with frames unread: the kernel resets the connection */
	return NULL;
}

static void test_reason_of_the_relay_is_told_although_it_resets(void **state)
{
	struct agent agent = agent_with_listener();

	agent.n_frames = 20;
	agent.frame_len = 1000000;
	agent.end_when_lost = true;
	run(&agent, state, relay_ends_and_resets);
	assert_string_equal(agent.heard, "opened, lost: the stream was kicked, gone");
}

static void *relay_sends_rubbish(void *context)
{
	struct agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	MUST(write(fd, "<html>this is not a record at all</html>", 40) == 40);
	sem_wait(&agent->lost);
	close(fd);
	return NULL;
}

static void test_rubbish_from_the_relay_ends_the_connection(void **state)
{
	struct agent agent = agent_with_listener();

	agent.end_when_lost = true;
	run(&agent, state, relay_sends_rubbish);
	assert_string_equal(agent.heard, "opened, lost: the relay sent what isn't a record, gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPTED_RELAY_TESTS(test_frames_arrive_whole_and_in_order),
		SCRIPTED_RELAY_TESTS(test_slow_relay_gets_whole_frames_and_the_newest),
		SCRIPTED_RELAY_TESTS(test_frames_without_a_connection_are_given_back),
		SCRIPTED_RELAY_TESTS(test_loss_is_told_once_and_the_connection_made_again),
		SCRIPTED_RELAY_TESTS(test_relay_that_is_not_there_yet_is_waited_for),
		SCRIPTED_RELAY_TESTS(test_frames_of_a_lost_connection_are_not_sent_on_the_next),
		SCRIPTED_RELAY_TESTS(test_ending_while_away_is_quick),
		SCRIPTED_RELAY_TESTS(test_ending_before_anything_has_happened),
		SCRIPTED_RELAY_TESTS(test_refusals_are_final_and_say_why),
		SCRIPTED_RELAY_TESTS(test_who_does_not_upgrade_is_refused),
		SCRIPTED_RELAY_TESTS(test_busy_stream_is_told_once_and_waited_for),
		SCRIPTED_RELAY_TESTS(test_passing_errors_are_tried_again),
		SCRIPTED_RELAY_TESTS(test_pings_are_answered),
		SCRIPTED_RELAY_TESTS(test_silence_is_filled_with_pings),
		SCRIPTED_RELAY_TESTS(test_reason_of_the_relay_is_told_and_the_unknown_skipped),
		SCRIPTED_RELAY_TESTS(test_frame_that_comes_while_it_rests_is_followed_by_a_pause),
		SCRIPTED_RELAY_TESTS(test_end_without_a_return_is_over),
		SCRIPTED_RELAY_TESTS(test_reason_of_the_relay_is_told_although_it_resets),
		SCRIPTED_RELAY_TESTS(test_rubbish_from_the_relay_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
