/* SPDX-License-Identifier: MIT */
/*
 * A source that isn't live (source.h) in the agent's loop, played at its own pace (pacer.h): goes
 * on to each picture, and tells when it is due. What is too late is left out. For live ones, see
 * live.h.
 */
#ifndef SPILLWAY_CAPTURE_REEL_H
#define SPILLWAY_CAPTURE_REEL_H

#include <stdbool.h>

#include "capture/pacer.h"
#include "capture/source.h"
#include "common/io.h"

enum reel_event {
	REEL_PICTURE, /* source_picture() has it; an error that is returned ends the reel */
	REEL_END,     /* nothing follows: that was the last, … */
	REEL_FAILED,  /* … or source_error() says why; */
	REEL_STOPPED, /* or reel_busy() no longer, after reel_stop() */
};

/* Called from io_run(). What is returned counts with REEL_PICTURE. */
typedef int reel_told(void *context, enum reel_event event);

struct reel {
	struct io *io;
	struct source *source;
	reel_told *told;
	void *context;

	struct pacer pacer;
	struct io_op step; /* busy while pictures follow */
	bool has_next;	   /* the source has gone on to a picture that wasn't shown yet */
	bool hurries;	   /* it is wanted now */
	bool stopping;
};

/* The source is borrowed. */
void reel_init(struct reel *reel, struct io *io, struct source *source, reel_told *told,
	       void *context);
void reel_start(struct reel *reel);
/* The next picture is due now: somebody waits for one. */
void reel_hurry(struct reel *reel);
/* REEL_STOPPED follows when it is still busy then. */
void reel_stop(struct reel *reel);
bool reel_busy(const struct reel *reel);

#endif
