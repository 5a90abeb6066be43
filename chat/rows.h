/* SPDX-License-Identifier: MIT */
/*
 * Rows that a query gave, copied: a table of texts and numbers, bounded. It owns its memory. All
 * zero is an empty one.
 */
#ifndef SPILLWAY_ROWS_H
#define SPILLWAY_ROWS_H

#include "chat/database.h"

enum { ROWS_MAX_BYTES = 8 << 20 }; /* of text; rows behind it are left out */

struct rows_cell {
	size_t at; /* of its text */
	int64_t number;
};

struct rows {
	size_t n, columns;
	struct rows_cell *cells; /* row by row */
	size_t cells_size;
	char *text;
	size_t len, text_size;
};

void rows_finish(struct rows *rows);
/* Adds what a query gives. All must have as many columns. -ENOMEM, or the database's errors. */
int rows_fetch(struct rows *rows, struct database *database, enum query query,
	       const struct database_value *values, size_t n);
/* Turns the order round, from a row on. */
void rows_reverse(struct rows *rows, size_t from);

/* Borrowed until rows_finish(). */
const char *rows_text(const struct rows *rows, size_t row, size_t column);
int64_t rows_number(const struct rows *rows, size_t row, size_t column);

#endif
