/* SPDX-License-Identifier: MIT */
/* How far behind a viewer is, and how old what it gets. */
#include "relay/path.h"
#include "relay/viewer_impl.h"
#include "relay/worker.h"

void viewer_lag(const struct viewer *viewer, int64_t now_us, uint64_t *ret_frames,
		int64_t *ret_lag_us)
{
	const struct cursor_ring *ring = &viewer->feed->ring;
	uint64_t at = viewer->cursor.at > ring->first ? viewer->cursor.at : ring->first;

	*ret_frames = ring->end > viewer->cursor.at ? ring->end - viewer->cursor.at : 0;
	*ret_lag_us = at + 1 < ring->end ? now_us - ring->marks[at & ring->mask].time_us : 0;
}

void viewer_sample_age(const struct viewer *viewer, int64_t now_us)
{
	struct io_link link;
	uint64_t frames;
	int64_t lag_us;

	if (viewer->state >= VIEWER_ENDING ||
	    io_link(viewer_worker(viewer)->io, viewer->fd, &link) < 0)
		return;
	viewer_lag(viewer, now_us, &frames, &lag_us);
	ages_add(&viewer->feed->tally->viewer_age, path_age_us(&link, lag_us));
}
