/* SPDX-License-Identifier: MIT */
/* What the viewer's own files share: viewer.c (frames, and its life), viewer_input.c,
 * viewer_lag.c. */
#ifndef SPILLWAY_VIEWER_IMPL_H
#define SPILLWAY_VIEWER_IMPL_H

#include "relay/viewer.h"
#include "relay/worker.h"

static inline struct worker *viewer_worker(const struct viewer *viewer)
{
	return viewer->feed->stream->worker;
}

/* The clock of viewer->progress_ms. */
static inline uint32_t viewer_now_ms(const struct viewer *viewer)
{
	return (uint32_t)(io_now_us(viewer_worker(viewer)->io) / 1000);
}

/* Takes over mover, which may be NULL. */
static inline void viewer_set_mover(struct viewer *viewer, struct mover *mover)
{
	viewer->mover = mover;
	viewer->may_move = mover != NULL;
}

/* Where each of its operations ends: whether the viewer was closed meanwhile, or the operation has
 * failed and it is closed now. It may be gone then. */
bool viewer_is_over(struct viewer *viewer, bool failed);

/* Waits for what it says next; goes on by itself. */
void viewer_listen(struct viewer *viewer);

#endif
