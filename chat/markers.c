/* SPDX-License-Identifier: MIT */
#include "chat/markers.h"

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

int markers_set(struct store *store, struct store_write *write, const char *account,
		const char *target, int64_t time_ms, store_done *done)
{
	return store_write(store, write, done, QUERY_MARKER_SET,
			   VALUES(TEXT(account), TEXT(target), NUMBER(time_ms)));
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
