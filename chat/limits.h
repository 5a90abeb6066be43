/* SPDX-License-Identifier: MIT */
/*
 * How often a client may do something, by --flood: counted for its account, or for a guest's
 * address. Whoever comes from this machine itself is counted by connection, since a proxy may have
 * brought many; but not where it is about passwords and accounts. Operators of the service have no
 * limits.
 */
#ifndef SPILLWAY_LIMITS_H
#define SPILLWAY_LIMITS_H

#include "chat/room.h"

enum { LIMITS_TEXT_SIZE = 128 };

struct limits_refusal {
	const char *code; /* of a standard reply */
	int64_t wait_s;	  /* 0: waiting is no help */
	char text[LIMITS_TEXT_SIZE];
};

/* Each takes its tokens, or takes none and says in *ret_refusal what is so, and how long to
 * wait. */

/* By --flood, the room's slow mode, and the words that are blocked. text: NULL for tags alone. Who
 * has a voice in the room has no limits of time, its operators none at all. A text of several lines
 * (multiline.h) counts as so many messages, but as one in slow mode. */
bool limits_may_talk(struct client *client, const struct room *room, const char *text,
		     struct limits_refusal *ret_refusal);
/* The same of a person. Beginning to talk to somebody counts besides. */
bool limits_may_write(struct client *client, const char *nick, const char *text,
		      struct limits_refusal *ret_refusal);
/* Anything else. what: how the refusal begins, "Not done". */
bool limits_may(struct client *client, enum flood_kind kind, const char *what,
		struct limits_refusal *ret_refusal);
/* By its address, whichever its account. */
bool limits_may_connect(struct client *client, struct limits_refusal *ret_refusal);

/* What its address does, whoever it is and wherever that is: us until it may; that it does it, and
 * whether it may; and that it was none. */
int64_t limits_wait(const struct client *client, enum flood_kind kind);
bool limits_count(struct client *client, enum flood_kind kind);
void limits_give_back(struct client *client, enum flood_kind kind);

/* Whether the client's next line is done now. Lines are never refused, but read more slowly; they
 * are counted by connection, so that nobody waits for others. */
bool limits_take_line(struct client *client);
/* FAIL COMMAND CODE TARGET SECONDS :what is so */
void limits_tell(struct client *client, const char *command, const char *target,
		 const struct limits_refusal *refusal);
/* For other commands: the client is told that this one was refused, and until when. */
bool limits_pass(struct client *client, enum flood_kind kind, const char *command,
		 const char *target);

#endif
