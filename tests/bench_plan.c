/* SPDX-License-Identifier: MIT */
#include "bench/plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_processes_are_as_few_as_their_files_allow(void **state)
{
	static const struct {
		size_t viewers, files, processes;
	} cases[] = {
		{1, 20000, 1},
		{1000, 20000, 1},
		{20000 - PLAN_SPARE_FILES, 20000, 1},
		{20000 - PLAN_SPARE_FILES + 1, 20000, 2},
		{PLAN_MAX_VIEWERS, 20000, 2},
		{PLAN_MAX_VIEWERS, 1048576, 1},
		{PLAN_MAX_PROCESSES, PLAN_SPARE_FILES + 1, PLAN_MAX_PROCESSES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan plan = {.n_viewers = cases[i].viewers};

		assert_int_equal(plan_make(&plan, cases[i].files), 0);
		assert_int_equal(plan.n_processes, cases[i].processes);
	}
}

static void test_too_few_files_are_told(void **state)
{
	struct plan one = {.n_viewers = 1};
	struct plan many = {.n_viewers = PLAN_MAX_PROCESSES + 1};

	(void)state;
	assert_int_equal(plan_make(&one, PLAN_SPARE_FILES), -EMFILE);
	assert_int_equal(plan_make(&one, 0), -EMFILE);
	assert_int_equal(plan_make(&many, PLAN_SPARE_FILES + 1), -EMFILE);
}

static void test_each_viewer_is_in_one_process_that_can_hold_it(void **state)
{
	const size_t files = 1100;

	(void)state;
	for (size_t viewers = 1; viewers < 12000; viewers += 77) {
		struct plan plan = {.n_viewers = viewers};

		assert_int_equal(plan_make(&plan, files), 0);
		assert_int_equal(plan_first(&plan, 0), 0);
		assert_int_equal(plan_first(&plan, plan.n_processes), viewers);
		for (size_t i = 0; i < plan.n_processes; i++) {
			size_t n = plan_first(&plan, i + 1) - plan_first(&plan, i);

			assert_in_range(n, 1, files - PLAN_SPARE_FILES);
		}
	}
}

static void test_addresses_go_from_127_0_0_2_to_9(void **state)
{
	static const struct {
		size_t viewer;
		const char *address;
	} cases[] = {
		{0, "127.0.0.2"},
		{PLAN_PER_ADDRESS - 1, "127.0.0.2"},
		{PLAN_PER_ADDRESS, "127.0.0.3"},
		{PLAN_MAX_VIEWERS - 1, "127.0.0.9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(inet_ntoa(plan_source(cases[i].viewer)), cases[i].address);
}

static void test_so_many_are_unwell_as_was_asked_for(void **state)
{
	static const struct {
		unsigned stalled, slow;
		size_t viewers, n_stalled, n_slow;
	} cases[] = {
		{0, 0, 1000, 0, 0},	  {50, 0, 2000, 1000, 0},   {0, 50, 1000, 0, 500},
		{50, 50, 1000, 500, 500}, {30, 20, 1000, 300, 200}, {10, 0, 10, 1, 0},
		{100, 0, 7, 7, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct plan plan = {
			.stalled_percent = cases[i].stalled,
			.slow_percent = cases[i].slow,
		};
		size_t n = cases[i].viewers;

		assert_int_equal(plan_count(&plan, PLAN_STALLED, 0, n), cases[i].n_stalled);
		assert_int_equal(plan_count(&plan, PLAN_SLOW, 0, n), cases[i].n_slow);
		assert_int_equal(plan_count(&plan, PLAN_HEALTHY, 0, n),
				 n - cases[i].n_stalled - cases[i].n_slow);
	}
}

static void test_unwell_viewers_are_everywhere(void **state)
{
	const struct plan plan = {.stalled_percent = 25, .slow_percent = 25};

	(void)state;
	for (size_t from = 0; from < 1000; from += 40) {
		assert_int_equal(plan_count(&plan, PLAN_STALLED, from, from + 40), 10);
		assert_int_equal(plan_count(&plan, PLAN_SLOW, from, from + 40), 10);
	}
}

static void test_streams_have_as_many_viewers_each(void **state)
{
	const struct plan plan = {.n_streams = 200};
	size_t viewers[200] = {0};
	char name[PLAN_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < 4000; i++)
		viewers[plan_stream(&plan, i)]++;
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(viewers[i], 20);
	plan_name(199, name);
	assert_string_equal(name, "bench199");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_are_as_few_as_their_files_allow),
		cmocka_unit_test(test_too_few_files_are_told),
		cmocka_unit_test(test_each_viewer_is_in_one_process_that_can_hold_it),
		cmocka_unit_test(test_addresses_go_from_127_0_0_2_to_9),
		cmocka_unit_test(test_so_many_are_unwell_as_was_asked_for),
		cmocka_unit_test(test_unwell_viewers_are_everywhere),
		cmocka_unit_test(test_streams_have_as_many_viewers_each),
	};

	return cmocka_run_group_tests_name("bench_plan", tests, NULL, NULL);
}
