/* SPDX-License-Identifier: MIT */
#include "common/options_impl.h"

#include <inttypes.h>
#include <string.h>

enum {
	HELP_COLUMNS = 80,
	HELP_MAX_LEFT = 32, /* an option longer than this has its sentence on the next line */
};

void options_print_wrapped(FILE *out, const char *text, int at, int indent, const char *margin)
{
	int column = at;

	while (*text != '\0') {
		const int len = (int)strcspn(text, " ");

		if (column > indent && column + 1 + len > HELP_COLUMNS) {
			fprintf(out, "\n%*s", indent, margin);
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void left_of(const struct option_row *row, bool file, char *ret_text, size_t size)
{
	const char *no = row->type == OPTION_BOOL && !file ? "[no-]" : "";
	const char *separator = row->value == NULL ? "" : file ? " = " : " ";

	snprintf(ret_text, size, "  %s%s%s%s%s", file ? "" : "--", no, row->name, separator,
		 row->value != NULL ? row->value : "");
}

void options_format_limits(const struct option_row *row, char ret_text[OPTIONS_LIMITS_SIZE])
{
	const bool number =
		row->type == OPTION_NUMBER || row->type == OPTION_BYTES || row->type == OPTION_TIME;
	const char *initial = row->initial, *separator = "";
	char min[OPTIONS_NUMBER_SIZE], max[OPTIONS_NUMBER_SIZE];
	char choices[OPTIONS_CHOICES_SIZE];
	char limits[OPTIONS_CHOICES_SIZE + sizeof("one of ")] = "";

	if (initial == NULL && number)
		initial = "0";
	if (initial == NULL && row->type == OPTION_BOOL)
		initial = "no";
	if (initial == NULL && row->type == OPTION_CHOICE)
		initial = row->choices[0];
	if (number) {
		options_format(row, row->min, min);
		options_format(row, row->max, max);
		if (row->max == INT64_MAX)
			snprintf(limits, sizeof(limits), "at least %s", min);
		else
			snprintf(limits, sizeof(limits), "%s to %s", min, max);
	} else if (row->type == OPTION_CHOICE) {
		options_format_choices(row, choices);
		snprintf(limits, sizeof(limits), "one of %s", choices);
	} else if (row->type == OPTION_LIST) {
		snprintf(limits, sizeof(limits), "may be given many times");
	}
	ret_text[0] = '\0';
	if (initial == NULL && limits[0] == '\0')
		return;
	if (initial != NULL && limits[0] != '\0')
		separator = "; ";
	snprintf(ret_text, OPTIONS_LIMITS_SIZE, " (%s%s%s%s)", initial != NULL ? "default " : "",
		 initial != NULL ? initial : "", separator, limits);
}

static void print_row(const struct option_row *row, bool file, int indent, FILE *out)
{
	char left[OPTIONS_HELP_SIZE], text[OPTIONS_HELP_SIZE], limits[OPTIONS_LIMITS_SIZE] = "";
	int at;

	left_of(row, file, left, sizeof(left));
	options_format_limits(row, limits);
	snprintf(text, sizeof(text), "%s%s", row->help, limits);
	at = fprintf(out, "%s", left);
	if (at + 2 > indent) {
		fputc('\n', out);
		at = 0;
	}
	fprintf(out, "%*s", indent - at, "");
	options_print_wrapped(out, text, indent, indent, "");
}

static void print_rows(const struct option_row *rows, bool file, int indent, FILE *out)
{
	for (const struct option_row *row = rows; row->name != NULL; row++) {
		if ((row->place == OPTION_FILE) == file)
			print_row(row, file, indent, out);
	}
}

static bool has_file_rows(const struct option_row *rows)
{
	while (rows->name != NULL && rows->place != OPTION_FILE)
		rows++;
	return rows->name != NULL;
}

void options_help(const struct option_program *program, FILE *out)
{
	/* Every program has these two. */
	static const struct option_row common[] = {
		{.name = "help", .type = OPTION_TEXT, .help = "Print this and exit."},
		{.name = "version", .type = OPTION_TEXT, .help = "Print the version and exit."},
		{.name = NULL},
	};
	/* And this, who has a part in the configuration file. */
	static const struct option_row configured[] = {
		{.name = "print-config",
		 .type = OPTION_TEXT,
		 .help = "Print a configuration file in which the options given here are set, with "
			 "all others and their defaults as comments, and exit."},
		{.name = NULL},
	};
	char left[OPTIONS_HELP_SIZE];
	int indent = 0;

	for (const struct option_row *row = program->rows; row->name != NULL; row++) {
		left_of(row, row->place == OPTION_FILE, left, sizeof(left));
		if (strlen(left) + 2 <= HELP_MAX_LEFT && (int)strlen(left) + 2 > indent)
			indent = (int)strlen(left) + 2;
	}
	if (indent < (int)strlen("  --version  "))
		indent = (int)strlen("  --version  ");
	fprintf(out, "Usage: %s %s\n", program->name, program->usage);
	options_print_wrapped(out, program->summary, 0, 0, "");
	fprintf(out, "\nOptions:\n");
	print_rows(program->rows, false, indent, out);
	if (program->n_sections > 0)
		print_rows(configured, false, indent, out);
	print_rows(common, false, indent, out);
	if (has_file_rows(program->rows)) {
		fprintf(out, "\nOnly in the configuration file:\n");
		print_rows(program->rows, true, indent, out);
	}
	if (program->more != NULL)
		fprintf(out, "\n%s%s", program->more,
			program->more[strlen(program->more) - 1] == '\n' ? "" : "\n");
}
