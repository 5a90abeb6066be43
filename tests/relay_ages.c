/* SPDX-License-Identifier: MIT */
#include "relay/ages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 16 };

static bool contains(const struct exposition *out, const char *text)
{
	return memmem(out->text + ROOM, out->len - ROOM, text, strlen(text)) != NULL;
}

static void test_buckets_are_cumulative(void **state)
{
	const struct exposition_labels none = {0};
	struct exposition_labels labels = {0};
	struct ages ages = {0};
	struct exposition out;

	(void)state;
	ages_add(&ages, 1);
	ages_add(&ages, 1500);
	ages_add(&ages, 1600);
	ages_add(&ages, 5000000);
	exposition_label(&labels, "worker", "0");
	exposition_init(&out, ROOM);
	exposition_family(&out, "lag_seconds", "histogram", "Lag.");
	ages_expose(&ages, &out, &none);
	ages_expose(&ages, &out, &labels);
	assert_true(contains(&out, "\nlag_seconds_bucket{le=\"0.001024\"} 1\n"
				   "lag_seconds_bucket{le=\"0.002048\"} 3\n"
				   "lag_seconds_bucket{le=\"0.004096\"} 3\n"));
	assert_true(contains(&out, "\nlag_seconds_bucket{le=\"2.097152\"} 3\n"
				   "lag_seconds_bucket{le=\"+Inf\"} 4\n"
				   "lag_seconds_sum 5.003101\n"
				   "lag_seconds_count 4\n"));
	assert_true(contains(&out, "\nlag_seconds_bucket{worker=\"0\",le=\"+Inf\"} 4\n"
				   "lag_seconds_sum{worker=\"0\"} 5.003101\n"
				   "lag_seconds_count{worker=\"0\"} 4\n"));
	exposition_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets_are_cumulative),
	};
	return cmocka_run_group_tests_name("ages", tests, NULL, NULL);
}
