/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/stage.h"

static void test_mean_and_percentile_are_told(void **state)
{
	static struct stage stage;
	char text[STAGE_TEXT_SIZE];

	(void)state;
	for (int i = 0; i < 990; i++)
		stage_add(&stage, (struct effort){.wall_ns = 50000, .cpu_ns = 40000});
	for (int i = 0; i < 10; i++)
		stage_add(&stage, (struct effort){.wall_ns = 1050000, .cpu_ns = 40000});
	stage_text(&stage, "encode", text);
	assert_string_equal(text, "encode 1000, mean 60 us, p99 50 us, CPU 0.04 s");
	stage_add(&stage, (struct effort){.wall_ns = 1050000});
	stage_text(&stage, "encode", text);
	assert_non_null(strstr(text, "p99 105"));
}

static void test_processor_time_is_left_out_where_none_was_counted(void **state)
{
	static struct stage stage;
	char text[STAGE_TEXT_SIZE];

	(void)state;
	stage_text(&stage, "send", text);
	assert_string_equal(text, "send 0, mean 0 us, p99 0 us");
	stage_add(&stage, (struct effort){.wall_ns = 7000});
	stage_text(&stage, "send", text);
	assert_string_equal(text, "send 1, mean 7 us, p99 7 us");
}

static void test_efforts_add_up(void **state)
{
	struct effort effort = {0}, then = effort_now(), before;

	(void)state;
	effort_add_since(&effort, then);
	before = effort;
	effort_add_since(&effort, then);
	assert_true(before.wall_ns >= 0 && before.cpu_ns >= 0);
	assert_true(effort.wall_ns >= 2 * before.wall_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mean_and_percentile_are_told),
		cmocka_unit_test(test_processor_time_is_left_out_where_none_was_counted),
		cmocka_unit_test(test_efforts_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
