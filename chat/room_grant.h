/* SPDX-License-Identifier: MIT */
/*
 * What accounts may in a kept room, whoever of them is there: the members' modes that are recorded.
 * All members of an account have them.
 */
#ifndef SPILLWAY_ROOM_GRANT_H
#define SPILLWAY_ROOM_GRANT_H

#include "chat/room.h"

struct room_grant {
	struct list link; /* in room->grants */
	char account[NICK_MAX + 1];
	unsigned modes; /* enum member_mode; not 0 */
};

/* What is recorded of the account (enum member_mode); 0 for "". */
unsigned room_grant_recorded(const struct room *room, const char *account);
/* The same, and what the configuration gives it. */
unsigned room_grant_of(const struct room *room, const char *account);
/* 0 takes it away. -ENOMEM. */
int room_grant_set(struct room *room, const char *account, unsigned modes);
void room_grant_clear(struct room *room);

/* The room isn't kept any more. */
void room_grant_lose(struct room *room);
/* Nor is it without an owner. */
void room_grant_let_go(struct room *room);
/* How many rooms the account owns. */
size_t room_grant_count_owned(const struct server *server, const char *account);

/* The client has logged in, and is about to log out: its modes are changed in all its rooms, and
 * that is told. */
void room_grant_log_in(struct client *client);
void room_grant_log_out(struct client *client);
/* The account has been deleted, and nobody is logged in to it any more: rooms that only it owned
 * aren't kept. */
void room_grant_forget(struct server *server, const char *account);
/* The member has come: what it was given is told. */
void room_grant_tell(struct member *member);

#endif
