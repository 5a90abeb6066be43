/* SPDX-License-Identifier: MIT */
/* How far behind a viewer is, and how old what it gets. */
#include "relay/path.h"
#include "relay/viewer_impl.h"

/* Since when: of what the ring has forgotten only that is known which is on its way. */
static int64_t lag_us(const struct viewer *viewer, int64_t now_us)
{
	const struct cursor_ring *ring = &viewer->feed->ring;
	uint64_t at = viewer->cursor.at > ring->first ? viewer->cursor.at : ring->first;

	if (viewer->entry != NULL)
		return now_us - feed_entry_first(viewer->entry)->frame->arrived_us;
	return at + 1 < ring->end ? now_us - ring->marks[at & ring->mask].time_us : 0;
}

static struct viewer_lag lag(const struct viewer *viewer, int64_t now_us)
{
	uint64_t at = viewer->cursor.at, end = viewer->feed->ring.end;
	uint64_t frames = end > at ? end - at : 0;

	return (struct viewer_lag){frames, frames > 1 ? lag_us(viewer, now_us) : 0};
}

struct viewer_lag viewer_note_lag(struct viewer *viewer, int64_t now_us)
{
	struct viewer_lag now = lag(viewer, now_us), *worst = &viewer->worst_lag;

	if (now.frames > 1 && now.frames > worst->frames)
		worst->frames = now.frames;
	if (now.us > worst->us)
		worst->us = now.us;
	return now;
}

void viewer_sample_age(const struct viewer *viewer, int64_t now_us)
{
	struct io_link link;

	if (viewer->state >= VIEWER_ENDING ||
	    io_link(viewer_worker(viewer)->io, viewer->fd, &link) < 0)
		return;
	ages_add(&viewer->feed->tally->viewer_age, path_age_us(&link, lag(viewer, now_us).us));
}
