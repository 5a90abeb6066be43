/* SPDX-License-Identifier: MIT */
/*
 * Where the chat keeps what must outlive it: a SQLite database in a folder that is the service's
 * alone. **What was confirmed is on disk.**
 *
 * Writes wait in a bounded queue while one thread commits what came before them: all that waits is
 * one transaction, with one sync of the disk (group commit). A write is told that it is done only
 * after that sync, and writes are done in the order in which they were given. Reads have another
 * thread, and wait for no write; one that is given after a write was confirmed sees it.
 *
 * What there is to write and read: history.h, room_record.h, accounts.h, announcements.h, audit.h,
 * markers.h, metadata_record.h. Each has jobs that live in what they work for, and are borrowed
 * until they are done.
 *
 * Writes are refused at once with -EAGAIN when too many wait. A transaction that fails is refused
 * as a whole: -ENOSPC and -EBUSY may be over the next time, but after -EIO and -EBADMSG nothing is
 * written any more until the service is started anew, since after a failed sync nobody knows what
 * the disk has. Reads go on.
 */
#ifndef SPILLWAY_STORE_H
#define SPILLWAY_STORE_H

#include "chat/offload.h"
#include "chat/rows.h"

#define STORE_FILE "chat.db"

enum {
	STORE_MAX_WRITES = 4096,       /* under way */
	STORE_MAX_READS = 1024,	       /* under way */
	STORE_BATCH = 1024,	       /* writes in a transaction */
	STORE_CHECKPOINT_PAGES = 1000, /* of the WAL, then it is brought to the database */
	STORE_STALE_PAGES = 16000, /* then readers are waited for, so that the WAL begins anew */
	STORE_MAX_VALUES = 8,
	STORE_TEXT = 4096, /* bytes of all texts of a store_write */
};

struct store;
struct store_job;

typedef int store_run(struct store_job *job, struct database *database);
typedef void store_done(struct store_job *job, int result);

struct store_job {
	struct offload_job job;
	store_run *run; /* by a thread of the store */
	store_done *done;
};

enum store_use {
	STORE_SERVES, /* the folder is locked for this process; io may be NULL for the programs' own errands */
	STORE_LOOKS, /* reads only, beside a service that runs or not */
};

/* folder, and a file chat.db in it. ret_why says in a sentence what is wrong and what can be done
 * about it. */
int store_open(struct store **ret_store, struct io *io, const char *folder, enum store_use use,
	       char ret_why[DATABASE_WHY_SIZE]);
/* Must be idle. Accepts NULL. */
void store_close(struct store *store);
/* Whether nothing is under way. */
bool store_idle(const struct store *store);
/* Whether more than a quarter of STORE_MAX_WRITES are under way: who could give more had better
 * wait. */
bool store_is_behind(const struct store *store);
/* 0, or why nothing is written any more; database_sentence() has the words. */
int store_refuses(const struct store *store);

struct store_counts {
	uint64_t writes, commits; /* confirmed; and in how many transactions */
	uint64_t refused; /* writes that came to nothing: too many waited, or the disk failed */
	uint64_t memory_bytes; /* the database's, in this process: its caches above all */
};
void store_counts(const struct store *store, struct store_counts *ret_counts);

/* ---- jobs ---- */

/* run() is called within the transaction; what it has changed is undone when it returns -errno. */
int store_write_job(struct store *store, struct store_job *job, store_run *run, store_done *done);
int store_read_job(struct store *store, struct store_job *job, store_run *run, store_done *done);
/* The same, and waits: for starting, and for programs without a loop. The result is run()'s. */
int store_write_now(struct store *store, struct store_job *job, store_run *run);
int store_read_now(struct store *store, struct store_job *job, store_run *run);

/* One query that changes something. The result is how many rows it changed. */
struct store_write {
	struct store_job job;
	int64_t id; /* of what was added */
	enum query query;
	size_t n, used;
	struct database_value values[STORE_MAX_VALUES];
	char text[STORE_TEXT];
};

/* Copies the values. done == NULL: waits. -E2BIG. */
int store_write(struct store *store, struct store_write *write, store_done *done, enum query query,
		const struct database_value *values, size_t n);

/* One query that gives rows, which are the caller's, who calls rows_finish() whatever came of it.
 * The result is 0. */
struct store_read {
	struct store_write ask;
	struct rows rows;
};

int store_read(struct store *store, struct store_read *read, store_done *done, enum query query,
	       const struct database_value *values, size_t n);

#endif
