/* SPDX-License-Identifier: MIT */
/* --print-config: the option tables as a configuration file. */
#include "common/options_impl.h"

#include <ctype.h>
#include <string.h>

/* What stands before a line that is a setting, but isn't made. Sentences have '#'. */
#define UNSET ";"

static const void *field_of(const struct option_row *row, const void *fields)
{
	return (const char *)fields + row->offset;
}

/* ---- a setting that was made ---- */

static void print_bool(const struct option_row *row, const void *field, FILE *out)
{
	fprintf(out, "%s = %s\n", row->name, *(const bool *)field ? "yes" : "no");
}

static void print_number(const struct option_row *row, const void *field, FILE *out)
{
	char text[OPTIONS_NUMBER_SIZE];

	options_format(row, *(const int64_t *)field, text);
	fprintf(out, "%s = %s\n", row->name, text);
}

static void print_text(const struct option_row *row, const void *field, FILE *out)
{
	const char *text = *(char *const *)field;

	fprintf(out, "%s = %s\n", row->name, text != NULL ? text : "");
}

static void print_list(const struct option_row *row, const void *field, FILE *out)
{
	const struct option_list *list = field;

	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "%s = %s\n", row->name, list->items[i]);
}

static void print_choice(const struct option_row *row, const void *field, FILE *out)
{
	fprintf(out, "%s = %s\n", row->name, row->choices[*(const int *)field]);
}

/* By enum option_type; initial: what one without a default has, NULL: as the row calls its
 * value. */
static const struct {
	void (*print)(const struct option_row *row, const void *field, FILE *out);
	const char *initial;
} types[] = {
	[OPTION_BOOL] = {print_bool, "no"},   [OPTION_NUMBER] = {print_number, "0"},
	[OPTION_BYTES] = {print_number, "0"}, [OPTION_TIME] = {print_number, "0"},
	[OPTION_TEXT] = {print_text, ""},     [OPTION_LIST] = {print_list, NULL},
	[OPTION_CHOICE] = {print_choice, ""},
};

/* ---- all of them ---- */

static void print_sentence(const struct option_row *row, FILE *out)
{
	char text[OPTIONS_HELP_SIZE], limits[OPTIONS_LIMITS_SIZE];

	options_format_limits(row, limits);
	snprintf(text, sizeof(text), "%s%s", row->help, limits);
	text[0] = (char)toupper((unsigned char)text[0]);
	fprintf(out, "\n# ");
	options_print_wrapped(out, text, 2, 2, "# ");
}

static const char *initial_of(const struct option_row *row)
{
	if (row->initial != NULL)
		return row->initial;
	if (row->type == OPTION_CHOICE)
		return row->choices[0];
	return types[row->type].initial != NULL ? types[row->type].initial : row->value;
}

static bool is_given(const bool *given, size_t i)
{
	return given != NULL && given[i];
}

static void print_row(const struct option_row *row, const void *fields, bool given, FILE *out)
{
	const char *initial = initial_of(row);

	print_sentence(row, out);
	if (given)
		types[row->type].print(row, field_of(row, fields), out);
	else
		fprintf(out, UNSET "%s =%s%s\n", row->name, *initial != '\0' ? " " : "", initial);
}

static bool is_begun(const struct option_section *section, const bool *given)
{
	if (section->open == NULL)
		return true;
	for (size_t i = 0; section->rows[i].name != NULL; i++) {
		if (is_given(given, i) && section->rows[i].place != OPTION_COMMAND_LINE)
			return true;
	}
	return false;
}

void options_print_config(const struct option_program *program, const bool *given, FILE *out)
{
	for (size_t i = 0; i < program->n_sections; i++) {
		const struct option_section *section = &program->sections[i];
		const bool *given_here = section->rows == program->rows ? given : NULL;

		fprintf(out, "%s%s[%s%s%s]\n", i > 0 ? "\n" : "",
			is_begun(section, given_here) ? "" : UNSET, section->name,
			section->open != NULL ? " " : "",
			section->open != NULL ? section->example : "");
		for (size_t n = 0; section->rows[n].name != NULL; n++) {
			if (section->rows[n].place != OPTION_COMMAND_LINE)
				print_row(&section->rows[n], program->fields,
					  is_given(given_here, n), out);
		}
	}
}
