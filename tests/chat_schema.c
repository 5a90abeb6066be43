/* SPDX-License-Identifier: MIT */
/* Databases that earlier versions have made become the present one, and lose nothing that is still
 * of use. */
#include "chat/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat/accounts.h"
#include "chat/room_record.h"
#include "tests/data_folder.h"

static void execute(sqlite3 *handle, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(handle, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

/* A database as the program of that version has left it. */
static void make_version(int version, const char *content)
{
	char path[DATA_FOLDER_PATH], sql[128];
	sqlite3 *handle;

	data_folder_path(STORE_FILE, path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	for (int i = 0; i < version; i++)
		execute(handle, schema_steps[i].sql);
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 SCHEMA_APPLICATION, version);
	execute(handle, sql);
	execute(handle, content);
	sqlite3_close(handle);
}

static int64_t count(const char *sql)
{
	char path[DATA_FOLDER_PATH];
	sqlite3_stmt *statement;
	sqlite3 *handle;

	data_folder_path(STORE_FILE, path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return number;
}

static void test_version_1_keeps_what_belongs_to_rooms_with_roles(void **state)
{
	(void)state;
	make_version(
		1, "INSERT INTO accounts (name, password, scram, rank, created_s) "
		   "VALUES ('dan', 'hash', 'keys', 1, 7);"
		   "INSERT INTO conversations (name) VALUES ('#cam');"
		   "INSERT INTO messages (conversation, msgid, time_ms, command, source, account, "
		   "tags, text, bot) VALUES (1, 'a', 5, 'PRIVMSG', 'dan!~d@h', '', '', 'hi', 0);"
		   "INSERT INTO topics VALUES ('#cam', 'cats', 'dan', 5), ('#gone', 'x', 'eve', 6);"
		   "INSERT INTO roles VALUES ('#Cam', 'dan', 8);"
		   "INSERT INTO rules (room, kind, mask, by, reason, set_s, expires_s) VALUES "
		   "('#cam', 98, 'a!*@*', 'dan', '', 1, 0), ('', 98, 'b!*@*', 'dan', '', 1, 0), "
		   "('#gone', 98, 'c!*@*', 'dan', '', 1, 0);");
	store_close(data_folder_open());
	assert_int_equal(count("PRAGMA user_version"), schema_version);
	assert_int_equal(count("SELECT count(*) FROM messages WHERE text = 'hi'"), 1);
	assert_int_equal(count("SELECT count(*) FROM accounts WHERE rank = 1"), 1);
	assert_int_equal(count("SELECT count(*) FROM rooms"), 1);
	assert_int_equal(count("SELECT created_s > 1700000000 FROM rooms WHERE room = '#cam'"), 1);
	assert_int_equal(count("SELECT count(*) FROM topics"), 1);
	assert_int_equal(count("SELECT count(*) FROM topics WHERE topic = 'cats'"), 1);
	assert_int_equal(count("SELECT count(*) FROM rules"), 2);
	assert_int_equal(count("SELECT count(*) FROM rules WHERE room = '#gone'"), 0);
	/* Opened again it stays as it is. */
	store_close(data_folder_open());
	assert_int_equal(count("SELECT count(*) FROM rules"), 2);
}

/* Each version's database is one that the present program opens, as a new one has the same
 * tables. */
static void test_every_version_comes_to_the_same_tables(void **state)
{
	static const char tables[] = "SELECT sum(length(sql)) FROM sqlite_schema WHERE sql != ''";
	int64_t expected;
	char path[DATA_FOLDER_PATH];

	(void)state;
	store_close(data_folder_open());
	expected = count(tables);
	for (int version = 1; version < schema_version; version++) {
		data_folder_path(STORE_FILE, path);
		assert_int_equal(remove(path), 0);
		make_version(version, "");
		store_close(data_folder_open());
		assert_int_equal(count(tables), expected);
	}
}

/* Those go through it in the order of ids, and end after a few. */
static bool is_bounded(enum query query)
{
	return query == QUERY_MESSAGE_LAST_TIME || query == QUERY_MESSAGES_FORGET_OLD;
}

static bool is_purge(enum query query)
{
	return query == QUERY_MESSAGES_OF_ACCOUNT || query == QUERY_MESSAGES_OF_SOURCE;
}

static void expect_searches(sqlite3 *handle, enum query query)
{
	char sql[2048];
	sqlite3_stmt *statement;

	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", query_text[query]);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(statement, 3);

		if ((strstr(detail, "SCAN messages") != NULL && !is_bounded(query)) ||
		    (is_purge(query) && (strstr(detail, "SEARCH messages USING") == NULL ||
					 strstr(detail, "=? AND ") == NULL)))
			fail_msg("%s: %s", query_text[query], detail);
	}
	sqlite3_finalize(statement);
}

static void test_no_query_goes_through_all_messages(void **state)
{
	char path[DATA_FOLDER_PATH];
	sqlite3 *handle;

	(void)state;
	store_close(data_folder_open());
	data_folder_path(STORE_FILE, path);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	for (int query = 0; query < QUERIES; query++)
		expect_searches(handle, (enum query)query);
	sqlite3_close(handle);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_version_1_keeps_what_belongs_to_rooms_with_roles, data_folder_make,
			data_folder_remove),
		cmocka_unit_test_setup_teardown(test_no_query_goes_through_all_messages,
						data_folder_make, data_folder_remove),
		cmocka_unit_test_setup_teardown(test_every_version_comes_to_the_same_tables,
						data_folder_make, data_folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
