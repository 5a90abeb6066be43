/* SPDX-License-Identifier: MIT */
#include "relay/shelf.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shelf_catalogue {
	struct shelf_catalogue *next;
	char name[NAME_MAX_BYTES + 1];
	struct catalogue_entry *entries; /* by their slugs */
	size_t n, room;
};

void shelf_init(struct shelf *shelf)
{
	*shelf = (struct shelf){0};
	pthread_mutex_init(&shelf->lock, NULL);
}

void shelf_finish(struct shelf *shelf)
{
	assert(shelf->first == NULL);
	pthread_mutex_destroy(&shelf->lock);
}

/* ---- catalogues ---- */

struct shelf_catalogue *shelf_add(struct shelf *shelf, const char *name)
{
	struct shelf_catalogue *catalogue = calloc(1, sizeof(*catalogue));

	if (catalogue == NULL)
		return NULL;
	(void)slice_copy(slice_from(name), catalogue->name, sizeof(catalogue->name));
	pthread_mutex_lock(&shelf->lock);
	catalogue->next = shelf->first;
	shelf->first = catalogue;
	atomic_fetch_add(&shelf->n_catalogues, 1);
	pthread_mutex_unlock(&shelf->lock);
	return catalogue;
}

void shelf_remove(struct shelf *shelf, struct shelf_catalogue *catalogue)
{
	struct shelf_catalogue **at = &shelf->first;

	pthread_mutex_lock(&shelf->lock);
	while (*at != catalogue)
		at = &(*at)->next;
	*at = catalogue->next;
	shelf->n_entries -= catalogue->n;
	atomic_fetch_sub(&shelf->n_catalogues, 1);
	pthread_mutex_unlock(&shelf->lock);
	free(catalogue->entries);
	free(catalogue);
}

void shelf_clear(struct shelf *shelf, struct shelf_catalogue *catalogue)
{
	pthread_mutex_lock(&shelf->lock);
	shelf->n_entries -= catalogue->n;
	catalogue->n = 0;
	pthread_mutex_unlock(&shelf->lock);
}

/* ---- entries ---- */

static int compare(struct slice slug, const char *other)
{
	int order = strncmp(slug.data, other, slug.len);

	return order != 0 ? order : -(int)(other[slug.len] != '\0');
}

/* Where an entry is, or would be. */
static size_t place_of(const struct shelf_catalogue *catalogue, struct slice slug, bool *ret_there)
{
	size_t low = 0, high = catalogue->n;

	*ret_there = false;
	while (low < high && !*ret_there) {
		size_t middle = low + (high - low) / 2;
		int order = compare(slug, catalogue->entries[middle].slug);

		if (order > 0)
			low = middle + 1;
		else
			high = middle;
		if (order == 0) {
			*ret_there = true;
			low = middle;
		}
	}
	return low;
}

static int make_room(struct shelf_catalogue *catalogue)
{
	size_t room = catalogue->room == 0 ? 16 : 2 * catalogue->room;
	struct catalogue_entry *entries;

	if (catalogue->n < catalogue->room)
		return 0;
	entries = realloc(catalogue->entries, room * sizeof(*entries));
	if (entries == NULL)
		return -ENOMEM;
	catalogue->entries = entries;
	catalogue->room = room;
	return 0;
}

static int put(struct shelf *shelf, struct shelf_catalogue *catalogue,
	       const struct catalogue_entry *entry, size_t max)
{
	bool there;
	size_t at = place_of(catalogue, slice_from(entry->slug), &there);
	size_t behind = catalogue->n - at;

	if (entry->gone && there) {
		memmove(&catalogue->entries[at], &catalogue->entries[at + 1],
			(behind - 1) * sizeof(*entry));
		catalogue->n--;
		shelf->n_entries--;
	} else if (!entry->gone && !there) {
		if (shelf->n_entries >= max)
			return -ENOSPC;
		if (make_room(catalogue) < 0)
			return -ENOMEM;
		memmove(&catalogue->entries[at + 1], &catalogue->entries[at],
			behind * sizeof(*entry));
		catalogue->n++;
		shelf->n_entries++;
	}
	if (!entry->gone)
		catalogue->entries[at] = *entry;
	return 0;
}

int shelf_put(struct shelf *shelf, struct shelf_catalogue *catalogue,
	      const struct catalogue_entry *entry, size_t max)
{
	char name[NAME_MAX_BYTES + CATALOGUE_SLUG_SIZE + 1];
	int error;

	snprintf(name, sizeof(name), "%s/%s", catalogue->name, entry->slug);
	if (!name_valid(slice_from(name)))
		return -EBADMSG;
	pthread_mutex_lock(&shelf->lock);
	error = put(shelf, catalogue, entry, max);
	pthread_mutex_unlock(&shelf->lock);
	return error;
}

/* ---- looking ---- */

static enum shelf_place find_in(const struct shelf_catalogue *catalogue, struct slice name)
{
	size_t len = strlen(catalogue->name);
	bool there;

	if (name.len < len || memcmp(name.data, catalogue->name, len) != 0)
		return SHELF_NOWHERE;
	if (name.len == len)
		return SHELF_CATALOGUE;
	if (name.data[len] != '/')
		return SHELF_NOWHERE;
	place_of(catalogue, (struct slice){name.data + len + 1, name.len - len - 1}, &there);
	return there ? SHELF_ENTRY : SHELF_NOWHERE;
}

enum shelf_place shelf_find(struct shelf *shelf, struct slice name)
{
	enum shelf_place place = SHELF_NOWHERE;

	if (atomic_load(&shelf->n_catalogues) == 0)
		return place;
	pthread_mutex_lock(&shelf->lock);
	for (const struct shelf_catalogue *catalogue = shelf->first;
	     catalogue != NULL && place == SHELF_NOWHERE; catalogue = catalogue->next)
		place = find_in(catalogue, name);
	pthread_mutex_unlock(&shelf->lock);
	return place;
}

static json_t *entry_json(const struct catalogue_entry *entry, const char *name)
{
	json_t *object =
		json_pack("{ss ss ss}", "name", name, "state", "on-demand", "title", entry->title);

	if (entry->duration_s > 0)
		json_object_set_new(object, "duration_s", json_real(entry->duration_s));
	if (entry->width > 0) {
		json_object_set_new(object, "width", json_integer(entry->width));
		json_object_set_new(object, "height", json_integer(entry->height));
	}
	if (entry->error[0] != '\0')
		json_object_set_new(object, "error", json_string(entry->error));
	return object;
}

void shelf_list(struct shelf *shelf, const struct relay_config *config, json_t *streams)
{
	if (atomic_load(&shelf->n_catalogues) == 0)
		return;
	pthread_mutex_lock(&shelf->lock);
	for (const struct shelf_catalogue *catalogue = shelf->first; catalogue != NULL;
	     catalogue = catalogue->next) {
		for (size_t i = 0; i < catalogue->n; i++) {
			const struct catalogue_entry *entry = &catalogue->entries[i];
			char name[NAME_MAX_BYTES + CATALOGUE_SLUG_SIZE + 1];

			snprintf(name, sizeof(name), "%s/%s", catalogue->name, entry->slug);
			struct stream_rule rule = relay_config_rule(config, slice_from(name));
			if (rule.watch == WATCH_ANYONE)
				json_array_append_new(streams, entry_json(entry, name));
		}
	}
	pthread_mutex_unlock(&shelf->lock);
}
