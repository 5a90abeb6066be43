/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/options_program.h"

/* ---- what a program with these sections prints ---- */

static const struct option_row note_rows[] = {
	{.name = "note", .type = OPTION_TEXT, .value = "TEXT", .help = "said of it"},
	{.name = NULL},
};

static void *open_note(void *context, const char *name, const char **ret_why)
{
	(void)name;
	(void)ret_why;
	return context;
}

static const struct option_section sections[] = {
	{.name = "test", .rows = options_program_rows, .fields = &options_program_fields},
	{.name = "note", .example = "cam", .rows = note_rows, .open = open_note},
};

/* The caller frees it. */
static char *print(const bool *given)
{
	struct option_program program = options_program;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	program.sections = sections;
	program.n_sections = 2;
	assert_non_null(out);
	options_print_config(&program, given, out);
	fclose(out);
	return text;
}

static int setup(void **state)
{
	(void)state;
	options_init(options_program_rows, &options_program_fields);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	options_finish(options_program_rows, &options_program_fields);
	return 0;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" isn't in:\n%s", part, text);
}

/* ---- tests ---- */

static void test_defaults_are_comments(void **state)
{
	static const char *const lines[] = {
		"[test]\n", /* of the options themselves: there is nothing to be left out */
		"\n\n# Take connections at this address. (default localhost:7070;",
		"\n# times)\n;listen = localhost:7070\n",
		"\n;control =\n", /* not set */
		"\n;queue-frames = 8\n",
		"\n;offset = 0\n",
		"\n;memory = 8M\n",
		"\n;keep = 90s\n",
		"\n;loop = no\n",
		"\n;drain = yes\n",
		"\n;io = auto\n",
		"\n;key =\n", /* it is for the file only */
		"\n;[note cam]\n\n# Said of it\n;note =\n",
	};
	char *text = print(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_has(text, lines[i]);
	assert_null(strstr(text, "config")); /* it is for the command line only */
	free(text);
}

static void test_what_is_given_is_set(void **state)
{
	static const struct {
		const char *name, *value, *line;
	} cases[] = {
		{"listen", "[::]:1", "\nlisten = [::]:1\n"},
		{"control", "/run/x", "\ncontrol = /run/x\n"},
		{"control", "", "\ncontrol = \n"},
		{"queue-frames", "9", "\nqueue-frames = 9\n"},
		{"memory", "2097152", "\nmemory = 2M\n"},
		{"keep", "120", "\nkeep = 2m\n"},
		{"loop", "yes", "\nloop = yes\n"},
		{"drain", "no", "\ndrain = no\n"},
		{"io", "epoll", "\nio = epoll\n"},
	};
	char error[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool given[OPTIONS_MAX_ROWS] = {false};
		size_t row = 0;

		while (strcmp(options_program_rows[row].name, cases[i].name) != 0)
			row++;
		given[row] = true;
		options_finish(options_program_rows, &options_program_fields);
		assert_int_equal(options_set(&options_program_rows[row], &options_program_fields,
					     cases[i].value, error, sizeof(error)),
				 0);
		char *text = print(given);
		assert_has(text, cases[i].line);
		free(text);
	}
}

/* As a file it comes to the same again. */
static void test_it_is_a_configuration_file(void **state)
{
	char *text = print(NULL), error[256] = "";

	(void)state;
	for (char *at = text; (at = strstr(at, "\n;")) != NULL;)
		memmove(at + 1, at + 2, strlen(at + 1));
	FILE *in = fmemopen(text, strlen(text), "r");
	char *note[2] = {NULL}; /* its rows' field is the first */
	struct option_section read[] = {sections[0], sections[1]};
	read[1].context = note;
	assert_int_equal(options_file_read(in, "it", read, 2, NULL, error, sizeof(error)), 0);
	assert_string_equal(error, "");
	assert_int_equal(options_program_fields.queue_frames, 8);
	assert_int_equal(options_program_fields.keep_s, 90);
	assert_null(options_program_fields.control);
	assert_true(options_program_fields.drain);
	assert_null(note[0]);
	fclose(in);
	free(text);
}

#define PRINT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PRINT_TEST(test_defaults_are_comments),
		PRINT_TEST(test_what_is_given_is_set),
		PRINT_TEST(test_it_is_a_configuration_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
