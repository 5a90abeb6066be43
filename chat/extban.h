/* SPDX-License-Identifier: MIT */
/*
 * Masks in the lists of a room that say more than nick!user@host (EXTBAN=~,amr; IRCv3 account-extban):
 *
 *	~a:ACCOUNT	who is logged in to it; the account may be a mask
 *	~r:REAL		who has this real name, which may be a mask; a blank in it is a '?'
 *	~!a:ACCOUNT	who isn't, and ~!r; so ~!a:* are all guests
 *	~m:MASK		may come and read, but not speak; MASK is any of the others
 *
 * Pure.
 */
#ifndef SPILLWAY_EXTBAN_H
#define SPILLWAY_EXTBAN_H

#include "chat/mask.h"

#define EXTBAN_LETTERS "amr"

/* Somebody, as masks see him; borrowed. */
struct extban_who {
	const char *source; /* nick!user@host */
	const char *
		true_source; /* the same with the address behind a cloak; NULL: masks don't see it */
	const char *account; /* "": a guest */
	const char *real;
};

/* Completes what people type, as mask_complete() does. -EINVAL for a kind that there isn't, too. */
int extban_complete(const char *text, char ret_mask[MASK_MAX]);
/* A complete mask: whether it only silences. */
bool extban_mutes(const char *mask);
/* Whether it is about him, be it that it silences or not. */
bool extban_match(const char *mask, const struct extban_who *who);

#endif
