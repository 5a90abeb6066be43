/* SPDX-License-Identifier: MIT */
/*
 * Lines of a log that say the same again and again: the first few of a time are said, the others
 * are counted. Lines are the same but for words that begin with a digit or a bracket: addresses,
 * ports, sizes and times. Pure: the clock is the caller's.
 */
#ifndef SPILLWAY_REPEATS_H
#define SPILLWAY_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	REPEATS_SAID = 10,	      /* of the same lines in … */
	REPEATS_WINDOW_US = 10000000, /* … this time */
	REPEATS_SLOTS = 64,	      /* different lines at a time; what comes besides is said */
	REPEATS_TEXT_SIZE = 256,      /* of a line, which is cut */
};

struct repeats_slot {
	uint64_t key; /* 0: free */
	int64_t since_us;
	unsigned said, withheld;
	char text[REPEATS_TEXT_SIZE]; /* the last that was withheld */
};

struct repeats { /* start with {0} */
	struct repeats_slot slots[REPEATS_SLOTS];
};

/* Whether the line is to be said; else it was counted. */
bool repeats_admit(struct repeats *repeats, const char *line, int64_t now_us);
/* How many were withheld of a line whose time is over (all: whose isn't, too), and the last of
 * them; 0: there is none any more. */
unsigned repeats_take(struct repeats *repeats, int64_t now_us, bool all,
		      char ret_line[REPEATS_TEXT_SIZE]);

#endif
