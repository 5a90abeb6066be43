/* SPDX-License-Identifier: MIT */
#include "viewer/table.h"

#include <string.h>

#include "common/sentence.h"
#include "viewer/human.h"

/* row NULL: the title. */
static void cell_text(const struct table_column *column, const json_t *row,
		      char to[TABLE_CELL_SIZE])
{
	to[0] = '\0';
	if (row == NULL) {
		snprintf(to, TABLE_CELL_SIZE, "%s", column->title);
		return;
	}
	column->text(row, column->key, to);
	if (to[0] == '\0')
		strcpy(to, "-");
}

/* In characters: what is in a table has no wide ones. */
static unsigned text_width(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void table_measure(const struct table_column *columns, const json_t *rows,
		   unsigned ret_widths[TABLE_MAX_COLUMNS])
{
	char text[TABLE_CELL_SIZE];
	const json_t *row;
	size_t i;

	for (size_t n = 0; columns[n].title && n < TABLE_MAX_COLUMNS; n++) {
		ret_widths[n] = text_width(columns[n].title);
		json_array_foreach (rows, i, row) {
			cell_text(&columns[n], row, text);
			if (text_width(text) > ret_widths[n])
				ret_widths[n] = text_width(text);
		}
	}
}

void table_line(const struct table_column *columns, const unsigned widths[TABLE_MAX_COLUMNS],
		const json_t *row, char to[TABLE_LINE_SIZE])
{
	char text[TABLE_CELL_SIZE];
	size_t len = 0;

	to[0] = '\0';
	for (size_t n = 0; columns[n].title && n < TABLE_MAX_COLUMNS; n++) {
		bool last = n + 1 == TABLE_MAX_COLUMNS || !columns[n + 1].title;

		cell_text(&columns[n], row, text);
		int pad = (int)(widths[n] > text_width(text) ? widths[n] - text_width(text) : 0);
		len += (size_t)snprintf(to + len, TABLE_LINE_SIZE - len, "%*s%s%*s%s",
					columns[n].right ? pad : 0, "", text,
					columns[n].right || last ? 0 : pad, "", last ? "" : "  ");
	}
}

void table_print(FILE *out, const struct table_column *columns, const json_t *rows)
{
	unsigned widths[TABLE_MAX_COLUMNS];
	char line[TABLE_LINE_SIZE];
	const json_t *row;
	size_t i;

	table_measure(columns, rows, widths);
	table_line(columns, widths, NULL, line);
	fprintf(out, "%s\n", line);
	json_array_foreach (rows, i, row) {
		table_line(columns, widths, row, line);
		fprintf(out, "%s\n", line);
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

void table_bits(const json_t *row, const char *key, char to[TABLE_CELL_SIZE])
{
	const json_t *value = json_object_get(row, key);

	if (json_is_number(value))
		human_bits(json_number_value(value), to);
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
