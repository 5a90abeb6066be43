/* SPDX-License-Identifier: MIT */
#include "chat/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat/whowas.h"

enum { N = 1000 };

struct thing {
	struct table_link link;
	char name[24];
};

static void test_things_are_found_by_any_case(void **state)
{
	static struct thing things[N];
	struct table table = {0};
	char name[24];

	(void)state;
	assert_null(table_find(&table, "Thing0"));
	for (int i = 0; i < N; i++) {
		snprintf(things[i].name, sizeof(things[i].name), "Thing%d", i);
		assert_int_equal(table_add(&table, &things[i].link, things[i].name), 0);
	}
	for (int i = 0; i < N; i += 2)
		table_remove(&table, &things[i].link);
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "tHING%d", i);
		assert_ptr_equal(table_find(&table, name), i % 2 == 0 ? NULL : &things[i].link);
	}
	for (int i = 1; i < N; i += 2)
		table_remove(&table, &things[i].link);
	table_finish(&table);
}

static void test_latest_who_left_come_first(void **state)
{
	static struct whowas whowas;
	const struct whowas_entry *entry;
	size_t at = 0;

	(void)state;
	assert_null(whowas_next(&whowas, "dan", &at));
	for (int i = 0; i < WHOWAS_MAX + 10; i++) {
		struct whowas_entry *left = whowas_add(&whowas);

		left->left_s = i;
		strcpy(left->nick, i % 100 == 0 ? "Dan" : "eve");
	}
	at = 0;
	for (int i = 500; i >= 100; i -= 100) {
		entry = whowas_next(&whowas, "dan", &at);
		assert_non_null(entry);
		assert_int_equal(entry->left_s, i);
	}
	/* The first has made way. */
	assert_null(whowas_next(&whowas, "dan", &at));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_things_are_found_by_any_case),
		cmocka_unit_test(test_latest_who_left_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
