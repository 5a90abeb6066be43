/* SPDX-License-Identifier: MIT */
/* The configuration file as it is installed, which the programs print themselves. */
#include <stdio.h>
#include <string.h>

#include "common/options.h"
#include "tests/harness.h"

enum { MAX_INI = 65536 };

/* How a program is made to read its part of the file, all of it, and to end. */
static const struct reader {
	const char *program, *manual;
	const char *const *arguments;
} readers[] = {
	{"spillway-relay", "relay/spillway-relay.8", (const char *const[]){"--version", NULL}},
	{"spillway-capture", "capture/spillway-capture.1",
	 (const char *const[]){"--name", "cam", "--list", NULL}},
	{"spillway-chat", "chat/spillway-chat.8", (const char *const[]){"--version", NULL}},
};
enum { N_READERS = sizeof(readers) / sizeof(*readers) };

static char *installed(struct harness *h)
{
	size_t len;

	return harness_read(h, harness_format(h, "%s/spillway.ini", h->build), &len);
}

static struct program *read_with(struct harness *h, const struct reader *reader, const char *path)
{
	const char *argv[16] = {reader->program, "--config", path};
	size_t n = 3;

	for (size_t i = 0; reader->arguments[i] != NULL; i++)
		argv[n++] = reader->arguments[i];
	return program_start_v(h, argv);
}

static void assert_all_read(struct harness *h, const char *text)
{
	const char *path = harness_write(h, "spillway.ini", text, strlen(text));

	for (size_t i = 0; i < N_READERS; i++) {
		struct program *program = read_with(h, &readers[i], path);

		if (program_wait(program) != 0)
			harness_fail("%s: %s", readers[i].program, program_log(program));
	}
}

/* Where a list has no default, its line says what a value is: here is one. NULL: it isn't one. */
static const char *stand_in(const char *name)
{
	static const char hash[] = "blake2b:00000000000000000000000000000000"
				   "00000000000000000000000000000000";
	static const struct {
		const char *name, *value;
	} values[] = {
		{"key", hash},
		{"token", hash},
		{"rendition", "240p=426x240@10"},
		{"camera-control", "brightness=100"},
		{"web-origin", "https://example.org"},
		{"flood", "messages=10/10s"},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	}
	return NULL;
}

/* The file with nothing commented out. */
static char *uncommented(struct harness *h, char *text)
{
	char *all = harness_alloc(h, MAX_INI), *save;
	size_t len = 0;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char name[64], value[64];
		bool unset = *line == ';';

		if (unset && sscanf(line, ";%63s = %63s", name, value) == 2 &&
		    stand_in(name) != NULL)
			line = harness_format(h, "%s = %s", name, stand_in(name));
		else if (unset)
			line++;
		assert_true(len + strlen(line) + 1 < MAX_INI);
		len += (size_t)sprintf(all + len, "%s\n", line);
	}
	return all;
}

static void test_installed_file_is_read_by_all(struct harness *h)
{
	char *text = installed(h);

	assert_non_null(strstr(text, "\n[relay]\n"));
	assert_non_null(strstr(text, "\nlisten = localhost:7070\n"));
	assert_non_null(strstr(text, "\npublish = key\n"));
	assert_non_null(strstr(text, "\n[chat]\n"));
	assert_non_null(strstr(text, "\nlisten = localhost:6667\n"));
	/* The agent's sections are all comments, and it wants one. */
	assert_all_read(h, harness_format(h, "%s\n[capture cam]\n", text));
}

static void test_every_default_is_accepted(struct harness *h)
{
	assert_all_read(h, uncommented(h, installed(h)));
}

/* What --help says is an option: the next one's name from *at on, or NULL. */
static const char *next_option(struct harness *h, const char **at)
{
	const char *line = strstr(*at, "\n  --");

	if (line == NULL)
		return NULL;
	line += strlen("\n  --");
	if (strncmp(line, "[no-]", strlen("[no-]")) == 0)
		line += strlen("[no-]");
	size_t len = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789-");
	*at = line + len;
	return harness_format(h, "%.*s", (int)len, line);
}

static bool is_for_the_command_line(const char *name)
{
	static const char *const names[] = {
		"config",
		"check-config",
		"print-config",
		"help",
		"version",
		"name",
		"list",
		"add-operator",
		"remove-operator",
		"set-password",
		"export-announcements",
		"import-announcements",
		NULL,
	};
	const char *const *it = names;

	while (*it != NULL && strcmp(*it, name) != 0)
		it++;
	return *it != NULL;
}

/* One table drives both. */
static void test_file_and_manual_know_all_that_help_says(struct harness *h)
{
	const char *text = installed(h);

	for (size_t i = 0; i < N_READERS; i++) {
		const struct reader *reader = &readers[i];
		const char *part = strstr(text, harness_format(h, "# ---- %s ", reader->program));
		const char *help = program_output(program_run(h, reader->program, "--help", NULL));
		size_t len, n = 0;
		const char *manual = harness_read(h, reader->manual, &len), *name;

		assert_non_null(part);
		while ((name = next_option(h, &help)) != NULL) {
			if (strstr(manual, harness_format(h, "Fl Fl %s", name)) == NULL &&
			    strstr(manual, harness_format(h, "Fl -%s", name)) == NULL)
				harness_fail("%s is not in %s", name, reader->manual);
			if (!is_for_the_command_line(name) &&
			    strstr(part, harness_format(h, "%s =", name)) == NULL)
				harness_fail("%s is not in the file", name);
			n++;
		}
		assert_true(n > 10);
	}
}

/* It is made from the same tables, and its example is one. */
static void test_manual_of_the_file_has_every_key_and_a_good_example(struct harness *h)
{
	const char *path = harness_format(h, "%s/spillway.ini.5", h->build);
	char *line, *rest = installed(h), name[64];
	size_t len, n = 0;
	char *manual = harness_read(h, path, &len);

	program_run(h, "mandoc", "-T", "lint", "-W", "warning", path, NULL);
	while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
		if (sscanf(line, ";%63[a-z-] =", name) == 1 ||
		    sscanf(line, "%63[a-z-] =", name) == 1) {
			if (strstr(manual, harness_format(h, "\n.It Li \"%s =", name)) == NULL)
				harness_fail("%s is not in the manual", name);
			n++;
		}
	}
	assert_true(n > 60);
	char *example =
		strstr(strstr(manual, "\n.Sh EXAMPLES\n"), "\n.Bd -literal -offset indent\n");
	example += strlen("\n.Bd -literal -offset indent\n");
	*strstr(example, ".Ed\n") = '\0';
	*strstr(example, "key-file") = '#'; /* there is none here */
	path = harness_write(h, "example.ini", example, strlen(example));
	for (size_t i = 0; i < N_READERS; i++)
		program_run(h, readers[i].program, "--config", path, "--check-config", NULL);
}

/* Mistakes in one section, a line each, which one run tells. */
struct mistakes {
	struct harness *h;
	const struct reader *reader;
	const char *section;
	size_t n;
	const char *lines[OPTIONS_MAX_MISTAKES], *errors[OPTIONS_MAX_MISTAKES];
};

static void try_mistakes(struct mistakes *mistakes)
{
	struct harness *h = mistakes->h;
	char *text = harness_format(h, "%s\n", mistakes->section);

	if (mistakes->n == 0)
		return;
	for (size_t i = 0; i < mistakes->n; i++)
		text = harness_format(h, "%s%s\n", text, mistakes->lines[i]);
	const char *path = harness_write(h, "wrong.ini", text, strlen(text));
	struct program *program = program_start(h, mistakes->reader->program, "--config", path,
						"--check-config", NULL);
	assert_int_equal(program_wait(program), 1);
	for (size_t i = 0; i < mistakes->n; i++) {
		char *error = harness_format(h, "%s:%zu: %s", path, i + 2, mistakes->errors[i]);

		if (program_count_log(program, error) != 1)
			harness_fail("%s: %s", mistakes->lines[i], program_log(program));
	}
	mistakes->n = 0;
}

static void add_mistake(struct mistakes *mistakes, const char *line, const char *error)
{
	mistakes->lines[mistakes->n] = line;
	mistakes->errors[mistakes->n++] = error;
	if (mistakes->n == OPTIONS_MAX_MISTAKES)
		try_mistakes(mistakes);
}

/* As its default and its sentence say. */
static bool is_text(const char *value, const char *said)
{
	return strcmp(value, "yes") != 0 && strcmp(value, "no") != 0 &&
	       strstr(said, "one of ") == NULL &&
	       (strspn(value, "0123456789") == 0 || strstr(said, " to ") == NULL);
}

/* What its sentence says of limits and choices is so; and no key is known by another name. */
static void test_a_bad_value_of_every_key_is_told_with_its_line(struct harness *h)
{
	struct mistakes mistakes = {.h = h};
	char *line, *rest = installed(h), name[64], *said = harness_alloc(h, 4096);
	size_t n = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		line += *line == ';';
		if (*line == '[' || strncmp(line, "# ---- ", 7) == 0)
			try_mistakes(&mistakes);
		if (*line == '[')
			mistakes.section = line;
		for (size_t i = 0; i < N_READERS; i++) {
			if (strncmp(line, "# ---- ", 7) == 0 &&
			    strstr(line, readers[i].program) != NULL)
				mistakes.reader = &readers[i];
		}
		if (*line == '\0')
			*said = '\0';
		if (*line == '#')
			strcat(said, line + 1);
		if (mistakes.reader == NULL || *line == '#' ||
		    sscanf(line, "%63[a-z-] =", name) != 1)
			continue;
		const char *value = strchr(line, '=') + 1;

		add_mistake(&mistakes, harness_format(h, "%s-x = 1", name),
			    harness_format(h, "there is no '%s-x'", name));
		if (is_text(value + strspn(value, " "), said))
			continue;
		add_mistake(&mistakes, harness_format(h, "%s = nonsense", name),
			    harness_format(h, "%s: ", name));
		n++;
	}
	try_mistakes(&mistakes);
	assert_true(n > 45);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST_ON(test_installed_file_is_read_by_all, "epoll"),
		HARNESS_TEST_ON(test_every_default_is_accepted, "epoll"),
		HARNESS_TEST_ON(test_file_and_manual_know_all_that_help_says, "epoll"),
		HARNESS_TEST_ON(test_a_bad_value_of_every_key_is_told_with_its_line, "epoll"),
		HARNESS_TEST_ON(test_manual_of_the_file_has_every_key_and_a_good_example, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(*tests), argc, argv);
}
