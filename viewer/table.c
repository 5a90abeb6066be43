/* SPDX-License-Identifier: MIT */
#include "viewer/table.h"

#include <string.h>

#include "common/sentence.h"
#include "viewer/human.h"

enum { TABLE_MAX_COLUMNS = 24 };

static void cell_text(const struct table_column *column, const json_t *row,
		      char to[TABLE_CELL_SIZE])
{
	to[0] = '\0';
	column->text(row, column->key, to);
	if (to[0] == '\0')
		strcpy(to, "-");
}

static void print_cell(FILE *out, const struct table_column *column, int width, bool last,
		       const char *text)
{
	if (column->right)
		fprintf(out, "%*s", width, text);
	else
		fprintf(out, "%-*s", last ? 0 : width, text);
	fputs(last ? "\n" : "  ", out);
}

void table_print(FILE *out, const struct table_column *columns, const json_t *rows)
{
	int widths[TABLE_MAX_COLUMNS];
	char text[TABLE_CELL_SIZE];
	const json_t *row;
	size_t n = 0, i;

	for (; columns[n].title && n < TABLE_MAX_COLUMNS; n++) {
		widths[n] = (int)strlen(columns[n].title);
		json_array_foreach (rows, i, row) {
			cell_text(&columns[n], row, text);
			if ((int)strlen(text) > widths[n])
				widths[n] = (int)strlen(text);
		}
	}
	for (size_t c = 0; c < n; c++)
		print_cell(out, &columns[c], widths[c], c + 1 == n, columns[c].title);
	json_array_foreach (rows, i, row) {
		for (size_t c = 0; c < n; c++) {
			cell_text(&columns[c], row, text);
			print_cell(out, &columns[c], widths[c], c + 1 == n, text);
		}
	}
}

void table_string(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const char *text = json_string_value(json_object_get(row, key));

	if (text)
		sentence_clean(slice_from(text), to, TABLE_CELL_SIZE);
}

void table_count(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value))
		snprintf(to, TABLE_CELL_SIZE, "%.0f", json_number_value(value));
}

void table_decimal(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value))
		snprintf(to, TABLE_CELL_SIZE, "%.1f", json_number_value(value));
}

void table_bytes(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value) && json_number_value(value) >= 0)
		human_bytes((uint64_t)json_number_value(value), to);
}

void table_seconds(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value))
		human_time(json_number_value(value), to);
}

void table_milliseconds(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value) && json_number_value(value) >= 0)
		human_latency((uint64_t)(json_number_value(value) * 1000), to);
}
