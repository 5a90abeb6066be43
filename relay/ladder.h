/* SPDX-License-Identifier: MIT */
/*
 * When a viewer is moved to a smaller or a larger rendition. Pure: what was seen of it goes in every
 * LADDER_TICK_US, a decision comes out.
 *
 *	down	when it lagged in most of the ticks of a second: frames were dropped for it, or it took
 *		none of those that waited. To the bottom when most frames were dropped.
 *	up	after a time without any lag, the hold. Whether a larger rendition fits can only be
 *		tried: a step up after which it soon has to go down again has failed, and doubles the
 *		hold. That is short again once a step up has held for long.
 *
 *	 hold 5 s        fails, 10 s                fails, 20 s
 *	.---------.     .--------------------.     .------ …
 *	           \___/                      \___/
 */
#ifndef SPILLWAY_LADDER_H
#define SPILLWAY_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LADDER_TICK_US = 250000,
	/* in ticks */
	LADDER_WINDOW = 4,	/* lag is looked for in so many, … */
	LADDER_LAGGED = 3,	/* … and has to be in so many of them */
	LADDER_SETTLE = 2,	/* after a move: what is under way doesn't count */
	LADDER_FIRST_HOLD = 20, /* 5 s */
	LADDER_MOST_HOLD = 480, /* 2 min */
	LADDER_PROBE = 40,	/* 10 s: a step up that holds so long hasn't failed */
	LADDER_GOOD = 240,	/* 1 min without lag after that: the hold is the first again */
};

struct ladder_tick {
	uint64_t sent, dropped; /* frames, since the last tick */
	bool blocked;		/* its socket takes nothing now */
	bool empty;		/* it has everything */
};

enum ladder_step { LADDER_STAY, LADDER_DOWN, LADDER_BOTTOM, LADDER_UP };

struct ladder {
	uint8_t lags;	/* of the last ticks, a bit each */
	uint8_t settle; /* ticks to go */
	uint16_t hold, calm, probe;
	bool proven;		/* the last step up has held */
	uint32_t sent, dropped; /* of late: what is older counts less */
};

void ladder_init(struct ladder *ladder);
enum ladder_step ladder_advise(struct ladder *ladder, const struct ladder_tick *tick);
/* The step has been made. */
void ladder_moved(struct ladder *ladder, enum ladder_step step);
/* There is no step to make in this direction, or it couldn't be made; a step up then has failed. */
void ladder_stayed(struct ladder *ladder, enum ladder_step step, bool failed);

#endif
