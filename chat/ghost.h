/* SPDX-License-Identifier: MIT */
/*
 * Who has lost its connection, and may be back soon: others aren't told that it leaves until --leave-delay is over,
 * so a reconnect is silent. Meanwhile it is a client without a connection: it has its nick and is in its rooms, and
 * what it is told is lost.
 *
 *	1. ghost_begin(): the connection was lost.
 *	2. Somebody registers under the nick. A stranger is refused. The same person, who looks to others exactly as
 *	   before, gets the nick, as the ghost's heir; of the ghost only its memberships are left.
 *	3. The heir joins a room that the ghost is in, as anybody joins: it takes the membership over, silently.
 *	4. ghost_end(): the time is over, or nothing is left. Without an heir QUIT is told; with one PART, to the rooms
 *	   that it hasn't come back to.
 */
#ifndef SPILLWAY_GHOST_H
#define SPILLWAY_GHOST_H

#include "chat/client.h"
#include "chat/room.h"

enum { GHOST_MAX = 1024 /* at once; who is lost then leaves at once */ };

struct ghost {
	struct list link;      /* in server->ghosts, by until_us */
	struct client *client; /* owned, once its connection has gone */
	struct client *heir;   /* NULL: nobody has come back */
	int64_t until_us;
	char reason[CLIENT_MAX_REASON];
};

/* False: it isn't to linger, but to leave now. A guest with a role in a room leaves: nobody could
 * tell who comes back for it. */
bool ghost_begin(struct client *client, const char *reason);
/* A client wants the nick of another. False: it is taken. When it isn't registered yet, it may
 * become an heir. */
bool ghost_gives_way(struct client *other, struct client *client);
/* The membership that the client left behind in a room, to be taken over with ghost_return(); NULL:
 * none. */
struct member *ghost_member(const struct client *client, const struct room *room);
void ghost_return(struct client *client, struct member *member);
/* The client isn't any more whom others believe in the rooms that it hasn't come back to. */
void ghost_forget(struct client *client);
void ghost_end(struct ghost *ghost);
void ghosts_sweep(struct server *server, int64_t now_us);
void ghosts_end_all(struct server *server);

#endif
