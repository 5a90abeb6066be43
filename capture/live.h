/* SPDX-License-Identifier: MIT */
/*
 * A live source (source.h) in the agent's loop: waits until it has something, tells when a picture
 * may be shown, and opens it again when it has gone.
 *
 *	          a picture is there, and is due: LIVE_PICTURE
 *	          nothing new for LIVE_STILL_US: LIVE_STILL, again and again
 *	SEEING --------------------------------------------------------------.
 *	  |  LIVE_LOST                                              LIVE_BACK |
 *	  '-> LOST: LIVE_NO_SIGNAL every LIVE_STILL_US; tries again ----------'
 *
 * A picture that isn't due yet waits at the source until it is, or until a newer one is there.
 */
#ifndef SPILLWAY_CAPTURE_LIVE_H
#define SPILLWAY_CAPTURE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/gate.h"
#include "capture/source.h"
#include "common/io.h"

enum {
	LIVE_STILL_US = 2000000,
	LIVE_MIN_BACKOFF_US = 200000, /* from try to try */
	LIVE_MAX_BACKOFF_US = 2000000,
};

enum live_event {
	/* source_picture() has it; its result, if it failed, is to be returned. -EBUSY: told again
	 * after live_room(), with the picture that is newest then. */
	LIVE_PICTURE,
	LIVE_STILL,	/* the last picture may be shown again; as above */
	LIVE_LOST,	/* source_error() says why */
	LIVE_NO_SIGNAL, /* there is nothing to show */
	LIVE_BACK,
	LIVE_ENDED, /* live_busy() no longer, after live_stop() */
};

/* Called from io_run(), or from within live_start(). */
typedef int live_told(void *context, enum live_event event);

struct live {
	struct io *io;
	struct source *source;
	live_told *told;
	void *context;

	bool started, stopping;
	bool lost, said_lost;
	bool pending;	  /* source_next() went on to a picture that wasn't shown yet */
	bool waits;	  /* for room */
	uint64_t dropped; /* while it waited, for newer ones */
	struct gate gate;
	int64_t shown_us; /* the last picture, or a repetition of it */
	int64_t backoff_us, try_us;
	struct io_op ready, timer;
	int descriptor; /* that `ready` waits for */
	int64_t armed_us;
};

/* The source is borrowed. */
void live_init(struct live *live, struct io *io, struct source *source, live_told *told,
	       void *context);
void live_start(struct live *live);
/* Somebody has come who has no picture yet: LIVE_STILL, or LIVE_NO_SIGNAL, follows soon. Nothing
 * before live_start(). */
void live_refresh(struct live *live);
/* There may be room for a picture again. */
void live_room(struct live *live);
/* LIVE_ENDED follows when it is still busy then. */
void live_stop(struct live *live);
bool live_busy(const struct live *live);

#endif
