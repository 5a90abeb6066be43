/* SPDX-License-Identifier: MIT */
#include "chat/scram.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* RFC 7677, section 3. */
#define PASSWORD "pencil"
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define CLIENT_NONCE "rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define NONCE CLIENT_NONCE SERVER_NONCE
#define CLIENT_FIRST "n,,n=user,r=" CLIENT_NONCE
#define SERVER_FIRST "r=" NONCE ",s=" SALT ",i=4096"
#define PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define CLIENT_FINAL "c=biws,r=" NONCE ",p=" PROOF
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static struct scram_keys keys_of_rfc(void)
{
	struct scram_keys keys = {.iterations = 4096};
	size_t len;

	assert_int_equal(sodium_base642bin(keys.salt, sizeof(keys.salt), SALT, strlen(SALT), NULL,
					   &len, NULL, sodium_base64_VARIANT_ORIGINAL),
			 0);
	scram_keys_make(&keys, PASSWORD);
	return keys;
}

static void test_conversation_of_rfc_7677(void **state)
{
	struct scram_keys keys = keys_of_rfc();
	struct scram scram = {0};
	char answer[SCRAM_MAX_MESSAGE + 1];

	(void)state;
	assert_int_equal(scram_client_first(&scram, CLIENT_FIRST), 0);
	assert_string_equal(scram.user, "user");
	assert_int_equal(scram_server_first(&scram, &keys, SERVER_NONCE, answer), 0);
	assert_string_equal(answer, SERVER_FIRST);
	assert_int_equal(scram_client_final(&scram, CLIENT_FINAL, answer), 0);
	assert_string_equal(answer, SERVER_FINAL);
	/* It is over. */
	assert_int_equal(scram_client_final(&scram, CLIENT_FINAL, answer), -EINVAL);
}

static void test_first_messages(void **state)
{
	static const struct {
		const char *message;
		int result;
		const char *user;
	} cases[] = {
		{"n,,n=dan,r=abc", 0, "dan"},
		{"y,,n=dan,r=abc", 0, "dan"},
		{"n,,n=a=2Cb=3Dc,r=abc", 0, "a,b=c"},
		{"n,,n=dan,r=abc,x=ignored", 0, "dan"},
		{"p=tls-unique,,n=dan,r=abc", -ENOTSUP, ""},
		{"n,a=eve,n=dan,r=abc", -ENOTSUP, ""},
		{"n,,m=must,n=dan,r=abc", -ENOTSUP, ""},
		{"n,,n=da=20n,r=abc", -EINVAL, ""},
		{"n,,n=dan=,r=abc", -EINVAL, ""},
		{"n,,n=,r=abc", -EINVAL, ""},
		{"n,,n=dan,r=", -EINVAL, ""},
		{"n,,n=dan,r=a b", -EINVAL, ""},
		{"n,,n=dan", -EINVAL, ""},
		{"n,,r=abc,n=dan", -EINVAL, ""},
		{"n,", -EINVAL, ""},
		{"", -EINVAL, ""},
		{"n,,n="
		 "0123456789012345678901234567890123456789012345678901234567890123456789,r=a",
		 -E2BIG, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scram scram = {0};

		assert_int_equal(scram_client_first(&scram, cases[i].message), cases[i].result);
		if (cases[i].result == 0)
			assert_string_equal(scram.user, cases[i].user);
	}
}

static void test_final_messages_that_are_refused(void **state)
{
	static const struct {
		const char *message;
		int result;
		const char *answer;
	} cases[] = {
		{"c=biws,r=" NONCE ",p=aHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", -EACCES,
		 "e=invalid-proof"},
		/* An extension is signed, so the proof is another one. */
		{"c=biws,r=" NONCE ",x=y,p=" PROOF, -EACCES, "e=invalid-proof"},
		{"c=biws,r=" CLIENT_NONCE ",p=" PROOF, -EINVAL, "e=other-error"},
		{"c=eSws,r=" NONCE ",p=" PROOF, -EINVAL, "e=other-error"}, /* "y,," */
		{"c=biws,r=" NONCE ",p=dHzb", -EINVAL, "e=other-error"},
		{"c=biws,r=" NONCE, -EINVAL, "e=other-error"},
		{"c=biws,r=" NONCE ",p=" PROOF ",x=y", -EINVAL, "e=other-error"},
		{"c=biws", -EINVAL, "e=other-error"},
		{"", -EINVAL, "e=other-error"},
	};
	struct scram_keys keys = keys_of_rfc();
	char answer[SCRAM_MAX_MESSAGE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scram scram = {0};

		scram_client_first(&scram, CLIENT_FIRST);
		scram_server_first(&scram, &keys, SERVER_NONCE, answer);
		assert_int_equal(scram_client_final(&scram, cases[i].message, answer),
				 cases[i].result);
		assert_string_equal(answer, cases[i].answer);
	}
}

static void test_messages_out_of_turn_are_refused(void **state)
{
	struct scram_keys keys = keys_of_rfc();
	struct scram scram = {0};
	char answer[SCRAM_MAX_MESSAGE + 1];

	(void)state;
	assert_int_equal(scram_server_first(&scram, &keys, SERVER_NONCE, answer), -EINVAL);
	assert_int_equal(scram_client_first(&scram, CLIENT_FIRST), 0);
	assert_int_equal(scram_client_first(&scram, CLIENT_FIRST), -EINVAL);
	assert_int_equal(scram_client_final(&scram, CLIENT_FINAL, answer), -EINVAL);
}

static void test_keys_are_written_and_read(void **state)
{
	static const char *const bad[] = {
		"",
		"SCRAM-SHA-1$4096:a$b:c",
		"SCRAM-SHA-256$0:" SALT "$" PROOF ":" PROOF,
		"SCRAM-SHA-256$4096:" SALT "$" PROOF ":" PROOF "x",
		"SCRAM-SHA-256$4096:W22Z$" PROOF ":" PROOF,
	};
	struct scram_keys keys = keys_of_rfc(), read;
	char text[SCRAM_TEXT_SIZE], again[SCRAM_TEXT_SIZE];

	(void)state;
	scram_keys_write(&keys, text);
	assert_ptr_equal(strstr(text, "SCRAM-SHA-256$4096:" SALT "$"), text);
	assert_int_equal(scram_keys_read(text, &read), 0);
	scram_keys_write(&read, again);
	assert_string_equal(text, again);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(scram_keys_read(bad[i], &read), -EINVAL);
}

static void test_decoy_is_the_same_each_time(void **state)
{
	static const unsigned char secret[SCRAM_SECRET] = "a secret", other[SCRAM_SECRET] = "2";
	struct scram_keys one, again, eve;

	(void)state;
	scram_keys_decoy(secret, "dan", &one);
	scram_keys_decoy(secret, "DAN", &again);
	scram_keys_decoy(secret, "eve", &eve);
	assert_memory_equal(one.salt, again.salt, SCRAM_SALT);
	assert_memory_not_equal(one.salt, eve.salt, SCRAM_SALT);
	scram_keys_decoy(other, "dan", &again);
	assert_memory_not_equal(one.salt, again.salt, SCRAM_SALT);
	assert_int_equal(one.iterations, SCRAM_ITERATIONS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversation_of_rfc_7677),
		cmocka_unit_test(test_first_messages),
		cmocka_unit_test(test_final_messages_that_are_refused),
		cmocka_unit_test(test_messages_out_of_turn_are_refused),
		cmocka_unit_test(test_keys_are_written_and_read),
		cmocka_unit_test(test_decoy_is_the_same_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
