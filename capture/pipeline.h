/* SPDX-License-Identifier: MIT */
/*
 * A source, read at its own pace, and the renditions that publish it:
 *
 *	source -> reel --+-> scaler -> encoder -> uplink
 *	                 '-> scaler -> encoder -> uplink
 *	                     '--- in a pool --'
 *	                     '------ renditions -------'
 *
 * A source that isn't live is paced (reel.h); a live one is waited for (live.h): its pictures go straight
 * to the renditions, and where there is none, a placard that says so.
 *
 * On demand the source is opened only while somebody watches; once it is, at the start, to see what it
 * is like.
 *
 * It begins with the first picture when the relay agrees for the first time, or, where it is to wait,
 * when somebody watches for the first time; it goes on by the clock after that, also while the relay is away; pictures that nobody would get aren't made.
 * It says in the log what happens to it.
 */
#ifndef SPILLWAY_CAPTURE_PIPELINE_H
#define SPILLWAY_CAPTURE_PIPELINE_H

#include "capture/config.h"
#include "capture/progress.h"
#include "capture/renditions.h"
#include "common/io.h"

enum {
	PIPELINE_LINGER_US = 5000000, /* on demand: then a source that nobody watches is closed */
	PIPELINE_LOOK_US = 1000000,   /* how often that is looked at */
};

struct pipeline;

/* Called from io_run() when all has ended; status is the exit status. Not before pipeline_create()
 * has returned; the pipeline may not be destroyed from within. */
typedef void pipeline_ended(void *context, int status);

/* config and progress are borrowed while the pipeline lives. Says itself what is wrong; -errno,
 * -EINVAL for what was asked for wrongly. */
int pipeline_create(struct pipeline **ret_pipeline, struct io *io, const struct config *config,
		    struct progress *progress, pipeline_ended *ended, void *context);
/* Accepts NULL. Only after it has ended. */
void pipeline_destroy(struct pipeline *pipeline);
/* Ends the stream properly; pipeline_ended follows. */
void pipeline_stop(struct pipeline *pipeline);
/* config has changed: quality and limit of bits. */
void pipeline_reconfigure(struct pipeline *pipeline);
/* The counters, and a few words on the connections. */
struct progress_sample pipeline_sample(const struct pipeline *pipeline,
				       char ret_state[RENDITIONS_STATE_SIZE]);
/* Lines in the log, if there was ever a connection. */
void pipeline_summarize(const struct pipeline *pipeline);

#endif
