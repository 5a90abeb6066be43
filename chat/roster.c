/* SPDX-License-Identifier: MIT */
#include "chat/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat/nick.h"
#include "common/list.h"

struct entry {
	struct table_link link;
	enum roster_state state;
	enum account_rank rank;
	char name[NICK_MAX + 1];
};

static struct entry *find(const struct roster *roster, const char *name)
{
	struct table_link *link = table_find(&roster->names, name);

	return link != NULL ? list_item(link, struct entry, link) : NULL;
}

enum roster_state roster_state(const struct roster *roster, const char *name)
{
	const struct entry *entry = find(roster, name);

	return entry != NULL ? entry->state : ROSTER_FREE;
}

int roster_set(struct roster *roster, const char *name, enum roster_state state)
{
	struct entry *entry = find(roster, name);

	if (entry == NULL) {
		entry = calloc(1, sizeof(*entry));
		if (entry == NULL)
			return -ENOMEM;
		snprintf(entry->name, sizeof(entry->name), "%s", name);
		if (table_add(&roster->names, &entry->link, entry->name) < 0) {
			free(entry);
			return -ENOMEM;
		}
	}
	entry->state = state;
	return 0;
}

enum account_rank roster_rank(const struct roster *roster, const char *name)
{
	const struct entry *entry = find(roster, name);

	return entry != NULL && entry->state == ROSTER_ACCOUNT ? entry->rank : ACCOUNT_USER;
}

void roster_set_rank(struct roster *roster, const char *name, enum account_rank rank)
{
	struct entry *entry = find(roster, name);

	if (entry != NULL && entry->state == ROSTER_ACCOUNT)
		entry->rank = rank;
}

void roster_remove(struct roster *roster, const char *name)
{
	struct entry *entry = find(roster, name);

	if (entry == NULL)
		return;
	table_remove(&roster->names, &entry->link);
	free(entry);
}

static int add_page(struct roster *roster, const struct rows *rows)
{
	int error = 0;

	for (size_t i = 0; i < rows->n && error == 0; i++) {
		const char *name = rows_text(rows, i, 0);

		error = roster_set(roster, name,
				   rows_number(rows, i, 1) != 0 ? ROSTER_DELETED : ROSTER_ACCOUNT);
		if (error == 0)
			roster_set_rank(roster, name, (enum account_rank)rows_number(rows, i, 2));
	}
	return error;
}

int roster_load(struct roster *roster, struct store *store)
{
	char last[NICK_MAX + 1] = "";
	size_t n = ROSTER_PAGE;
	int error = 0;

	while (error == 0 && n == ROSTER_PAGE) {
		struct store_read *read = calloc(1, sizeof(*read));

		if (read == NULL)
			return -ENOMEM;
		error = store_read(
			store, read, NULL, QUERY_ACCOUNT_NAMES,
			DATABASE_VALUES(DATABASE_TEXT(last), DATABASE_NUMBER(ROSTER_PAGE)));
		n = read->rows.n;
		if (error == 0)
			error = add_page(roster, &read->rows);
		if (n > 0)
			snprintf(last, sizeof(last), "%s", rows_text(&read->rows, n - 1, 0));
		rows_finish(&read->rows);
		free(read);
	}
	return error;
}

void roster_finish(struct roster *roster)
{
	for (size_t i = 0; i < roster->names.n_buckets; i++) {
		while (roster->names.buckets[i] != NULL)
			roster_remove(roster, roster->names.buckets[i]->name);
	}
	table_finish(&roster->names);
}
