/* SPDX-License-Identifier: MIT */
/*
 * What happens to a stream and its viewers, counted by transport. Each worker counts in a share of
 * its own; any may add them up. A stream and its mirrors hold a reference each, so what was counted
 * stays until the last of them is gone, and a stream that comes back later begins anew.
 */
#ifndef SPILLWAY_TALLY_H
#define SPILLWAY_TALLY_H

#include <stdbool.h>

#include "relay/ages.h"
#include "relay/cursor.h"
#include "relay/transport.h"

/* Of the viewers in one transport. */
struct tally_row {
	_Alignas(64) counter viewers; /* now */
	counter viewers_joined;	      /* 0: this transport was never used */
	counter bytes_out;
	counter dropped[CURSOR_REASONS];
	struct ages socket_age; /* of each frame when its socket had taken it whole */
	struct ages viewer_age; /* estimated; of some viewers, now and then */
};

struct tally_share {
	struct tally_row rows[TRANSPORTS];
	counter wanted; /* demand.h */
};

struct tally {
	atomic_uint references;
	atomic_bool ended;	     /* at home: for a mirror that the news hasn't reached */
	counter frames_in, bytes_in; /* published; counted at home */
	size_t n_shares;
	struct tally_share *shares;
};

/* Returns a reference; NULL without memory. */
struct tally *tally_create(size_t n_shares);
struct tally *tally_reference(struct tally *tally); /* returns a reference */
void tally_release(struct tally *tally);	    /* takes over a reference; accepts NULL */

/* Of all workers; in one transport, and in all. */
struct tally_row tally_sum(const struct tally *tally, enum transport_index transport);
struct tally_row tally_total(const struct tally *tally);
uint64_t tally_wanted(const struct tally *tally);
uint64_t tally_viewers(const struct tally *tally); /* now */

static inline uint64_t tally_frames_out(const struct tally_row *row)
{
	return ages_count(&row->socket_age);
}

#endif
