/* SPDX-License-Identifier: MIT */
#include "bench/inspector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAME_BYTES = 100, MS = 1000 };

static const struct window window = {10, 20};

struct viewer {
	struct inspector inspector;
	struct tally tally;
};

static int set_up(void **state)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));

	if (viewer == NULL)
		return -1;
	inspector_init(&viewer->inspector, FRAME_BYTES, true);
	*state = viewer;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* A frame of which `len` bytes come. */
static bool get_cut(struct viewer *viewer, uint64_t number, size_t len, int64_t latency_us)
{
	uint8_t payload[FRAME_BYTES];

	payload_fill(payload, sizeof(payload), number);
	inspector_begin(&viewer->inspector, 1000000);
	inspector_data(&viewer->inspector, payload, len);
	return inspector_end(&viewer->inspector, &window, 1000000 + latency_us, &viewer->tally);
}

static bool get(struct viewer *viewer, uint64_t number)
{
	return get_cut(viewer, number, FRAME_BYTES, MS);
}

static void test_only_frames_of_the_window_are_counted(void **state)
{
	struct viewer *viewer = *state;

	for (uint64_t number = 5; number < 25; number++)
		get(viewer, number);
	assert_int_equal(viewer->tally.delivered, 10);
	assert_int_equal(viewer->tally.latency_us.n, 10);
	assert_int_equal(viewer->tally.summed, 20);
	assert_int_equal(viewer->tally.torn + viewer->tally.repeated + viewer->tally.reordered, 0);
}

static void test_viewer_is_done_once_with_the_last_frame(void **state)
{
	for (uint64_t number = 5; number < 25; number++)
		assert_int_equal(get(*state, number), number == 19);
}

static void test_viewer_that_misses_the_last_frame_is_done_with_a_later_one(void **state)
{
	assert_false(get(*state, 18));
	assert_true(get(*state, 23));
	assert_false(get(*state, 24));
}

static void test_viewer_that_comes_after_the_window_is_done_at_once(void **state)
{
	assert_true(get(*state, 100));
	assert_false(get(*state, 101));
}

static void test_missed_frames_are_no_fault(void **state)
{
	struct viewer *viewer = *state;

	get(viewer, 11);
	get(viewer, 15);
	assert_int_equal(viewer->tally.delivered, 2);
	assert_int_equal(viewer->tally.missed, 3); /* and none before it came */
	assert_int_equal(viewer->tally.torn + viewer->tally.repeated + viewer->tally.reordered, 0);
}

static void test_repeated_frame_counts_as_that_and_not_as_delivered(void **state)
{
	struct viewer *viewer = *state;

	get(viewer, 12);
	get(viewer, 12);
	assert_int_equal(viewer->tally.delivered, 1);
	assert_int_equal(viewer->tally.repeated, 1);
	assert_int_equal(viewer->tally.reordered, 0);
}

static void test_older_frame_is_out_of_order(void **state)
{
	struct viewer *viewer = *state;

	get(viewer, 12);
	get(viewer, 15);
	get(viewer, 13);
	get(viewer, 16);
	assert_int_equal(viewer->tally.delivered, 3);
	assert_int_equal(viewer->tally.repeated, 0);
	assert_int_equal(viewer->tally.reordered, 1);
}

static void test_torn_frame_is_a_fault_outside_the_window_too(void **state)
{
	struct viewer *viewer = *state;

	get_cut(viewer, 2, FRAME_BYTES - 1, MS);
	get_cut(viewer, 12, FRAME_BYTES - 1, MS);
	assert_int_equal(viewer->tally.torn, 2);
	assert_int_equal(viewer->tally.delivered, 0);
}

static void test_latency_is_from_capture_to_the_end(void **state)
{
	struct viewer *viewer = *state;

	get_cut(viewer, 10, FRAME_BYTES, 7);
	get_cut(viewer, 11, FRAME_BYTES, 23);
	get_cut(viewer, 12, FRAME_BYTES, -5); /* the clock was set back */
	assert_int_equal(histogram_at(&viewer->tally.latency_us, 1), 0);
	assert_int_equal(histogram_at(&viewer->tally.latency_us, 500), 7);
	assert_int_equal(viewer->tally.latency_us.max, 23);
}

static void test_tallies_add_up(void **state)
{
	struct viewer *viewer = *state;
	struct tally *sum = calloc(1, sizeof(*sum));

	assert_non_null(sum);
	get_cut(viewer, 10, FRAME_BYTES, 7);
	get(viewer, 10);
	get(viewer, 9);
	get_cut(viewer, 11, 3, MS);
	tally_merge(sum, &viewer->tally);
	tally_merge(sum, &viewer->tally);
	assert_int_equal(sum->delivered, 2);
	assert_int_equal(sum->repeated, 2);
	assert_int_equal(sum->reordered, 2);
	assert_int_equal(sum->torn, 2);
	assert_int_equal(sum->summed, 8);
	assert_int_equal(sum->latency_us.n, 2);
	assert_int_equal(sum->latency_us.max, 7);
	assert_int_equal(histogram_at(&sum->latency_us, 1000), 7);
	free(sum);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_only_frames_of_the_window_are_counted),
		TEST(test_viewer_is_done_once_with_the_last_frame),
		TEST(test_viewer_that_misses_the_last_frame_is_done_with_a_later_one),
		TEST(test_viewer_that_comes_after_the_window_is_done_at_once),
		TEST(test_missed_frames_are_no_fault),
		TEST(test_repeated_frame_counts_as_that_and_not_as_delivered),
		TEST(test_older_frame_is_out_of_order),
		TEST(test_torn_frame_is_a_fault_outside_the_window_too),
		TEST(test_latency_is_from_capture_to_the_end),
		TEST(test_tallies_add_up),
	};

	return cmocka_run_group_tests_name("bench_inspector", tests, NULL, NULL);
}
