/* SPDX-License-Identifier: MIT */
#include "relay/cursor.h"

const char *const cursor_reason_names[CURSOR_REASONS] = {
	[CURSOR_QUEUE] = "queue",   [CURSOR_LAG] = "lag",   [CURSOR_BACKLOG] = "backlog",
	[CURSOR_SWITCH] = "switch", [CURSOR_JOIN] = "join",
};

static const struct cursor_mark *mark_at(const struct cursor_ring *ring, uint64_t at)
{
	return &ring->marks[at & ring->mask];
}

static bool over_frames(const struct cursor_ring *ring, const struct cursor_limits *limits,
			uint64_t at)
{
	return ring->end - at > limits->frames;
}

static bool over_lag(const struct cursor_ring *ring, const struct cursor_limits *limits,
		     int64_t arrival_us, uint64_t at)
{
	return at + 1 < ring->end && arrival_us - mark_at(ring, at)->time_us > limits->lag_us;
}

static bool qualifies(const struct cursor_ring *ring, const struct cursor_limits *limits,
		      int64_t arrival_us, uint64_t at)
{
	return mark_at(ring, at)->key && !over_frames(ring, limits, at) &&
	       !over_lag(ring, limits, arrival_us, at);
}

/* Of the key frames from `from` on that are within both limits; ring->end where there is none. */
static uint64_t oldest_key(const struct cursor_ring *ring, const struct cursor_limits *limits,
			   int64_t arrival_us, uint64_t from)
{
	uint64_t at = from;

	while (at < ring->end && !qualifies(ring, limits, arrival_us, at))
		at++;
	return at;
}

static uint64_t newest_key(const struct cursor_ring *ring, const struct cursor_limits *limits,
			   int64_t arrival_us, uint64_t from)
{
	for (uint64_t at = ring->end; at > from; at--) {
		if (qualifies(ring, limits, arrival_us, at - 1))
			return at - 1;
	}
	return ring->end;
}

struct cursor cursor_join(const struct cursor_ring *ring)
{
	uint64_t at = ring->end;

	while (at > ring->first && !mark_at(ring, at - 1)->key)
		at--;
	return (struct cursor){
		.at = at > ring->first ? at - 1 : ring->end, .needs_key = true, .joins = true};
}

uint64_t cursor_enter(const struct cursor_ring *ring, int64_t last_pts_us)
{
	uint64_t at = ring->first;

	while (at < ring->end &&
	       (!mark_at(ring, at)->key || mark_at(ring, at)->pts_us <= last_pts_us))
		at++;
	return at;
}

uint64_t cursor_missed(const struct cursor_ring *ring, const struct cursor *cursor, int64_t pts_us)
{
	uint64_t at = cursor->at > ring->first ? cursor->at : ring->first;

	while (at < ring->end && mark_at(ring, at)->pts_us < pts_us)
		at++;
	return at - cursor->at;
}

struct cursor_move cursor_advance(const struct cursor_ring *ring, struct cursor *cursor,
				  const struct cursor_limits *limits, int64_t arrival_us,
				  bool blocked)
{
	struct cursor_move move = {.reason = CURSOR_QUEUE};
	uint64_t from = cursor->at > ring->first ? cursor->at : ring->first;
	bool too_many = cursor->at < ring->first || over_frames(ring, limits, from);
	bool too_old = from < ring->end && over_lag(ring, limits, arrival_us, from);
	uint64_t to = from;

	if (blocked) {
		/* Without a newer key frame it goes on, as long as the limits allow. */
		uint64_t key = newest_key(ring, limits, arrival_us, from);

		if (key < ring->end || too_many || too_old || cursor->needs_key)
			to = key;
		move.reason = CURSOR_BACKLOG;
	} else if (too_many || too_old || cursor->needs_key) {
		to = oldest_key(ring, limits, arrival_us, from);
		move.reason = too_many ? CURSOR_QUEUE : CURSOR_LAG;
	}
	if (cursor->joins)
		move.reason = CURSOR_JOIN;
	move.dropped = to - cursor->at;
	move.ready = to < ring->end;
	cursor->needs_key = !move.ready && (cursor->needs_key || move.dropped > 0);
	cursor->joins = cursor->joins && !move.ready;
	cursor->at = to;
	return move;
}
