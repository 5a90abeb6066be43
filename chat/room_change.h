/* SPDX-License-Identifier: MIT */
/*
 * Changes of a room that somebody makes together: its modes, lists, roles, topic
 * and metadata. Where the room is kept, what outlives it is stored first; then the changes are made, and
 * then they are told. Where they can't be stored, none is made, and who wanted them is told why.
 *
 *	1. room_change_create(); then a call for each change. What is wrong with one was found out before.
 *	2. room_change_commit() takes over.
 *
 * A room is kept while an account is its owner: a change that takes the last owner's role away lets go
 * of the room, which ends with its last member then.
 *
 * Without a room they are changes of the service's own bans.
 */
#ifndef SPILLWAY_ROOM_CHANGE_H
#define SPILLWAY_ROOM_CHANGE_H

#include "chat/room.h"
#include "chat/store.h"

struct room_change;

/* It was made (0), or refused (-errno), and who wanted it is told by this. client: NULL: it has
 * gone; room: NULL: it has ended. */
typedef void room_change_then(struct room_change *change, struct client *client, struct room *room,
			      int result);

struct room_change {
	struct store_job job;
	struct list link; /* in server->changes while it is being stored */
	struct server *server;
	struct errand *errand; /* NULL: the service's own */
	struct event_author author;
	const char *command;	      /* a constant */
	char room[ROOM_NAME_MAX + 1]; /* "": of the service */
	bool keeps;		      /* it is kept from now on */
	bool owned;		      /* by the configuration: it is kept without a role, too */
	bool by_service;	      /* it is told as the service's doing */
	int64_t created_s;
	size_t n, size;
	struct room_change_step *steps;
	room_change_then *then; /* NULL: a refusal is told, and nothing else */
	int error;		/* of what was gathered */
};

/* size: of a struct that begins with it, for what `then` needs; all of it is zero. NULL: it was
 * told that there is no memory. */
struct room_change *room_change_create(struct client *client, struct room *room,
				       const char *command, size_t size);

/* The service itself changes it; nobody is told a refusal. NULL without memory. */
struct room_change *room_change_create_own(struct server *server, struct room *room);

void room_change_mode(struct room_change *change, const struct mode *mode, bool add,
		      const char *value);
/* The entry is copied. To remove one, its mask is enough. */
void room_change_mask(struct room_change *change, enum room_list list, bool add,
		      const struct mask_entry *entry);
/* How many are to be added to this list. */
size_t room_change_count_masks(const struct room_change *change, enum room_list list);
/* A member's mode; in a kept room of all who have its account. */
void room_change_member(struct room_change *change, const struct member *member,
			const struct mode *mode, bool add);
/* All modes of an account, which must exist unless they are 0. */
void room_change_role(struct room_change *change, const char *account, unsigned modes);
void room_change_topic(struct room_change *change, const char *topic);
/* Both are valid (metadata.h); value: "": the key is removed. Refused with -EDQUOT: there are too
 * many. */
void room_change_metadata(struct room_change *change, const char *key, const char *value);
/* From now on the room is kept, as it is. It must be given an owner by the same change. A room that
 * the configuration gives to somebody is kept by any change. */
void room_change_keep(struct room_change *change, struct room *room);

/* Whether the account owns as many rooms as it may, those counted that are about to be its own. */
bool room_change_owns_enough(const struct server *server, const char *account);

/* Tells the refusal of what couldn't be stored. */
void room_change_refuse(struct client *client, const char *command, const char *room, int error);

/* client: who wants it; NULL: the service. */
void room_change_commit(struct room_change *change, struct client *client);

#endif
