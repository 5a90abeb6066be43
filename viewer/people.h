/* SPDX-License-Identifier: MIT */
/*
 * What people say of themselves (METADATA), as far as the server has told us: by their nicks. What we look at is
 * PEOPLE_KEYS. No input or output.
 */
#ifndef SPILLWAY_PEOPLE_H
#define SPILLWAY_PEOPLE_H

#include "common/message.h"
#include "viewer/roster.h"

#define PEOPLE_KEYS "color"

enum { PEOPLE_MAX = 20000 /* those of whom something is known; more aren't kept */ };

struct people_one {
	char nick[ROSTER_NICK_SIZE];
	int colour; /* 0xrrggbb */
};

struct people {			/* start with {0} */
	struct people_one *all; /* in the order of their nicks */
	size_t n, size;
};

void people_finish(struct people *people);
/* What a message says of it (761, 766), who is called otherwise now, and who has gone. Whether anything is another
 * than before. */
bool people_take(struct people *people, const struct message *message);
/* 0xrrggbb; -1: he has said none. */
int people_colour(const struct people *people, const char *nick);

#endif
