/* SPDX-License-Identifier: MIT */
#include "bench/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/good_result.h"

static void test_figures_follow(void **state)
{
	struct result *result = *state;

	assert_int_equal(result_expected(result), 300000);
	assert_int_equal(result_dropped(result), 0);
	assert_true(result_per_frame(result, 3 * S) == 10.0);
	assert_true(result_bytes_per_viewer(result) == 1000.0);
	result->tally.delivered = 299000;
	assert_int_equal(result_dropped(result), 1000);
}

static void test_nothing_delivered_costs_nothing(void **state)
{
	struct result *result = *state;

	result->tally.delivered = result->arrived = 0;
	assert_true(result_per_frame(result, 3 * S) == 0.0);
	assert_int_equal(result_dropped(result), 300000);
}

static void test_faults_are_those_that_break_a_promise(void **state)
{
	struct result *result = *state;

	result->tally.delivered = 1; /* drops are none */
	assert_false(result_is_faulty(result));
	result->tally.torn = 1;
	assert_true(result_is_faulty(result));
	result->tally.torn = 0;
	result->tally.repeated = 1;
	assert_true(result_is_faulty(result));
	result->tally.repeated = 0;
	result->tally.reordered = 1;
	assert_true(result_is_faulty(result));
}

/* The only sentence begins so; NULL: there is none. */
static struct result_notes assert_note(const struct result *result, const char *beginning)
{
	struct result_notes notes;

	result_judge(result, &notes);
	assert_int_equal(notes.n, beginning != NULL);
	if (beginning != NULL)
		assert_memory_equal(notes.sentences[0], beginning, strlen(beginning));
	return notes;
}

static void test_run_without_limits_has_no_notes(void **state)
{
	struct result_notes notes = assert_note(*state, NULL);

	assert_false(notes.load_was_limit);
	assert_false(notes.server_was_limit);
}

static void test_full_process_of_the_load_is_told(void **state)
{
	struct result *result = *state;

	result->busiest_load_us = 9 * S;
	assert_true(assert_note(result, "the load side was the limit: one process used 90 %")
			    .load_was_limit);
}

static void test_full_core_of_the_load_is_told(void **state)
{
	struct result *result = *state;

	result->load_cpu_us = 95 * S / 10;
	assert_true(assert_note(result, "the load side was the limit: its core was busy for 95 %")
			    .load_was_limit);
}

static void test_full_machine_is_told_where_nothing_is_pinned(void **state)
{
	struct result *result = *state;

	result->pinned = false;
	result->all_cpus_us = 19 * S;
	assert_true(assert_note(result, "the machine was the limit: 1.90 of its 2 cores")
			    .load_was_limit);
}

static void test_late_publisher_is_told(void **state)
{
	struct result *result = *state;

	histogram_add(&result->late_us, 9000);
	assert_true(assert_note(result, "the publisher was behind its schedule").load_was_limit);
}

static void test_full_core_of_the_relay_is_told(void **state)
{
	struct result *result = *state;
	struct result_notes notes;

	result->server_cpu_us = 10 * S;
	notes = assert_note(result, "the server was the limit: its core was busy for 100 %");
	assert_true(notes.server_was_limit);
	assert_false(notes.load_was_limit);
	result->pinned = false;
	result->server_us = 9 * S;
	assert_note(result, "the server was the limit: it used 90 % of a core");
}

static void test_frames_that_wait_for_the_relay_are_told(void **state)
{
	struct result *result = *state;

	result->waiting_bytes = 2 * 8192;
	assert_note(result, NULL);
	result->waiting_bytes = 30 * 8192;
	assert_note(result, "the server was behind with its publisher: up to 30 frames");
	result->waiting_bytes = 0;
	result->blocked = 2;
	assert_note(result, "the server was late to take 2 frames");
}

static void test_other_programs_are_told(void **state)
{
	struct result *result = *state;

	result->others_us = 5 * S;
	assert_note(result, "other programs used 0.50 of 2 cores");
}

static void test_lost_viewers_are_told(void **state)
{
	struct result *result = *state;

	result->lost = 3;
	assert_note(result, "3 viewers were lost");
}

static void test_all_notes_have_room(void **state)
{
	struct result *result = *state;
	struct result_notes notes;

	result->busiest_load_us = result->server_cpu_us = result->others_us = 10 * S;
	result->waiting_bytes = 1 << 20;
	result->blocked = result->lost = 1;
	histogram_add(&result->late_us, 20000);
	result_judge(result, &notes);
	assert_in_range(notes.n, 7, RESULT_MAX_NOTES);
}

static void test_unwell_viewers_are_not_expected_to_get_all(void **state)
{
	struct result *result = *state;

	result->stalled = 500;
	result->slow = 100;
	assert_int_equal(result_expected(result), 120000);
	result->slow_tally.delivered = 13500; /* of 100 * 300 / 2 */
	assert_true(result_slow_share(result) == 0.9);
}

static void test_saturated_server_needs_no_note(void **state)
{
	struct result *result = *state;

	result->saturation = 4;
	result->server_cpu_us = result->load_cpu_us = 98 * S / 10;
	assert_false(assert_note(result, NULL).load_was_limit);
	assert_true(result_per_second(result) == 30000.0);
}

static void test_what_kept_a_server_from_saturation_is_told(void **state)
{
	struct result *result = *state;

	result->saturation = 4;
	result->server_cpu_us = 9 * S;
	assert_true(assert_note(result, "nothing was the limit but waiting").load_was_limit);
	result->load_cpu_us = 99 * S / 10;
	assert_true(assert_note(result, "the load side was the limit").load_was_limit);
}

static void test_saturation_counts_what_was_missed(void **state)
{
	struct result *result = *state;

	result->saturation = 4;
	result->tally.missed = 7;
	assert_int_equal(result_expected(result), 300007);
	assert_int_equal(result_dropped(result), 7);
}

#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, good_result_set_up, good_result_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_figures_follow),
		TEST(test_nothing_delivered_costs_nothing),
		TEST(test_faults_are_those_that_break_a_promise),
		TEST(test_run_without_limits_has_no_notes),
		TEST(test_full_process_of_the_load_is_told),
		TEST(test_full_core_of_the_load_is_told),
		TEST(test_full_machine_is_told_where_nothing_is_pinned),
		TEST(test_late_publisher_is_told),
		TEST(test_full_core_of_the_relay_is_told),
		TEST(test_frames_that_wait_for_the_relay_are_told),
		TEST(test_other_programs_are_told),
		TEST(test_lost_viewers_are_told),
		TEST(test_all_notes_have_room),
		TEST(test_unwell_viewers_are_not_expected_to_get_all),
		TEST(test_saturated_server_needs_no_note),
		TEST(test_what_kept_a_server_from_saturation_is_told),
		TEST(test_saturation_counts_what_was_missed),
	};

	return cmocka_run_group_tests_name("bench_result", tests, NULL, NULL);
}
