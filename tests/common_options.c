/* SPDX-License-Identifier: MIT */
#include "common/options.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/options_program.h"

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

static const struct option_row *row_of(const char *name)
{
	const struct option_row *row = options_program_rows;

	while (strcmp(row->name, name) != 0)
		row++;
	return row;
}

static void assert_list(const struct option_list *list, const char *joined)
{
	char text[256] = "";

	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, list->items[i]);
	}
	assert_string_equal(text, joined);
}

/* ---- values
 * ------------------------------------------------------------------------------------ */

static void test_defaults_are_set(void **state)
{
	(void)state;
	assert_null(options_program_fields.config);
	assert_null(options_program_fields.control);
	assert_list(&options_program_fields.listen, "localhost:7070");
	assert_int_equal(options_program_fields.queue_frames, 8);
	assert_int_equal(options_program_fields.offset_ms, 0);
	assert_int_equal(options_program_fields.memory, 8 << 20);
	assert_false(options_program_fields.loop);
	assert_true(options_program_fields.drain);
	assert_int_equal(options_program_fields.io, IO_AUTO);
}

static void test_values_are_checked(void **state)
{
	static const struct {
		const char *name, *text;
		int result;
		const char *error;
	} cases[] = {
		{"queue-frames", "1", 0, NULL},
		{"queue-frames", "1024", 0, NULL},
		{"queue-frames", "99999", -ERANGE, "99999 is over the limit of 1024"},
		{"queue-frames", "0", -ERANGE, "0 is under the minimum of 1"},
		{"queue-frames", "-5", -ERANGE, "-5 is under the minimum of 1"},
		{"queue-frames", "99999999999999999999", -ERANGE,
		 "99999999999999999999 is over the limit of 1024"},
		{"queue-frames", "", -EINVAL, "'' is not a whole number"},
		{"queue-frames", "8 ", -EINVAL, "'8 ' is not a whole number"},
		{"queue-frames", " 8", -EINVAL, "' 8' is not a whole number"},
		{"queue-frames", "+8", -EINVAL, "'+8' is not a whole number"},
		{"queue-frames", "0x8", -EINVAL, "'0x8' is not a whole number"},
		{"queue-frames", "8.5", -EINVAL, "'8.5' is not a whole number"},
		{"queue-frames", "8K", -EINVAL, "'8K' is not a whole number"},
		{"queue-frames", "-", -EINVAL, "'-' is not a whole number"},
		{"offset", "-1000", 0, NULL},
		{"offset", "-1001", -ERANGE, "-1001 is under the minimum of -1000"},
		{"offset", "9223372036854775806", 0, NULL},
		{"offset", "9223372036854775808", -ERANGE,
		 "9223372036854775808 is over the limit of 9223372036854775807"},
		{"memory", "1K", 0, NULL},
		{"memory", "1024G", 0, NULL},
		{"memory", "1025G", -ERANGE, "1025G is over the limit of 1024G"},
		{"memory", "1023", -ERANGE, "1023 is under the minimum of 1K"},
		{"memory", "9007199254740993M", -ERANGE,
		 "9007199254740993M is over the limit of 1024G"},
		{"memory", "-9007199254740993M", -ERANGE,
		 "-9007199254740993M is under the minimum of 1K"},
		{"memory", "8k", -EINVAL, "'8k' is not a size (bytes, or a number with K, M or G)"},
		{"memory", "8MB", -EINVAL,
		 "'8MB' is not a size (bytes, or a number with K, M or G)"},
		{"memory", "M", -EINVAL, "'M' is not a size (bytes, or a number with K, M or G)"},
		{"keep", "60", 0, NULL},
		{"keep", "2h", 0, NULL},
		{"keep", "3h", -ERANGE, "3h is over the limit of 2h"},
		{"keep", "59s", -ERANGE, "59s is under the minimum of 1m"},
		{"keep", "106751991167300d", -ERANGE, "106751991167300d is over the limit of 2h"},
		{"keep", "1.5h", -EINVAL,
		 "'1.5h' is not a time (seconds, or a number with s, m, h or d)"},
		{"keep", "m", -EINVAL,
		 "'m' is not a time (seconds, or a number with s, m, h or d)"},
		{"loop", "yes", 0, NULL},
		{"loop", "no", 0, NULL},
		{"loop", "true", -EINVAL, "'true' is neither yes nor no"},
		{"io", "epoll", 0, NULL},
		{"io", "Epoll", -EINVAL, "'Epoll' is not one of: auto, uring, epoll"},
		{"listen", "", -EINVAL, "the value is empty"},
	};
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s = %s\n", cases[i].name, cases[i].text);
		assert_int_equal(options_set(row_of(cases[i].name), &options_program_fields,
					     cases[i].text, error, sizeof(error)),
				 cases[i].result);
		if (cases[i].error != NULL)
			assert_string_equal(error, cases[i].error);
	}
	assert_int_equal(options_program_fields.queue_frames, 1024);
	assert_int_equal(options_program_fields.memory, (int64_t)1 << 40);
}

static void test_sizes_and_times_have_units(void **state)
{
	static const struct {
		const char *name, *text;
		const int64_t *field, value;
	} cases[] = {
		{"memory", "2048", &options_program_fields.memory, 2048},
		{"memory", "512K", &options_program_fields.memory, 512 << 10},
		{"memory", "8M", &options_program_fields.memory, 8 << 20},
		{"memory", "1G", &options_program_fields.memory, 1 << 30},
		{"keep", "75", &options_program_fields.keep_s, 75},
		{"keep", "90s", &options_program_fields.keep_s, 90},
		{"keep", "10m", &options_program_fields.keep_s, 600},
		{"keep", "1h", &options_program_fields.keep_s, 3600},
	};
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(options_set(row_of(cases[i].name), &options_program_fields,
					     cases[i].text, error, sizeof(error)),
				 0);
		assert_int_equal(*cases[i].field, cases[i].value);
	}
}

static void test_empty_text_unsets(void **state)
{
	char error[256];

	(void)state;
	assert_int_equal(
		options_set(row_of("control"), &options_program_fields, "/x", error, sizeof(error)),
		0);
	assert_string_equal(options_program_fields.control, "/x");
	assert_int_equal(
		options_set(row_of("control"), &options_program_fields, "", error, sizeof(error)),
		0);
	assert_null(options_program_fields.control);
}

static void test_lists_are_bounded(void **state)
{
	char error[256];

	(void)state;
	for (size_t i = options_program_fields.listen.n; i < OPTIONS_MAX_ITEMS; i++)
		assert_int_equal(options_set(row_of("listen"), &options_program_fields, "a", error,
					     sizeof(error)),
				 0);
	assert_int_equal(
		options_set(row_of("listen"), &options_program_fields, "b", error, sizeof(error)),
		-ERANGE);
	assert_string_equal(error, "b is one too many: the limit is 64");
}

static void test_finish_leaves_nothing(void **state)
{
	char error[256];

	(void)state;
	assert_int_equal(
		options_set(row_of("control"), &options_program_fields, "/x", error, sizeof(error)),
		0);
	options_finish(options_program_rows, &options_program_fields);
	assert_null(options_program_fields.control);
	assert_null(options_program_fields.listen.items);
	assert_int_equal(options_program_fields.listen.n, 0);
	options_finish(options_program_rows, &options_program_fields);
}

/* ---- the command line
 * -------------------------------------------------------------------------- */

enum { MAX_ARGUMENTS = 16 };

/* Runs the program's command line; words are split at spaces. Returns the first argument that isn't
 * an option, or "" without one; NULL for an error, whose text is in said. */
static char said[4096];

static const char *run_line(const char *words)
{
	static char text[1024];
	char *argv[MAX_ARGUMENTS + 1] = {NULL}, *rest = text, *word;
	int argc = 0, first, kept, fds[2];
	ssize_t n;

	snprintf(text, sizeof(text), "argv0 %s", words);
	while (argc < MAX_ARGUMENTS && (word = strsep(&rest, " ")) != NULL)
		argv[argc++] = word;
	fflush(stderr);
	assert_int_equal(pipe(fds), 0);
	kept = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	first = options_command_line(&options_program, argc, argv);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	n = read(fds[0], said, sizeof(said) - 1);
	assert_true(n >= 0);
	said[n] = '\0';
	close(fds[0]);
	if (first < 0) {
		assert_int_equal(first, -EINVAL);
		return NULL;
	}
	assert_string_equal(said, "");
	return first < argc ? argv[first] : "";
}

static void test_options_and_arguments_may_mix(void **state)
{
	(void)state;
	assert_string_equal(run_line("--loop localhost/cam --queue-frames 3 --no-drain"),
			    "localhost/cam");
	assert_true(options_program_fields.loop);
	assert_false(options_program_fields.drain);
	assert_int_equal(options_program_fields.queue_frames, 3);
}

static void test_double_hyphen_ends_options(void **state)
{
	(void)state;
	assert_string_equal(run_line("-- --loop"), "--loop");
	assert_false(options_program_fields.loop);
	assert_string_equal(run_line("-"), "-");
}

/* Each begins a name, of an option with a value, without one, of --help or --version. */
static void test_names_must_be_whole(void **state)
{
	static const char *const lines[] = {
		"--contro SECRET",
		"--contro=SECRET",
		"--c SECRET",
		"--contro",
		"--queue-frame 5",
		"--queue=5",
		"--loo",
		"--no-l",
		"--no-loo=SECRET",
		"--hel",
		"--v",
		"a --contro SECRET",
		"--conf /dev/null",
		"--conf",
		"--loop --contro SECRET --loop",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		print_message("%s\n", lines[i]);
		assert_null(run_line(lines[i]));
		assert_non_null(strstr(said, ": there is no such option"));
		assert_null(strstr(said, "SECRET"));
		assert_null(options_program_fields.control);
	}
	assert_string_equal(run_line("--control=--contro --queue-frames 5"), "");
	assert_string_equal(options_program_fields.control, "--contro");
	assert_string_equal(run_line("--control --contro --loop"), "");
	assert_string_equal(options_program_fields.control, "--contro");
}

static void test_given_lists_replace_the_default(void **state)
{
	(void)state;
	assert_string_equal(run_line("--listen a:1 --loop --listen b:2"), "");
	assert_list(&options_program_fields.listen, "a:1 b:2");
}

static void test_the_last_one_wins(void **state)
{
	(void)state;
	assert_string_equal(run_line("--io=uring --io epoll --loop --no-loop"), "");
	assert_int_equal(options_program_fields.io, IO_EPOLL);
	assert_false(options_program_fields.loop);
}

static void test_wrong_command_lines_are_refused(void **state)
{
	static const struct {
		const char *words, *error;
	} cases[] = {
		{"--queue-frames 99999", "--queue-frames: 99999 is over the limit of 1024"},
		{"--queue-frames=x", "--queue-frames: 'x' is not a whole number"},
		{"--queue-frames", "--queue-frames needs a value"},
		{"--nothing", "--nothing: there is no such option"},
		{"--nothing=5", "--nothing: there is no such option"},
		{"--key=secret", "--key: there is no such option"},
		{"--loop=yes", "--loop takes no value"},
		{"--no-loop=yes", "--no-loop takes no value"},
		{"--no-io", "--no-io: there is no such option"},
		{"--l", "--l: there is no such option"},
		{"-q", "-q: there are no one-letter options"},
		{"-qx", "-q: there are no one-letter options"},
		{"-\xc3\xa4", "-?: there are no one-letter options"},
		{"a b", "'b' is one argument too many"},
		{"--io nothing", "--io: 'nothing' is not one of: auto, uring, epoll"},
	};
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].words);
		snprintf(expected, sizeof(expected), "spillway-test: %s (see --help)\n",
			 cases[i].error);
		assert_null(run_line(cases[i].words));
		assert_string_equal(said, expected);
	}
}

static void test_missing_argument_is_refused(void **state)
{
	struct option_program needs = options_program;
	char name[] = "x";
	char *argv[] = {name, NULL};
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	needs.min_arguments = 1;
	dup2(null, STDERR_FILENO);
	assert_int_equal(options_command_line(&needs, 1, argv), -EINVAL);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(null);
}

static void test_config_path_is_found(void **state)
{
	static const struct {
		const char *words[4], *path; /* NULL: the default */
	} cases[] = {
		{{"--config", "a.ini"}, "a.ini"},
		{{"--config=a.ini"}, "a.ini"},
		{{"--config=a.ini", "--config", "b.ini"}, "b.ini"},
		{{"x", "--config", "a.ini"}, "a.ini"},
		{{"--", "--config", "a.ini"}, NULL},
		{{"--configure", "a.ini"}, NULL},
		{{"--config"}, NULL},
	};
	const char *initial = access(OPTIONS_DEFAULT_FILE, F_OK) == 0 ? OPTIONS_DEFAULT_FILE : NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *argv[6] = {NULL};
		const char *expected = cases[i].path, *path;
		int argc = 0;

		argv[argc++] = strdup("x");
		for (size_t j = 0; j < 4 && cases[i].words[j] != NULL; j++)
			argv[argc++] = strdup(cases[i].words[j]);
		path = options_config_path(argc, argv);
		if (expected == NULL)
			expected = initial;
		if (expected == NULL)
			assert_null(path);
		else
			assert_string_equal(path, expected);
		while (argc > 0)
			free(argv[--argc]);
	}
}

/* ---- help
 * -------------------------------------------------------------------------------------- */

static void test_help_is_aligned_and_wrapped(void **state)
{
	static const char expected[] =
		"Usage: spillway-test [OPTION]... [URL]\n"
		"Takes frames in, and gives them out again to everybody who asks for them, as\n"
		"fast as they can take them.\n"
		"\n"
		"Options:\n"
		"  --config FILE       Read the configuration from FILE.\n"
		"  --listen ADDR:PORT  Take connections at this address. (default localhost:7070;\n"
		"                      may be given many times)\n"
		"  --control PATH      Where the control socket is.\n"
		"  --queue-frames N    A viewer that is more frames than this behind loses its\n"
		"                      oldest ones, and nobody else notices. (default 8; 1 to\n"
		"                      1024)\n"
		"  --offset MS         Added to all times. (default 0; at least -1000)\n"
		"  --memory BYTES      Memory of a stream. (default 8M; 1K to 1024G)\n"
		"  --keep TIME         How long it is kept. (default 90s; 1m to 2h)\n"
		"  --[no-]loop         Begin again at the end. (default no)\n"
		"  --[no-]drain        Finish frames before going. (default yes)\n"
		"  --io NAME           How to do input and output. (default auto; one of auto,\n"
		"                      uring, epoll)\n"
		"  --help              Print this and exit.\n"
		"  --version           Print the version and exit.\n"
		"\n"
		"Only in the configuration file:\n"
		"  key = KEY           The key to publish with.\n"
		"\n"
		"Examples:\n"
		"  spillway-test --loop\n";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_help(&options_program, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

/* --help and --version exit, so a child asks for them. */
static void run_child(char *option, char *ret_text, size_t size)
{
	char name[] = "x";
	char *argv[] = {name, option, NULL};
	int fds[2], status;
	ssize_t n;
	pid_t child;

	fflush(stdout);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		options_command_line(&options_program, 2, argv);
		_exit(99);
	}
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	n = read(fds[0], ret_text, size - 1);
	assert_true(n >= 0);
	ret_text[n] = '\0';
	close(fds[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_help_and_version_succeed(void **state)
{
	char help[] = "--help", version[] = "--version", text[4096];

	(void)state;
	run_child(version, text, sizeof(text));
	assert_string_equal(text, "spillway-test " SPILLWAY_VERSION "\n");
	run_child(help, text, sizeof(text));
	assert_memory_equal(text, "Usage: spillway-test", 20);
}

#define OPTIONS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void test_fields_are_compared_and_exchanged(void **state)
{
	static const struct {
		const char *name, *value, *other;
	} cases[] = {
		{"listen", "a:1", "b:1"}, {"control", "/a", "/b"},  {"memory", "1M", "2M"},
		{"loop", "yes", "no"},	  {"io", "uring", "epoll"},
	};
	const struct option_row *rows = options_program_rows;
	struct options_fields a, b;
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct option_row *row = rows;

		while (strcmp(row->name, cases[i].name) != 0)
			row++;
		options_init(rows, &a);
		options_init(rows, &b);
		assert_true(options_equal(row, &a, &b));
		assert_int_equal(options_set(row, &a, cases[i].value, error, sizeof(error)), 0);
		assert_int_equal(options_set(row, &b, cases[i].value, error, sizeof(error)), 0);
		assert_true(options_equal(row, &a, &b));
		assert_int_equal(options_set(row, &b, cases[i].other, error, sizeof(error)), 0);
		assert_false(options_equal(row, &a, &b));
		options_swap(row, &a, &b);
		assert_false(options_equal(row, &a, &b));
		options_finish(rows, &b);
		options_init(rows, &b);
		assert_int_equal(options_set(row, &b, cases[i].value, error, sizeof(error)), 0);
		assert_false(options_equal(row, &a, &b));
		options_finish(rows, &a);
		options_finish(rows, &b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPTIONS_TEST(test_defaults_are_set),
		OPTIONS_TEST(test_values_are_checked),
		OPTIONS_TEST(test_sizes_and_times_have_units),
		OPTIONS_TEST(test_empty_text_unsets),
		OPTIONS_TEST(test_lists_are_bounded),
		OPTIONS_TEST(test_finish_leaves_nothing),
		OPTIONS_TEST(test_options_and_arguments_may_mix),
		OPTIONS_TEST(test_double_hyphen_ends_options),
		OPTIONS_TEST(test_names_must_be_whole),
		OPTIONS_TEST(test_given_lists_replace_the_default),
		OPTIONS_TEST(test_the_last_one_wins),
		OPTIONS_TEST(test_wrong_command_lines_are_refused),
		OPTIONS_TEST(test_missing_argument_is_refused),
		OPTIONS_TEST(test_config_path_is_found),
		OPTIONS_TEST(test_help_is_aligned_and_wrapped),
		OPTIONS_TEST(test_help_and_version_succeed),
		cmocka_unit_test(test_fields_are_compared_and_exchanged),
	};

	return cmocka_run_group_tests_name("common_options", tests, NULL, NULL);
}
