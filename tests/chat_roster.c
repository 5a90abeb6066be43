/* SPDX-License-Identifier: MIT */
#include "chat/roster.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "chat/accounts.h"
#include "chat/nick.h"
#include "tests/data_folder.h"

static void test_names_are_known_without_regard_to_case(void **state)
{
	struct roster roster = {0};

	(void)state;
	assert_int_equal(roster_state(&roster, "dan"), ROSTER_FREE);
	assert_int_equal(roster_set(&roster, "Dan", ROSTER_TAKEN), 0);
	assert_int_equal(roster_state(&roster, "dAN"), ROSTER_TAKEN);
	assert_int_equal(roster_set(&roster, "dan", ROSTER_ACCOUNT), 0);
	assert_int_equal(roster_state(&roster, "Dan"), ROSTER_ACCOUNT);
	assert_int_equal(roster.names.n, 1);
	roster_remove(&roster, "eve");
	roster_remove(&roster, "DAN");
	assert_int_equal(roster_state(&roster, "dan"), ROSTER_FREE);
	roster_finish(&roster);
}

static void test_an_account_has_the_rank_that_it_was_given_last(void **state)
{
	struct roster roster = {0};

	(void)state;
	roster_set_rank(&roster, "dan", ACCOUNT_OPERATOR);
	assert_int_equal(roster_rank(&roster, "dan"), ACCOUNT_USER);
	assert_int_equal(roster_set(&roster, "Dan", ROSTER_ACCOUNT), 0);
	assert_int_equal(roster_rank(&roster, "dan"), ACCOUNT_USER);
	roster_set_rank(&roster, "dan", ACCOUNT_OPERATOR);
	assert_int_equal(roster_rank(&roster, "DAN"), ACCOUNT_OPERATOR);
	assert_int_equal(roster_set(&roster, "dan", ROSTER_DELETED), 0);
	assert_int_equal(roster_rank(&roster, "dan"), ACCOUNT_USER);
	roster_finish(&roster);
}

/* One page more than one, so that none is lost between them. */
static void test_all_accounts_are_read(void **state)
{
	enum { N = ROSTER_PAGE + 3 };
	static struct store_write writes[N];
	struct store *store = data_folder_open();
	struct roster roster = {0};
	char name[NICK_MAX + 1];

	(void)state;
	for (int i = 0; i < N; i++) {
		enum account_rank rank = i % 3 == 0 ? ACCOUNT_OPERATOR : ACCOUNT_USER;
		struct account account = {name, "", "", rank, 0};

		snprintf(name, sizeof(name), "%c%d", i % 2 == 0 ? 'n' : 'N', i);
		assert_int_equal(accounts_add(store, &writes[i], &account, NULL), 1);
	}
	assert_int_equal(accounts_delete(store, &writes[0], "n9", NULL), 1);
	assert_int_equal(roster_load(&roster, store), 0);
	assert_int_equal(roster.names.n, N);
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(roster_state(&roster, name),
				 i == 9 ? ROSTER_DELETED : ROSTER_ACCOUNT);
		assert_int_equal(roster_rank(&roster, name),
				 i % 3 == 0 && i != 9 ? ACCOUNT_OPERATOR : ACCOUNT_USER);
	}
	roster_finish(&roster);
	store_close(store);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_known_without_regard_to_case),
		cmocka_unit_test(test_an_account_has_the_rank_that_it_was_given_last),
		cmocka_unit_test_setup_teardown(test_all_accounts_are_read, data_folder_make,
						data_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
