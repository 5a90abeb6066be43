/* SPDX-License-Identifier: MIT */
#include "chat/markers.h"

#include <errno.h>

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

static int run_set(struct store_job *job, struct database *database)
{
	struct markers_set *set = (struct markers_set *)(void *)job;
	int result = database_run(database, QUERY_MARKER_SET,
				  VALUES(TEXT(set->account), TEXT(set->target),
					 NUMBER(set->time_ms), NUMBER(MARKERS_MAX)));

	if (result < 0)
		return result;
	result = database_number(database, QUERY_MARKER,
				 VALUES(TEXT(set->account), TEXT(set->target), NUMBER(1)),
				 &set->time_ms);
	return result == -ENODATA ? -ENOSPC : result;
}

int markers_set(struct store *store, struct markers_set *set, store_done *done)
{
	return done != NULL ? store_write_job(store, &set->job, run_set, done)
			    : store_write_now(store, &set->job, run_set);
}

int markers_get(struct store *store, struct store_read *read, const char *account,
		const char *target, store_done *done)
{
	return store_read(store, read, done, QUERY_MARKER,
			  VALUES(TEXT(account), TEXT(target), NUMBER(1)));
}

int64_t markers_time_ms(const struct rows *rows)
{
	return rows->n > 0 ? rows_number(rows, 0, 0) : 0;
}
