/* SPDX-License-Identifier: MIT */
#include "chat/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { BURST = 3, INTERVAL = 10, PERIOD = BURST * INTERVAL };

static struct quota quota;

static void test_turns_come_back_one_by_one(void **state)
{
	(void)state;
	quota_init(&quota, BURST, PERIOD);
	for (int i = 0; i < BURST; i++) {
		assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 100), 0);
		quota_take(&quota, "192.0.2.1", 100);
	}
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 100), INTERVAL);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 109), 1);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 110), 0);
	quota_take(&quota, "192.0.2.1", 110);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 110), INTERVAL);
	/* After a long time it has all of them, and no more. */
	for (int i = 0; i < BURST; i++)
		quota_take(&quota, "192.0.2.1", 10000);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 10000), INTERVAL);
}

static void test_others_have_their_own_turns(void **state)
{
	(void)state;
	quota_init(&quota, 1, INTERVAL);
	quota_take(&quota, "192.0.2.1", 0);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 0), INTERVAL);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.2", 0), 0);
}

static void test_who_tries_on_waits_no_longer(void **state)
{
	(void)state;
	quota_init(&quota, BURST, PERIOD);
	for (int i = 0; i < 1000; i++)
		quota_take(&quota, "192.0.2.1", 0);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 0), INTERVAL);
}

static void test_no_limit_is_none(void **state)
{
	(void)state;
	quota_init(&quota, 0, PERIOD);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 0), 0);
		quota_take(&quota, "192.0.2.1", 0);
	}
}

static void test_limit_that_changes_counts_at_once(void **state)
{
	(void)state;
	quota_init(&quota, 1, PERIOD);
	quota_take(&quota, "192.0.2.1", 0);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 0), PERIOD);
	quota_limit(&quota, 0, PERIOD);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 0), 0);
	/* What was done is remembered: one turn of three, which took the period of one. */
	quota_limit(&quota, BURST, PERIOD);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", 0), INTERVAL);
	assert_int_equal(quota_wait_us(&quota, "192.0.2.1", INTERVAL), 0);
}

/* Far more than it can remember: those who are known are still held to it. */
static void test_more_addresses_than_entries_do_no_harm(void **state)
{
	char who[32];

	(void)state;
	quota_init(&quota, 1, INTERVAL);
	for (int i = 0; i < 10 * QUOTA_ROWS * QUOTA_WAYS; i++) {
		snprintf(who, sizeof(who), "2001:db8::%x", i);
		quota_take(&quota, who, i);
	}
	assert_int_not_equal(quota_wait_us(&quota, who, 10 * QUOTA_ROWS * QUOTA_WAYS - 1), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns_come_back_one_by_one),
		cmocka_unit_test(test_limit_that_changes_counts_at_once),
		cmocka_unit_test(test_others_have_their_own_turns),
		cmocka_unit_test(test_who_tries_on_waits_no_longer),
		cmocka_unit_test(test_no_limit_is_none),
		cmocka_unit_test(test_more_addresses_than_entries_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
