/* SPDX-License-Identifier: MIT */
#include "chat/announcements.h"

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

int announcements_add(struct store *store, struct store_write *write,
		      const struct announcement *announcement, store_done *done)
{
	return store_write(store, write, done, QUERY_ANNOUNCEMENT_ADD,
			   VALUES(TEXT(announcement->room), TEXT(announcement->by),
				  TEXT(announcement->text), NUMBER(announcement->time_ms)));
}

int announcements_remove(struct store *store, struct store_write *write, int64_t id,
			 store_done *done)
{
	return store_write(store, write, done, QUERY_ANNOUNCEMENT_REMOVE, VALUES(NUMBER(id)));
}

int announcements_list(struct store *store, struct store_read *read, const char *room,
		       store_done *done)
{
	return store_read(store, read, done, QUERY_ANNOUNCEMENTS,
			  VALUES(TEXT(room), NUMBER(ANNOUNCEMENTS_MAX)));
}

void announcement_at(const struct rows *rows, size_t i, struct announcement *ret_announcement)
{
	*ret_announcement = (struct announcement){
		.id = rows_number(rows, i, 0),
		.room = rows_text(rows, i, 1),
		.by = rows_text(rows, i, 2),
		.text = rows_text(rows, i, 3),
		.time_ms = rows_number(rows, i, 4),
	};
}

static int run_replace(struct store_job *job, struct database *database)
{
	struct announcements_replace *replace = (struct announcements_replace *)(void *)job;
	int result = database_run(database, QUERY_ANNOUNCEMENTS_CLEAR, DATABASE_NOTHING);

	for (size_t i = 0; i < replace->n && result >= 0; i++) {
		const struct announcement *item = &replace->items[i];

		result = database_run(database, QUERY_ANNOUNCEMENT_ADD,
				      VALUES(TEXT(item->room), TEXT(item->by), TEXT(item->text),
					     NUMBER(item->time_ms)));
	}
	return result < 0 ? result : (int)replace->n;
}

int announcements_replace(struct store *store, struct announcements_replace *replace,
			  store_done *done)
{
	return done != NULL ? store_write_job(store, &replace->job, run_replace, done)
			    : store_write_now(store, &replace->job, run_replace);
}
