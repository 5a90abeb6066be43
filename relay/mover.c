/* SPDX-License-Identifier: MIT */
#include "relay/mover.h"

#include <stdlib.h>
#include <string.h>

#include "relay/viewer.h"

static struct stream *stream_of(const struct mover *mover)
{
	return mover->viewer->feed->stream;
}

/* Before the first frame of each rendition. */
static void announce(struct mover *mover)
{
	const char *name = stream_of(mover)->name;
	struct wire_header header = {.type = WIRE_RENDITION, .length = (uint32_t)strlen(name)};

	if (!mover->announces)
		return;
	wire_encode(&header, mover->record);
	memcpy(mover->record + WIRE_HEADER_SIZE, name, header.length);
	mover->record_len = WIRE_HEADER_SIZE + header.length;
}

struct mover *mover_create(struct viewer *viewer, struct slice base, bool chooses)
{
	struct stream *stream = viewer->feed->stream;
	struct mover *mover = calloc(1, sizeof(*mover));

	if (mover == NULL)
		return NULL;
	mover->viewer = viewer;
	slice_copy(base, mover->base, sizeof(mover->base));
	mover->chooses = chooses;
	mover->announces = viewer->feed->transport->records;
	/* Of what was sent before, no more is known than that it isn't newer than this. */
	mover->last_pts_us =
		viewer_frames(viewer) > 0 || viewer->entry != NULL ? stream->last_pts_us : -1;
	ladder_init(&mover->ladder);
	list_init(&mover->coming);
	list_init(&mover->link);
	list_add_tail(&stream->worker->movers, &mover->link);
	if (mover->last_pts_us < 0)
		announce(mover);
	return mover;
}

/* ---- one move ---- */

static void stay(struct mover *mover)
{
	struct feed *feed = mover->next;

	if (feed == NULL)
		return;
	mover->next = NULL;
	list_remove(&mover->coming);
	stream_left(feed->stream, feed);
}

void mover_destroy(struct mover *mover)
{
	if (mover == NULL)
		return;
	stay(mover);
	list_remove(&mover->link);
	free(mover);
}

static bool go(struct mover *mover, struct stream *stream, enum ladder_step step)
{
	struct feed *feed;

	if (stream == stream_of(mover))
		return false;
	feed = stream_feed(stream, mover->viewer->feed->transport);
	if (feed == NULL)
		return false;
	stream_join(stream, feed);
	stay(mover);
	mover->next = feed;
	list_add_tail(&feed->coming, &mover->coming);
	mover->step = step;
	mover->since_us = io_now_us(stream->worker->io);
	return true;
}

bool mover_enters(const struct mover *mover, uint64_t *ret_at)
{
	if (mover->next == NULL)
		return false;
	*ret_at = cursor_enter(&mover->next->ring, mover->last_pts_us);
	return *ret_at < mover->next->ring.end;
}

/* Where key frames are rare the next one may be far away, so nothing waits for it. */
bool mover_holds_back(const struct mover *mover, int64_t now_us)
{
	const struct cursor_ring *ring = mover->next != NULL ? &mover->next->ring : NULL;

	if (ring == NULL || ring->first == ring->end ||
	    now_us - mover->since_us > MOVER_HOLD_BACK_US)
		return false;
	const struct cursor_mark *newest = &ring->marks[(ring->end - 1) & ring->mask];
	return newest->key && now_us - newest->time_us < MOVER_FRESH_US;
}

static uint64_t count_dropped(const struct viewer *viewer)
{
	return counter_get(&viewer->dropped[CURSOR_QUEUE]) +
	       counter_get(&viewer->dropped[CURSOR_LAG]) +
	       counter_get(&viewer->dropped[CURSOR_BACKLOG]);
}

static void begin_to_look(struct mover *mover)
{
	mover->seen_frames = viewer_frames(mover->viewer);
	mover->seen_dropped = count_dropped(mover->viewer);
}

void mover_arrived(struct mover *mover)
{
	mover->next = NULL;
	list_remove(&mover->coming);
	mover->moves++;
	begin_to_look(mover);
	if (mover->step != LADDER_STAY)
		ladder_moved(&mover->ladder, mover->step);
	announce(mover);
}

/* ---- where to ---- */

static void list_others(const struct mover *mover, struct rendition_list *list)
{
	const struct stream *stream = stream_of(mover);

	rendition_list_like(stream->worker, slice_from(mover->base), slice_from(stream->name),
			    list);
}

void mover_wish(struct mover *mover, const char *wish)
{
	char name[NAME_MAX_BYTES + 1];
	struct stream *to = NULL;
	struct rendition_list list;

	if (rendition_wish(slice_from(mover->base), wish, name) < 0)
		return;
	if (name[0] == '\0' && *wish != '\0') {
		mover->chooses = true;
		begin_to_look(mover);
		ladder_init(&mover->ladder);
		return;
	}
	list_others(mover, &list);
	for (size_t i = 0; i < list.n; i++) {
		if (*wish == '\0' || strcmp(list.streams[i]->name, name) == 0)
			to = list.streams[i];
	}
	if (to == NULL || !to->live)
		return;
	mover->chooses = false;
	if (to == stream_of(mover))
		stay(mover);
	else
		go(mover, to, LADDER_STAY);
}

/* What the step leads to; NULL where there is nothing. */
static struct stream *step_to(const struct mover *mover, enum ladder_step step)
{
	struct rendition_list list;
	size_t at = 0;

	list_others(mover, &list);
	while (at < list.n && list.streams[at] != stream_of(mover))
		at++;
	if (at == list.n)
		return NULL;
	if (step == LADDER_UP)
		return at + 1 < list.n ? list.streams[at + 1] : NULL;
	if (at == 0)
		return NULL;
	return list.streams[step == LADDER_BOTTOM ? 0 : at - 1];
}

/* The largest that isn't larger than this one, or the smallest; NULL where none is live. */
static struct stream *way_out(const struct mover *mover)
{
	const struct stream *stream = stream_of(mover);
	struct stream *to = NULL;
	struct rendition_list list;

	list_others(mover, &list);
	for (size_t i = 0; i < list.n; i++) {
		struct stream *other = list.streams[i];

		if (other != stream && other->live &&
		    (to == NULL || (uint32_t)other->width * other->height <=
					   (uint32_t)stream->width * stream->height))
			to = other;
	}
	return to;
}

static bool may_go(const struct mover *mover)
{
	const struct viewer *viewer = mover->viewer;

	return viewer->state < VIEWER_ENDING && !viewer->leaves &&
	       !stream_of(mover)->worker->draining;
}

/* Its stream hasn't ended its viewer because that was on the way to another. */
static void leave_ended(struct mover *mover)
{
	if (!stream_of(mover)->ending)
		return;
	struct stream *to = may_go(mover) ? way_out(mover) : NULL;
	if (to == NULL || !go(mover, to, LADDER_STAY))
		viewer_end(mover->viewer);
}

void movers_leave(struct stream *stream, bool ends)
{
	struct list *link;

	list_each (link, &stream->worker->movers) {
		struct mover *mover = list_item(link, struct mover, link);
		struct stream *to;

		if (ends && mover->next != NULL &&
		    (mover->next->stream == stream || !may_go(mover))) {
			stay(mover);
			leave_ended(mover);
		}
		if (stream_of(mover) != stream || !mover->chooses || mover->next != NULL ||
		    !may_go(mover))
			continue;
		to = way_out(mover);
		if (to != NULL)
			go(mover, to, LADDER_STAY);
	}
}

/* ---- now and then ---- */

static void give_up(struct mover *mover)
{
	stay(mover);
	begin_to_look(mover);
	ladder_stayed(&mover->ladder, mover->step, true);
	if (stream_of(mover)->ending)
		viewer_end(mover->viewer);
}

static void take_advice(struct mover *mover)
{
	struct viewer *viewer = mover->viewer;
	uint64_t dropped = count_dropped(viewer);
	struct ladder_tick tick = {
		.sent = viewer_frames(viewer) - mover->seen_frames,
		.dropped = dropped - mover->seen_dropped,
		.blocked = viewer->state == VIEWER_BLOCKED,
		.empty = viewer->state == VIEWER_IDLE,
	};
	enum ladder_step step = ladder_advise(&mover->ladder, &tick);

	begin_to_look(mover);
	if (step == LADDER_STAY)
		return;
	struct stream *to = step_to(mover, step);
	if (to == NULL || !go(mover, to, step))
		ladder_stayed(&mover->ladder, step, to != NULL);
}

/* Frames were held back for another rendition's, and no later one has come to wake it. */
static void send_held_back(struct viewer *viewer)
{
	if (viewer->state == VIEWER_IDLE && viewer->cursor.at < viewer->feed->ring.end)
		viewer_wake(viewer);
}

static void look_at(struct mover *mover, int64_t now_us)
{
	if (!may_go(mover))
		return;
	if (mover->next != NULL) {
		if (now_us - mover->since_us > MOVER_PATIENCE_US)
			give_up(mover);
		return;
	}
	struct stream *to = mover->chooses && !stream_of(mover)->live ? way_out(mover) : NULL;
	if (to != NULL)
		go(mover, to, LADDER_STAY);
	else if (mover->chooses && stream_of(mover)->live)
		take_advice(mover);
}

void movers_tick(struct worker *worker)
{
	struct list *link;

	list_each (link, &worker->movers) {
		struct mover *mover = list_item(link, struct mover, link);

		look_at(mover, io_now_us(worker->io));
		send_held_back(mover->viewer);
	}
}
