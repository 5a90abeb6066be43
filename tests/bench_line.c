/* SPDX-License-Identifier: MIT */
#include "bench/line.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static const uint8_t bytes[LINE_PACKET_SIZE];

/* 2 Mbit/s: 1,000 bytes take 4 ms. */
static void start(struct line *line, struct line_config config)
{
	assert_int_equal(line_init(line, &config, 1), 0);
}

/* How many packets are there by then, and taken. */
static unsigned take_all(struct line *line, int64_t now_ns)
{
	unsigned n = 0;

	for (; line_peek(line, now_ns) != NULL; n++)
		line_take(line);
	return n;
}

static void test_packet_takes_its_time_on_the_line_and_the_delay(void **state)
{
	struct line line;

	(void)state;
	start(&line, (struct line_config){.rate = 2000000, .queue = 10000, .delay_ns = 50 * MS});
	line_put(&line, "first", 5, 0);
	line_put(&line, bytes, 1000, 0);
	assert_null(line_peek(&line, 50 * MS));
	assert_int_equal(line_next_ns(&line), 50 * MS + MS / 50);
	const struct line_packet *packet = line_peek(&line, line_next_ns(&line));
	assert_non_null(packet);
	assert_int_equal(packet->len, 5);
	assert_memory_equal(packet->bytes, "first", 5);
	line_take(&line);
	assert_int_equal(line_next_ns(&line), 54 * MS + MS / 50);
	assert_int_equal(take_all(&line, 55 * MS), 1);
	assert_int_equal(line_next_ns(&line), INT64_MAX);
	line_finish(&line);
}

static void test_looking_late_doesnt_slow_the_line_down(void **state)
{
	struct line line;

	(void)state;
	start(&line, (struct line_config){.rate = 2000000, .queue = 100000});
	for (unsigned i = 0; i < 50; i++)
		line_put(&line, bytes, 1000, 0);
	assert_int_equal(take_all(&line, 100 * MS), 25);
	assert_int_equal(take_all(&line, 200 * MS), 25);
	line_finish(&line);
}

static void test_full_queue_drops_what_comes(void **state)
{
	struct line line;

	(void)state;
	start(&line, (struct line_config){.rate = 2000000, .queue = 5000});
	for (unsigned i = 0; i < 20; i++)
		line_put(&line, bytes, 1000, 0);
	assert_int_equal(line.counts.overflowed, 14); /* one is on the line, five wait */
	line_put(&line, bytes, 1000, 4 * MS);
	assert_int_equal(line.counts.overflowed, 14);
	assert_int_equal(take_all(&line, 1000 * MS), 7);
	assert_int_equal(line.counts.passed, 7);
	line_finish(&line);
}

static void test_new_rate_is_for_what_waits(void **state)
{
	struct line line;

	(void)state;
	start(&line, (struct line_config){.rate = 2000000, .queue = 100000});
	for (unsigned i = 0; i < 10; i++)
		line_put(&line, bytes, 1000, 0);
	line_set_rate(&line, 1000000, 6 * MS); /* two have left the queue */
	assert_int_equal(take_all(&line, 8 * MS), 2);
	assert_int_equal(take_all(&line, 16 * MS - 1), 0);
	assert_int_equal(take_all(&line, 72 * MS), 8);
	line_finish(&line);
}

static void test_jitter_and_loss_follow_the_seed_and_keep_the_order(void **state)
{
	int64_t times[2][1000];
	uint64_t lost[2];

	(void)state;
	for (unsigned run = 0; run < 2; run++) {
		int64_t now_ns = 0;
		struct line line;
		uint16_t next = 0;

		start(&line,
		      (struct line_config){.delay_ns = MS, .jitter_ns = 10 * MS, .loss = 100});
		for (uint16_t i = 0; i < 1000; i++)
			line_put(&line, &i, sizeof(i), 0);
		lost[run] = line.counts.lost;
		for (unsigned i = 0; line_next_ns(&line) < INT64_MAX; i++) {
			assert_true(line_next_ns(&line) >= now_ns);
			times[run][i] = now_ns = line_next_ns(&line);
			const struct line_packet *packet = line_peek(&line, now_ns);
			uint16_t number =
				(uint16_t)(packet->bytes[0] | (unsigned)packet->bytes[1] << 8);

			assert_true(number >= next);
			next = (uint16_t)(number + 1);
			line_take(&line);
		}
		assert_int_equal(line.counts.passed + line.counts.lost, 1000);
		line_finish(&line);
	}
	assert_true(lost[0] > 50 && lost[0] < 150);
	assert_int_equal(lost[0], lost[1]);
	assert_memory_equal(times[0], times[1], (1000 - lost[0]) * sizeof(times[0][0]));
}

static void test_more_packets_than_there_is_room_for_are_dropped(void **state)
{
	struct line line;

	(void)state;
	start(&line, (struct line_config){.delay_ns = MS});
	for (unsigned i = 0; i < LINE_PACKETS + 3; i++)
		line_put(&line, bytes, 1, 0);
	assert_int_equal(line.counts.overflowed, 3);
	assert_int_equal(take_all(&line, MS), LINE_PACKETS);
	line_finish(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet_takes_its_time_on_the_line_and_the_delay),
		cmocka_unit_test(test_looking_late_doesnt_slow_the_line_down),
		cmocka_unit_test(test_full_queue_drops_what_comes),
		cmocka_unit_test(test_new_rate_is_for_what_waits),
		cmocka_unit_test(test_jitter_and_loss_follow_the_seed_and_keep_the_order),
		cmocka_unit_test(test_more_packets_than_there_is_room_for_are_dropped),
	};
	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
