/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/outbox.h"

/* ---- frames that tell where they are ---- */

enum { N_FRAMES = 6, FRAME_LEN = 100 };

struct test_frame {
	struct frame frame;
	bool lent;
	uint8_t bytes[FRAME_LEN];
};

static struct test_frame frames[N_FRAMES];

static void release(struct frame *frame)
{
	struct test_frame *test = (struct test_frame *)frame;

	assert_true(test->lent);
	test->lent = false;
}

static struct frame *lend(int n)
{
	struct test_frame *test = &frames[n];

	assert_false(test->lent);
	memset(test->bytes, 'a' + n, FRAME_LEN);
	test->frame = (struct frame){test->bytes, FRAME_LEN, n + 1, n + 100, release, 0};
	test->lent = true;
	return &test->frame;
}

static int count_lent(void)
{
	int n = 0;

	for (int i = 0; i < N_FRAMES; i++)
		n += frames[i].lent;
	return n;
}

/* ---- a socket that takes `at_a_time` bytes, and writes down which records came ---- */

struct wire {
	char record[4096];
	size_t len;
	char came[256]; /* "ping", "frame b", … */
};

static size_t take(struct wire *wire, const struct msghdr *message, size_t at_a_time)
{
	size_t taken = 0;

	for (size_t i = 0; i < message->msg_iovlen; i++) {
		size_t part = message->msg_iov[i].iov_len;

		if (part > at_a_time - taken)
			part = at_a_time - taken;
		if (part > 0)
			memcpy(wire->record + wire->len, message->msg_iov[i].iov_base, part);
		wire->len += part;
		taken += part;
	}
	return taken;
}

static void note(struct wire *wire)
{
	static const struct {
		uint8_t type;
		const char *name;
	} names[] = {
		{WIRE_FRAME, "frame"}, {WIRE_PING, "ping"}, {WIRE_PONG, "pong"}, {WIRE_END, "end"}};
	struct wire_header header;
	size_t at = strlen(wire->came);

	assert_true(wire->len >= WIRE_HEADER_SIZE);
	assert_int_equal(wire_decode((uint8_t *)wire->record, &header), 0);
	assert_int_equal(wire->len, WIRE_HEADER_SIZE + header.length);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].type == header.type)
			snprintf(wire->came + at, sizeof wire->came - at, "%s%s%s%.*s",
				 at > 0 ? ", " : "", names[i].name, header.length > 0 ? " " : "",
				 header.type == WIRE_FRAME ? 1 : (int)header.length,
				 wire->record + WIRE_HEADER_SIZE);
	wire->len = 0;
}

/* Sends all that is due. */
static void drain(struct outbox *outbox, struct wire *wire, size_t at_a_time)
{
	while (outbox_next(outbox, 1234)) {
		while (!outbox_took(outbox, take(wire, &outbox->message, at_a_time)))
			;
		note(wire);
	}
}

/* ---- tests ---- */

static void test_control_records_come_before_frames_and_the_end_last(void **state)
{
	struct wire_header ping = {.type = WIRE_PING, .sequence = 9, .pts_us = 8, .length = 4};
	struct wire wire = {0};
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	assert_false(outbox_is_due(&outbox));
	assert_false(outbox_next(&outbox, 0));
	outbox_end(&outbox, "bye");
	assert_true(outbox_is_due(&outbox));
	outbox_frame(&outbox, lend(1));
	outbox_ping(&outbox);
	outbox_pong(&outbox, &ping);
	drain(&outbox, &wire, SIZE_MAX);
	assert_string_equal(wire.came, "pong, ping, frame b, end bye");
	assert_int_equal(count_lent(), 0);
}

static void test_nothing_follows_the_end(void **state)
{
	struct wire_header ping = {.type = WIRE_PING};
	struct wire wire = {0};
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	outbox_end(&outbox, "");
	drain(&outbox, &wire, 1);
	outbox_ping(&outbox);
	outbox_pong(&outbox, &ping);
	drain(&outbox, &wire, 1);
	assert_string_equal(wire.came, "end");
	assert_int_equal(outbox.pong.type, 0);
}

static void test_records_are_whole_however_little_is_taken(void **state)
{
	(void)state;
	for (size_t at_a_time = 1; at_a_time < WIRE_HEADER_SIZE + FRAME_LEN + 2; at_a_time++) {
		struct wire wire = {0};
		struct outbox outbox;

		outbox_init(&outbox);
		outbox_frame(&outbox, lend(0));
		drain(&outbox, &wire, at_a_time);
		outbox_ping(&outbox);
		outbox_frame(&outbox, lend(1));
		drain(&outbox, &wire, at_a_time);
		assert_string_equal(wire.came, "frame a, ping, frame b");
		assert_int_equal(outbox.frames, 2);
		assert_int_equal(outbox.bytes, 2 * FRAME_LEN);
		assert_int_equal(count_lent(), 0);
	}
}

static void test_only_the_newest_frame_waits(void **state)
{
	struct wire wire = {0};
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	outbox_frame(&outbox, lend(0));
	assert_true(outbox_next(&outbox, 0));
	for (int n = 1; n < N_FRAMES; n++)
		outbox_frame(&outbox, lend(n));
	assert_int_equal(count_lent(), 2);
	assert_int_equal(outbox.behind, N_FRAMES - 2);
	assert_true(outbox_took(&outbox, take(&wire, &outbox.message, SIZE_MAX)));
	note(&wire);
	drain(&outbox, &wire, 10);
	assert_string_equal(wire.came, "frame a, frame f");
	assert_int_equal(outbox.frames, 2);
	assert_int_equal(count_lent(), 0);
}

static void test_clearing_gives_back_what_was_begun_and_what_waits(void **state)
{
	struct wire_header ping = {.type = WIRE_PING};
	struct wire wire = {0};
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	outbox_frame(&outbox, lend(0));
	assert_true(outbox_next(&outbox, 0));
	assert_false(outbox_took(&outbox, take(&wire, &outbox.message, 50)));
	outbox_frame(&outbox, lend(1));
	outbox_pong(&outbox, &ping);
	outbox_ping(&outbox);
	assert_int_equal(outbox_clear(&outbox), 2);
	assert_int_equal(count_lent(), 0);
	assert_int_equal(outbox_clear(&outbox), 0);
	assert_false(outbox_next(&outbox, 0));
	/* The next connection begins with its own greeting. */
	wire.len = 0;
	outbox_request(&outbox, "hello", 5);
	assert_false(outbox_took(&outbox, take(&wire, &outbox.message, 3)));
	assert_true(outbox_took(&outbox, take(&wire, &outbox.message, 3)));
	assert_memory_equal(wire.record, "hello", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control_records_come_before_frames_and_the_end_last),
		cmocka_unit_test(test_nothing_follows_the_end),
		cmocka_unit_test(test_records_are_whole_however_little_is_taken),
		cmocka_unit_test(test_only_the_newest_frame_waits),
		cmocka_unit_test(test_clearing_gives_back_what_was_begun_and_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
