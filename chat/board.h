/* SPDX-License-Identifier: MIT */
/*
 * The announcements that hold (announcements.h), in memory, by their rooms, so that who joins can
 * be told without asking the store. It owns what is on it.
 *
 * An announcement has its place here before it is stored, so that there is one for it afterwards;
 * until it has an id nobody is shown it.
 */
#ifndef SPILLWAY_BOARD_H
#define SPILLWAY_BOARD_H

#include "chat/announcements.h"
#include "chat/nick.h"
#include "chat/room_name.h"
#include "chat/table.h"
#include "common/list.h"

enum { BOARD_MAX = 20 /* of a room, and for all rooms; ANNOUNCEMENTS_MAX on the whole board */ };

struct board { /* start with {0} */
	struct table places;
	size_t n;
};

struct board_item {
	struct list link; /* in its place, the earliest first */
	struct board_place *place;
	int64_t id; /* 0: it is being stored */
	int64_t time_ms;
	char by[NICK_SOURCE_SIZE];
	char text[ANNOUNCEMENTS_MAX_TEXT + 1];
};

/* Of a room, or, named "", of all. It is there while something is on it. */
struct board_place {
	struct table_link by_name;
	struct list items; /* struct board_item, link */
	size_t n;
	char room[ROOM_NAME_MAX + 1];
};

/* Copies it. -ENOSPC: its place is full; -E2BIG: the board is; -EINVAL: its room, its author or its
 * text can't be one; -ENOMEM. */
int board_add(struct board *board, const struct announcement *announcement,
	      struct board_item **ret_item);
void board_remove(struct board *board, struct board_item *item);
/* What is on a room's place is on another's; there is none of that name, unless it differs by
 * capitals alone. */
void board_rename(struct board *board, const char *from, const char *to);
/* NULL: there is none of that id. */
struct board_item *board_find(const struct board *board, int64_t id);
/* NULL: nothing is on it. */
const struct board_place *board_place(const struct board *board, const char *room);
/* Reads all; waits. *ret_left_out: how many there are no places for. */
int board_load(struct board *board, struct store *store, size_t *ret_left_out);
void board_finish(struct board *board);

#endif
