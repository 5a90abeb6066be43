/* SPDX-License-Identifier: MIT */
#include "chat/flood.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char key[FLOOD_KEY_SIZE] = "fifteen letters";

static void test_rules_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t tokens, token_us; /* of messages; tokens -1: refused */
	} cases[] = {
		{"messages=10/10s", 10, 1000000},
		{"messages=10/10", 10, 1000000},
		{"messages=3/1m", 3, 20000000},
		{"messages=1/24h", 1, 86400000000},
		{"messages=1000000/1s", 1000000, 1},
		{"messages=0", 0, 0},
		{"0", 0, 0},
		{"messages", -1, 0},
		{"messages=", -1, 0},
		{"messages=10", -1, 0},
		{"messages=0/10s", -1, 0},
		{"messages=10/0s", -1, 0},
		{"messages=10/", -1, 0},
		{"messages=10/s", -1, 0},
		{"messages=10/1d", -1, 0},
		{"messages=1/25h", -1, 0},
		{"messages=1000001/1s", -1, 0},
		{"messages=-1/1s", -1, 0},
		{"messages=1/1/1", -1, 0},
		{"message=1/1s", -1, 0},
		{"=1/1s", -1, 0},
		{"1", -1, 0},
		{"", -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flood_rules rules, before;
		bool valid = cases[i].tokens >= 0;

		flood_rules_init(&rules);
		before = rules;
		if (flood_rules_set(&rules, cases[i].text) != (valid ? 0 : -EINVAL))
			fail_msg("%s", cases[i].text);
		if (!valid)
			assert_memory_equal(&rules, &before, sizeof(rules));
		else if (rules.kinds[FLOOD_MESSAGES].tokens != cases[i].tokens ||
			 rules.kinds[FLOOD_MESSAGES].token_us != cases[i].token_us)
			fail_msg("%s", cases[i].text);
	}
}

static void test_all_kinds_have_a_default(void **state)
{
	struct flood_rules rules = {0};

	(void)state;
	flood_rules_init(&rules);
	for (size_t i = 0; i < FLOOD_NAMED; i++)
		assert_true(rules.kinds[i].tokens > 0 && rules.kinds[i].token_us > 0);
}

static void test_bucket_empties_and_fills(void **state)
{
	static const struct flood_rule rule = {3, 100};
	static const struct {
		int64_t now_us, wait_us;
	} steps[] = {
		{1000, 0},
		{1000, 0},
		{1000, 0},
		{1000, 100},
		{1000, 100},
		{1099, 1},
		{1100, 0},
		{1100, 100},
		{1150, 50},
		{1300, 0},
		{1300, 0},
		{1300, 100},
		/* As long as one likes: no more than three. */
		{90000, 0},
		{90000, 0},
		{90000, 0},
		{90000, 100},
	};
	struct flood_bucket bucket = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t wait_us = flood_bucket_take(&bucket, &rule, 1, steps[i].now_us);

		if (wait_us != steps[i].wait_us)
			fail_msg("step %zu: %lld", i, (long long)wait_us);
	}
}

static void test_what_is_large_is_paid_for_later(void **state)
{
	static const struct flood_rule rule = {3, 100};
	struct flood_bucket bucket = {0};

	(void)state;
	assert_int_equal(flood_bucket_take(&bucket, &rule, 1, 1000), 0);
	assert_int_equal(flood_bucket_take(&bucket, &rule, 10, 1000), 0);
	/* 11 were taken of 3. */
	assert_int_equal(flood_bucket_take(&bucket, &rule, 1, 1000), 900);
	assert_int_equal(flood_bucket_take(&bucket, &rule, 10, 1899), 1);
	assert_int_equal(flood_bucket_take(&bucket, &rule, 10, 1900), 0);
	assert_int_equal(flood_bucket_take(&bucket, &rule, 1, 1900), 1000);
}

/* What is waited for at most is what the largest thing costs. */
static void test_rule_made_less_strict_holds_soon(void **state)
{
	static const struct flood_rule slow = {1, 1000000}, fast = {1, 100};
	struct flood_bucket bucket = {0};

	(void)state;
	assert_int_equal(flood_bucket_take(&bucket, &slow, 1, 1000), 0);
	assert_int_equal(flood_bucket_take(&bucket, &fast, 1, 1000), 100 * FLOOD_MAX_TAKEN);
	assert_int_equal(flood_bucket_take(&bucket, &slow, 1, 1000), 1000000);
}

static void test_no_limit_takes_nothing(void **state)
{
	static const struct flood_rule none = {0}, rule = {1, 1000000};
	struct flood_bucket bucket = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(flood_bucket_take(&bucket, &none, 1, 1000), 0);
	assert_int_equal(flood_bucket_take(&bucket, &rule, 1, 1000), 0);
}

static void test_each_has_buckets_of_its_own(void **state)
{
	static const struct flood_rule rule = {1, 1000};
	struct flood flood = {0};

	(void)state;
	assert_int_equal(flood_init(&flood, key), 0);
	uint64_t dan = flood_who(&flood, 'a', "dan", 3), eve = flood_who(&flood, 'a', "eve", 3);
	assert_true(dan != flood_who(&flood, 'b', "dan", 3));
	assert_int_equal(flood_take(&flood, dan, FLOOD_JOINS, &rule, 1, 5000), 0);
	assert_int_equal(flood_take(&flood, dan, FLOOD_JOINS, &rule, 1, 5000), 1000);
	assert_int_equal(flood_take(&flood, dan, FLOOD_NICKS, &rule, 1, 5000), 0);
	assert_int_equal(flood_take(&flood, eve, FLOOD_JOINS, &rule, 1, 5000), 0);
	/* What was for nothing comes back. */
	flood_give(&flood, eve, FLOOD_JOINS, &rule);
	assert_int_equal(flood_take(&flood, eve, FLOOD_JOINS, &rule, 1, 5000), 0);
	assert_int_equal(flood_take(&flood, eve, FLOOD_JOINS, &rule, 1, 5000), 1000);
	/* By whichever connection he comes. */
	assert_int_equal(
		flood_take(&flood, flood_who(&flood, 'a', "dan", 3), FLOOD_JOINS, &rule, 1, 5999),
		1);
	flood_finish(&flood);
}

/* Whatever comes, memory stays as it is, and what is empty is remembered longest. */
/* Of more than it knows, too. */
static void test_who_only_asks_takes_nothing(void **state)
{
	const struct flood_rule rule = flood_rule_of(2, 3600);
	struct flood flood = {0};

	(void)state;
	assert_int_equal(rule.token_us, INT64_C(1800000000));
	assert_int_equal(flood_rule_of(0, 3600).tokens, 0);
	assert_int_equal(flood_init(&flood, key), 0);
	uint64_t dan = flood_who(&flood, 'i', "dan", 3);
	for (int i = 0; i < 5; i++)
		assert_int_equal(flood_wait(&flood, dan, FLOOD_LOGINS, &rule, 5000), 0);
	assert_int_equal(flood_take(&flood, dan, FLOOD_LOGINS, &rule, 1, 5000), 0);
	for (uint64_t i = 1; i <= FLOOD_WAYS; i++)
		flood_wait(&flood, dan + i * FLOOD_SETS, FLOOD_LOGINS, &rule, 5000);
	assert_int_equal(flood_wait(&flood, dan, FLOOD_LOGINS, &rule, 5000), 0);
	assert_int_equal(flood_take(&flood, dan, FLOOD_LOGINS, &rule, 1, 5000), 0);
	assert_int_equal(flood_wait(&flood, dan, FLOOD_LOGINS, &rule, 5000), rule.token_us);
	assert_int_equal(flood_wait(&flood, dan, FLOOD_ACCOUNTS, &rule, 5000), 0);
	flood_finish(&flood);
}

static void test_full_buckets_are_forgotten_first(void **state)
{
	static const struct flood_rule small = {1, 1000}, large = {2, 1000000};
	struct flood flood = {0};
	uint64_t flooder = 7;

	(void)state;
	assert_int_equal(flood_init(&flood, key), 0);
	flood_take(&flood, flooder, FLOOD_MESSAGES, &large, 1, 5000);
	flood_take(&flood, flooder, FLOOD_MESSAGES, &large, 1, 5000);
	/* All in the flooder's set. */
	for (uint64_t i = 1; i <= 1000; i++)
		assert_int_equal(flood_take(&flood, flooder + i * FLOOD_SETS, FLOOD_MESSAGES,
					    &small, 1, 5000 + (int64_t)i),
				 0);
	assert_int_equal(flood_take(&flood, flooder, FLOOD_MESSAGES, &large, 1, 6000), 999000);
	flood_finish(&flood);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_are_read),
		cmocka_unit_test(test_all_kinds_have_a_default),
		cmocka_unit_test(test_bucket_empties_and_fills),
		cmocka_unit_test(test_what_is_large_is_paid_for_later),
		cmocka_unit_test(test_rule_made_less_strict_holds_soon),
		cmocka_unit_test(test_no_limit_takes_nothing),
		cmocka_unit_test(test_each_has_buckets_of_its_own),
		cmocka_unit_test(test_who_only_asks_takes_nothing),
		cmocka_unit_test(test_full_buckets_are_forgotten_first),
	};

	return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
