/* SPDX-License-Identifier: MIT */
/*
 * Announcing, whoever does it: recorded, stored, and then told to everybody who is there; what is
 * on the board (board.h), to each who comes later.
 */
#ifndef SPILLWAY_ANNOUNCER_H
#define SPILLWAY_ANNOUNCER_H

#include "chat/board.h"
#include "chat/client.h"

struct room;

/* error: 0, and everybody was told; or -errno, and the item goes after this. */
typedef void announcer_done(void *context, const struct board_item *item, int error);

/* The announcement's id and time are given to it here. Where it returns -errno (those of
 * board_add() and the store) done isn't called. */
int announcer_say(struct server *server, const struct announcement *announcement,
		  announcer_done *done, void *context);
/* The announcements of a room, or, for NULL, those for all rooms. */
void announcer_tell(struct client *client, const struct room *room);

enum { ANNOUNCER_WHY_SIZE = 160 };
/* Why something wasn't done, in a sentence without a full stop. */
void announcer_explain(int error, char ret_why[ANNOUNCER_WHY_SIZE]);

#endif
