/* SPDX-License-Identifier: MIT */
#include "common/key.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "00112233445566778899aabbccddeeff"
/* printf %s 0011… | b2sum -l 256 */
#define HASH "blake2b:31479feac01e2225d391f05f32968fc0ea35dfab9c5db6e46a09abb6db6cfa50"

static void test_keys_are_random_hex(void **state)
{
	char a[KEY_TEXT_SIZE], b[KEY_TEXT_SIZE];

	(void)state;
	key_generate(a);
	key_generate(b);
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

static void test_hash_is_blake2b_256(void **state)
{
	char hash[KEY_HASH_SIZE];

	(void)state;
	key_hash(KEY, hash);
	assert_string_equal(hash, HASH);
	assert_true(key_hash_valid(hash));
}

static void test_only_the_right_key_matches(void **state)
{
	char hash[] = HASH;

	(void)state;
	assert_true(key_matches(KEY, hash));
	assert_false(key_matches("", hash));
	assert_false(key_matches("00112233445566778899aabbccddeefe", hash));
	assert_false(key_matches(KEY "0", hash));
	assert_false(key_matches(HASH, hash));
	for (size_t i = 0; i < sizeof(hash) - 1; i++) {
		hash[i] ^= 1;
		assert_false(key_matches(KEY, hash));
		hash[i] ^= 1;
	}
}

static void test_malformed_hashes_are_refused(void **state)
{
	static const char *const hashes[] = {
		"",
		"blake2b:",
		KEY,
		"blake2b:00",
		(HASH "0"),
		"BLAKE2B:0000000000000000000000000000000000000000000000000000000000000000",
		"blake2b:000000000000000000000000000000000000000000000000000000000000000g",
		"blake2b:000000000000000000000000000000000000000000000000000000000000000A",
		"blake2b 0000000000000000000000000000000000000000000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		assert_false(key_hash_valid(hashes[i]));
		assert_false(key_matches(KEY, hashes[i]));
	}
}

/* ---- files
 * ------------------------------------------------------------------------------------- */

static char path[64];

static int setup(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/spillway-key-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_text(const char *text, char ret_key[KEY_TEXT_SIZE])
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return key_read_file(path, ret_key);
}

static void test_key_is_the_files_first_line(void **state)
{
	static const char *const texts[] = {
		KEY, KEY "\n", "  \t" KEY " \r\n", KEY "\nsecond line\n", "\t" KEY "\t\n\n",
	};
	char key[KEY_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_text(texts[i], key), 0);
		assert_string_equal(key, KEY);
		memset(key, 0, sizeof(key));
	}
}

static void test_files_without_a_key_are_refused(void **state)
{
	static const char *const texts[] = {
		"",	    "\n",      "\n" KEY "\n",
		"secret\n", KEY "0\n", KEY " x\n",
		"0\n",	    HASH "\n", "00112233445566778899AABBCCDDEEFF\n",
	};
	char key[KEY_TEXT_SIZE], blank[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i], key), -EINVAL);
	memset(blank, ' ', sizeof(blank));
	memcpy(blank + sizeof(blank) - sizeof(KEY), KEY, sizeof(KEY));
	assert_int_equal(read_text(blank, key), -EINVAL);
}

static void test_file_that_others_may_read_is_refused(void **state)
{
	char key[KEY_TEXT_SIZE];

	(void)state;
	assert_int_equal(read_text(KEY "\n", key), 0);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(key_read_file(path, key), -EPERM);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(key_read_file(path, key), -EPERM);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(key_read_file(path, key), 0);
}

static void test_missing_file_and_folder_are_errors(void **state)
{
	char key[KEY_TEXT_SIZE];
	char folder[] = "/tmp/spillway-key-XXXXXX";

	(void)state;
	assert_int_equal(key_read_file("/nonexistent/key", key), -ENOENT);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(key_read_file(folder, key), -EISDIR);
	rmdir(folder);
}

static void test_key_may_come_through_a_pipe(void **state)
{
	static const char line[] = KEY "\n";
	char key[KEY_TEXT_SIZE], name[32];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], line, 10), 10);
	assert_int_equal(write(fds[1], line + 10, 23), 23);
	/* It stays open: the line's end must do. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fds[0]);
	assert_int_equal(key_read_file(name, key), 0);
	assert_string_equal(key, KEY);
	close(fds[0]);
	close(fds[1]);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_are_random_hex),
		cmocka_unit_test(test_hash_is_blake2b_256),
		cmocka_unit_test(test_only_the_right_key_matches),
		cmocka_unit_test(test_malformed_hashes_are_refused),
		FILE_TEST(test_key_is_the_files_first_line),
		FILE_TEST(test_files_without_a_key_are_refused),
		FILE_TEST(test_file_that_others_may_read_is_refused),
		cmocka_unit_test(test_missing_file_and_folder_are_errors),
		cmocka_unit_test(test_key_may_come_through_a_pipe),
	};

	return cmocka_run_group_tests_name("common_key", tests, NULL, NULL);
}
