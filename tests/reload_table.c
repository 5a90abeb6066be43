/* SPDX-License-Identifier: MIT */
#include "tests/reload_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *name_at(const void *rows, size_t size, size_t i)
{
	const char *name;

	memcpy(&name, (const char *)rows + i * size, sizeof(name));
	return name;
}

static bool has_row(const void *rows, size_t size, const char *option)
{
	const char *name;

	for (size_t i = 0; (name = name_at(rows, size, i)) != NULL; i++) {
		if (strcmp(name, option) == 0)
			return true;
	}
	return false;
}

static bool is_option(const struct option_row *options, const char *name)
{
	for (const struct option_row *row = options; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return true;
	}
	return false;
}

void reload_table_check(const struct option_row *options, const void *rows, size_t size)
{
	const char *name;

	for (const struct option_row *row = options; row->name != NULL; row++) {
		if (!has_row(rows, size, row->name))
			fail_msg("%s lacks its row in reload.c", row->name);
	}
	for (size_t i = 0; (name = name_at(rows, size, i)) != NULL; i++) {
		if (!is_option(options, name))
			fail_msg("%s is no option any more", name);
	}
}
