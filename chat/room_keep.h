/* SPDX-License-Identifier: MIT */
/* What the store has of rooms, when the service starts: kept rooms are there again, as they
 * were. */
#ifndef SPILLWAY_ROOM_KEEP_H
#define SPILLWAY_ROOM_KEEP_H

struct server;

/* Waits for the store. -errno. */
int room_keep_load(struct server *server);

#endif
