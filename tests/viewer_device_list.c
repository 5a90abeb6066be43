/* SPDX-License-Identifier: MIT */
#include "viewer/device_list.h"

#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/e2e_vectors.h"

static struct device_list list_of(const struct e2e_vector *vector, uint8_t seed[DEVICE_LIST_SEED])
{
	struct device_list list = {
		.version = e2e_vector_number(vector, "version"),
		.expiry_s = (uint32_t)e2e_vector_number(vector, "expiry"),
	};

	assert_int_equal(e2e_vector_bytes(vector, "seed", seed, DEVICE_LIST_SEED),
			 DEVICE_LIST_SEED);
	list.n = e2e_vector_bytes(vector, "devices", list.devices, sizeof(list.devices)) /
		 DEVICE_KEY;
	return list;
}

static void test_vectors_are_written_as_they_stand(void **state)
{
	struct e2e_vector vector;
	uint8_t seed[DEVICE_LIST_SEED], identity[DEVICE_KEY];
	char text[DEVICE_LIST_TEXT];
	FILE *file = NULL;
	unsigned n = 0;

	(void)state;
	while (e2e_vectors_next(&file, &vector)) {
		if (strcmp(vector.kind, "list") != 0)
			continue;
		struct device_list list = list_of(&vector, seed);
		device_list_write(&list, e2e_vector_text(&vector, "account"), seed, text);
		assert_string_equal(text, e2e_vector_text(&vector, "text"));
		e2e_vector_bytes(&vector, "identity", identity, sizeof(identity));
		assert_memory_equal(list.identity, identity, DEVICE_KEY);
		device_list_identity(seed, identity);
		assert_memory_equal(list.identity, identity, DEVICE_KEY);
		if (n++ == 0)
			assert_true(e2e_vectors_manual_has(text));
	}
	assert_int_equal(n, 2);
}

static void test_vectors_are_read_as_they_stand(void **state)
{
	struct e2e_vector vector;
	struct device_list list;
	uint8_t seed[DEVICE_LIST_SEED];
	char fingerprint[DEVICE_LIST_FINGERPRINT];
	FILE *file = NULL;

	(void)state;
	while (e2e_vectors_next(&file, &vector)) {
		if (strcmp(vector.kind, "list") != 0)
			continue;
		struct device_list expected = list_of(&vector, seed);
		const char *account = e2e_vector_text(&vector, "account");
		assert_int_equal(device_list_read(slice_from(e2e_vector_text(&vector, "text")),
						  account, &list),
				 0);
		assert_int_equal(list.version, expected.version);
		assert_int_equal(list.expiry_s, expected.expiry_s);
		assert_int_equal(list.n, expected.n);
		assert_memory_equal(list.devices, expected.devices, sizeof(list.devices));
		device_list_fingerprint(list.identity, account, fingerprint);
		for (size_t i = 5; i < sizeof(fingerprint) - 1; i += 6)
			fingerprint[i] = '-';
		assert_string_equal(fingerprint, e2e_vector_text(&vector, "fingerprint"));
	}
}

static void test_bad_vectors_are_refused(void **state)
{
	struct e2e_vector vector;
	struct device_list list;
	FILE *file = NULL;
	unsigned n = 0;

	(void)state;
	while (e2e_vectors_next(&file, &vector)) {
		if (strcmp(vector.kind, "bad-list") != 0)
			continue;
		assert_int_equal(device_list_read(slice_from(e2e_vector_text(&vector, "text")),
						  e2e_vector_text(&vector, "account"), &list),
				 strcmp(e2e_vector_text(&vector, "error"), "signature") == 0
					 ? -EPERM
					 : -EBADMSG);
		n++;
	}
	assert_true(n >= 7);
}

/* A list of two devices, for dan. */
static void write_list(char text[DEVICE_LIST_TEXT])
{
	struct device_list list = {.version = 7, .expiry_s = 100, .n = 2, .devices = {{1}, {2}}};

	device_list_write(&list, "dan", (const uint8_t[DEVICE_LIST_SEED]){1}, text);
}

static void test_any_change_of_a_character_is_refused(void **state)
{
	char text[DEVICE_LIST_TEXT];
	struct device_list list;

	(void)state;
	write_list(text);
	assert_int_equal(device_list_read(slice_from(text), "DAN", &list), 0);
	for (char *at = text; *at != '\0'; at++) {
		char was = *at;

		*at = was == 'A' ? 'B' : 'A';
		assert_true(device_list_read(slice_from(text), "dan", &list) < 0);
		*at = was;
	}
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(device_list_read((struct slice){text, len}, "dan", &list),
				 -EBADMSG);
}

static void test_a_device_twice_is_refused(void **state)
{
	struct device_list list = {.version = 1, .n = 3, .devices = {{1}, {2}, {1}}};
	char text[DEVICE_LIST_TEXT];

	(void)state;
	device_list_write(&list, "dan", (const uint8_t[DEVICE_LIST_SEED]){1}, text);
	assert_int_equal(device_list_read(slice_from(text), "dan", &list), -EBADMSG);
}

static void test_no_name_of_an_account_is_refused(void **state)
{
	static const char *const names[] = {
		"", "*", "a b", "a\rb",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	char text[DEVICE_LIST_TEXT];
	struct device_list list;

	(void)state;
	write_list(text);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(device_list_read(slice_from(text), names[i], &list), -EBADMSG);
}

/* :SERVER 761 NICK TARGET KEY * :VALUE, and METADATA * SET KEY :VALUE, with CR LF. */
static void test_the_largest_list_fits_into_a_line(void **state)
{
	(void)state;
	assert_true(strlen("spillway.e2e") + DEVICE_LIST_TEXT - 1 <= 350);
	assert_true(1 + 63 + strlen(" 761 ") + 32 + 1 + 32 + strlen(" spillway.e2e * :\r\n") +
			    DEVICE_LIST_TEXT - 1 <=
		    512);
}

static void test_fingerprints_are_of_identity_and_account(void **state)
{
	char a[DEVICE_LIST_FINGERPRINT], b[DEVICE_LIST_FINGERPRINT];

	(void)state;
	device_list_fingerprint((const uint8_t[DEVICE_KEY]){1}, "Dan", a);
	device_list_fingerprint((const uint8_t[DEVICE_KEY]){1}, "dan", b);
	assert_string_equal(a, b);
	device_list_fingerprint((const uint8_t[DEVICE_KEY]){1}, "eve", b);
	assert_string_not_equal(a, b);
	device_list_fingerprint((const uint8_t[DEVICE_KEY]){2}, "dan", b);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_are_written_as_they_stand),
		cmocka_unit_test(test_vectors_are_read_as_they_stand),
		cmocka_unit_test(test_bad_vectors_are_refused),
		cmocka_unit_test(test_any_change_of_a_character_is_refused),
		cmocka_unit_test(test_a_device_twice_is_refused),
		cmocka_unit_test(test_no_name_of_an_account_is_refused),
		cmocka_unit_test(test_the_largest_list_fits_into_a_line),
		cmocka_unit_test(test_fingerprints_are_of_identity_and_account),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
