/* SPDX-License-Identifier: MIT */
#include "relay/reload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/reload_table.h"

/* Who adds an option decides, in a row of reload.c, whether it can change while the relay runs. */
static void test_every_option_says_what_its_change_takes(void **state)
{
	(void)state;
	reload_table_check(relay_config_rows, reload_rows, sizeof(*reload_rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_says_what_its_change_takes),
	};
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
