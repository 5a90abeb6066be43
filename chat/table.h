/* SPDX-License-Identifier: MIT */
/*
 * A table of things by their names, without regard to case (casemap.h). The link lives inside the
 * thing, which the table borrows from table_add() until table_remove(), together with its name.
 */
#ifndef SPILLWAY_TABLE_H
#define SPILLWAY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next;
	const char *name;
	uint32_t hash;
};

struct table { /* start with {0} */
	struct table_link **buckets;
	size_t n_buckets, n;
};

/* There must be none of that name. -ENOMEM. */
int table_add(struct table *table, struct table_link *link, const char *name);
void table_remove(struct table *table, struct table_link *link);
/* NULL: there is none. */
struct table_link *table_find(const struct table *table, const char *name);
/* The table must be empty. */
void table_finish(struct table *table);

#endif
