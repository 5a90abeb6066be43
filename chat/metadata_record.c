/* SPDX-License-Identifier: MIT */
#include "chat/metadata_record.h"

#include <errno.h>

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

int metadata_record_set(struct database *database, const char *target, const char *key,
			const char *value)
{
	int result;

	if (*value == '\0')
		return database_run(database, QUERY_METADATA_REMOVE,
				    VALUES(TEXT(target), TEXT(key)));
	result = database_run(
		database, QUERY_METADATA_SET,
		VALUES(TEXT(target), TEXT(key), TEXT(value), NUMBER(METADATA_MAX_KEYS)));
	return result == 0 ? -EDQUOT : result;
}

int metadata_record_clear(struct database *database, const char *target, struct rows *rows)
{
	int error = rows_fetch(rows, database, QUERY_METADATA,
			       VALUES(TEXT(target), NUMBER(METADATA_MAX_KEYS)));

	if (error < 0)
		return error;
	return database_run(database, QUERY_METADATA_CLEAR, VALUES(TEXT(target)));
}

int metadata_record_list(struct store *store, struct store_read *read, const char *target,
			 store_done *done)
{
	return store_read(store, read, done, QUERY_METADATA,
			  VALUES(TEXT(target), NUMBER(METADATA_MAX_KEYS)));
}

int metadata_record_load(struct metadata *metadata, const struct rows *rows)
{
	int result = 0;

	for (size_t i = 0; i < rows->n && result >= 0; i++)
		result = metadata_set(metadata, rows_text(rows, i, 0), rows_text(rows, i, 1),
				      METADATA_MAX_KEYS);
	return result < 0 ? result : 0;
}
