/* SPDX-License-Identifier: MIT */
#include "tests/scripted_agent.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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

struct frame *scripted_agent_frame(int number, size_t len)
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

int scripted_agent_lent(void)
{
	return n_lent;
}

void scripted_agent_check_frame(const struct scripted_record *record, int number, size_t len)
{
	MUST(record->header.type == WIRE_FRAME);
	MUST(record->header.flags == WIRE_KEY);
	MUST(record->header.length == len);
	MUST(record->header.pts_us == number * 1000);
	MUST(record->header.capture_us == number * 1000 + 7);
	for (size_t i = 0; i < len; i++)
		MUST((uint8_t)record->payload[i] == (number & 0xff));
}

static void tick(struct io_op *op, int result)
{
	struct scripted_agent *agent =
		(struct scripted_agent *)(void *)((char *)op -
						  offsetof(struct scripted_agent, ticker));

	(void)result;
	if (agent->next_frame < agent->n_frames && (!agent->wait_for_each || n_lent == 0))
		uplink_publish(agent->uplink,
			       scripted_agent_frame(++agent->next_frame, agent->frame_len));
	if (agent->next_frame < agent->n_frames) {
		io_timer(agent->io, op, io_now_us(agent->io) + 1, tick);
		return;
	}
	sem_post(&agent->published);
	if (agent->end_when_open)
		uplink_end(agent->uplink, "that was all");
}

void scripted_agent_hear(void *context, enum uplink_event event, const char *text)
{
	static const char *const names[] = {"opened", "lost", "busy", "refused", "demand", "gone"};
	struct scripted_agent *agent = context;
	size_t len = strlen(agent->heard);

	snprintf(agent->heard + len, sizeof agent->heard - len, "%s%s%s%s", len > 0 ? ", " : "",
		 names[event], *text != '\0' ? ": " : "", text);
	if (event == UPLINK_OPENED)
		tick(&agent->ticker, 0);
	if (event == UPLINK_DEMAND && agent->rest_when_told) {
		uplink_rest(agent->uplink);
		uplink_publish(agent->uplink, scripted_agent_frame(1, agent->frame_len));
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

void scripted_agent_run(struct scripted_agent *agent, void **state, void *(*script)(void *))
{
	const enum io_backend *backend = *state;
	struct url url = {.stream = "cam"};
	const char *why;
	pthread_t thread;

	alarm(SCRIPTED_AGENT_SECONDS);
	snprintf(url.host, sizeof url.host, "127.0.0.1");
	snprintf(url.port, sizeof url.port, "%u", (unsigned)ntohs(agent->address.sin_port));
	sem_init(&agent->lost, 0, 0);
	sem_init(&agent->published, 0, 0);
	assert_int_equal(io_create(&agent->io, *backend, &why), 0);
	assert_int_equal(
		uplink_create(&agent->uplink, agent->io, &url, NULL, scripted_agent_hear, agent),
		0);
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

struct scripted_agent scripted_agent_with_socket(void)
{
	struct scripted_agent agent = {.frame_len = 1000};

	agent.address.sin_family = AF_INET;
	agent.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	agent.listener = scripted_relay_bind(&agent.address);
	return agent;
}

struct scripted_agent scripted_agent_with_listener(void)
{
	struct scripted_agent agent = scripted_agent_with_socket();

	assert_int_equal(listen(agent.listener, 8), 0);
	return agent;
}
