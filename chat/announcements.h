/* SPDX-License-Identifier: MIT */
/*
 * Announcements: what operators want everybody to know, now and who comes later; of a room, or of
 * all. Jobs of the store (store.h): values are copied, done == NULL waits.
 */
#ifndef SPILLWAY_ANNOUNCEMENTS_H
#define SPILLWAY_ANNOUNCEMENTS_H

#include "chat/store.h"

enum {
	ANNOUNCEMENTS_MAX = 10000,
	ANNOUNCEMENTS_MAX_TEXT = 290, /* bytes: a NOTICE to any room has room for it */
};

struct announcement {
	int64_t id;	  /* rising; given when it is added */
	const char *room; /* "": all rooms */
	const char *by;
	const char *text;
	int64_t time_ms; /* Unix time */
};

/* write->id is its id then. */
int announcements_add(struct store *store, struct store_write *write,
		      const struct announcement *announcement, store_done *done);
/* Result: 1; 0: there is none. */
int announcements_remove(struct store *store, struct store_write *write, int64_t id,
			 store_done *done);
/* Those of a room and those of all; for "": every one. The earliest first. */
int announcements_list(struct store *store, struct store_read *read, const char *room,
		       store_done *done);
void announcement_at(const struct rows *rows, size_t i, struct announcement *ret_announcement);

/* Instead of what there is; all or nothing. */
struct announcements_replace {
	struct store_job job;
	const struct announcement *items; /* borrowed; their ids don't matter */
	size_t n;
};

/* Result: how many. */
int announcements_replace(struct store *store, struct announcements_replace *replace,
			  store_done *done);

#endif
