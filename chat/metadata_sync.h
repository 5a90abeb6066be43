/* SPDX-License-Identifier: MIT */
/*
 * What a client that has subscribed to keys is told as a whole (IRCv3 draft/metadata-2 and -3):
 * when it comes, enters a room, begins to monitor somebody, or asks by SYNC. It is a batch with
 * METADATA_MAX_SYNC values at most, or as many as go into the client's queue; that there are more
 * is said by a NOTE in it, or where these are other rooms', by 774 for each. Who asks too often, or
 * hasn't taken what was told before, is told when to ask again (774).
 */
#ifndef SPILLWAY_METADATA_SYNC_H
#define SPILLWAY_METADATA_SYNC_H

#include "chat/room.h"

enum {
	METADATA_MAX_SYNC = 2000,
	METADATA_SMALL_ROOM =
		100, /* members: who enters it is told at once, however often he enters rooms */
};

/* All that it has said itself: nothing for who hasn't asked for metadata. */
void metadata_sync_own(struct client *client);
/* Of somebody it shares a room with, or monitors; word: how it calls him. */
void metadata_sync_client(struct client *to, const struct client *whose, const char *word);
/* Of a room that it is in, and of its members, but for those whose coming it wasn't told. */
void metadata_sync_room(struct client *to, struct room *room);
/* The same for who has just entered it. */
void metadata_sync_join(struct client *to, struct room *room);
/* Of all of these, under these keys (NULL: those it has subscribed to). */
void metadata_sync_all(struct client *to, const struct metadata *keys);

#endif
