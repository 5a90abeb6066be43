/* SPDX-License-Identifier: MIT */
#include "relay/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PLENTY = 1 << 30 };

/* 2 Mbit/s, 20 ms: the path itself holds 5,000 bytes. */
static struct io_link link_with(uint32_t unsent, uint32_t unacked)
{
	return (struct io_link){.unsent = unsent,
				.unacked = unacked,
				.rtt_us = 60000,
				.min_rtt_us = 20000,
				.delivery_rate = 250000};
}

static void test_what_the_path_holds_waits_for_nothing(void **state)
{
	struct io_link empty = link_with(0, 0), full = link_with(0, 5000);
	struct io_link slack = link_with(0, 5000 + PATH_SLACK);

	(void)state;
	assert_int_equal(path_wait_us(&empty, 0, PLENTY), 0);
	assert_int_equal(path_wait_us(&full, 0, PLENTY), 0);
	assert_int_equal(path_wait_us(&slack, 0, PLENTY), 0);
}

static void test_what_is_queued_is_waited_for(void **state)
{
	struct io_link queued = link_with(0, 5000 + PATH_SLACK + 10000);
	struct io_link unsent = link_with(10000, 5000 + PATH_SLACK);

	(void)state;
	assert_int_equal(path_wait_us(&queued, 0, PLENTY),
			 40000); /* 10,000 bytes at 250,000 a second */
	assert_int_equal(path_wait_us(&unsent, 0, PLENTY), 40000);
}

static void test_far_viewer_without_a_queue_waits_for_nothing(void **state)
{
	/* 100 ms away: three frames are on their way, and the rate is that of the first. */
	struct io_link far = {
		.unacked = 60000, .rtt_us = 101000, .min_rtt_us = 100000, .delivery_rate = 200000};

	(void)state;
	assert_int_equal(path_wait_us(&far, 0, PLENTY), 0);
	far.unsent = 1;
	assert_true(path_wait_us(&far, 0, PLENTY) > 0);
	far.unsent = 0;
	far.rtt_us = 100000 + PATH_QUEUED_US + 1;
	assert_true(path_wait_us(&far, 0, PLENTY) > 0);
}

static void test_unknown_path_is_tried_until_bytes_stay_unsent(void **state)
{
	struct io_link fresh = {.unacked = 14000}, stuck = {.unsent = 1, .unacked = 14000};

	(void)state;
	assert_int_equal(path_wait_us(&fresh, 0, PLENTY), 0);
	assert_int_equal(path_wait_us(&stuck, 0, PLENTY), PATH_SHORTEST_US);
}

static void test_questions_become_rarer_within_limits(void **state)
{
	struct io_link little = link_with(0, 5000 + PATH_SLACK + 1);
	struct io_link much = link_with(100000000, 0);

	(void)state;
	for (unsigned asked = 0; asked < 300; asked++) {
		int64_t wait_us = path_wait_us(&little, asked, PLENTY);

		assert_true(wait_us >= PATH_SHORTEST_US && wait_us <= PATH_LONGEST_US);
		assert_true(wait_us >= path_wait_us(&little, asked > 0 ? asked - 1 : 0, PLENTY));
		assert_int_equal(path_wait_us(&much, asked, PLENTY), PATH_LONGEST_US);
	}
}

static void test_age_is_what_waited_and_half_a_round_trip(void **state)
{
	struct io_link link = link_with(0, 4000);

	(void)state;
	link.rtt_us = 22000; /* no queue: what is on its way holds nobody up */
	assert_int_equal(path_age_us(&link, 0), 11000);
	assert_int_equal(path_age_us(&link, 250000), 261000);
	link.unacked = 0;
	assert_int_equal(path_age_us(&link, 0), 11000);
}

static void test_way_is_half_of_the_least_round_trip(void **state)
{
	struct io_link link = link_with(9000, 9000);

	(void)state;
	assert_int_equal(path_way_us(&link), 10000); /* whatever is on it */
	link.min_rtt_us = UINT32_MAX;		     /* none was measured yet */
	assert_int_equal(path_way_us(&link), 30000);
}

static void test_queue_makes_older(void **state)
{
	struct io_link queued = link_with(0, 5000 + 10000), unsent = link_with(10000, 5000);
	struct io_link little = link_with(0, 1000);

	(void)state;
	/* 10,000 bytes at 250,000 a second, and half of the path without a queue */
	assert_int_equal(path_age_us(&queued, 0), 40000 + 10000);
	assert_int_equal(path_age_us(&unsent, 30000), 30000 + 40000 + 10000);
	assert_int_equal(path_age_us(&little, 0), 10000); /* the queue is gone already */
}

static void test_age_on_a_path_that_isnt_known(void **state)
{
	struct io_link fresh = {.unsent = 1, .unacked = 14000, .min_rtt_us = UINT32_MAX};
	struct io_link strange = link_with(UINT32_MAX, UINT32_MAX);

	(void)state;
	assert_int_equal(path_age_us(&fresh, 5000), 5000);
	fresh.rtt_us = 30000;
	fresh.delivery_rate = 1000;
	assert_int_equal(path_age_us(&fresh, 5000), 20000);
	strange.delivery_rate = 1;
	assert_true(path_age_us(&strange, 0) > INT64_C(8000000000000000));
}

static void test_closed_window_is_waited_for_but_not_for_ever(void **state)
{
	struct io_link held = {.window = 4 * 1448,
			       .rtt_us = 101000,
			       .min_rtt_us = 100000,
			       .delivery_rate = 250000};
	struct io_link near = held, open = held;

	(void)state;
	for (unsigned asked = 0; asked < PATH_HELD_ASKED; asked++)
		assert_true(path_wait_us(&held, asked, PLENTY) > 0);
	assert_int_equal(path_wait_us(&held, PATH_HELD_ASKED, PLENTY), 0);
	near.rtt_us = near.min_rtt_us = 5000;
	assert_int_equal(path_wait_us(&near, 0, PLENTY), 0);
	open.window = 25000;
	assert_int_equal(path_wait_us(&open, 0, PLENTY), 0);
}

static void test_pace_is_above_the_rate_and_no_frame_takes_long_by_it(void **state)
{
	struct io_link link = link_with(0, 0), fresh = {.unacked = 14000};
	struct io_link fastest = {.delivery_rate = UINT64_MAX / PATH_PACE_PERCENT,
				  .min_rtt_us = PATH_PACE_RTT_US};

	(void)state;
	assert_int_equal(path_pace(&link, 1000, PLENTY), 312500);
	assert_int_equal(path_pace(&link, 100000, PLENTY), 500000);
	assert_int_equal(path_pace(&fresh, 1000, PLENTY), 0);
	assert_int_equal(path_pace(&fastest, 1000, PLENTY), INT32_MAX);
}

static void test_first_flight_tells_no_pace_and_little_of_waiting(void **state)
{
	struct io_link link = link_with(1000, 40000); /* 15,000 bytes come back in a round trip */

	(void)state;
	assert_int_equal(path_pace(&link, 1000, 0), 0);
	assert_int_equal(path_pace(&link, 1000, 41000 + 15000), 0);
	assert_int_equal(path_pace(&link, 1000, 41000 + 30000), 312500);
	assert_int_equal(path_wait_us(&link, 0, 41000 + 15000), PATH_DOUBTED_US);
	assert_true(path_wait_us(&link, 0, 41000 + 30000) > PATH_DOUBTED_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_path_holds_waits_for_nothing),
		cmocka_unit_test(test_what_is_queued_is_waited_for),
		cmocka_unit_test(test_far_viewer_without_a_queue_waits_for_nothing),
		cmocka_unit_test(test_unknown_path_is_tried_until_bytes_stay_unsent),
		cmocka_unit_test(test_questions_become_rarer_within_limits),
		cmocka_unit_test(test_age_is_what_waited_and_half_a_round_trip),
		cmocka_unit_test(test_way_is_half_of_the_least_round_trip),
		cmocka_unit_test(test_queue_makes_older),
		cmocka_unit_test(test_age_on_a_path_that_isnt_known),
		cmocka_unit_test(test_closed_window_is_waited_for_but_not_for_ever),
		cmocka_unit_test(test_first_flight_tells_no_pace_and_little_of_waiting),
		cmocka_unit_test(test_pace_is_above_the_rate_and_no_frame_takes_long_by_it),
	};
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
