/* SPDX-License-Identifier: MIT */
/*
 * A connection to the chat's SQLite database, with all of query.h prepared. Not for two threads at
 * once.
 *
 * What writes has WAL and synchronous=FULL: when a transaction has ended, it is on disk.
 *
 * Errors are -errno: -EEXIST a rule of a table was broken, -EBUSY locked by another process, -EROFS
 * not to be written, -ENOSPC the disk is full, -EBADMSG damaged, or no database, -EIO a disk that
 * fails, -ENOMEM, -E2BIG.
 */
#ifndef SPILLWAY_DATABASE_H
#define SPILLWAY_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/query.h"

enum {
	DATABASE_PATIENCE_MS = 2000, /* waiting for another process's lock */
	DATABASE_WHY_SIZE = 512,
};

struct database {
	sqlite3 *handle;
	sqlite3_stmt *queries[QUERIES];
	int wal_pages; /* in the WAL after the last commit */
};

/* A parameter: a text (borrowed during the call), or a number. */
struct database_value {
	const char *text;
	int64_t number;
};

#define DATABASE_TEXT(string) ((struct database_value){.text = (string)})
#define DATABASE_NUMBER(integer) ((struct database_value){.number = (integer)})
/* Two arguments: the values, and how many. */
#define DATABASE_VALUES(...)                                                                       \
	(const struct database_value[]){__VA_ARGS__},                                              \
		sizeof((const struct database_value[]){__VA_ARGS__}) /                             \
			sizeof(struct database_value)
#define DATABASE_NOTHING NULL, 0

/*
 * Opens the file. What writes makes it when it isn't there (0600), checks it, and brings it up to
 * date; what reads needs one that is. ret_why says what is wrong and what can be done, in a
 * sentence. Must be closed after a failure, too.
 */
int database_open(struct database *database, const char *path, bool writes,
		  char ret_why[DATABASE_WHY_SIZE]);
void database_close(struct database *database);

/* Starts a query, and binds. Steps are taken by database_step(): 1 a row, 0 no more, -errno. It
 * must be ended with sqlite3_reset() when not all rows are fetched, else it holds a lock. */
sqlite3_stmt *database_query(struct database *database, enum query query,
			     const struct database_value *values, size_t n);
int database_step(struct database *database, sqlite3_stmt *statement);
/* The whole of a query without rows. Returns how many rows were changed. */
int database_run(struct database *database, enum query query, const struct database_value *values,
		 size_t n);
/* The first number of the first row; -ENODATA without one. */
int database_number(struct database *database, enum query query,
		    const struct database_value *values, size_t n, int64_t *ret_number);
int64_t database_last_id(const struct database *database);

/* Whether a transaction is open: SQLite itself ends one when the disk fails or is full. */
bool database_in_transaction(const struct database *database);
/* Brings what is in the WAL to the database file, as far as readers allow; `wait` for them to let
 * it begin anew. */
int database_checkpoint(struct database *database, bool wait);

/* What -errno means for who looks after the database. A constant. */
const char *database_sentence(int error);

#endif
