/* SPDX-License-Identifier: MIT */
/*
 * A doubly linked list through its items. A struct list is both the head and the link inside an
 * item; a list is a ring through its head, so an empty one is a head linked to itself.
 *
 * The list owns nothing: an item is borrowed from being added until it is removed. list_remove()
 * leaves the link linked to itself, so removing twice is harmless, and list_empty() of an item's
 * link says whether the item is in no list. A link must be list_init()ed before any other use.
 */
#ifndef SPILLWAY_LIST_H
#define SPILLWAY_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

/* The link must be in no list. */
static inline void list_add_tail(struct list *list, struct list *link)
{
	link->prev = list->prev;
	link->next = list;
	list->prev->next = link;
	list->prev = link;
}

static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* Puts all items of one list, in their order, behind those of the other; leaves the first empty. */
static inline void list_move_all(struct list *from, struct list *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

/* The item whose member is the struct list that ptr points at. */
#define list_item(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Over the links of a list; link is a struct list *. The list mustn't change meanwhile. */
#define list_each(link, list) for ((link) = (list)->next; (link) != (list); (link) = (link)->next)

/* The same, where the present item (and no other) may be removed; after is a struct list *, too. */
#define list_each_safe(link, after, list)                                                          \
	for ((link) = (list)->next, (after) = (link)->next; (link) != (list);                      \
	     (link) = (after), (after) = (link)->next)

#endif
