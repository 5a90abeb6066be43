/* SPDX-License-Identifier: MIT */
#include "chat/metadata.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat/metadata_record.h"
#include "tests/data_folder.h"

static void test_keys(void **state)
{
	static const struct {
		const char *key;
		bool valid;
	} cases[] = {
		{"color", true},
		{"spillway/e2e", true},
		{"im.xmpp", true},
		{"display-name", true},
		{"a_1", true},
		{"12345678901234567890123456789012", true},
		{"123456789012345678901234567890123", false},
		{"", false},
		{"Color", false},
		{"a b", false},
		{"a:b", false},
		{"*", false},
		{"\303\244", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(metadata_key_valid(cases[i].key), cases[i].valid);
}

static void test_values(void **state)
{
	static const struct {
		const char *key, *value;
		size_t room;
		const char *why; /* NULL: it is valid */
	} cases[] = {
		{"color", "#ffAA00", 400, NULL},
		{"color", "ffAA00", 400, "six hexadecimal digits"},
		{"color", "#ffAA0", 400, "six hexadecimal digits"},
		{"color", "#ffAA0g", 400, "six hexadecimal digits"},
		{"avatar", "https://example.org/a.png", 400, NULL},
		{"avatar", "http://example.org/{size}.png", 400, NULL},
		{"avatar", "javascript:alert(1)", 400, "https://"},
		{"homepage", "https://example.org/a b", 400, "https://"},
		{"display-name", "D\303\244n \360\237\230\200", 400, NULL},
		{"display-name", "bold \002dan", 400, "control characters"},
		{"status", "out\tof here", 400, "control characters"},
		{"pronouns", "they/them", 400, NULL},
		/* What isn't known may be anything. */
		{"x/y", "bold \002dan", 400, NULL},
		{"x/y", "12345", 5, NULL},
		{"x/y", "123456", 5, "5 bytes"},
	};
	char why[METADATA_WHY_SIZE], longest[METADATA_MAX_VALUE + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool valid = metadata_value_valid(cases[i].key, cases[i].value, cases[i].room, why);

		assert_int_equal(valid, cases[i].why == NULL);
		if (!valid)
			assert_non_null(strstr(why, cases[i].why));
	}
	memset(longest, 'a', sizeof(longest));
	longest[METADATA_MAX_VALUE + 1] = '\0';
	assert_false(metadata_value_valid("x", longest, 1000, why));
	longest[METADATA_MAX_VALUE] = '\0';
	assert_true(metadata_value_valid("x", longest, 1000, why));
}

static void test_the_capability_tells_the_limits(void **state)
{
	char text[128];

	(void)state;
	snprintf(text, sizeof(text),
		 "before-connect,max-subs=%d,max-keys=%d,max-key-bytes=%d,max-value-bytes=%d",
		 METADATA_MAX_SUBS, METADATA_MAX_KEYS, METADATA_MAX_KEY, METADATA_MAX_VALUE);
	assert_string_equal(METADATA_CAPABILITY, text);
}

static void expect(const struct metadata *metadata, const char *text)
{
	char found[256] = "";
	size_t len = 0;

	for (const struct metadata_entry *entry = metadata->first; entry != NULL;
	     entry = entry->next)
		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s=%s;", entry->key,
					entry->value);
	assert_string_equal(found, text);
}

static void test_a_set_is_in_the_order_of_its_keys(void **state)
{
	struct metadata metadata = {0}, other = {0};

	(void)state;
	assert_null(metadata_get(&metadata, "b"));
	assert_int_equal(metadata_set(&metadata, "b", "1", 3), 1);
	assert_int_equal(metadata_set(&metadata, "c", "2", 3), 1);
	assert_int_equal(metadata_set(&metadata, "a", "3", 3), 1);
	expect(&metadata, "a=3;b=1;c=2;");
	assert_int_equal(metadata_set(&metadata, "d", "4", 3), -ENOSPC);
	/* What is there can be changed all the same. */
	assert_int_equal(metadata_set(&metadata, "b", "longer", 3), 1);
	assert_int_equal(metadata_set(&metadata, "b", "longer", 3), 0);
	expect(&metadata, "a=3;b=longer;c=2;");
	assert_string_equal(metadata_get(&metadata, "b"), "longer");
	assert_true(metadata_remove(&metadata, "a"));
	assert_false(metadata_remove(&metadata, "a"));
	assert_int_equal(metadata.n, 2);
	assert_int_equal(metadata_set(&other, "z", "", 1), 1);
	metadata_move(&other, &metadata);
	expect(&metadata, "");
	expect(&other, "b=longer;c=2;");
	assert_int_equal(other.n, 2);
	metadata_clear(&other);
	assert_int_equal(other.n, 0);
	expect(&other, "");
}

/* ---- what is kept ---- */

struct setting {
	struct store_job job;
	const char *target, *key, *value;
	struct rows rows;
};

static int run_set(struct store_job *job, struct database *database)
{
	const struct setting *setting = (struct setting *)(void *)job;

	return metadata_record_set(database, setting->target, setting->key, setting->value);
}

static int run_clear(struct store_job *job, struct database *database)
{
	struct setting *setting = (struct setting *)(void *)job;

	return metadata_record_clear(database, setting->target, &setting->rows);
}

static int record(struct store *store, const char *target, const char *key, const char *value)
{
	struct setting setting = {.target = target, .key = key, .value = value};

	return store_write_now(store, &setting.job, run_set);
}

static void expect_record(struct store *store, const char *target, const char *text)
{
	static struct store_read read;
	struct metadata metadata = {0};

	assert_int_equal(metadata_record_list(store, &read, target, NULL), 0);
	assert_int_equal(metadata_record_load(&metadata, &read.rows), 0);
	rows_finish(&read.rows);
	expect(&metadata, text);
	metadata_clear(&metadata);
}

static void test_a_record_keeps_so_many_keys(void **state)
{
	struct store *store = data_folder_open();
	char key[16];

	(void)state;
	for (int i = 0; i < METADATA_MAX_KEYS; i++) {
		snprintf(key, sizeof(key), "k%02d", i);
		assert_int_equal(record(store, "dan", key, "v"), 1);
	}
	assert_int_equal(record(store, "dan", "more", "v"), -EDQUOT);
	assert_int_equal(record(store, "Dan", "k00", "other"), 1);
	assert_int_equal(record(store, "eve", "more", "v"), 1);
	assert_int_equal(record(store, "dan", "k01", ""), 1);
	assert_int_equal(record(store, "dan", "k01", ""), 0);
	assert_int_equal(record(store, "dan", "more", "v"), 1);
	assert_int_equal(record(store, "dan", "k01", "v"), -EDQUOT);
	struct setting setting = {.target = "DAN"};
	assert_int_equal(store_write_now(store, &setting.job, run_clear), METADATA_MAX_KEYS);
	assert_int_equal(setting.rows.n, METADATA_MAX_KEYS);
	assert_string_equal(rows_text(&setting.rows, 0, 1), "other");
	rows_finish(&setting.rows);
	expect_record(store, "dan", "");
	expect_record(store, "eve", "more=v;");
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_the_capability_tells_the_limits),
		cmocka_unit_test(test_a_set_is_in_the_order_of_its_keys),
		cmocka_unit_test_setup_teardown(test_a_record_keeps_so_many_keys, data_folder_make,
						data_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
