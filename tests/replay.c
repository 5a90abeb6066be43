/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without a fuzzer: fuzz_NAME goes through every file of tests/corpus/NAME, and
 * through simple changes of each. Started from the project's root, as `make test` does.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/fuzz.h"

enum {
	MAX_FILES = 1024,
	MAX_FILE_BYTES = 1024 * 1024,
	MAX_PLACES = 256, /* at which a file is changed, spread over its length */
};

/* Each makes *to, which has room for len + 1 bytes, from `from` with a change at `at` (less than
 * len), and returns its length. */
typedef size_t edit_function(uint8_t *to, const uint8_t *from, size_t len, size_t at);

static size_t edit_cut(uint8_t *to, const uint8_t *from, size_t len, size_t at)
{
	(void)len;
	memcpy(to, from, at);
	return at;
}

static size_t edit_remove(uint8_t *to, const uint8_t *from, size_t len, size_t at)
{
	memcpy(to, from, at);
	memcpy(to + at, from + at + 1, len - at - 1);
	return len - 1;
}

static size_t edit_repeat(uint8_t *to, const uint8_t *from, size_t len, size_t at)
{
	memcpy(to, from, at + 1);
	memcpy(to + at + 1, from + at, len - at);
	return len + 1;
}

static size_t edit_flip(uint8_t *to, const uint8_t *from, size_t len, size_t at)
{
	memcpy(to, from, len);
	to[at] = (uint8_t)(to[at] ^ 1U << at % 8);
	return len;
}

/* Puts what parsers stumble over. */
static size_t edit_put(uint8_t *to, const uint8_t *from, size_t len, size_t at)
{
	static const uint8_t bytes[] = {'\0', '\n', '\r', ' ', '-', '0', ':', 0xff};

	memcpy(to, from, len);
	to[at] = bytes[at % sizeof(bytes)];
	return len;
}

static edit_function *const edits[] = {
	edit_cut, edit_remove, edit_repeat, edit_flip, edit_put,
};

static uint8_t *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(MAX_FILE_BYTES + 1);

	assert_non_null(file);
	assert_non_null(data);
	*ret_len = fread(data, 1, MAX_FILE_BYTES + 1, file);
	assert_false(ferror(file));
	assert_true(*ret_len <= MAX_FILE_BYTES);
	fclose(file);
	return data;
}

static void replay(void **state)
{
	size_t len, step;
	uint8_t *data = read_file(*state, &len), *changed = malloc(len + 1);

	assert_non_null(changed);
	LLVMFuzzerTestOneInput(data, len);
	step = len / MAX_PLACES + 1;
	for (size_t at = 0; at < len; at += step) {
		for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++)
			LLVMFuzzerTestOneInput(changed, edits[i](changed, data, len, at));
	}
	free(changed);
	free(data);
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[MAX_FILES]; /* cmocka leaves out those without a name */
	const char *target = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	struct dirent **entries;
	char corpus[256];
	int n, failed;

	(void)argc;
	snprintf(corpus, sizeof(corpus), "tests/corpus/%s",
		 strncmp(target, "fuzz_", 5) == 0 ? target + 5 : target);
	n = scandir(corpus, &entries, is_file, alphasort);
	if (n <= 0 || n > MAX_FILES) {
		fprintf(stderr, "%s: no corpus, or too large a one\n", corpus);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", corpus, entries[i]->d_name) < 0)
			return 1;
		free(entries[i]);
		tests[i] = (struct CMUnitTest){path, replay, NULL, NULL, path};
	}
	free(entries);
	failed = cmocka_run_group_tests_name(corpus, tests, NULL, NULL);
	for (int i = 0; i < n; i++)
		free(tests[i].initial_state);
	return failed;
}
