/* SPDX-License-Identifier: MIT */
/*
 * Which frame a viewer gets next. Pure: marks and numbers in, a decision out.
 *
 * A feed's ring is drawn once; every viewer is a place in it:
 *
 *	 first                    at (a viewer's cursor)       end
 *	  v                        v                            v
 *	+----+----+----+----+----+----+----+----+----+----+----+
 *	| K  |    |    | K  |    | K  |    |    | K  |    |    |   K: key frame
 *	+----+----+----+----+----+----+----+----+----+----+----+
 *	  forgotten to the left     `--- lag: what it still has to get ---'
 *
 * Positions only grow; position p lies in slot p & mask. The entry at end - 1 is the newest.
 */
#ifndef SPILLWAY_CURSOR_H
#define SPILLWAY_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

struct cursor_mark {
	int64_t time_us; /* when the relay had the frame */
	int64_t pts_us;	 /* on the clock that all renditions of a stream share */
	bool key;
};

struct cursor_ring {
	const struct cursor_mark *marks; /* borrowed; mask + 1 of them */
	uint32_t mask;
	uint64_t first, end;
};

struct cursor_limits {
	uint32_t frames; /* a viewer is at most so many frames behind, */
	int64_t lag_us; /* and so old arrives the oldest frame it is sent while a newer one exists */
};

/* Why frames were dropped. */
enum cursor_reason {
	CURSOR_QUEUE,	/* over the limit of frames */
	CURSOR_LAG,	/* over the limit of age */
	CURSOR_BACKLOG, /* the socket was blocked; only the newest will do */
	CURSOR_SWITCH,	/* passed over by a move to another rendition */
	CURSOR_JOIN,	/* came before a newcomer could be sent anything */
	CURSOR_REASONS
};
extern const char *const cursor_reason_names[CURSOR_REASONS];

struct cursor {
	uint64_t at;
	bool needs_key; /* frames before `at` are missing: goes on only with a key frame */
	bool joins;	/* nothing was sent yet */
};

struct cursor_move {
	bool ready;	  /* the frame at cursor->at is to be sent */
	uint64_t dropped; /* frames passed over, for this reason */
	enum cursor_reason reason;
};

/* Where a newcomer begins: at the newest key frame, or with the next one to come. */
struct cursor cursor_join(const struct cursor_ring *ring);

/* Where a viewer goes on that was sent frames of another rendition up to last_pts_us: at the oldest
 * key frame later than that; ring->end when there is none yet. */
uint64_t cursor_enter(const struct cursor_ring *ring, int64_t last_pts_us);
/* How many frames from the cursor on are earlier than that: who enters elsewhere there misses
 * them. */
uint64_t cursor_missed(const struct cursor_ring *ring, const struct cursor *cursor, int64_t pts_us);

/*
 * Moves the cursor to the frame that is to be sent now, and would arrive at arrival_us.
 *
 * Within both limits it stays. Over one it goes to the oldest key frame within both. With
 * `blocked` (the socket took nothing for a while) it goes to the newest key frame. Where no key
 * frame qualifies, it waits for the next to come. The newest frame is never too old.
 */
struct cursor_move cursor_advance(const struct cursor_ring *ring, struct cursor *cursor,
				  const struct cursor_limits *limits, int64_t arrival_us,
				  bool blocked);

#endif
