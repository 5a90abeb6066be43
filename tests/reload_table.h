/* SPDX-License-Identifier: MIT */
/* What a program's table of what can change while it runs must be, for the tests of each
 * reload.c. */
#ifndef SPILLWAY_RELOAD_TABLE_H
#define SPILLWAY_RELOAD_TABLE_H

#include "common/options.h"

/* The rows begin with the option's name, and end with one without. size: of a row. Fails the test
 * when an option has no row, or a row no option: who adds one decides what its change takes. */
void reload_table_check(const struct option_row *options, const void *rows, size_t size);

#endif
