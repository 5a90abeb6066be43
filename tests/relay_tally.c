/* SPDX-License-Identifier: MIT */
#include "relay/tally.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_bucket_of_an_age(void **state)
{
	static const struct {
		uint64_t age_us;
		size_t bucket;
	} cases[] = {
		{0, 0},
		{1, 0},
		{1023, 0},
		{1024, 0}, /* an end belongs to its bucket */
		{1025, 1},
		{2048, 1},
		{2049, 2},
		{250000, 8},
		{(UINT64_C(1) << 21) - 1, 11},
		{UINT64_C(1) << 21, 11},
		{(UINT64_C(1) << 21) + 1, 12},
		{UINT64_C(1) << 40, 12},
		{UINT64_MAX, 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(ages_bucket(cases[i].age_us), cases[i].bucket);
	for (size_t i = 0; i + 1 < AGES_BUCKETS; i++) {
		assert_int_equal(ages_bucket(ages_end_us(i)), i);
		assert_int_equal(ages_bucket(ages_end_us(i) + 1), i + 1);
	}
}

static void test_ages_are_counted_and_summed(void **state)
{
	struct ages ages = {0}, more = {0};

	(void)state;
	ages_add(&ages, 500);
	ages_add(&ages, 3000);
	ages_add(&ages, -20); /* another worker's clock was read later */
	assert_int_equal(ages_count(&ages), 3);
	assert_int_equal(counter_get(&ages.sum_us), 3500);
	assert_int_equal(counter_get(&ages.buckets[0]), 2);
	assert_int_equal(counter_get(&ages.buckets[2]), 1);
	ages_add(&more, INT64_C(1) << 30);
	ages_merge(&more, &ages);
	assert_int_equal(ages_count(&more), 4);
	assert_int_equal(counter_get(&more.buckets[AGES_BUCKETS - 1]), 1);
	assert_int_equal(counter_get(&more.sum_us), (INT64_C(1) << 30) + 3500);
}

static void test_shares_are_added_up_by_transport(void **state)
{
	struct tally *tally = tally_create(3);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tally_row *native = &tally->shares[i].rows[TRANSPORT_NATIVE];

		counter_add(&native->viewers, 1);
		counter_add(&native->bytes_out, 10);
		counter_add(&native->dropped[CURSOR_BACKLOG], i);
		ages_add(&native->socket_age, 100);
	}
	counter_add(&tally->shares[1].rows[TRANSPORT_MULTIPART].bytes_out, 7);
	struct tally_row native = tally_sum(tally, TRANSPORT_NATIVE), all = tally_total(tally);
	assert_int_equal(counter_get(&native.viewers), 3);
	assert_int_equal(counter_get(&native.bytes_out), 30);
	assert_int_equal(counter_get(&native.dropped[CURSOR_BACKLOG]), 3);
	assert_int_equal(counter_get(&native.dropped[CURSOR_LAG]), 0);
	assert_int_equal(tally_frames_out(&native), 3);
	assert_int_equal(counter_get(&all.bytes_out), 37);
	assert_int_equal(tally_frames_out(&all), 3);
	tally_reference(tally);
	tally_release(tally);
	tally_release(tally);
	tally_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket_of_an_age),
		cmocka_unit_test(test_ages_are_counted_and_summed),
		cmocka_unit_test(test_shares_are_added_up_by_transport),
	};
	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
