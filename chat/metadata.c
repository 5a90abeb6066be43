/* SPDX-License-Identifier: MIT */
#include "chat/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const metadata_readable[] = {"display-name", "homepage", "pronouns", "status"};
const size_t metadata_n_readable = sizeof(metadata_readable) / sizeof(metadata_readable[0]);

bool metadata_key_valid(const char *key)
{
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_./-");

	return len > 0 && len <= METADATA_MAX_KEY && key[len] == '\0';
}

/* ---- values ---- */

/* Each says what is wrong; NULL: nothing. */

static const char *check_color(const char *value)
{
	bool valid = value[0] == '#' && strlen(value) == 7 &&
		     strspn(value + 1, "0123456789abcdefABCDEF") == 6;

	return valid ? NULL : "a colour is # and six hexadecimal digits";
}

static const char *check_url(const char *value)
{
	bool valid = strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0;

	for (const char *at = value; valid && *at != '\0'; at++)
		valid = (unsigned char)*at > ' ' && *at != 0x7f && strchr("\"<>\\^`", *at) == NULL;
	return valid ? NULL : "that is an address that begins with https:// or http://";
}

/* It stands in lines with other things. */
static const char *check_line(const char *value)
{
	for (const char *at = value; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return "control characters can't stand in it";
	}
	return NULL;
}

static const struct {
	const char *key;
	const char *(*check)(const char *value);
} known[] = {
	{"avatar", check_url},	 {"color", check_color},   {"display-name", check_line},
	{"homepage", check_url}, {"pronouns", check_line}, {"status", check_line},
};

bool metadata_value_valid(const char *key, const char *value, size_t room,
			  char ret_why[METADATA_WHY_SIZE])
{
	const char *why = NULL;

	if (room > METADATA_MAX_VALUE)
		room = METADATA_MAX_VALUE;
	if (strlen(value) > room) {
		snprintf(ret_why, METADATA_WHY_SIZE, "The value is too long: it may have %zu bytes",
			 room);
		return false;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && why == NULL; i++) {
		if (strcmp(key, known[i].key) == 0)
			why = known[i].check(value);
	}
	if (why != NULL)
		snprintf(ret_why, METADATA_WHY_SIZE, "That can't be the value: %s", why);
	return why == NULL;
}

/* ---- sets ---- */

/* Where an entry of that key is linked, or would be. */
static struct metadata_entry **find(struct metadata *metadata, const char *key)
{
	struct metadata_entry **link = &metadata->first;

	while (*link != NULL && strcmp((*link)->key, key) < 0)
		link = &(*link)->next;
	return link;
}

static bool is_there(struct metadata_entry *const *link, const char *key)
{
	return *link != NULL && strcmp((*link)->key, key) == 0;
}

const char *metadata_get(const struct metadata *metadata, const char *key)
{
	for (const struct metadata_entry *entry = metadata->first; entry != NULL;
	     entry = entry->next) {
		if (strcmp(entry->key, key) == 0)
			return entry->value;
	}
	return NULL;
}

static void unlink_entry(struct metadata *metadata, struct metadata_entry **link)
{
	struct metadata_entry *entry = *link;

	*link = entry->next;
	metadata->n--;
	free(entry);
}

int metadata_set(struct metadata *metadata, const char *key, const char *value, size_t max)
{
	struct metadata_entry **link = find(metadata, key), *entry;
	size_t key_size = strlen(key) + 1, value_size = strlen(value) + 1;
	const char *former = is_there(link, key) ? (*link)->value : NULL;
	bool there = former != NULL;

	if (there && strcmp(former, value) == 0)
		return 0;
	if (!there && metadata->n >= max)
		return -ENOSPC;
	entry = malloc(sizeof(*entry) + key_size + value_size);
	if (entry == NULL)
		return -ENOMEM;
	memcpy(entry->key, key, key_size);
	entry->value = memcpy(entry->key + key_size, value, value_size);
	if (there)
		unlink_entry(metadata, link);
	entry->next = *link;
	*link = entry;
	metadata->n++;
	return 1;
}

bool metadata_remove(struct metadata *metadata, const char *key)
{
	struct metadata_entry **link = find(metadata, key);
	bool there = is_there(link, key);

	if (there)
		unlink_entry(metadata, link);
	return there;
}

void metadata_clear(struct metadata *metadata)
{
	while (metadata->first != NULL)
		unlink_entry(metadata, &metadata->first);
}

int metadata_add(struct metadata *to, const struct metadata *from, size_t max)
{
	int result = 0;

	for (const struct metadata_entry *entry = from->first; entry != NULL; entry = entry->next) {
		if (metadata_get(to, entry->key) != NULL || to->n >= max)
			continue;
		if (metadata_set(to, entry->key, entry->value, max) < 0)
			result = -ENOMEM;
	}
	return result;
}

void metadata_move(struct metadata *to, struct metadata *from)
{
	metadata_clear(to);
	*to = *from;
	*from = (struct metadata){0};
}
