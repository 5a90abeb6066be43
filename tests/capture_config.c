/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/config.h"
#include "capture/progress.h"
#include "common/io.h"

enum { MAX_ARGUMENTS = 12 };

/* What is given, NULL at the end, is the command line behind the program's name. */
static int read_config(struct config *config, const char *const given[])
{
	static char storage[MAX_ARGUMENTS][256];
	char *argv[MAX_ARGUMENTS + 1] = {NULL};
	int argc = 1;

	argv[0] = strcpy(storage[0], "spillway-capture");
	for (; given[argc - 1] != NULL; argc++) {
		assert_true(argc < MAX_ARGUMENTS);
		snprintf(storage[argc], sizeof storage[argc], "%s", given[argc - 1]);
		argv[argc] = storage[argc];
	}
	return config_read(config, argc, argv);
}

#define READ(config, ...) read_config(config, (const char *const[]){__VA_ARGS__, NULL})

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static char folder[] = "/tmp/spillway-config-XXXXXX";
static char ini[64], sized_ini[64], key_file[64];

static int make_files(void **state)
{
	(void)state;
	unsetenv("SPILLWAY_KEY");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(ini, sizeof ini, "%s/spillway.ini", folder);
	snprintf(key_file, sizeof key_file, "%s/key", folder);
	write_file(ini,
		   "[relay]\nlisten = :7070\n"
		   "[capture cam]\nsource = test:\nfps = 15\nsize = 320x240\nkey = fromfile\n"
		   "url = host.example:99/cam\njpeg-quality = 33\nloop = yes\n"
		   "[capture other]\nsource = file:x\nurl = localhost/other\n",
		   0644);
	snprintf(sized_ini, sizeof sized_ini, "%s/sized.ini", folder);
	write_file(sized_ini,
		   "[rendition 240p]\nsize = 426x240\nfps = 15\n"
		   "[rendition big]\nsize = 1280x720\n"
		   "[capture cam]\nsource = test:\nurl = localhost/cam\n"
		   "[capture door]\nsource = test:\nurl = localhost/door\n"
		   "rendition = big\nrendition = tiny=64x48@5\n"
		   "[capture plain]\nsource = test:\nurl = localhost/plain\nrendition = none\n",
		   0644);
	write_file(key_file, "0123456789abcdef0123456789abcdef\n", 0600);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(ini);
	unlink(sized_ini);
	unlink(key_file);
	return rmdir(folder);
}

static void test_defaults(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(READ(&config, "--source", "test:", "localhost/cam"), 0);
	assert_string_equal(config.source, "test:");
	assert_string_equal(config.url.host, "localhost");
	assert_string_equal(config.url.port, "7070");
	assert_string_equal(config.url.stream, "cam");
	assert_int_equal(config.wish.width, 0);
	assert_int_equal(config.wish.rate.frames, 0);
	assert_int_equal(config.jpeg_quality, 80);
	assert_int_equal(config.io, IO_BACKEND_AUTO);
	assert_false(config.wish.loop);
	assert_null(config.key);
	config_finish(&config);
}

static void test_options_are_understood(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(READ(&config, "--source", "file:a.mp4", "--fps", "29.97", "--size",
			      "640x360", "--loop", "--io", "epoll", "localhost/a/b"),
			 0);
	assert_int_equal(config.wish.width, 640);
	assert_int_equal(config.wish.height, 360);
	assert_int_equal(config.wish.rate.frames, 2997);
	assert_int_equal(config.wish.rate.seconds, 100);
	assert_true(config.wish.loop);
	assert_int_equal(config.io, IO_BACKEND_EPOLL);
	config_finish(&config);
}

static void test_name_chooses_a_section_and_the_command_line_wins(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(READ(&config, "--config", ini, "--name", "cam", "--fps", "20"), 0);
	assert_string_equal(config.source, "test:");
	assert_string_equal(config.url.host, "host.example");
	assert_int_equal(config.wish.rate.frames, 20);
	assert_int_equal(config.wish.width, 320);
	assert_int_equal(config.jpeg_quality, 33);
	assert_true(config.wish.loop);
	assert_string_equal(config.key, "fromfile");
	config_finish(&config);

	assert_int_equal(
		READ(&config, "--config", ini, "--name", "other", "--source", "test:", "h/s"), 0);
	assert_string_equal(config.source, "test:");
	assert_string_equal(config.url.stream, "s");
	assert_null(config.key);
	config_finish(&config);
}

static void test_without_a_name_no_section_is_taken(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(READ(&config, "--config", ini, "localhost/cam"), 2);
	config_finish(&config);
}

static void test_key_comes_from_file_then_environment_then_section(void **state)
{
	struct config config;

	(void)state;
	setenv("SPILLWAY_KEY", "fromenvironment", 1);
	assert_int_equal(READ(&config, "--config", ini, "--name", "cam"), 0);
	assert_string_equal(config.key, "fromenvironment");
	config_finish(&config);
	assert_int_equal(READ(&config, "--config", ini, "--name", "cam", "--key-file", key_file),
			 0);
	assert_string_equal(config.key, "0123456789abcdef0123456789abcdef");
	config_finish(&config);
	unsetenv("SPILLWAY_KEY");
}

static void test_key_that_others_may_read_is_refused(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(chmod(key_file, 0644), 0);
	assert_int_equal(
		READ(&config, "--source", "test:", "--key-file", key_file, "localhost/cam"), 1);
	config_finish(&config);
	assert_int_equal(chmod(key_file, 0600), 0);
	assert_int_equal(
		READ(&config, "--source", "test:", "--key-file", "/missing/key", "localhost/cam"),
		1);
	config_finish(&config);
}

static void test_what_is_wrong_is_a_usage_error(void **state)
{
	static const char *const lines[][6] = {
		{"--source", "test:"},
		{"localhost/cam"},
		{"--source", "test:", "--fps", "0", "localhost/cam"},
		{"--source", "test:", "--fps", "fast", "localhost/cam"},
		{"--source", "test:", "--size", "640", "localhost/cam"},
		{"--source", "test:", "--size", "640x", "localhost/cam"},
		{"--source", "test:", "--size", "8x8", "localhost/cam"},
		{"--source", "test:", "--size", "9000x9000", "localhost/cam"},
		{"--source", "test:", "--size", "64x64x64", "localhost/cam"},
		{"--source", "test:", "--jpeg-quality", "101", "localhost/cam"},
		{"--source", "test:", "--nonsense", "localhost/cam"},
		{"--source", "test:", "http://"},
		{"--source", "test:", "localhost/a", "localhost/b"},
		{"--source", "test:", "--name", "nobody", "localhost/a"},
		{"--source", "test:", "--rendition", "240p", "localhost/a"},
		{"--source", "test:", "--rendition", "240p=426", "localhost/a"},
		{"--source", "test:", "--rendition", "x=9x9", "localhost/a"},
		{"--source", "test:", "--rendition", "240P=426x240", "localhost/a"},
		{"--source", "test:", "--rendition", "x=64x48", "localhost/a/b/c/d"},
		{"--source", "test:", "--on-demand", "--always", "localhost/a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct config config;

		assert_int_equal(read_config(&config, lines[i]), 2);
		config_finish(&config);
	}
}

/* ---- renditions ---- */

static void expect_rows(const struct config *config, const char *expected)
{
	char text[256] = "", row[PLAN_ROW_TEXT_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < config->asked.n; i++) {
		plan_row_text(&config->asked.rows[i], row);
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "",
					row);
	}
	assert_string_equal(text, expected);
}

static void test_renditions_come_from_the_command_line_or_the_file(void **state)
{
	static const struct {
		const char *line[8], *rows;
		bool single;
	} rows[] = {
		{{"--source", "test:", "h/s"}, "", false},
		{{"--source", "test:", "--rendition", "none", "h/s"}, "", true},
		{{"--source", "test:", "--rendition", "a=64x48", "--rendition", "b=32x24@5", "h/s"},
		 "a=64x48 b=32x24@5",
		 false},
		/* the file's, all of them */
		{{"--config", sized_ini, "--name", "cam"}, "240p=426x240@15 big=1280x720", false},
		{{"--config", sized_ini, "--source", "test:", "h/s"},
		 "240p=426x240@15 big=1280x720",
		 false},
		/* … or those that were chosen */
		{{"--config", sized_ini, "--name", "door"}, "big=1280x720 tiny=64x48@5", false},
		{{"--config", sized_ini, "--name", "door", "--rendition", "240p"},
		 "240p=426x240@15",
		 false},
		{{"--config", sized_ini, "--name", "plain"}, "", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct config config;

		assert_int_equal(read_config(&config, rows[i].line), 0);
		expect_rows(&config, rows[i].rows);
		assert_int_equal(config.single, rows[i].single);
		config_finish(&config);
	}
}

static void test_sections_of_renditions_that_are_wrong_are_refused(void **state)
{
	static const char *const texts[] = {
		"[rendition 240p]\n",
		"[rendition 240p]\nfps = 15\n",
		"[rendition 240p]\nsize = 240\n",
		"[rendition 240p]\nsize = 426x240\nfps = none\n",
		"[rendition 240p]\nsize = 426x240\ncolour = blue\n",
		"[rendition 240P]\nsize = 426x240\n",
		"[rendition a/b]\nsize = 426x240\n",
		"[rendition]\nsize = 426x240\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct config config;

		write_file(sized_ini, texts[i], 0644);
		if (READ(&config, "--config", sized_ini, "--source", "test:", "h/s") != 2)
			fail_msg("this is taken: %s", texts[i]);
		config_finish(&config);
	}
}

/* ---- the progress line ---- */

static void test_progress_shows_rates_and_totals(void **state)
{
	struct progress_sample before = {1000000, 100, 1000000, 5};
	struct progress_sample now = {3000000, 160, 1500000, 7};
	char line[PROGRESS_LINE_SIZE];

	(void)state;
	progress_format(line, &before, &now, "connected");
	assert_string_equal(line, " 30.0 frames/s    2000 kbit/s  160 sent  7 dropped  connected");
	progress_format(line, &now, &now, "connecting");
	assert_string_equal(line, "  0.0 frames/s       0 kbit/s  160 sent  7 dropped  connecting");
}

static void test_progress_is_silent_without_a_terminal(void **state)
{
	struct progress_sample sample = {0};
	struct progress progress;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	progress_init(&progress, ends[1]);
	progress_update(&progress, &sample, "connected");
	progress_clear(&progress);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_options_are_understood),
		cmocka_unit_test(test_name_chooses_a_section_and_the_command_line_wins),
		cmocka_unit_test(test_without_a_name_no_section_is_taken),
		cmocka_unit_test(test_key_comes_from_file_then_environment_then_section),
		cmocka_unit_test(test_key_that_others_may_read_is_refused),
		cmocka_unit_test(test_what_is_wrong_is_a_usage_error),
		cmocka_unit_test(test_renditions_come_from_the_command_line_or_the_file),
		cmocka_unit_test(test_sections_of_renditions_that_are_wrong_are_refused),
		cmocka_unit_test(test_progress_shows_rates_and_totals),
		cmocka_unit_test(test_progress_is_silent_without_a_terminal),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
