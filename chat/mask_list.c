/* SPDX-License-Identifier: MIT */
#include "chat/mask_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat/duration.h"
#include "common/casemap.h"

void mask_list_init(struct mask_list *list)
{
	list_init(&list->entries);
	list->n = 0;
}

void mask_list_finish(struct mask_list *list)
{
	struct list *link, *after;

	list_each_safe (link, after, &list->entries)
		free(list_item(link, struct mask_entry, link));
	mask_list_init(list);
}

struct mask_entry *mask_list_find(const struct mask_list *list, const char *mask)
{
	struct list *link;

	list_each (link, &list->entries) {
		struct mask_entry *found = list_item(link, struct mask_entry, link);

		if (casemap_equal(found->mask, mask))
			return found;
	}
	return NULL;
}

int mask_list_set(struct mask_list *list, const struct mask_entry *entry)
{
	struct mask_entry *old = mask_list_find(list, entry->mask), *added;

	added = malloc(sizeof(*added));
	if (added == NULL)
		return -ENOMEM;
	*added = *entry;
	list_init(&added->link);
	list_add_tail(&list->entries, &added->link);
	list->n++;
	if (old == NULL)
		return 1;
	list_remove(&old->link);
	free(old);
	list->n--;
	return 0;
}

int mask_list_remove(struct mask_list *list, const char *mask)
{
	struct mask_entry *found = mask_list_find(list, mask);

	if (found == NULL)
		return -ENOENT;
	list_remove(&found->link);
	free(found);
	list->n--;
	return 0;
}

const struct mask_entry *mask_list_match(const struct mask_list *list, const struct extban_who *who,
					 bool mutes)
{
	struct list *link;

	list_each (link, &list->entries) {
		const struct mask_entry *entry = list_item(link, struct mask_entry, link);

		if (extban_mutes(entry->mask) == mutes && extban_match(entry->mask, who))
			return entry;
	}
	return NULL;
}

const struct mask_entry *mask_list_expired(const struct mask_list *list, int64_t now_s,
					   int64_t *ret_next_s)
{
	struct list *link;

	list_each (link, &list->entries) {
		const struct mask_entry *entry = list_item(link, struct mask_entry, link);

		if (entry->expires_s == 0)
			continue;
		if (entry->expires_s <= now_s)
			return entry;
		if (*ret_next_s == 0 || entry->expires_s < *ret_next_s)
			*ret_next_s = entry->expires_s;
	}
	return NULL;
}

struct mask_list_text mask_list_text(const struct mask_entry *entry, int64_t now_s)
{
	int64_t left_s = entry->expires_s > now_s ? entry->expires_s - now_s : 0;
	struct mask_list_text result = {""};
	size_t len = 0;

	if (entry->expires_s != 0)
		len = (size_t)snprintf(result.text, sizeof(result.text), " for %s more",
				       duration_text(left_s).text);
	if (entry->reason[0] != '\0')
		snprintf(result.text + len, sizeof(result.text) - len, ": %s", entry->reason);
	return result;
}
