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
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(plan_make(&plan, cases[i].viewers, cases[i].files), 0);
		assert_int_equal(plan.n_processes, cases[i].processes);
	}
}

static void test_too_few_files_are_told(void **state)
{
	struct plan plan;

	(void)state;
	assert_int_equal(plan_make(&plan, 1, PLAN_SPARE_FILES), -EMFILE);
	assert_int_equal(plan_make(&plan, 1, 0), -EMFILE);
	assert_int_equal(plan_make(&plan, PLAN_MAX_PROCESSES + 1, PLAN_SPARE_FILES + 1), -EMFILE);
}

static void test_each_viewer_is_in_one_process_that_can_hold_it(void **state)
{
	const size_t files = 1100;
	struct plan plan;

	(void)state;
	for (size_t viewers = 1; viewers < 12000; viewers += 77) {
		assert_int_equal(plan_make(&plan, viewers, files), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_are_as_few_as_their_files_allow),
		cmocka_unit_test(test_too_few_files_are_told),
		cmocka_unit_test(test_each_viewer_is_in_one_process_that_can_hold_it),
		cmocka_unit_test(test_addresses_go_from_127_0_0_2_to_9),
	};

	return cmocka_run_group_tests_name("bench_plan", tests, NULL, NULL);
}
