/* SPDX-License-Identifier: MIT */
#include "chat/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat/schema.h"

struct meaning {
	int code; /* SQLite's, without the extended part */
	int error;
	const char *sentence;
};

static const struct meaning meanings[] = {
	{SQLITE_CONSTRAINT, EEXIST, "it is there already"},
	{SQLITE_BUSY, EBUSY, "another process has locked it"},
	{SQLITE_LOCKED, EBUSY, "another process has locked it"},
	{SQLITE_READONLY, EROFS, "it can't be written: look at the rights of file and folder"},
	{SQLITE_PERM, EACCES, "it can't be opened: look at the rights of file and folder"},
	{SQLITE_CANTOPEN, ENOENT, "it can't be opened: look for file and folder, and their rights"},
	{SQLITE_FULL, ENOSPC, "the disk is full"},
	{SQLITE_CORRUPT, EBADMSG, "it is damaged: restore a copy, or move it away to begin anew"},
	{SQLITE_NOTADB, EBADMSG, "it is damaged: restore a copy, or move it away to begin anew"},
	{SQLITE_NOMEM, ENOMEM, "there is no memory"},
	{SQLITE_TOOBIG, E2BIG, "something is too long"},
	{SQLITE_IOERR, EIO, "the disk fails"},
};

enum { N_MEANINGS = sizeof(meanings) / sizeof(meanings[0]) };

static int error_of(int code)
{
	for (size_t i = 0; i < N_MEANINGS; i++)
		if (meanings[i].code == (code & 0xff))
			return -meanings[i].error;
	return -EIO;
}

const char *database_sentence(int error)
{
	for (size_t i = 0; i < N_MEANINGS; i++)
		if (meanings[i].error == -error)
			return meanings[i].sentence;
	return strerror(-error);
}

/* ---- queries ---- */

sqlite3_stmt *database_query(struct database *database, enum query query,
			     const struct database_value *values, size_t n)
{
	sqlite3_stmt *statement = database->queries[query];

	sqlite3_reset(statement);
	for (size_t i = 0; i < n; i++) {
		/* What fails for want of memory leaves a NULL, which no column takes. */
		if (values[i].text != NULL)
			sqlite3_bind_text(statement, (int)i + 1, values[i].text, -1, SQLITE_STATIC);
		else
			sqlite3_bind_int64(statement, (int)i + 1, values[i].number);
	}
	return statement;
}

int database_step(struct database *database, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	(void)database;
	if (code == SQLITE_ROW)
		return 1;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code == SQLITE_DONE ? 0 : error_of(code);
}

int database_run(struct database *database, enum query query, const struct database_value *values,
		 size_t n)
{
	int result = database_step(database, database_query(database, query, values, n));

	return result < 0 ? result : sqlite3_changes(database->handle);
}

int database_number(struct database *database, enum query query,
		    const struct database_value *values, size_t n, int64_t *ret_number)
{
	sqlite3_stmt *statement = database_query(database, query, values, n);
	int result = database_step(database, statement);

	if (result <= 0)
		return result < 0 ? result : -ENODATA;
	*ret_number = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return 0;
}

int64_t database_last_id(const struct database *database)
{
	return sqlite3_last_insert_rowid(database->handle);
}

bool database_in_transaction(const struct database *database)
{
	return sqlite3_get_autocommit(database->handle) == 0;
}

int database_checkpoint(struct database *database, bool wait)
{
	int mode = wait ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
	int code = sqlite3_wal_checkpoint_v2(database->handle, NULL, mode, NULL, NULL);

	return code == SQLITE_OK ? 0 : error_of(code);
}

/* ---- opening ---- */

static int complain(char *why, const char *path, int code, const char *doing)
{
	snprintf(why, DATABASE_WHY_SIZE, "the database %s: %s (%s: %s)", path,
		 database_sentence(error_of(code)), doing, sqlite3_errstr(code));
	return error_of(code);
}

static int refuse(char *why, const char *path, int error, const char *sentence)
{
	snprintf(why, DATABASE_WHY_SIZE, "the database %s: %s", path, sentence);
	return error;
}

/* Of the first row of a statement. */
static int ask(sqlite3 *handle, const char *sql, int *ret_number, char *ret_text, size_t size)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		if (ret_number != NULL)
			*ret_number = sqlite3_column_int(statement, 0);
		if (ret_text != NULL)
			snprintf(ret_text, size, "%s",
				 (const char *)sqlite3_column_text(statement, 0));
	}
	sqlite3_finalize(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int wal_grew(void *context, sqlite3 *handle, const char *name, int pages)
{
	struct database *database = context;

	(void)handle, (void)name;
	database->wal_pages = pages;
	return SQLITE_OK;
}

/* Only readers and writers of the service's group are to see what people say. */
static int create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	/* Closing a descriptor takes all locks of the process away: there are none yet. */
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno != EACCES && errno != EROFS ? -errno : 0;
}

static int check_version(sqlite3 *handle, const char *path, char *why, int *ret_version)
{
	int application = 0, tables = 0, code;
	char text[16];

	code = ask(handle, "PRAGMA application_id", &application, NULL, 0);
	if (code == SQLITE_OK)
		code = ask(handle, "PRAGMA user_version", ret_version, NULL, 0);
	if (code == SQLITE_OK)
		code = ask(handle, "SELECT count(*) FROM sqlite_schema", &tables, NULL, 0);
	if (code != SQLITE_OK)
		return complain(why, path, code, "looking at its version");
	if (application != SCHEMA_APPLICATION && tables > 0)
		return refuse(why, path, -EBADMSG, "it belongs to another program");
	if (*ret_version > schema_version) {
		snprintf(why, DATABASE_WHY_SIZE,
			 "the database %s: its version is %d, and this program knows %d: use a "
			 "newer one",
			 path, *ret_version, schema_version);
		return -EBADMSG;
	}
	code = ask(handle, "PRAGMA quick_check(1)", NULL, text, sizeof(text));
	if (code != SQLITE_OK || strcmp(text, "ok") != 0)
		return complain(why, path, code != SQLITE_OK ? code : SQLITE_CORRUPT,
				"checking it");
	return 0;
}

/* Each step is a transaction, so that a crash leaves one version or the next. */
static int migrate(sqlite3 *handle, int version)
{
	char after[96];
	int code = SQLITE_OK;

	for (; version < schema_version && code == SQLITE_OK; version++) {
		snprintf(after, sizeof(after),
			 "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
			 SCHEMA_APPLICATION, version + 1);
		code = sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(handle, schema_steps[version].sql, NULL, NULL, NULL);
		if (code == SQLITE_OK)
			code = sqlite3_exec(handle, after, NULL, NULL, NULL);
	}
	return code;
}

static int prepare_all(struct database *database)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < QUERIES && code == SQLITE_OK; i++)
		code = sqlite3_prepare_v3(database->handle, query_text[i], -1,
					  SQLITE_PREPARE_PERSISTENT, &database->queries[i], NULL);
	return code;
}

/* foreign_keys aren't used; secure_delete: what was redacted is gone from the file, too. */
static const char pragmas[] =
	"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; "
	"PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = "
	"67108864";

static int open_to_write(struct database *database, const char *path, char *why)
{
	char mode[16] = "";
	int version = 0, error, code;

	error = check_version(database->handle, path, why, &version);
	if (error < 0)
		return error;
	code = ask(database->handle, "PRAGMA journal_mode = WAL", NULL, mode, sizeof(mode));
	if (code != SQLITE_OK)
		return complain(why, path, code, "starting its log");
	if (strcmp(mode, "wal") != 0)
		return refuse(
			why, path, -EROFS,
			"it can't have a log beside it: look at the rights, and at the kind of "
			"file system");
	/* The store checkpoints between commits, not within one (store.c). */
	sqlite3_wal_autocheckpoint(database->handle, 0);
	sqlite3_wal_hook(database->handle, wal_grew, database);
	code = sqlite3_exec(database->handle, pragmas, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = migrate(database->handle, version);
	return code == SQLITE_OK ? 0 : complain(why, path, code, "bringing it up to date");
}

int database_open(struct database *database, const char *path, bool writes,
		  char ret_why[DATABASE_WHY_SIZE])
{
	int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	int error = writes ? create_private(path) : 0, code;

	*database = (struct database){0};
	if (error < 0)
		return refuse(ret_why, path, error, strerror(-error));
	code = sqlite3_open_v2(path, &database->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return complain(ret_why, path, code, "opening it");
	sqlite3_busy_timeout(database->handle, DATABASE_PATIENCE_MS);
	if (writes) {
		error = open_to_write(database, path, ret_why);
		if (error < 0)
			return error;
	}
	code = prepare_all(database);
	if (code != SQLITE_OK)
		return complain(ret_why, path, code, "preparing queries");
	/* Better to hear of a full disk now. */
	error = writes ? database_run(database, QUERY_STARTED, DATABASE_NOTHING) : 0;
	if (error < 0)
		return refuse(ret_why, path, error, database_sentence(error));
	return 0;
}

void database_close(struct database *database)
{
	for (size_t i = 0; i < QUERIES; i++)
		sqlite3_finalize(database->queries[i]);
	sqlite3_close(database->handle);
	*database = (struct database){0};
}
