/* SPDX-License-Identifier: MIT */
#include "bench/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/good_result.h"

static void test_json_has_the_figures(void **state)
{
	struct result *result = *state;

	result->dropped = json_pack("{si}", "lag", 7);
	json_t *json = report_json(result);

	assert_non_null(json);
	json_t *frames = json_object_get(json, "frames");
	assert_int_equal(json_integer_value(json_object_get(frames, "delivered")), 300000);
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(frames, "dropped_by_server"), "lag")),
			 7);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "latency_us"), "max")),
		2500);
	assert_true(json_real_value(json_object_get(json_object_get(json, "memory"),
						    "bytes_per_viewer")) == 1000.0);
	json_decref(json);
}

static void test_json_does_without_what_is_not_known(void **state)
{
	struct result *result = *state;

	result->pinned = false;
	json_t *json = report_json(result);

	assert_non_null(json);
	assert_null(json_object_get(json_object_get(json, "cpu"), "pinned"));
	assert_null(json_object_get(json_object_get(json, "frames"), "dropped_by_server"));
	json_decref(json);
}

static void test_json_has_what_was_asked_for_only(void **state)
{
	static const char *const parts[] = {"stalled", "slow", "joining", "saturation"};
	struct result *result = *state;
	json_t *without = report_json(result);

	result->stalled = 500;
	result->stalled_lost = 1;
	result->slow = 100;
	result->joining = true;
	result->saturation = 4;
	json_t *with = report_json(result);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		assert_null(json_object_get(without, parts[i]));
		assert_non_null(json_object_get(with, parts[i]));
	}
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(with, "stalled"), "connected")),
		499);
	json_decref(without);
	json_decref(with);
}

static void test_table_says_what_the_relay_dropped(void **state)
{
	struct result *result = *state;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	result->dropped = json_pack("{si si si}", "queue", 0, "lag", 7, "backlog", 2);
	report_print(out, result);
	fclose(out);
	assert_non_null(strstr(text, "0 dropped (the server says: lag 7, backlog 2)\n"));
	assert_non_null(strstr(text, "server 6.67 us per viewer and frame, 20.0 % of a core"));
	free(text);
}

#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, good_result_set_up, good_result_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_json_has_the_figures),
		TEST(test_json_does_without_what_is_not_known),
		TEST(test_json_has_what_was_asked_for_only),
		TEST(test_table_says_what_the_relay_dropped),
	};

	return cmocka_run_group_tests_name("bench_report", tests, NULL, NULL);
}
