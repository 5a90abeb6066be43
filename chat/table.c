/* SPDX-License-Identifier: MIT */
#include "chat/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "common/casemap.h"

enum { TABLE_FIRST_SIZE = 64 }; /* a power of 2, as all sizes */

static struct table_link **bucket(const struct table *table, uint32_t hash)
{
	return &table->buckets[hash & (table->n_buckets - 1)];
}

static int grow(struct table *table)
{
	struct table larger = {.n_buckets = table->n_buckets > 0 ? 2 * table->n_buckets
								 : TABLE_FIRST_SIZE};

	larger.buckets = calloc(larger.n_buckets, sizeof(struct table_link *));
	if (larger.buckets == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_buckets; i++) {
		struct table_link *link = table->buckets[i], *next;

		for (; link != NULL; link = next) {
			next = link->next;
			link->next = *bucket(&larger, link->hash);
			*bucket(&larger, link->hash) = link;
		}
	}
	free(table->buckets);
	table->buckets = larger.buckets;
	table->n_buckets = larger.n_buckets;
	return 0;
}

int table_add(struct table *table, struct table_link *link, const char *name)
{
	/* One that can't grow is slow, but works. */
	if (table->n >= table->n_buckets && grow(table) < 0 && table->n_buckets == 0)
		return -ENOMEM;
	link->name = name;
	link->hash = casemap_hash(name);
	link->next = *bucket(table, link->hash);
	*bucket(table, link->hash) = link;
	table->n++;
	return 0;
}

void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at = bucket(table, link->hash);

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	table->n--;
}

struct table_link *table_find(const struct table *table, const char *name)
{
	uint32_t hash = casemap_hash(name);

	if (table->n == 0)
		return NULL;
	for (struct table_link *link = *bucket(table, hash); link != NULL; link = link->next) {
		if (link->hash == hash && casemap_equal(link->name, name))
			return link;
	}
	return NULL;
}

void table_finish(struct table *table)
{
	assert(table->n == 0);
	free(table->buckets);
	*table = (struct table){0};
}
