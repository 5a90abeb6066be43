/* SPDX-License-Identifier: MIT */
/*
 * What the relay's records do to an uplink that is open: pings, DEMAND, END, and what is none of
 * them. The relay is played by a thread with a script. Every test runs on both back ends.
 */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scripted_agent.h"
#include "tests/scripted_relay.h"

static void *relay_pings(void *context)
{
	struct scripted_agent *agent = context;
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
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.end_when_lost = true;
	scripted_agent_run(&agent, state, relay_pings);
	assert_string_equal(agent.heard, "opened, lost: the relay closed the connection, gone");
}

static void *relay_waits_for_a_ping(void *context)
{
	struct scripted_agent *agent = context;
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
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.end_when_lost = true;
	scripted_agent_run(&agent, state, relay_waits_for_a_ping);
	assert_string_equal(agent.heard, "opened, lost: the relay closed the connection, gone");
}

static void *relay_says_much_and_ends(void *context)
{
	struct scripted_agent *agent = context;
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
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.end_when_lost = true;
	scripted_agent_run(&agent, state, relay_says_much_and_ends);
	assert_string_equal(agent.heard, "opened, lost: closing for today, gone");
}

static void *relay_tells_that_nobody_watches(void *context)
{
	struct scripted_agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);
	struct scripted_record record;

	scripted_relay_say(fd, (struct wire_header){.type = WIRE_DEMAND}, "");
	MUST(scripted_relay_record(fd, &record));
	scripted_agent_check_frame(&record, 1, agent->frame_len);
	free(record.payload);
	MUST(scripted_relay_record(fd, &record));
	MUST(record.header.type == WIRE_PAUSE);
	free(record.payload);
	scripted_relay_expect_end(fd, "that was all");
	return NULL;
}

static void test_frame_that_comes_while_it_rests_is_followed_by_a_pause(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.rest_when_told = true;
	scripted_agent_run(&agent, state, relay_tells_that_nobody_watches);
	assert_string_equal(agent.heard, "opened, demand, gone");
	assert_int_equal(agent.stats.frames, 1);
}

static void *relay_ends_for_good(void *context)
{
	struct scripted_agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	scripted_relay_say(fd, (struct wire_header){.type = WIRE_END, .length = 10}, "it is over");
	close(fd);
	return NULL;
}

static void test_end_without_a_return_is_over(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	scripted_agent_run(&agent, state, relay_ends_for_good);
	assert_string_equal(agent.heard, "opened, refused: it is over, gone");
}

static void *relay_ends_and_resets(void *context)
{
	static const char why[] = "the stream was kicked";
	struct wire_header end = {.type = WIRE_END, .flags = WIRE_RETURN, .length = sizeof why - 1};
	struct scripted_agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	sem_wait(&agent->published);
	scripted_relay_say(fd, end, why);
	close(fd); /* with frames unread: the kernel resets the connection */
	return NULL;
}

static void test_reason_of_the_relay_is_told_although_it_resets(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.n_frames = 20;
	agent.frame_len = 1000000;
	agent.end_when_lost = true;
	scripted_agent_run(&agent, state, relay_ends_and_resets);
	assert_string_equal(agent.heard, "opened, lost: the stream was kicked, gone");
}

static void *relay_sends_rubbish(void *context)
{
	struct scripted_agent *agent = context;
	int fd = scripted_relay_greet(agent->listener, scripted_relay_agreed);

	MUST(write(fd, "<html>this is not a record at all</html>", 40) == 40);
	sem_wait(&agent->lost);
	close(fd);
	return NULL;
}

static void test_rubbish_from_the_relay_ends_the_connection(void **state)
{
	struct scripted_agent agent = scripted_agent_with_listener();

	agent.end_when_lost = true;
	scripted_agent_run(&agent, state, relay_sends_rubbish);
	assert_string_equal(agent.heard, "opened, lost: the relay sent what isn't a record, gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
