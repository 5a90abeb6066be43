/* SPDX-License-Identifier: MIT */
/*
 * Rooms are told of their streams, as a relay tells of them (--relay): when one goes live, or has
 * ended; its title is the room's topic; and questions in the room ("!viewers") are answered.
 *
 * A topic that people have set stays; one that the service has set, and none, give way to a title.
 * What is told is kept as all messages of rooms are, before it is told; where it can't be kept
 * nobody is told. Rooms without members aren't.
 *
 * All but herald_create() accept NULL: there is no relay.
 */
#ifndef SPILLWAY_HERALD_H
#define SPILLWAY_HERALD_H

#include "chat/room.h"

enum { HERALD_ANSWER_US = 5000000 /* a room's questions are answered once in so long */ };

struct herald;

/* NULL without memory. */
struct herald *herald_create(struct server *server);
/* It hears the relay no more, and says so by server_check_drained(). */
void herald_end(struct herald *herald);
bool herald_ended(const struct herald *herald);
/* It must have ended. */
void herald_destroy(struct herald *herald);

/* Now and then. */
void herald_sweep(struct herald *herald, int64_t now_us);
/* Somebody has said this in the room. */
void herald_hear(struct herald *herald, struct room *room, const char *text);
/* Whether it is the room of a stream that is live, or was just now. */
bool herald_knows(const struct herald *herald, const char *room);
/* Its first member has come. */
void herald_title(const struct herald *herald, struct room *room);

#endif
