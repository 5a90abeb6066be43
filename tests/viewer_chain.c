/* SPDX-License-Identifier: MIT */
#include "viewer/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The hash of number n is n. */
static struct envelope_head head_of(uint64_t n)
{
	struct envelope_head head = {.sequence = n};

	memcpy(head.previous, &(uint64_t){n - 1}, sizeof(uint64_t));
	return head;
}

static enum chain_place take(struct chain *chain, uint64_t n, uint64_t *ret_missing)
{
	struct envelope_head head = head_of(n);
	uint8_t hash[ENVELOPE_HASH] = {0};
	enum chain_place place = chain_place(chain, &head, ret_missing);

	memcpy(hash, &n, sizeof(n));
	if (place != CHAIN_REPEATED)
		chain_take(chain, &head, hash);
	return place;
}

static void test_places(void **state)
{
	static const struct {
		uint64_t n;
		enum chain_place place;
		uint64_t missing;
	} cases[] = {
		{10, CHAIN_FIRST, 0},
		{11, CHAIN_NEXT, 0},
		{11, CHAIN_REPEATED, 0},
		{10, CHAIN_REPEATED, 0},
		{9, CHAIN_REPEATED, 0}, /* from before we knew it */
		{14, CHAIN_GAP, 2},
		{13, CHAIN_LATE, 0},
		{13, CHAIN_REPEATED, 0},
		{15, CHAIN_NEXT, 0},
		{12, CHAIN_LATE, 0},
		{12, CHAIN_REPEATED, 0},
		{78, CHAIN_GAP, 62},
		{16, CHAIN_LATE, 0},
		{14, CHAIN_REPEATED, 0}, /* behind the window */
		{79, CHAIN_NEXT, 0},
		{15, CHAIN_REPEATED, 0},
		{17, CHAIN_LATE, 0},
		{1000, CHAIN_GAP, 920},
		{900, CHAIN_REPEATED, 0},
		{937, CHAIN_LATE, 0},
		{936, CHAIN_REPEATED, 0},
		{UINT64_MAX, CHAIN_GAP, UINT64_MAX - 1001},
		{UINT64_MAX, CHAIN_REPEATED, 0},
		{UINT64_MAX - 1, CHAIN_LATE, 0},
	};
	struct chain chain = {0};
	uint64_t missing;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%llu\n", (unsigned long long)cases[i].n);
		assert_int_equal(take(&chain, cases[i].n, &missing), cases[i].place);
		assert_int_equal(missing, cases[i].missing);
	}
}

static void test_who_follows_another_one_is_a_fork(void **state)
{
	struct chain chain = {0};
	struct envelope_head head = head_of(6);
	uint64_t missing;

	(void)state;
	take(&chain, 5, &missing);
	head.previous[3] ^= 1;
	assert_false(chain_continues(&chain, &head));
	assert_int_equal(chain_place(&chain, &head, &missing), CHAIN_FORK);
}

static void test_another_key_continues_the_chain(void **state)
{
	struct chain chain = {.device = {1}}, unknown = {0};
	struct envelope_head head = head_of(6), later = head_of(7);
	uint64_t missing;

	(void)state;
	take(&chain, 5, &missing);
	head.sender[0] = 2;
	assert_true(chain_continues(&chain, &head));
	assert_false(chain_continues(&chain, &later));
	assert_false(chain_continues(&unknown, &head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_who_follows_another_one_is_a_fork),
		cmocka_unit_test(test_another_key_continues_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
