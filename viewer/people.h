/* SPDX-License-Identifier: MIT */
/*
 * What people say of themselves (METADATA), as far as the server has told us: by their nicks. What
 * we look at is PEOPLE_KEYS. No input or output.
 */
#ifndef SPILLWAY_PEOPLE_H
#define SPILLWAY_PEOPLE_H

#include <stdint.h>

#include "common/message.h"
#include "viewer/roster.h"

#define PEOPLE_KEYS "color"

enum {
	PEOPLE_MAX = 20000,   /* those of whom something is known; more aren't kept */
	PEOPLE_MAX_LATER = 8, /* rooms to ask for again; of more there is less colour */
	PEOPLE_TARGET_SIZE = 65,
	PEOPLE_MAX_WAIT_S = 86400,
};

struct people_one {
	char nick[ROSTER_NICK_SIZE];
	int colour; /* 0xrrggbb */
};

struct people_later {
	char target[PEOPLE_TARGET_SIZE];
	int64_t due_us;
};

struct people { /* start with {0} */
	struct people_later later[PEOPLE_MAX_LATER];
	size_t n_later;
	struct people_one *all; /* in the order of their nicks */
	size_t n, size;
};

void people_finish(struct people *people);
/* What a message says of it (761, 766), who is called otherwise now, and who has gone; and what the
 * server wants to be asked later (774). Whether anything is another than before. */
bool people_take(struct people *people, const struct message *message, int64_t now_us);
/* Whether there is something to ask the server by METADATA SYNC now, and of what; it is
 * forgotten. */
bool people_due(struct people *people, int64_t now_us, char ret_target[PEOPLE_TARGET_SIZE]);
/* 0xrrggbb; -1: he has said none. */
int people_colour(const struct people *people, const char *nick);

#endif
