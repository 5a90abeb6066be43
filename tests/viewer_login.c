/* SPDX-License-Identifier: MIT */
#include "viewer/login.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* RFC 7677, section 3. */
#define CLIENT_NONCE "rOprNGfwEbeRWgbNEkqO"
#define NONCE CLIENT_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SERVER_FIRST "r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define CLIENT_FINAL "c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static char answer[LOGIN_MAX_MESSAGE + 1];

static struct login begin(const char *account)
{
	struct login login = {.account = account, .password = "pencil"};

	assert_string_equal(login_begin(&login, "PLAIN,SCRAM-SHA-256", CLIENT_NONCE),
			    "SCRAM-SHA-256");
	return login;
}

static void test_conversation_of_rfc_7677(void **state)
{
	struct login login = begin("user");

	(void)state;
	assert_int_equal(login_answer(&login, "", answer), strlen("n,,n=user,r=" CLIENT_NONCE));
	assert_string_equal(answer, "n,,n=user,r=" CLIENT_NONCE);
	assert_int_equal(login_answer(&login, SERVER_FIRST, answer), strlen(CLIENT_FINAL));
	assert_string_equal(answer, CLIENT_FINAL);
	assert_false(login_done(&login));
	assert_int_equal(login_answer(&login, SERVER_FINAL, answer), 0);
	assert_true(login_done(&login));
	assert_int_equal(login_answer(&login, "", answer), -EINVAL);
	login_finish(&login);
	assert_false(login_done(&login));
}

static void test_servers_that_cant_be_trusted(void **state)
{
	static const struct {
		const char *first, *final;
		int result;
	} cases[] = {
		{"r=" CLIENT_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", NULL, -EINVAL},
		{"r=somebody elses,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", NULL, -EINVAL},
		{"m=x,r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", NULL, -EINVAL},
		{"r=" NONCE ",s=***,i=4096", NULL, -EINVAL},
		{"r=" NONCE ",s=,i=4096", NULL, -EINVAL},
		{"r=" NONCE ",i=4096", NULL, -EINVAL},
		{"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=x", NULL, -EINVAL},
		{"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==", NULL, -EINVAL},
		{"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", NULL, -ENOTSUP},
		{"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999", NULL, -ENOTSUP},
		{"", NULL, -EINVAL},
		{SERVER_FIRST, "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", -EACCES},
		{SERVER_FIRST, "v=6rri", -EINVAL},
		{SERVER_FIRST, "e=invalid-proof", -EINVAL},
		{SERVER_FIRST, "", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct login login = begin("user");

		login_answer(&login, "", answer);
		if (cases[i].final != NULL) {
			assert_true(login_answer(&login, cases[i].first, answer) > 0);
			assert_int_equal(login_answer(&login, cases[i].final, answer),
					 cases[i].result);
		} else {
			assert_int_equal(login_answer(&login, cases[i].first, answer),
					 cases[i].result);
		}
		assert_false(login_done(&login));
	}
}

static void test_which_way_is_taken(void **state)
{
	static const struct {
		const char *offered, *taken;
	} cases[] = {
		{"PLAIN", "PLAIN"},    {"plain,scram-sha-256", "SCRAM-SHA-256"},
		{"", "SCRAM-SHA-256"}, {"SCRAM-SHA-256-PLUS,PLAIN", "PLAIN"},
		{"EXTERNAL", NULL},
	};
	struct login login = {.account = "user", .password = "pencil"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = login_begin(&login, cases[i].offered, CLIENT_NONCE);

		if (cases[i].taken == NULL)
			assert_null(name);
		else
			assert_string_equal(name, cases[i].taken);
	}
}

static void test_names_with_commas_and_equals_signs(void **state)
{
	struct login login = begin("a,b=c");

	(void)state;
	login_answer(&login, "", answer);
	assert_string_equal(answer, "n,,n=a=2Cb=3Dc,r=" CLIENT_NONCE);
}

static void test_plain(void **state)
{
	struct login login = {.account = "user", .password = "pencil"};

	(void)state;
	login_begin(&login, "PLAIN", CLIENT_NONCE);
	assert_false(login_done(&login));
	assert_int_equal(login_answer(&login, "", answer), 12);
	assert_memory_equal(answer, "\0user\0pencil", 12);
	assert_true(login_done(&login));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversation_of_rfc_7677),
		cmocka_unit_test(test_servers_that_cant_be_trusted),
		cmocka_unit_test(test_which_way_is_taken),
		cmocka_unit_test(test_names_with_commas_and_equals_signs),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
