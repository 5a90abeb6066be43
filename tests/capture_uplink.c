/* SPDX-License-Identifier: MIT */
/*
 * The uplink against a relay that is played by a thread with a script: its frames, its connections,
 * and what it is answered. Every test runs on both back ends.
 */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/uplink.h"
#include "tests/scripted_agent.h"
#include "tests/scripted_relay.h"

/* ---- frames ---- */

static void *relay_takes_all(void *context)
{
	struct scripted_agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	for (int number = 1; number <= 50; number++) {
		struct scripted_record record;

		MUST(scripted_relay_record(fd, &record));
		scripted_agent_check_frame(&record, number, 100000);
		MUST(record.header.sequence == (uint64_t)number - 1);
		free(record.payload);
	}
	scripted_relay_expect_end(fd, "that was all");
	return NULL;
}

static void test_frames_arrive_whole_and_in_order(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.n_frames = 50;
	agent.frame_len = 100000;
	agent.wait_for_each = agent.end_when_open = true;
	scripted_agent_run(&agent, state, relay_takes_all);
	assert_string_equal(agent.heard, "opened, gone");
	assert_int_equal(agent.stats.frames, 50);
	assert_int_equal(agent.stats.bytes, 5000000);
	assert_int_equal(agent.stats.behind + agent.stats.away, 0);
}

enum { FLOOD = 400, FLOOD_LEN = 200000 };

static void *relay_reads_late(void *context)
{
	struct scripted_agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed), n = 0, last = 0;
	struct scripted_record record = {0};

	/* Nothing is read until everything was published: 80 MB, more than any socket takes. */
	sem_wait(&agent->published);
	while (scripted_relay_record(fd, &record) && record.header.type == WIRE_FRAME) {
		int number = (int)(record.header.pts_us / 1000);

		MUST(number > last);
		scripted_agent_check_frame(&record, number, FLOOD_LEN);
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
	struct scripted_agent agent = scripted_agent_with_listener();
	int size = 65536;

	/* Keeps what the relay's kernel takes small, so that the agent has to drop. */
	setsockopt(agent.listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	agent.n_frames = FLOOD;
	agent.frame_len = FLOOD_LEN;
	agent.end_when_open = true;
	scripted_agent_run(&agent, state, relay_reads_late);
	assert_string_equal(agent.heard, "opened, gone");
	assert_int_equal(agent.stats.frames + agent.stats.behind, FLOOD);
	assert_true(agent.stats.behind > FLOOD / 2);
}

static void test_frames_without_a_connection_are_given_back(void **state)
{
	const enum io_backend *backend = *state;
	struct url url = {.host = "127.0.0.1", .port = "1", .stream = "cam"};
	struct scripted_agent agent = {0};
	const char *why;

	assert_int_equal(io_create(&agent.io, *backend, &why), 0);
	assert_int_equal(
		uplink_create(&agent.uplink, agent.io, &url, NULL, scripted_agent_hear, &agent), 0);
	assert_false(uplink_wants(agent.uplink, true));
	uplink_publish(agent.uplink, scripted_agent_frame(1, 10));
	uplink_skip(agent.uplink);
	assert_int_equal(scripted_agent_lent(), 0);
	assert_int_equal(uplink_stats(agent.uplink).away, 2);
	uplink_destroy(agent.uplink);
	uplink_destroy(NULL);
	io_destroy(agent.io);
}

/* ---- connecting, losing, connecting again ---- */

static void *relay_closes_twice(void *context)
{
	struct scripted_agent *agent = context;
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
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.n_frames = 1;
	agent.end_when_reopened = true;
	scripted_agent_run(&agent, state, relay_closes_twice);
	assert_string_equal(agent.heard,
			    "opened, lost: the relay closed the connection, opened, gone");
}

static void *relay_comes_late(void *context)
{
	struct scripted_agent *agent = context;

	sem_wait(&agent->lost);
	MUST(listen(agent->listener, 8) == 0);
	scripted_relay_expect_end(scripted_relay_greet(agent->listener, scripted_relay_agreed),
				  "that was all");
	return NULL;
}

static void test_relay_that_is_not_there_yet_is_waited_for(void **state)
{
	struct scripted_agent agent = scripted_agent_with_socket();

	agent.end_when_open = true;
	scripted_agent_run(&agent, state, relay_comes_late);
	assert_string_equal(agent.heard, "lost: Connection refused, opened, gone");
}

static void *relay_ends_in_mid_frame(void *context)
{
	struct scripted_agent *agent = context;
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
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.n_frames = 20;
	agent.frame_len = 4000000;
	agent.end_when_reopened = true;
	scripted_agent_run(&agent, state, relay_ends_in_mid_frame);
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
	struct scripted_agent agent = scripted_agent_with_socket();

	agent.end_when_lost = true;
	scripted_agent_run(&agent, state, no_relay);
	assert_string_equal(agent.heard, "lost: Connection refused, gone");
}

static void test_ending_before_anything_has_happened(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost"};
	const enum io_backend *backend = *state;

	alarm(SCRIPTED_AGENT_SECONDS);
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct url url = {.port = "1", .stream = "cam"};
		struct scripted_agent agent = {0};
		const char *why;

		snprintf(url.host, sizeof url.host, "%s", hosts[i]);
		assert_int_equal(io_create(&agent.io, *backend, &why), 0);
		assert_int_equal(uplink_create(&agent.uplink, agent.io, &url, NULL,
					       scripted_agent_hear, &agent),
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
	struct scripted_agent *agent = context;

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
		struct scripted_agent agent = scripted_agent_with_listener();
		char answer[256];

		snprintf(answer, sizeof answer,
			 "HTTP/1.1 %d Reason\r\nContent-Type: text/plain\r\n"
			 "Content-Length: 12\r\n\r\nrefused: %d",
			 statuses[i], statuses[i]);
		memset(answers, 0, sizeof answers);
		answers[0] = answer;
		scripted_agent_run(&agent, state, relay_answers);
		snprintf(answer, sizeof answer, "refused: refused: %d, gone", statuses[i]);
		assert_string_equal(agent.heard, answer);
	}
}

static void test_who_does_not_upgrade_is_refused(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	memset(answers, 0, sizeof answers);
	answers[0] = "HTTP/1.1 200 refused\r\nContent-Length: 0\r\n\r\n";
	scripted_agent_run(&agent, state, relay_answers);
	assert_string_equal(agent.heard, "refused: it doesn't speak spillway/1; a proxy in front "
					 "of it must pass Upgrade, gone");
}

static void test_busy_stream_is_told_once_and_waited_for(void **state)
{
	static const char busy[] = "HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\n"
				   "Content-Length: 5\r\n\r\nBusy.";
	struct scripted_agent agent = scripted_agent_with_listener();

	memset(answers, 0, sizeof answers);
	answers[0] = answers[1] = answers[2] = busy;
	agent.end_when_open = true;
	scripted_agent_run(&agent, state, relay_answers);
	assert_string_equal(agent.heard, "busy: Busy, opened, gone");
}

static void test_passing_errors_are_tried_again(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	memset(answers, 0, sizeof answers);
	answers[0] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	answers[1] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
	answers[2] = "220 mail.example.org ESMTP\r\n";
	agent.end_when_open = true;
	scripted_agent_run(&agent, state, relay_answers);
	assert_string_equal(agent.heard, "lost: Not Found, opened, gone");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
