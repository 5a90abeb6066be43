/* SPDX-License-Identifier: MIT */
/* Arrays of JSON objects as tables for people. What an object lacks is shown as "-". */
#ifndef SPILLWAY_TABLE_H
#define SPILLWAY_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	TABLE_CELL_SIZE = 160,
	TABLE_MAX_COLUMNS = 24,
	TABLE_LINE_SIZE = TABLE_MAX_COLUMNS * (TABLE_CELL_SIZE + 2)
};

/* Writes the cell of a row; "" becomes "-". key is the column's. */
typedef void table_text(const json_t *row, const char *key, char to[TABLE_CELL_SIZE]);

struct table_column {
	const char *title;
	const char *key;
	table_text *text;
	bool right; /* numbers stand to the right */
};

/* columns end with one whose title is NULL. A rows that is no array has none. */
void table_print(FILE *out, const struct table_column *columns, const json_t *rows);
/* The parts of it: how wide each column is, and the line of a row (NULL: of the titles), without
 * LF. */
void table_measure(const struct table_column *columns, const json_t *rows,
		   unsigned ret_widths[TABLE_MAX_COLUMNS]);
void table_line(const struct table_column *columns, const unsigned widths[TABLE_MAX_COLUMNS],
		const json_t *row, char to[TABLE_LINE_SIZE]);

table_text table_string;
table_text table_count;	  /* a whole number */
table_text table_decimal; /* with one digit behind the point */
table_text table_bytes;
table_text table_bits;
table_text table_seconds;
table_text table_milliseconds;

#endif
