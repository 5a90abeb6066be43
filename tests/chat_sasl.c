/* SPDX-License-Identifier: MIT */
#include "chat/sasl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_mechanisms(void **state)
{
	(void)state;
	assert_int_equal(sasl_find("PLAIN"), SASL_PLAIN);
	assert_int_equal(sasl_find("scram-sha-256"), SASL_SCRAM_SHA_256);
	assert_int_equal(sasl_find("EXTERNAL"), -ENOENT);
	assert_int_equal(sasl_find(""), -ENOENT);
}

static void test_plain_messages(void **state)
{
	static const struct {
		const char *chunk;
		int added, error;
		const char *account, *password;
	} cases[] = {
		/* jilles NUL jilles NUL sesame, the example of sasl-3.1 */
		{"amlsbGVzAGppbGxlcwBzZXNhbWU=", 1, 0, "jilles", "sesame"},
		/* NUL dan NUL secret */
		{"AGRhbgBzZWNyZXQ=", 1, 0, "dan", "secret"},
		/* DAN NUL dan NUL secret */
		{"REFOAGRhbgBzZWNyZXQ=", 1, 0, "dan", "secret"},
		/* eve NUL dan NUL secret */
		{"ZXZlAGRhbgBzZWNyZXQ=", 1, -ENOTSUP, NULL, NULL},
		/* dan NUL secret */
		{"ZGFuAHNlY3JldA==", 1, -EINVAL, NULL, NULL},
		/* NUL dan NUL sec NUL ret */
		{"AGRhbgBzZWMAcmV0", 1, -EINVAL, NULL, NULL},
		/* NUL NUL secret; NUL dan NUL; NUL NUL; dan */
		{"AABzZWNyZXQ=", 1, -EINVAL, NULL, NULL},
		{"AGRhbgA=", 1, -EINVAL, NULL, NULL},
		{"AAA=", 1, -EINVAL, NULL, NULL},
		{"ZGFu", 1, -EINVAL, NULL, NULL},
		{"+", 1, -EINVAL, NULL, NULL},
		/* no Base64 */
		{"", -EBADMSG, 0, NULL, NULL},
		{"AGRhbgBzZWNyZXQ", -EBADMSG, 0, NULL, NULL},
		{"AGRh bgBzZWNyZXQ=", -EBADMSG, 0, NULL, NULL},
		{"????", -EBADMSG, 0, NULL, NULL},
		{"ZGFu=", -EBADMSG, 0, NULL, NULL},
		{"++", -EBADMSG, 0, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sasl sasl = {.mechanism = SASL_PLAIN};
		const char *account, *password;

		assert_int_equal(sasl_add(&sasl, cases[i].chunk), cases[i].added);
		if (cases[i].added < 0)
			continue;
		assert_int_equal(sasl_plain(&sasl, &account, &password), cases[i].error);
		if (cases[i].error == 0) {
			assert_string_equal(account, cases[i].account);
			assert_string_equal(password, cases[i].password);
		}
	}
}

static void test_chunks_make_a_message(void **state)
{
	struct sasl sasl = {0};
	char chunk[SASL_CHUNK + 2];

	(void)state;
	memset(chunk, 'Q', sizeof(chunk));
	chunk[SASL_CHUNK] = '\0';
	assert_int_equal(sasl_add(&sasl, chunk), 0);
	/* A multiple of 400 is ended by an empty one. */
	assert_int_equal(sasl_add(&sasl, "+"), 1);
	assert_int_equal(sasl.len, SASL_CHUNK / 4 * 3);
	assert_int_equal(sasl_add(&sasl, chunk), 0);
	assert_int_equal(sasl_add(&sasl, "QUJD"), 1);
	assert_int_equal(sasl.len, SASL_CHUNK / 4 * 3 + 3);
	assert_string_equal(sasl.message + SASL_CHUNK / 4 * 3, "ABC");
	assert_int_equal(sasl_add(&sasl, "+"), 1);
	assert_int_equal(sasl.len, 0);
	assert_true(sasl_is_text(&sasl));
	assert_int_equal(sasl_add(&sasl, "QQBC"), 1);
	assert_false(sasl_is_text(&sasl));
}

static void test_length_is_bounded(void **state)
{
	struct sasl sasl = {0};
	char chunk[SASL_CHUNK + 2];
	size_t n = 0;

	(void)state;
	memset(chunk, 'Q', sizeof(chunk));
	chunk[SASL_CHUNK + 1] = '\0';
	assert_int_equal(sasl_add(&sasl, chunk), -E2BIG);
	chunk[SASL_CHUNK] = '\0';
	while (sasl_add(&sasl, chunk) == 0)
		n++;
	assert_int_equal(n, SASL_MAX_TEXT / SASL_CHUNK);
	chunk[SASL_MAX_TEXT % SASL_CHUNK] = '\0';
	assert_int_equal(sasl_add(&sasl, chunk), 1);
	assert_int_equal(sasl.len, SASL_MAX_MESSAGE);
}

static void test_answers_are_cut_as_messages_are_put_together(void **state)
{
	static const size_t lengths[] = {1, 2, 299, 300, 301, 512, 600, 700, SASL_MAX_MESSAGE};
	char message[SASL_MAX_MESSAGE + 1], chunk[SASL_CHUNK + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct sasl_answer answer;
		struct sasl sasl = {0};
		int result = 0;

		memset(message, 'x', lengths[i]);
		message[lengths[i]] = '\0';
		sasl_answer_init(&answer, message);
		while (sasl_answer_next(&answer, chunk)) {
			assert_int_equal(result, 0);
			result = sasl_add(&sasl, chunk);
		}
		assert_int_equal(result, 1);
		assert_string_equal(sasl.message, message);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mechanisms),
		cmocka_unit_test(test_plain_messages),
		cmocka_unit_test(test_chunks_make_a_message),
		cmocka_unit_test(test_length_is_bounded),
		cmocka_unit_test(test_answers_are_cut_as_messages_are_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
