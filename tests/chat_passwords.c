/* SPDX-License-Identifier: MIT */
#include "chat/passwords.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RIGHT "correct horse"

static struct io *io;
static struct passwords *passwords;
static size_t n_told, n_right;

static int set_up(void **state)
{
	const char *why;

	(void)state;
	n_told = n_right = 0;
	return io_create(&io, IO_BACKEND_AUTO, &why) == 0 && passwords_create(&passwords, io) == 0
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	(void)state;
	passwords_destroy(passwords);
	io_destroy(io);
	return 0;
}

static void test_passwords_that_none_may_have(void **state)
{
	static char long_one[PASSWORD_MAX + 2];
	static const struct {
		const char *password;
		int result;
	} cases[] = {{"1234567", -EINVAL},
		     {"Long_Name", -EINVAL},
		     {"12345678", 0},
		     {long_one + 1, 0},
		     {long_one, -E2BIG}};

	(void)state;
	memset(long_one, 'x', PASSWORD_MAX + 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(passwords_weigh("long_name", cases[i].password), cases[i].result);
}

static void test_only_the_right_password_fits(void **state)
{
	static const struct {
		const char *password;
		int result;
	} cases[] = {
		{RIGHT, 0}, {"correct horsf", -EACCES}, {"Correct horse", -EACCES}, {"", -EACCES}};
	static struct password_job job;
	struct scram_keys keys, again;

	(void)state;
	assert_int_equal(passwords_make(passwords, &job, RIGHT, NULL), 0);
	assert_ptr_equal(strstr(job.record.hash, "$argon2id$"), job.record.hash);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(passwords_check(passwords, &job, cases[i].password, NULL),
				 cases[i].result);
	/* The other record is of the same password. */
	assert_int_equal(scram_keys_read(job.record.scram, &keys), 0);
	again = keys;
	scram_keys_make(&again, RIGHT);
	assert_memory_equal(&again, &keys, sizeof(keys));
}

static void test_password_is_wiped_when_it_was_used(void **state)
{
	static const char nothing[PASSWORD_MAX + 1];
	static struct password_job job;

	(void)state;
	assert_int_equal(passwords_make(passwords, &job, RIGHT, NULL), 0);
	assert_memory_equal(job.password, nothing, sizeof(nothing));
}

static void test_same_password_is_kept_differently(void **state)
{
	static struct password_job one, other;

	(void)state;
	assert_int_equal(passwords_make(passwords, &one, RIGHT, NULL), 0);
	assert_int_equal(passwords_make(passwords, &other, RIGHT, NULL), 0);
	assert_string_not_equal(one.record.hash, other.record.hash);
	assert_string_not_equal(one.record.scram, other.record.scram);
}

static void test_length_is_bounded(void **state)
{
	static struct password_job job;
	char text[PASSWORD_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[PASSWORD_MAX + 1] = '\0';
	assert_int_equal(passwords_make(passwords, &job, text, NULL), -ERANGE);
	assert_int_equal(passwords_check(passwords, &job, text, NULL), -ERANGE);
	text[PASSWORD_MIN - 1] = '\0';
	assert_int_equal(passwords_make(passwords, &job, text, NULL), -ERANGE);
}

static void told(struct password_job *job, int result)
{
	(void)job;
	n_right += result == 0;
	if (++n_told == PASSWORDS_MAX_JOBS)
		io_stop(io);
}

/* The decoy is checked as long as a real one; nothing fits it. */
static void test_queue_is_bounded_and_decoy_fits_nothing(void **state)
{
	static struct password_job jobs[PASSWORDS_MAX_JOBS + 1];

	(void)state;
	assert_true(passwords_idle(passwords));
	for (size_t i = 0; i < PASSWORDS_MAX_JOBS; i++) {
		passwords_decoy(&jobs[i].record);
		assert_int_equal(passwords_check(passwords, &jobs[i], RIGHT, told), 0);
	}
	assert_int_equal(passwords_check(passwords, &jobs[PASSWORDS_MAX_JOBS], RIGHT, told),
			 -EAGAIN);
	assert_int_equal(n_told, 0);
	assert_int_equal(io_run(io), 0);
	assert_int_equal(n_right, 0);
	assert_true(passwords_idle(passwords));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passwords_that_none_may_have),
		CASE(test_only_the_right_password_fits),
		CASE(test_password_is_wiped_when_it_was_used),
		CASE(test_same_password_is_kept_differently),
		CASE(test_length_is_bounded),
		CASE(test_queue_is_bounded_and_decoy_fits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
