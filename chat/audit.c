/* SPDX-License-Identifier: MIT */
#include "chat/audit.h"

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

int audit_add(struct store *store, struct store_write *write, const struct audit_entry *entry,
	      store_done *done)
{
	return store_write(store, write, done, QUERY_AUDIT_ADD,
			   VALUES(NUMBER(entry->time_ms), TEXT(entry->by), TEXT(entry->action),
				  TEXT(entry->room), TEXT(entry->target), TEXT(entry->detail)));
}

int audit_page(struct store *store, struct store_read *read, const char *room, int64_t before_id,
	       size_t limit, store_done *done)
{
	if (limit > AUDIT_MAX_PAGE)
		limit = AUDIT_MAX_PAGE;
	return store_read(store, read, done, QUERY_AUDIT,
			  VALUES(TEXT(room), NUMBER(before_id), NUMBER((int64_t)limit)));
}

void audit_entry(const struct rows *rows, size_t i, struct audit_entry *ret_entry)
{
	*ret_entry = (struct audit_entry){
		.id = rows_number(rows, i, 0),
		.time_ms = rows_number(rows, i, 1),
		.by = rows_text(rows, i, 2),
		.action = rows_text(rows, i, 3),
		.room = rows_text(rows, i, 4),
		.target = rows_text(rows, i, 5),
		.detail = rows_text(rows, i, 6),
	};
}

int audit_forget(struct store *store, struct store_write *write, int64_t before_ms,
		 store_done *done)
{
	return store_write(store, write, done, QUERY_AUDIT_FORGET,
			   VALUES(NUMBER(before_ms), NUMBER(AUDIT_STEP), NUMBER(AUDIT_MAX)));
}
