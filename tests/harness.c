/* SPDX-License-Identifier: MIT */
#include "tests/harness.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness_client.h"

enum { LOG_TAIL = 16 * 1024, PAUSE_US = 2000 };

struct memory {
	struct memory *next;
	max_align_t data[];
};

/* ---- a test's life ---- */

int harness_setup(void **state)
{
	const struct harness_case *row = *state;
	struct harness *harness = calloc(1, sizeof(*harness));
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	struct rlimit limit;

	assert_non_null(harness);
	assert_true(len > 0);
	program[len] = '\0';
	snprintf(harness->build, sizeof(harness->build), "%s", dirname(dirname(program)));
	snprintf(harness->folder, sizeof(harness->folder), "/tmp/spillway-it-XXXXXX");
	assert_non_null(mkdtemp(harness->folder));
	harness->io = row->io;
	harness->test = row->test;
	unsetenv("SPILLWAY_KEY");
	/* What programs keep for their user goes with the test. */
	setenv("XDG_DATA_HOME", harness->folder, 1);
	/* FFmpeg's threads are beyond what TSan can follow. */
	setenv("TSAN_OPTIONS", "ignore_noninstrumented_modules=1", 0);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	*state = harness;
	return 0;
}

void harness_run(void **state)
{
	struct harness *harness = *state;

	harness->test(harness);
	harness->passed = true;
}

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char inner[PATH_MAX];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			remove_folder(inner);
		else
			unlink(inner);
	}
	if (folder != NULL)
		closedir(folder);
	rmdir(path);
}

static void print_log(const struct program *program)
{
	char *log = program_log(program);
	size_t len = strlen(log);

	/* print_error() cuts off what is longer than 1 KB. */
	fprintf(stderr, "---- %s: %s %d ----\n%s\n", program->command,
		program->ended ? "ended with" : "was running,", program->status,
		len > LOG_TAIL ? log + len - LOG_TAIL : log);
}

int harness_teardown(void **state)
{
	struct harness *harness = *state;
	bool fine = harness->passed || harness->skipped;

	client_close_all(harness);
	/* Agents and viewers first: a relay mustn't wait for them. */
	for (size_t i = 0; i < harness->n_programs; i++) {
		if (!harness->programs[i].drains)
			program_kill(&harness->programs[i]);
	}
	for (size_t i = 0; i < harness->n_programs; i++) {
		struct program *program = &harness->programs[i];

		if (fine && program->drains && !program_has_ended(program)) {
			program_signal(program, SIGCONT);
			program_signal(program, SIGTERM);
			if (program_wait(program) != 0) {
				print_error("the relay didn't end well: status %d\n",
					    program->status);
				fine = false;
			}
		}
		program_kill(program);
	}
	for (size_t i = 0; !fine && i < harness->n_programs; i++)
		print_log(&harness->programs[i]);
	remove_folder(harness->folder);
	fine |= !harness->passed; /* cmocka has counted that already */
	while (harness->memory != NULL) {
		struct memory *memory = harness->memory;

		harness->memory = memory->next;
		free(memory);
	}
	free(harness);
	return fine ? 0 : -1;
}

int harness_main(const struct CMUnitTest *tests, size_t n, int argc, char *argv[])
{
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests(basename(argv[0]), tests, n, NULL, NULL);
}

void harness_skip(struct harness *harness, const char *why)
{
	print_message("skipped: %s\n", why);
	harness->skipped = true;
	skip();
	abort();
}

void harness_fail(const char *format, ...)
{
	char sentence[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	fail_msg("%s", sentence);
	abort();
}

/* ---- waiting ---- */

int64_t harness_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t harness_deadline_us(void)
{
	return harness_now_us() + (int64_t)HARNESS_DEADLINE_S * 1000000;
}

void harness_pause(int64_t deadline_us, const char *what, const char *file, int line)
{
	if (harness_now_us() > deadline_us) {
		print_error("waited in vain for: %s\n", what);
		_fail(file, line);
	}
	usleep(PAUSE_US);
}

/* ---- memory and files ---- */

void *harness_alloc(struct harness *harness, size_t size)
{
	struct memory *memory = calloc(1, sizeof(*memory) + size);

	assert_non_null(memory);
	memory->next = harness->memory;
	harness->memory = memory;
	return memory->data;
}

char *harness_format(struct harness *harness, const char *format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int len = vsnprintf(NULL, 0, format, arguments);
	assert_true(len >= 0);
	char *text = harness_alloc(harness, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(arguments);
	return text;
}

char *harness_path(struct harness *harness, const char *name)
{
	return harness_format(harness, "%s/%s", harness->folder, name);
}

char *harness_write(struct harness *harness, const char *name, const void *data, size_t len)
{
	char *path = harness_path(harness, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* malloc()ed, with a NUL behind it; NULL where there is no such file. Files of /proc say no
 * size. */
static char *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "r"), *out;
	char *data = NULL, piece[4096];
	size_t n;

	*ret_len = 0;
	if (file == NULL)
		return NULL;
	out = open_memstream(&data, ret_len);
	assert_non_null(out);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		fwrite(piece, 1, n, out);
	fclose(out);
	fclose(file);
	return data;
}

char *harness_read(struct harness *harness, const char *path, size_t *ret_len)
{
	size_t len;
	char *data = read_file(path, &len);
	char *copy = harness_alloc(harness, len + 1);

	if (data != NULL)
		memcpy(copy, data, len);
	free(data);
	if (ret_len != NULL)
		*ret_len = len;
	return copy;
}

size_t harness_count(const char *path, const char *text)
{
	size_t len, n = 0, text_len = strlen(text);
	char *data = read_file(path, &len);

	if (data == NULL)
		return 0;
	for (char *at = data; (at = memmem(at, len - (size_t)(at - data), text, text_len)); at++)
		n++;
	free(data);
	return n;
}
