/* SPDX-License-Identifier: MIT */
/*
 * A mover: what a viewer that may go from one rendition to another has besides (rendition.h). It says
 * where to go and when to give up; the viewer goes, between two frames:
 *
 *	1. mover_go(), by a wish, by the ladder's advice, or as the stream ends: `next` is the feed to
 *	   go to. The viewer holds both, and goes on with the old one.
 *	2. Frames of either wake it. At the first key frame of `next` later than all that it was sent
 *	   it goes over: mover_enters() says where, mover_arrived() that it has.
 *	3. Where that doesn't come about in MOVER_PATIENCE_US, it stays.
 *
 * Publishers send equal pictures one after another: who is sent the old rendition's at once would
 * never find the other's later. So while frames of `next` come, those of the old one are held back.
 */
#ifndef SPILLWAY_MOVER_H
#define SPILLWAY_MOVER_H

#include "relay/ladder.h"
#include "relay/rendition.h"

enum {
	MOVER_PATIENCE_US = 5000000,
	MOVER_FRESH_US = 250000,     /* a feed whose newest frame is so young goes on */
	MOVER_HOLD_BACK_US = 1000000 /* since the beginning of the move, at the most */
};

struct viewer;

struct mover {
	struct list link;      /* in worker->movers */
	struct viewer *viewer; /* borrowed; owns this */
	char base[NAME_MAX_BYTES + 1];
	bool chooses; /* auto: the ladder does, and it leaves a stream whose publisher goes */

	/* the move under way */
	struct feed *next;  /* NULL: none */
	struct list coming; /* in next->coming */
	enum ladder_step step;
	int64_t since_us;

	int64_t last_pts_us; /* of the newest frame that the viewer was sent; -1: none */
	struct ladder ladder;
	uint64_t seen_frames, seen_dropped; /* at the last tick */
	uint64_t moves;

	/* native viewers: a RENDITION record that is due, and a WISH that comes in */
	bool announces;
	uint32_t record_len;
	uint8_t record[WIRE_HEADER_SIZE + NAME_MAX_BYTES];
	uint32_t wish_len;
	char wish[RENDITION_NAME_SIZE];
};

/* A mover for the viewer, which has a feed. NULL without memory. */
struct mover *mover_create(struct viewer *viewer, struct slice base, bool chooses);
/* Gives up a move under way; accepts NULL. */
void mover_destroy(struct mover *mover);

/* A viewer's wish, a text. Where it can't be fulfilled nothing changes. */
void mover_wish(struct mover *mover, const char *wish);
/* The position in next's ring where the viewer goes over now. False: there is none, yet. */
bool mover_enters(const struct mover *mover, uint64_t *ret_at);
/* The old rendition's frames aren't sent now, since the other's will come in a moment. */
bool mover_holds_back(const struct mover *mover, int64_t now_us);
/* The viewer is there. */
void mover_arrived(struct mover *mover);

/* The stream ends, or its publisher has gone: who can, begins to leave it. Nobody is moving to it
 * afterwards if it ends. */
void movers_leave(struct stream *stream, bool ends);
/* Every LADDER_TICK_US. */
void movers_tick(struct worker *worker);

#endif
