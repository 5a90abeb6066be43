/* SPDX-License-Identifier: MIT */
/*
 * What people are called: their nick, the user name before their host, and hosts. Pure.
 *
 * Nicks are ASCII, so that one can't look like another: letters, digits and []{}\|^_`- , not
 * beginning with a digit or a hyphen.
 */
#ifndef SPILLWAY_NICK_H
#define SPILLWAY_NICK_H

#include <stdbool.h>

enum {
	NICK_MAX = 32,	    /* bytes of a nick */
	NICK_USER_MAX = 18, /* of a user name, with the '~' before it */
	NICK_HOST_MAX = 63, /* of a host */
	NICK_REAL_MAX = 128,
	NICK_SOURCE_SIZE = NICK_MAX + 1 + NICK_USER_MAX + 1 + NICK_HOST_MAX + 1,
};

bool nick_valid(const char *nick);
/* Whether a host's name may be a server's: letters, digits and hyphens between dots, of which there
 * is one at least. */
bool nick_host_valid(const char *host);
/* The user name that a client gave, as others see it: with '~', since nobody has checked it,
 * without what would be no user name, cut. -EINVAL when nothing is left. */
int nick_clean_user(const char *given, char ret_user[NICK_USER_MAX + 1]);

#endif
