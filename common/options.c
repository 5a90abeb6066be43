/* SPDX-License-Identifier: MIT */
#include "common/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/options_impl.h"

/* ---- values ---------------------------------------------------------------------------------- */

/* Where the sentence about a refused value goes. */
struct refusal {
	char *error;
	size_t size;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct refusal *refusal, int result,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(refusal->error, refusal->size, format, arguments);
	va_end(arguments);
	return result;
}

static int set_bool(const struct option_row *row, void *field, const char *text,
		    const struct refusal *refusal)
{
	(void)row;
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return refuse(refusal, -EINVAL, "'%s' is neither yes nor no", text);
	*(bool *)field = strcmp(text, "yes") == 0;
	return 0;
}

/* Reads the decimal number at the start of text. Returns what follows it, or text itself where
 * there is none. One that is too large or too small becomes the largest or smallest. */
static const char *parse_number(const char *text, int64_t *ret_value)
{
	const char *digits = text + (*text == '-');
	char *end;

	if (*digits < '0' || *digits > '9') /* strtoll() would take white space and a plus, too */
		return text;
	*ret_value = strtoll(text, &end, 10);
	return end;
}

static int set_limited(const struct option_row *row, void *field, int64_t value, const char *text,
		       const struct refusal *refusal)
{
	char limit[OPTIONS_NUMBER_SIZE];

	if (value > row->max || value == INT64_MAX) {
		options_format(row, row->max, limit);
		return refuse(refusal, -ERANGE, "%s is over the limit of %s", text, limit);
	}
	if (value < row->min || value == INT64_MIN) {
		options_format(row, row->min, limit);
		return refuse(refusal, -ERANGE, "%s is under the minimum of %s", text, limit);
	}
	*(int64_t *)field = value;
	return 0;
}

struct unit {
	const char *suffix; /* NULL: the end */
	int64_t value;
};

/* From the smallest up. */
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};
static const struct unit byte_units[] = {
	{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct unit time_units[] = {{"", 1},     {"s", 1},	    {"m", 60},
					 {"h", 3600}, {"d", 86400}, {NULL, 0}};

/* A number with one of the units behind it; what: what it should have been. */
static int set_with_unit(const struct option_row *row, void *field, const char *text,
			 const struct unit *units, const char *what, const struct refusal *refusal)
{
	int64_t value = 0;
	const char *end = parse_number(text, &value);

	for (; end != text && units->suffix != NULL; units++) {
		if (strcmp(end, units->suffix) != 0)
			continue;
		if (__builtin_mul_overflow(value, units->value, &value))
			value = *text == '-' ? INT64_MIN : INT64_MAX;
		return set_limited(row, field, value, text, refusal);
	}
	return refuse(refusal, -EINVAL, "'%s' is not a %s", text, what);
}

static int set_number(const struct option_row *row, void *field, const char *text,
		      const struct refusal *refusal)
{
	return set_with_unit(row, field, text, no_units, "whole number", refusal);
}

static int set_bytes(const struct option_row *row, void *field, const char *text,
		     const struct refusal *refusal)
{
	return set_with_unit(row, field, text, byte_units,
			     "size (bytes, or a number with K, M or G)", refusal);
}

static int set_time(const struct option_row *row, void *field, const char *text,
		    const struct refusal *refusal)
{
	return set_with_unit(row, field, text, time_units,
			     "time (seconds, or a number with s, m, h or d)", refusal);
}

static int set_text(const struct option_row *row, void *field, const char *text,
		    const struct refusal *refusal)
{
	char **to = field;
	char *copy = NULL;

	(void)row;
	if (*text != '\0') {
		copy = strdup(text);
		if (copy == NULL)
			return refuse(refusal, -ENOMEM, "%s", strerror(ENOMEM));
	}
	free(*to);
	*to = copy;
	return 0;
}

static int set_list(const struct option_row *row, void *field, const char *text,
		    const struct refusal *refusal)
{
	struct option_list *list = field;
	char **items, *copy;

	(void)row;
	if (*text == '\0')
		return refuse(refusal, -EINVAL, "the value is empty");
	if (list->n == OPTIONS_MAX_ITEMS)
		return refuse(refusal, -ERANGE, "%s is one too many: the limit is %d", text,
			      OPTIONS_MAX_ITEMS);
	copy = strdup(text);
	items = reallocarray(list->items, list->n + 1, sizeof(*items));
	if (items != NULL)
		list->items = items;
	if (copy == NULL || items == NULL) {
		free(copy);
		return refuse(refusal, -ENOMEM, "%s", strerror(ENOMEM));
	}
	items[list->n++] = copy;
	return 0;
}

static void list_clear(struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct option_list){0};
}

static int set_choice(const struct option_row *row, void *field, const char *text,
		      const struct refusal *refusal)
{
	char names[OPTIONS_CHOICES_SIZE];

	for (int i = 0; row->choices[i] != NULL; i++) {
		if (strcmp(row->choices[i], text) == 0) {
			*(int *)field = i;
			return 0;
		}
	}
	options_format_choices(row, names);
	return refuse(refusal, -EINVAL, "'%s' is not one of: %s", text, names);
}

/* By enum option_type: how large a field is, what sets it, and the units that numbers have. */
static const struct {
	size_t size;
	int (*set)(const struct option_row *row, void *field, const char *text,
		   const struct refusal *refusal);
	const struct unit *units;
} types[] = {
	[OPTION_BOOL] = {sizeof(bool), set_bool, NULL},
	[OPTION_NUMBER] = {sizeof(int64_t), set_number, no_units},
	[OPTION_BYTES] = {sizeof(int64_t), set_bytes, byte_units},
	[OPTION_TIME] = {sizeof(int64_t), set_time, time_units},
	[OPTION_TEXT] = {sizeof(char *), set_text, NULL},
	[OPTION_LIST] = {sizeof(struct option_list), set_list, NULL},
	[OPTION_CHOICE] = {sizeof(int), set_choice, NULL},
};

static void *field_of(const struct option_row *row, void *fields)
{
	return (char *)fields + row->offset;
}

int options_set(const struct option_row *row, void *fields, const char *text, char *ret_error,
		size_t error_size)
{
	const struct refusal refusal = {ret_error, error_size};

	return types[row->type].set(row, field_of(row, fields), text, &refusal);
}

int options_set_from(const struct option_row *row, void *fields, bool first, const char *text,
		     char *ret_error, size_t error_size)
{
	if (row->type == OPTION_LIST && first)
		list_clear(field_of(row, fields));
	return options_set(row, fields, text, ret_error, error_size);
}

void options_init(const struct option_row *rows, void *fields)
{
	char error[256];
	size_t n = 0;

	for (const struct option_row *row = rows; row->name != NULL; row++) {
		memset(field_of(row, fields), 0, types[row->type].size);
		/* A default outside its own limits is a mistake in the table. */
		if (row->initial != NULL &&
		    options_set(row, fields, row->initial, error, sizeof(error)) != 0)
			abort();
		n++;
	}
	assert(n <= OPTIONS_MAX_ROWS);
}

void options_finish(const struct option_row *rows, void *fields)
{
	for (const struct option_row *row = rows; row->name != NULL; row++) {
		void *field = field_of(row, fields);

		if (row->type == OPTION_LIST)
			list_clear(field);
		if (row->type == OPTION_TEXT)
			free(*(char **)field);
		memset(field, 0, types[row->type].size);
	}
}

static bool equal_texts(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool equal_lists(const struct option_list *a, const struct option_list *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return a->n == b->n;
}

bool options_equal(const struct option_row *row, const void *a, const void *b)
{
	const void *left = (const char *)a + row->offset, *right = (const char *)b + row->offset;

	if (row->type == OPTION_LIST)
		return equal_lists(left, right);
	if (row->type == OPTION_TEXT)
		return equal_texts(*(char *const *)left, *(char *const *)right);
	return memcmp(left, right, types[row->type].size) == 0;
}

void options_swap(const struct option_row *row, void *a, void *b)
{
	unsigned char kept[sizeof(struct option_list)];
	size_t size = types[row->type].size;

	assert(size <= sizeof(kept));
	memcpy(kept, field_of(row, a), size);
	memcpy(field_of(row, a), field_of(row, b), size);
	memcpy(field_of(row, b), kept, size);
}

void options_format(const struct option_row *row, int64_t value, char ret_text[OPTIONS_NUMBER_SIZE])
{
	const struct unit *best = types[row->type].units;

	for (const struct unit *unit = best; value != 0 && unit->suffix != NULL; unit++) {
		if (value % unit->value == 0)
			best = unit;
	}
	snprintf(ret_text, OPTIONS_NUMBER_SIZE, "%" PRId64 "%s", value / best->value, best->suffix);
}

void options_format_choices(const struct option_row *row, char ret_text[OPTIONS_CHOICES_SIZE])
{
	size_t len = 0;

	ret_text[0] = '\0';
	for (size_t i = 0; row->choices[i] != NULL && len < OPTIONS_CHOICES_SIZE; i++) {
		int n = snprintf(ret_text + len, OPTIONS_CHOICES_SIZE - len, "%s%s",
				 i > 0 ? ", " : "", row->choices[i]);

		assert(n >= 0);
		len += (size_t)n;
	}
}

/* ---- the command line ------------------------------------------------------------------------ */

/* getopt_long() returns these, and OPTION_ROW + 2 * index of the row, + 1 for --no-NAME. They
 * stand above all characters. */
enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_PRINT_CONFIG, OPTION_ROW };

struct command_line {
	const struct option_program *program;
	struct option options[2 * OPTIONS_MAX_ROWS + 4];
	char no_names[OPTIONS_MAX_ROWS][OPTIONS_MAX_NAME + sizeof("no-")];
	size_t n_options;
	bool given[OPTIONS_MAX_ROWS];
	bool print_config;
};

static void line_add(struct command_line *line, const char *name, int has_arg, int val)
{
	line->options[line->n_options++] = (struct option){name, has_arg, NULL, val};
}

static void line_init(struct command_line *line, const struct option_program *program)
{
	*line = (struct command_line){.program = program};
	line_add(line, "help", no_argument, OPTION_HELP);
	line_add(line, "version", no_argument, OPTION_VERSION);
	if (program->n_sections > 0)
		line_add(line, "print-config", no_argument, OPTION_PRINT_CONFIG);
	for (int i = 0; program->rows[i].name != NULL; i++) {
		const struct option_row *row = &program->rows[i];

		assert(i < OPTIONS_MAX_ROWS && strlen(row->name) <= OPTIONS_MAX_NAME);
		if (row->place == OPTION_FILE)
			continue;
		line_add(line, row->name,
			 row->type == OPTION_BOOL ? no_argument : required_argument,
			 OPTION_ROW + 2 * i);
		if (row->type != OPTION_BOOL)
			continue;
		snprintf(line->no_names[i], sizeof(line->no_names[i]), "no-%s", row->name);
		line_add(line, line->no_names[i], no_argument, OPTION_ROW + 2 * i + 1);
	}
}

__attribute__((format(printf, 2, 3))) static int complain(const struct option_program *program,
							  const char *format, ...)
{
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s: %s (see --help)\n", program->name, text);
	return -EINVAL;
}

/* getopt_long() takes beginnings of names, too, and can't be told not to: "--key SECRET" would be
 * --key-file. val: what the option is that it took, or misses a value of. */
static bool is_whole_name(const struct command_line *line, const char *typed, int val)
{
	size_t len = strcspn(typed, "=");

	for (size_t i = 0; i < line->n_options; i++) {
		const char *name = line->options[i].name;

		if (line->options[i].val == val)
			return strlen(name) + 2 == len && strncmp(name, typed + 2, len - 2) == 0;
	}
	return false;
}

/* Says what is wrong with an option, without its value, which may be a secret; val: what it is to
 * getopt_long(), 0: nothing. */
static int complain_of_option(const struct command_line *line, const char *typed, int val)
{
	int len = (int)strcspn(typed, "=");

	if (val >= OPTION_HELP && is_whole_name(line, typed, val))
		return complain(line->program, "%.*s takes no value", len, typed);
	if (val != 0 && val < OPTION_HELP)
		return complain(line->program, "-%c: there are no one-letter options",
				val > ' ' && val < 0x7f ? val : '?');
	return complain(line->program, "%.*s: there is no such option", len, typed);
}

static int line_take(struct command_line *line, int val)
{
	const struct option_program *program = line->program;
	const int index = (val - OPTION_ROW) / 2;
	const struct option_row *row = &program->rows[index];
	const char *text = optarg;
	char error[512];

	if (row->type == OPTION_BOOL)
		text = (val - OPTION_ROW) % 2 == 0 ? "yes" : "no";
	if (options_set_from(row, program->fields, !line->given[index], text, error,
			     sizeof(error)) != 0)
		return complain(program, "--%s: %s", row->name, error);
	line->given[index] = true;
	return 0;
}

__attribute__((noreturn)) static void finish(FILE *out)
{
	/* A full disk or a closed pipe isn't a success. */
	exit(fflush(out) == 0 && !ferror(out) ? 0 : 1);
}

int options_command_line(const struct option_program *program, int argc, char *argv[])
{
	struct command_line line;
	size_t n_arguments;
	int val;

	line_init(&line, program);
	opterr = 0;
	optind = 0; /* 0 makes glibc forget an earlier argv */
	while ((val = getopt_long(argc, argv, ":", line.options, NULL)) != -1) {
		/* Its value may be an argument of its own. */
		const char *typed = argv[optind - (optarg == argv[optind - 1] ? 2 : 1)];

		if (val == '?')
			return complain_of_option(&line, typed, optopt);
		if (!is_whole_name(&line, typed, val == ':' ? optopt : val))
			return complain_of_option(&line, typed, 0);
		if (val == OPTION_HELP) {
			options_help(program, stdout);
			finish(stdout);
		}
		if (val == OPTION_VERSION) {
			printf("%s %s\n", program->name, SPILLWAY_VERSION);
			finish(stdout);
		}
		if (val == ':')
			return complain(program, "%s needs a value", typed);
		if (val == OPTION_PRINT_CONFIG)
			line.print_config = true; /* what follows is to stand in it, too */
		else if (line_take(&line, val) != 0)
			return -EINVAL;
	}
	if (line.print_config) {
		options_print_config(program, line.given, stdout);
		finish(stdout);
	}
	n_arguments = (size_t)(argc - optind);
	if (n_arguments < program->min_arguments)
		return complain(program, "%s: usage: %s %s",
				n_arguments == 0 ? "an argument is missing" : "too few arguments",
				program->name, program->usage);
	if (n_arguments > program->max_arguments)
		return complain(program, "'%s' is one argument too many",
				argv[optind + (int)program->max_arguments]);
	return optind;
}

const char *options_config_path(int argc, char *const argv[])
{
	static const char option[] = "--config";
	const size_t len = sizeof(option) - 1;
	const char *path = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], option, len) != 0)
			continue;
		if (argv[i][len] == '=')
			path = argv[i] + len + 1;
		else if (argv[i][len] == '\0' && i + 1 < argc)
			path = argv[++i];
	}
	if (path != NULL)
		return path;
	return access(OPTIONS_DEFAULT_FILE, F_OK) == 0 ? OPTIONS_DEFAULT_FILE : NULL;
}
