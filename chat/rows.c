/* SPDX-License-Identifier: MIT */
#include "chat/rows.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CELLS = 64, FIRST_TEXT = 1024 };

void rows_finish(struct rows *rows)
{
	free(rows->cells);
	free(rows->text);
	*rows = (struct rows){0};
}

static size_t grown(size_t size, size_t need, size_t first)
{
	size = size > 0 ? size : first;
	while (size < need)
		size *= 2;
	return size;
}

static int make_room(struct rows *rows, size_t cells, size_t text)
{
	if (cells > rows->cells_size) {
		size_t size = grown(rows->cells_size, cells, FIRST_CELLS);
		struct rows_cell *more = realloc(rows->cells, size * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		rows->cells = more;
		rows->cells_size = size;
	}
	if (text > rows->text_size) {
		size_t size = grown(rows->text_size, text, FIRST_TEXT);
		char *more = realloc(rows->text, size);

		if (more == NULL)
			return -ENOMEM;
		rows->text = more;
		rows->text_size = size;
	}
	return 0;
}

static int add_row(struct rows *rows, sqlite3_stmt *statement)
{
	for (size_t i = 0; i < rows->columns; i++) {
		const char *text = (const char *)sqlite3_column_text(statement, (int)i);
		size_t len = (size_t)sqlite3_column_bytes(statement, (int)i);
		size_t cell = rows->n * rows->columns + i;

		if (text == NULL || make_room(rows, cell + 1, rows->len + len + 1) < 0)
			return -ENOMEM;
		rows->cells[cell].at = rows->len;
		rows->cells[cell].number = sqlite3_column_int64(statement, (int)i);
		memcpy(rows->text + rows->len, text, len);
		rows->text[rows->len + len] = '\0';
		rows->len += len + 1;
	}
	rows->n++;
	return 0;
}

int rows_fetch(struct rows *rows, struct database *database, enum query query,
	       const struct database_value *values, size_t n)
{
	sqlite3_stmt *statement = database_query(database, query, values, n);
	int result;

	assert(rows->n == 0 || rows->columns == (size_t)sqlite3_column_count(statement));
	rows->columns = (size_t)sqlite3_column_count(statement);
	while ((result = database_step(database, statement)) > 0) {
		result = rows->len < ROWS_MAX_BYTES ? add_row(rows, statement) : 0;
		if (result < 0 || rows->len >= ROWS_MAX_BYTES) {
			sqlite3_reset(statement);
			break;
		}
	}
	return result;
}

void rows_reverse(struct rows *rows, size_t from)
{
	for (size_t a = from, b = rows->n; a + 1 < b; a++) {
		b--;
		for (size_t i = 0; i < rows->columns; i++) {
			struct rows_cell *one = &rows->cells[a * rows->columns + i];
			struct rows_cell *other = &rows->cells[b * rows->columns + i];
			struct rows_cell kept = *one;

			*one = *other;
			*other = kept;
		}
	}
}

static const struct rows_cell *cell_at(const struct rows *rows, size_t row, size_t column)
{
	assert(row < rows->n && column < rows->columns);
	return &rows->cells[row * rows->columns + column];
}

const char *rows_text(const struct rows *rows, size_t row, size_t column)
{
	return rows->text + cell_at(rows, row, column)->at;
}

int64_t rows_number(const struct rows *rows, size_t row, size_t column)
{
	return cell_at(rows, row, column)->number;
}
