/* SPDX-License-Identifier: MIT */
/*
 * What moderators and operators do is written down (audit.h), in the order in which they do it.
 * Nobody waits for that: an act whose record can't be stored is done all the same, and the log says
 * so.
 *
 * An act that changes what is stored is recorded just before it is given to the store: where it was
 * confirmed, its record is on disk, too. One that may find nothing to do is recorded when it has
 * been done.
 */
#ifndef SPILLWAY_RECORD_H
#define SPILLWAY_RECORD_H

#include "chat/client.h"

/* Who asks by the control socket; nobody can be called that. */
#define RECORD_CONTROL "(control)"

/* Who it is in the record: the account, or a guest's nick!user@host. Borrowed from the client. */
const char *record_name(const struct client *client);
const char *record_author(const struct event_author *author);
/* All are copied; "" for what an act doesn't have. */
void record_act(struct server *server, const char *by, const char *action, const char *room,
		const char *target, const char *detail);

#endif
