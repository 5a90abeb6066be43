/* SPDX-License-Identifier: MIT */
#include "chat/reload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/reload_table.h"

/* Who adds an option decides, in a row of reload.c, whether it can change while the service
 * runs. */
static void test_every_option_says_what_its_change_takes(void **state)
{
	(void)state;
	reload_table_check(chat_config_rows, reload_rows, sizeof(*reload_rows));
}

static void test_what_needs_no_restart_is_all_that_has_something_to_apply(void **state)
{
	(void)state;
	for (const struct reload_row *row = reload_rows; row->name != NULL; row++)
		assert_true(!row->restarts || row->apply == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_says_what_its_change_takes),
		cmocka_unit_test(test_what_needs_no_restart_is_all_that_has_something_to_apply),
	};
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
