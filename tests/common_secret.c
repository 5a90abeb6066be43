/* SPDX-License-Identifier: MIT */
#include "common/secret.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/spillway-secret-XXXXXX";
static char secret[SECRET_MAX];

static void write_file(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_the_first_line_of_a_file(void **state)
{
	static char longest[SECRET_MAX + 1];
	static const struct {
		const char *text, *secret;
	} cases[] = {
		{"pencil\n", "pencil"},
		{"pencil", "pencil"},
		{"pencil\r\nmore\n", "pencil"},
		{" a b \n", " a b "},
		{"", ""},
		{"\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(cases[i].text, 0600);
		assert_int_equal(secret_read_file(path, secret), 0);
		assert_string_equal(secret, cases[i].secret);
	}
	memset(longest, 'x', SECRET_MAX - 1);
	write_file(longest, 0600);
	assert_int_equal(secret_read_file(path, secret), 0);
	assert_string_equal(secret, longest);
	longest[SECRET_MAX - 1] = 'x';
	write_file(longest, 0600);
	assert_int_equal(secret_read_file(path, secret), -E2BIG);
}

static void test_what_others_can_read_is_no_secret(void **state)
{
	static const struct {
		mode_t mode;
		int result;
	} cases[] = {{0600, 0}, {0640, 0}, {0604, -EPERM}, {0602, -EPERM}, {0644, -EPERM}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file("pencil\n", cases[i].mode);
		assert_int_equal(secret_read_file(path, secret), cases[i].result);
		assert_string_equal(secret, cases[i].result == 0 ? "pencil" : "");
	}
	assert_int_equal(secret_read_file("/nowhere/to/be/found", secret), -ENOENT);
}

static void test_credentials_are_files_of_a_folder(void **state)
{
	(void)state;
	write_file("pencil\n", 0600);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(secret_read_credential(path + strlen("/tmp/"), secret), -ENOENT);
	setenv("CREDENTIALS_DIRECTORY", "/tmp", 1);
	assert_int_equal(secret_read_credential(path + strlen("/tmp/"), secret), 0);
	assert_string_equal(secret, "pencil");
}

static int set_up(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_line_of_a_file),
		cmocka_unit_test(test_what_others_can_read_is_no_secret),
		cmocka_unit_test(test_credentials_are_files_of_a_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
