/* SPDX-License-Identifier: MIT */
#include "capture/reload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool has_row(const char *name)
{
	for (const struct reload_row *row = reload_rows; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return true;
	}
	return false;
}

static bool is_option(const char *name)
{
	for (const struct option_row *row = config_rows; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return true;
	}
	return false;
}

/* Who adds an option decides, in a row of reload.c, whether it can change while the agent runs. */
static void test_every_option_says_what_its_change_takes(void **state)
{
	(void)state;
	for (const struct option_row *row = config_rows; row->name != NULL; row++) {
		if (!has_row(row->name))
			fail_msg("%s lacks its row in capture/reload.c", row->name);
	}
	for (const struct reload_row *row = reload_rows; row->name != NULL; row++) {
		if (!is_option(row->name))
			fail_msg("%s is no option any more", row->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_says_what_its_change_takes),
	};
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
