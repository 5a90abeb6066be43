/* SPDX-License-Identifier: MIT */
/* Who did what: the log that operators can read. Jobs of the store (store.h): values are copied,
 * done == NULL waits. */
#ifndef SPILLWAY_AUDIT_H
#define SPILLWAY_AUDIT_H

#include "chat/store.h"

enum { AUDIT_MAX_PAGE = 1000, AUDIT_STEP = 200, AUDIT_MAX = 100000 /* entries */ };

struct audit_entry {
	int64_t id;	 /* rising */
	int64_t time_ms; /* Unix time */
	const char *by;
	const char *action; /* "kick", "ban" */
	const char *room;   /* "": none */
	const char *target;
	const char *detail;
};

int audit_add(struct store *store, struct store_write *write, const struct audit_entry *entry,
	      store_done *done);
/* Of a room, or of all for "": the latest first, those before an id (INT64_MAX: from the end). */
int audit_page(struct store *store, struct store_read *read, const char *room, int64_t before_id,
	       size_t limit, store_done *done);
void audit_entry(const struct rows *rows, size_t i, struct audit_entry *ret_entry);
/* One step of forgetting what is older, and what is more than AUDIT_MAX. Result: how many; 0: it is
 * finished. */
int audit_forget(struct store *store, struct store_write *write, int64_t before_ms,
		 store_done *done);

#endif
