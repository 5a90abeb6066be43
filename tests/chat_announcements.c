/* SPDX-License-Identifier: MIT */
#include "chat/announcements_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/data_folder.h"

static char why[DATABASE_WHY_SIZE];

static void announce(struct store *store, const char *room, const char *text)
{
	static struct store_write write;
	struct announcement item = {0, room, "dan", text, 1763712000000};

	assert_int_equal(announcements_add(store, &write, &item, NULL), 1);
}

static void test_announcements_are_exported_and_imported(void **state)
{
	static struct store_write write;
	static struct store_read read;
	struct announcements_file file;
	struct announcements_replace replace = {0};
	struct announcement item;
	struct store *store = data_folder_open();
	char path[DATA_FOLDER_PATH];

	(void)state;
	data_folder_path("list.json", path);
	announce(store, "", "for all \"quoted\" \xc3\xa9");
	announce(store, "#cam", "for one");
	announce(store, "#other", "for another");
	assert_int_equal(announcements_list(store, &read, "#cam", NULL), 0);
	assert_int_equal(read.rows.n, 2);
	rows_finish(&read.rows);
	assert_int_equal(announcements_list(store, &read, "", NULL), 0);
	assert_int_equal(read.rows.n, 3);
	assert_int_equal(announcements_file_write(path, &read.rows), 0);
	assert_false(data_folder_has("list.json.backup", "for"));
	announcement_at(&read.rows, 1, &item);
	assert_int_equal(announcements_remove(store, &write, item.id, NULL), 1);
	assert_int_equal(announcements_remove(store, &write, item.id, NULL), 0);
	rows_finish(&read.rows);

	/* The one before is kept, each time. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(announcements_list(store, &read, "", NULL), 0);
		assert_int_equal(read.rows.n, 2);
		if (i == 0)
			assert_int_equal(announcements_file_write(path, &read.rows), 0);
		rows_finish(&read.rows);
	}
	assert_false(data_folder_has("list.json", "for one"));
	assert_true(data_folder_has("list.json.backup", "for one"));
	data_folder_path("list.json.backup", path);
	assert_int_equal(announcements_file_read(path, &file, why), 0);
	replace.items = file.items;
	replace.n = file.n;
	assert_int_equal(announcements_replace(store, &replace, NULL), 3);
	announcements_file_finish(&file);
	assert_int_equal(announcements_list(store, &read, "", NULL), 0);
	assert_int_equal(read.rows.n, 3);
	announcement_at(&read.rows, 0, &item);
	assert_string_equal(item.text, "for all \"quoted\" \xc3\xa9");
	assert_int_equal(item.time_ms, 1763712000000);
	rows_finish(&read.rows);
	store_close(store);
}

static void test_file_that_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "line 1"},
		{"[]", "no list"},
		{"{\"announcements\": 5}", "no list"},
		{"{\"announcements\": [{\"room\": \"\"}]}", "announcement 1"},
		{"{\"announcements\": [{\"room\": \"\", \"by\": \"d\", \"text\": \"\", "
		 "\"time_ms\": 1}]}",
		 "announcement 1: a text is empty"},
		{"{\"announcements\": [{\"room\": \"\", \"by\": \"d\", \"text\": \"a\\nb\", "
		 "\"time_ms\": 1}]}",
		 "announcement 1: a text is empty"},
	};
	struct announcements_file file;
	char path[DATA_FOLDER_PATH];

	(void)state;
	data_folder_path("list.json", path);
	assert_int_equal(announcements_file_read(path, &file, why), -ENOENT);
	announcements_file_finish(&file);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *written = fopen(path, "we");

		fputs(cases[i].text, written);
		fclose(written);
		assert_int_equal(announcements_file_read(path, &file, why), -EINVAL);
		assert_non_null(strstr(why, cases[i].why));
		announcements_file_finish(&file);
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_announcements_are_exported_and_imported),
		CASE(test_file_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
