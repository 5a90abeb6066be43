/* SPDX-License-Identifier: MIT */
#include "relay/feed.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { FEED_MAX_SLOTS = 4096 }; /* a ring grows so far when key frames are rare */

static uint32_t power_of_two(uint32_t least)
{
	uint32_t n = 1;

	while (n < least)
		n *= 2;
	return n;
}

/* Its viewers go on with it. */
static void forget_bundle(struct feed *feed)
{
	if (feed->bundle == NULL)
		return;
	feed_entry_release(&feed->bundle->whole);
	feed->bundle = NULL;
}

void feed_configure(struct feed *feed, const struct cursor_limits *limits)
{
	feed->max_frames = limits->frames;
	feed->max_age_us = limits->lag_us;
	feed->due = FEED_NOTHING_DUE;
	forget_bundle(feed);
}

struct feed *feed_create(struct stream *stream, const struct transport *transport,
			 const struct cursor_limits *limits)
{
	uint32_t slots = power_of_two(limits->frames + 1);
	struct feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL)
		return NULL;
	feed->marks = calloc(slots, sizeof(*feed->marks));
	feed->entries = calloc(slots, sizeof(struct feed_entry *));
	if (feed->marks == NULL || feed->entries == NULL) {
		free(feed->marks);
		free(feed->entries);
		free(feed);
		return NULL;
	}
	feed->stream = stream;
	feed->transport = transport;
	feed->ring = (struct cursor_ring){.marks = feed->marks, .mask = slots - 1};
	feed->lowat = FEED_MIN_LOWAT;
	feed_configure(feed, limits);
	list_init(&feed->link);
	list_init(&feed->idle);
	list_init(&feed->trying);
	list_init(&feed->busy);
	list_init(&feed->coming);
	return feed;
}

static void forget_oldest(struct feed *feed)
{
	struct feed_entry *entry = feed->entries[feed->ring.first++ & feed->ring.mask];

	feed->bytes -= entry->frame->header.length;
	feed_entry_release(entry);
}

void feed_forget(struct feed *feed)
{
	forget_bundle(feed);
	while (feed->ring.first < feed->ring.end)
		forget_oldest(feed);
}

void feed_destroy(struct feed *feed)
{
	assert(feed->n_viewers == 0);
	feed_forget(feed);
	list_remove(&feed->link);
	free(feed->marks);
	free(feed->entries);
	free(feed);
}

static bool has_key_after(const struct cursor_ring *ring, uint64_t at)
{
	for (uint64_t i = ring->end; i > at + 1; i--) {
		if (ring->marks[(i - 1) & ring->mask].key)
			return true;
	}
	return false;
}

static bool over_limits(const struct feed *feed)
{
	const struct cursor_ring *ring = &feed->ring;
	int64_t oldest_us = ring->marks[ring->first & ring->mask].time_us;
	int64_t newest_us = ring->marks[(ring->end - 1) & ring->mask].time_us;

	return ring->end - ring->first > feed->max_frames || feed->bytes > FEED_MAX_BYTES ||
	       newest_us - oldest_us > feed->max_age_us;
}

/* The ring reaches back to the last key frame, whatever the limits say. */
static void trim(struct feed *feed)
{
	while (over_limits(feed) && has_key_after(&feed->ring, feed->ring.first))
		forget_oldest(feed);
}

static int grow(struct feed *feed)
{
	uint32_t slots = 2 * (feed->ring.mask + 1);
	struct cursor_mark *marks = calloc(slots, sizeof(*marks));
	struct feed_entry **entries = calloc(slots, sizeof(struct feed_entry *));

	if (marks == NULL || entries == NULL) {
		free(marks);
		free(entries);
		return -ENOMEM;
	}
	for (uint64_t at = feed->ring.first; at < feed->ring.end; at++) {
		marks[at & (slots - 1)] = feed->marks[at & feed->ring.mask];
		entries[at & (slots - 1)] = feed->entries[at & feed->ring.mask];
	}
	free(feed->marks);
	free(feed->entries);
	feed->marks = marks;
	feed->entries = entries;
	feed->ring.marks = marks;
	feed->ring.mask = slots - 1;
	return 0;
}

static struct feed_entry *entry_create(const struct transport *transport, struct frame *frame)
{
	struct feed_entry *entry = malloc(sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->frame = frame_reference(frame);
	entry->users = 1;
	entry->size = 0;
	entry->bundle = NULL;
	transport->wrap(frame, &entry->wrapping);
	for (size_t i = 0; i < entry->wrapping.n_pieces; i++)
		entry->size += (uint32_t)entry->wrapping.pieces[i].iov_len;
	entry->message = (struct msghdr){.msg_iov = entry->wrapping.pieces,
					 .msg_iovlen = entry->wrapping.n_pieces};
	return entry;
}

/* Follows the size of what is sent up at once, down slowly, in steps that keep sockets from being
 * told of every change. */
static void follow_size(struct feed *feed, uint32_t size)
{
	if (size > feed->lowat || size < feed->lowat / 4)
		feed->lowat = size + size / 4;
	if (feed->lowat < FEED_MIN_LOWAT)
		feed->lowat = FEED_MIN_LOWAT;
}

int feed_append(struct feed *feed, struct frame *frame)
{
	struct cursor_ring *ring = &feed->ring;

	if (ring->end - ring->first > ring->mask) {
		if (ring->mask + 1 >= FEED_MAX_SLOTS)
			forget_oldest(feed);
		else if (grow(feed) < 0)
			return -ENOMEM;
	}
	struct feed_entry *entry = entry_create(feed->transport, frame);
	if (entry == NULL)
		return -ENOMEM;
	forget_bundle(feed);
	feed->entries[ring->end & ring->mask] = entry;
	feed->marks[ring->end & ring->mask] =
		(struct cursor_mark){.time_us = frame->arrived_us,
				     .pts_us = frame->header.pts_us,
				     .key = (frame->header.flags & WIRE_KEY) != 0};
	ring->end++;
	feed->bytes += frame->header.length;
	if (feed->due == FEED_NOTHING_DUE)
		follow_size(feed, entry->size);
	trim(feed);
	return 0;
}

/* ---- what is due together ---- */

static struct feed_entry *entry_at(const struct feed *feed, uint64_t at)
{
	return feed->entries[at & feed->ring.mask];
}

void feed_hold(struct feed *feed)
{
	feed->due = feed->ring.end;
}

void feed_tell(struct feed *feed)
{
	uint64_t at = feed->due > feed->ring.first ? feed->due : feed->ring.first;
	uint32_t size = 0;

	for (; at < feed->ring.end; at++)
		size += entry_at(feed, at)->size;
	if (size > 0)
		follow_size(feed, size);
}

static struct feed_bundle *bundle_create(const struct feed *feed)
{
	struct feed_bundle *bundle = malloc(sizeof(*bundle));
	size_t n_pieces = 0;

	if (bundle == NULL)
		return NULL;
	bundle->whole.frame = NULL;
	bundle->whole.users = 1;
	bundle->whole.size = 0;
	bundle->whole.bundle = bundle;
	bundle->whole.wrapping.n_pieces = 0;
	bundle->n = 0;
	for (uint64_t at = feed->due; at < feed->ring.end && bundle->n < FEED_BUNDLE_FRAMES; at++) {
		struct feed_entry *entry = entry_at(feed, at);

		entry->users++;
		bundle->entries[bundle->n++] = entry;
		bundle->whole.size += entry->size;
		for (size_t i = 0; i < entry->wrapping.n_pieces; i++)
			bundle->pieces[n_pieces++] = entry->wrapping.pieces[i];
	}
	bundle->whole.message = (struct msghdr){.msg_iov = bundle->pieces, .msg_iovlen = n_pieces};
	return bundle;
}

/* Where there is no memory for that, frames go out one by one. */
static bool has_bundle(struct feed *feed)
{
	if (feed->bundle == NULL && feed->ring.end - feed->due > 1)
		feed->bundle = bundle_create(feed);
	return feed->bundle != NULL;
}

struct feed_entry *feed_use(struct feed *feed, uint64_t at)
{
	assert(at >= feed->ring.first && at < feed->ring.end);
	struct feed_entry *entry = entry_at(feed, at);

	entry->users++;
	return entry;
}

struct feed_entry *feed_use_due(struct feed *feed, uint64_t at)
{
	if (at != feed->due || !has_bundle(feed))
		return feed_use(feed, at);
	feed->bundle->whole.users++;
	return &feed->bundle->whole;
}

struct feed_entry *feed_entry_first(struct feed_entry *entry)
{
	return entry->bundle != NULL ? entry->bundle->entries[0] : entry;
}

static void bundle_destroy(struct feed_bundle *bundle)
{
	for (uint32_t i = 0; i < bundle->n; i++)
		feed_entry_release(bundle->entries[i]);
	free(bundle);
}

void feed_entry_release(struct feed_entry *entry)
{
	if (entry == NULL || --entry->users > 0)
		return;
	if (entry->bundle != NULL) {
		bundle_destroy(entry->bundle);
		return;
	}
	frame_release(entry->frame);
	free(entry);
}
