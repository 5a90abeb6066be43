/* SPDX-License-Identifier: MIT */
/*
 * A list of masks (extban.h), each once, with who set it, why, and until when. It owns its entries.
 * How many there may be is up to who adds.
 */
#ifndef SPILLWAY_MASK_LIST_H
#define SPILLWAY_MASK_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "chat/extban.h"
#include "chat/nick.h"
#include "common/list.h"

enum { MASK_LIST_MAX_REASON = 120 };

struct mask_entry {
	struct list link;
	char mask[MASK_MAX];
	char by[NICK_SOURCE_SIZE];
	char reason[MASK_LIST_MAX_REASON + 1]; /* "": none was given */
	int64_t set_s;			       /* Unix time */
	int64_t expires_s;		       /* 0: never */
};

struct mask_list {
	struct list entries;
	size_t n;
};

void mask_list_init(struct mask_list *list);
void mask_list_finish(struct mask_list *list);

/* NULL: it isn't there. */
struct mask_entry *mask_list_find(const struct mask_list *list, const char *mask);
/* Copies the entry; one with the same mask makes way. 1: it is new; 0: there was one; -ENOMEM. */
int mask_list_set(struct mask_list *list, const struct mask_entry *entry);
/* -ENOENT. */
int mask_list_remove(struct mask_list *list, const char *mask);

/* The first that is about him, and only silences, or doesn't. NULL: none. */
const struct mask_entry *mask_list_match(const struct mask_list *list, const struct extban_who *who,
					 bool mutes);

/* The first that is over by now; NULL: none is. *ret_next_s: when the next one is, if that is
 * earlier (0: never). */
const struct mask_entry *mask_list_expired(const struct mask_list *list, int64_t now_s,
					   int64_t *ret_next_s);

enum { MASK_LIST_TEXT_SIZE = 192 };

/* Until when it holds, and why, to stand behind "you are banned": " for 9m more: rude"; "" for
 * ever. */
struct mask_list_text {
	char text[MASK_LIST_TEXT_SIZE];
};
struct mask_list_text mask_list_text(const struct mask_entry *entry, int64_t now_s);

#endif
