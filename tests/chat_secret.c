/* SPDX-License-Identifier: MIT */
#include "chat/secret.h"

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

static char folder[64], path[80], unfinished[96];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/spillway-secret-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/secret", folder);
	snprintf(unfinished, sizeof(unfinished), "%s.new", path);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(unfinished);
	return rmdir(folder);
}

static void write_file(const char *to, size_t size)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	char bytes[64] = "x";

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void expect_hidden(void)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_secret_is_made_once(void **state)
{
	unsigned char first[32] = {0}, second[32] = {0}, none[32] = {0};

	(void)state;
	assert_int_equal(secret_load(folder, "secret", first, sizeof(first)), 0);
	assert_memory_not_equal(first, none, sizeof(first));
	assert_int_equal(secret_load(folder, "secret", second, sizeof(second)), 0);
	assert_memory_equal(first, second, sizeof(first));
	expect_hidden();
}

static void test_secret_of_another_size_is_refused(void **state)
{
	static const size_t sizes[] = {0, 31, 33, 64};
	unsigned char bytes[32];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_file(path, sizes[i]);
		assert_int_equal(secret_load(folder, "secret", bytes, sizeof(bytes)), -EINVAL);
	}
}

static void test_half_a_secret_is_made_anew(void **state)
{
	unsigned char bytes[32], again[32];

	(void)state;
	write_file(unfinished, 5);
	assert_int_equal(secret_load(folder, "secret", bytes, sizeof(bytes)), 0);
	assert_int_equal(secret_load(folder, "secret", again, sizeof(again)), 0);
	assert_memory_equal(bytes, again, sizeof(bytes));
	expect_hidden();
}

static void test_missing_folder_is_an_error(void **state)
{
	unsigned char bytes[32];

	(void)state;
	assert_int_equal(secret_load("/nowhere/at/all", "secret", bytes, sizeof(bytes)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secret_is_made_once, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(test_secret_of_another_size_is_refused, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(test_half_a_secret_is_made_anew, make_folder,
						remove_folder),
		cmocka_unit_test(test_missing_folder_is_an_error),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
