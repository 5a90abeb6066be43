/* SPDX-License-Identifier: MIT */
#include "chat/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct store {
	int folder; /* locked while it is open; -1: not locked */
	struct offload *writer, *reader;
	struct database write, read; /* each belongs to its thread */
	atomic_int refusal;
	atomic_ullong writes, commits, refused;
};

/* ---- the threads ---- */

static int run_alone(struct database *database, struct store_job *job)
{
	int result = database_run(database, QUERY_SAVEPOINT, DATABASE_NOTHING), ended;

	if (result < 0)
		return result;
	result = job->run(job, database);
	if (!database_in_transaction(database))
		return result;
	if (result < 0) {
		ended = database_run(database, QUERY_UNDO, DATABASE_NOTHING);
		if (ended < 0)
			return ended;
	}
	ended = database_run(database, QUERY_RELEASE, DATABASE_NOTHING);
	return ended < 0 ? ended : result;
}

/* Returns -errno when the transaction has come to nothing. */
static int run_all(struct database *database, struct offload_job *jobs)
{
	int result = database_run(database, QUERY_BEGIN, DATABASE_NOTHING);

	for (struct offload_job *job = jobs; job != NULL && result >= 0; job = job->next) {
		job->result = run_alone(database, (struct store_job *)(void *)job);
		if (!database_in_transaction(database))
			return job->result < 0 ? job->result : -EIO;
	}
	return result < 0 ? result : database_run(database, QUERY_COMMIT, DATABASE_NOTHING);
}

static void refuse_from_now(struct store *store, int error)
{
	if (error == -EIO || error == -EBADMSG)
		atomic_store(&store->refusal, error);
}

static void commit_batch(void *context, struct offload_job *jobs)
{
	struct store *store = context;
	int result = atomic_load(&store->refusal);
	unsigned n = 0;

	if (result == 0)
		result = run_all(&store->write, jobs);
	if (result < 0 && database_in_transaction(&store->write))
		database_run(&store->write, QUERY_ROLLBACK, DATABASE_NOTHING);
	for (struct offload_job *job = jobs; job != NULL; job = job->next, n++)
		if (result < 0)
			job->result = result;
	refuse_from_now(store, result);
	if (result >= 0) {
		atomic_fetch_add(&store->writes, n);
		atomic_fetch_add(&store->commits, 1);
	} else {
		atomic_fetch_add(&store->refused, n);
	}
}

/* Not within the commit: nobody waits for it. */
static void checkpoint(void *context)
{
	struct store *store = context;

	if (store->write.wal_pages < STORE_CHECKPOINT_PAGES)
		return;
	refuse_from_now(store, database_checkpoint(&store->write,
						   store->write.wal_pages >= STORE_STALE_PAGES));
	store->write.wal_pages = 0; /* until the next commit says */
}

static void read_batch(void *context, struct offload_job *jobs)
{
	struct store *store = context;

	for (struct offload_job *job = jobs; job != NULL; job = job->next) {
		struct store_job *own = (struct store_job *)(void *)job;

		job->result = own->run(own, &store->read);
	}
}

static const struct offload_type writing = {
	.work = commit_batch,
	.after = checkpoint,
	.threads = 1,
	.batch = STORE_BATCH,
	.max_jobs = STORE_MAX_WRITES,
};
static const struct offload_type reading = {
	.work = read_batch,
	.threads = 1,
	.batch = 1,
	.max_jobs = STORE_MAX_READS,
};

/* ---- opening ---- */

/* A lock on the folder rather than the file: SQLite's own locks of a file go when any descriptor of
 * it is closed. */
static int lock_folder(struct store *store, const char *folder, char *why)
{
	int error = 0;

	store->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->folder < 0)
		error = -errno;
	else if (flock(store->folder, LOCK_EX | LOCK_NB) < 0)
		error = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (error < 0)
		snprintf(why, DATABASE_WHY_SIZE, "the data folder %s: %s", folder,
			 error == -EBUSY ? "another spillway-chat uses it" : strerror(-error));
	return error;
}

static int open_all(struct store *store, struct io *io, const char *folder, enum store_use use,
		    char *why)
{
	char *path = NULL;
	int error = use == STORE_SERVES ? lock_folder(store, folder, why) : 0;

	if (error < 0)
		return error;
	snprintf(why, DATABASE_WHY_SIZE, "%s", strerror(ENOMEM));
	if (asprintf(&path, "%s/%s", folder, STORE_FILE) < 0)
		return -ENOMEM;
	/* The writer first: it makes what the reader needs. */
	if (use == STORE_SERVES)
		error = database_open(&store->write, path, true, why);
	if (error == 0)
		error = database_open(&store->read, path, false, why);
	free(path);
	if (error < 0)
		return error;
	if (use == STORE_SERVES)
		error = offload_create(&store->writer, io, &writing, store);
	else
		atomic_store(&store->refusal, -EROFS);
	if (error == 0)
		error = offload_create(&store->reader, io, &reading, store);
	if (error < 0)
		snprintf(why, DATABASE_WHY_SIZE, "no threads for the database: %s",
			 strerror(-error));
	return error;
}

int store_open(struct store **ret_store, struct io *io, const char *folder, enum store_use use,
	       char ret_why[DATABASE_WHY_SIZE])
{
	struct store *store = calloc(1, sizeof(*store));
	int error;

	if (store == NULL) {
		snprintf(ret_why, DATABASE_WHY_SIZE, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	store->folder = -1;
	error = open_all(store, io, folder, use, ret_why);
	if (error < 0) {
		store_close(store);
		return error;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	offload_destroy(store->writer);
	offload_destroy(store->reader);
	/* The writer last: who closes last brings the log to the database. */
	database_close(&store->read);
	database_close(&store->write);
	if (store->folder >= 0)
		close(store->folder);
	free(store);
}

bool store_idle(const struct store *store)
{
	return (store->writer == NULL || offload_idle(store->writer)) &&
	       offload_idle(store->reader);
}

bool store_is_behind(const struct store *store)
{
	return offload_under_way(store->writer) > STORE_MAX_WRITES / 4;
}

int store_refuses(const struct store *store)
{
	return atomic_load(&store->refusal);
}

void store_counts(const struct store *store, struct store_counts *ret_counts)
{
	ret_counts->writes = atomic_load(&store->writes);
	ret_counts->commits = atomic_load(&store->commits);
	ret_counts->refused = atomic_load(&store->refused);
	ret_counts->memory_bytes = (uint64_t)sqlite3_memory_used();
}

/* ---- jobs ---- */

static void told(struct offload_job *job, int result)
{
	struct store_job *own = (struct store_job *)(void *)job;

	own->done(own, result);
}

int store_write_job(struct store *store, struct store_job *job, store_run *run, store_done *done)
{
	int error = store_refuses(store);

	job->run = run;
	job->done = done;
	if (error == 0)
		error = offload_add(store->writer, &job->job, told);
	if (error < 0)
		atomic_fetch_add(&store->refused, 1);
	return error;
}

int store_read_job(struct store *store, struct store_job *job, store_run *run, store_done *done)
{
	job->run = run;
	job->done = done;
	return offload_add(store->reader, &job->job, told);
}

int store_write_now(struct store *store, struct store_job *job, store_run *run)
{
	int refusal = store_refuses(store);

	job->run = run;
	return refusal < 0 ? refusal : offload_do(store->writer, &job->job);
}

int store_read_now(struct store *store, struct store_job *job, store_run *run)
{
	job->run = run;
	return offload_do(store->reader, &job->job);
}

static int copy_values(struct store_write *write, enum query query,
		       const struct database_value *values, size_t n)
{
	if (n > STORE_MAX_VALUES)
		return -E2BIG;
	write->query = query;
	write->n = n;
	write->used = 0;
	for (size_t i = 0; i < n; i++) {
		write->values[i] = values[i];
		if (values[i].text == NULL)
			continue;
		size_t size = strlen(values[i].text) + 1;

		if (size > sizeof(write->text) - write->used)
			return -E2BIG;
		write->values[i].text = memcpy(write->text + write->used, values[i].text, size);
		write->used += size;
	}
	return 0;
}

static int run_write(struct store_job *job, struct database *database)
{
	struct store_write *write = (struct store_write *)(void *)job;
	int result = database_run(database, write->query, write->values, write->n);

	write->id = database_last_id(database);
	return result;
}

int store_write(struct store *store, struct store_write *write, store_done *done, enum query query,
		const struct database_value *values, size_t n)
{
	int error = copy_values(write, query, values, n);

	if (error < 0)
		return error;
	return done != NULL ? store_write_job(store, &write->job, run_write, done)
			    : store_write_now(store, &write->job, run_write);
}

static int run_read(struct store_job *job, struct database *database)
{
	struct store_read *read = (struct store_read *)(void *)job;

	return rows_fetch(&read->rows, database, read->ask.query, read->ask.values, read->ask.n);
}

int store_read(struct store *store, struct store_read *read, store_done *done, enum query query,
	       const struct database_value *values, size_t n)
{
	int error = copy_values(&read->ask, query, values, n);

	read->rows = (struct rows){0};
	if (error < 0)
		return error;
	return done != NULL ? store_read_job(store, &read->ask.job, run_read, done)
			    : store_read_now(store, &read->ask.job, run_read);
}
