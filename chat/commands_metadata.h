/* SPDX-License-Identifier: MIT */
/* Between commands_metadata.c, what is said, and commands_subscribe.c, who is told of it. */
#ifndef SPILLWAY_COMMANDS_METADATA_H
#define SPILLWAY_COMMANDS_METADATA_H

#include "chat/client.h"
#include "chat/room.h"

/* Whose metadata a command is about: a client's, of an account or a guest; an account's of which
 * nobody is here; a room's; of all whom who asks can see. */
struct metadata_subject {
	struct client *client;	    /* NULL: it is no client's */
	struct room *room;	    /* NULL: it is no room's */
	char account[NICK_MAX + 1]; /* "": it is no account's */
	bool all;
	char word[ROOM_NAME_MAX + 1]; /* how answers call it */
};

/* words: what stands behind the subcommand's name. */
typedef void metadata_subcommand(struct client *client, struct metadata_subject *subject,
				 char *const *words, size_t n);

metadata_subcommand commands_metadata_sub, commands_metadata_unsub, commands_metadata_subs,
	commands_metadata_sync;

#endif
