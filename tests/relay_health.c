/* SPDX-License-Identifier: MIT */
#include "relay/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { WORKERS = 3, NOW_US = 100000000 };

static struct worker workers[WORKERS];
static struct relay relay = {.workers = workers, .n_workers = WORKERS};

static void test_the_worker_that_is_silent_for_longest_is_late(void **state)
{
	static const struct {
		int64_t silent_us[WORKERS];
		int late; /* -1: none */
	} rows[] = {
		{{0, 0, 0}, -1},
		{{HEALTH_LATE_US, 250000, 0}, -1},
		{{0, HEALTH_LATE_US + 1, 0}, 1},
		{{HEALTH_LATE_US + 1, 0, 9000000}, 2},
		/* Clocks are read at different times. */
		{{-5, -HEALTH_LATE_US, -1}, -1},
	};
	int64_t silent_us;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t w = 0; w < WORKERS; w++)
			counter_set(&workers[w].ticked_us,
				    (uint64_t)(NOW_US - rows[i].silent_us[w]));

		const struct worker *late = health_late_worker(&relay, NOW_US, &silent_us);

		assert_ptr_equal(late, rows[i].late < 0 ? NULL : &workers[rows[i].late]);
		if (late != NULL)
			assert_int_equal(silent_us, rows[i].silent_us[rows[i].late]);
	}
}

static void test_a_worker_has_time_for_its_first_sweep(void **state)
{
	int64_t silent_us;

	(void)state;
	for (size_t w = 0; w < WORKERS; w++) {
		counter_set(&workers[w].ticked_us, 0);
		workers[w].started_us = NOW_US;
	}
	assert_null(health_late_worker(&relay, NOW_US + HEALTH_LATE_US, &silent_us));
	assert_non_null(health_late_worker(&relay, NOW_US + HEALTH_LATE_US + 1, &silent_us));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_worker_that_is_silent_for_longest_is_late),
		cmocka_unit_test(test_a_worker_has_time_for_its_first_sweep),
	};

	return cmocka_run_group_tests_name("relay_health", tests, NULL, NULL);
}
