/* SPDX-License-Identifier: MIT */
/*
 * A feed: a stream in one transport, for the viewers of one worker. It keeps what was published
 * last in a ring of entries, and each viewer is a cursor in it. Made when the first viewer of its
 * kind comes, destroyed when the last one goes.
 *
 * Who owns what: an entry holds one reference to its frame. The ring and every send on its way are
 * users of the entry, counted without atomics, as all of that happens in one thread; so the ring
 * may forget an entry that is still being sent.
 *
 * With --coalesce healthy viewers are told of frames late, and then of several: these are due. Who
 * stands at the first of them is sent all in one, as an entry that is made once for all who do.
 */
#ifndef SPILLWAY_FEED_H
#define SPILLWAY_FEED_H

#include "common/list.h"
#include "relay/cursor.h"
#include "relay/transport.h"

enum {
	FEED_MAX_BYTES = 64u << 20, /* of payload in a ring; the last key frame stays in any case */
	FEED_MIN_LOWAT = 4096,
	/* So many frames are due together at the most, and not much more payload than that: where
	 * the copy costs more than the call there is nothing to gain, and a socket may not take it
	 * whole. */
	FEED_BUNDLE_FRAMES = 16,
	FEED_BUNDLE_BYTES = 64 * 1024,
};

#define FEED_NOTHING_DUE UINT64_MAX

struct feed_entry {
	struct frame *frame; /* NULL: it is a bundle */
	uint32_t users;
	uint32_t size;		    /* bytes of all pieces */
	struct feed_bundle *bundle; /* that this is the whole of; else NULL */
	struct msghdr message;	    /* the pieces, ready to be sent; shared by all sends */
	struct wrapping wrapping;
};

/* Frames that are due together. Uses their entries; freed with the last user of the whole. */
struct feed_bundle {
	struct feed_entry whole; /* without a wrapping */
	uint32_t n;
	struct feed_entry *entries[FEED_BUNDLE_FRAMES];
	struct iovec pieces[FEED_BUNDLE_FRAMES * TRANSPORT_PIECES];
};

struct feed {
	struct list link; /* in its stream's feeds */
	struct stream *stream;
	const struct transport *transport;
	struct tally_row *tally; /* its stream's, of this worker */
	struct cursor_ring ring;
	struct cursor_mark *marks;
	struct feed_entry **entries;
	uint64_t due;		    /* where the frames begin that are due; or FEED_NOTHING_DUE */
	struct feed_bundle *bundle; /* all of these, in use; NULL: not wanted yet */
	/* How far back it reaches, unless the last key frame lies further back. */
	uint32_t max_frames;
	int64_t max_age_us;
	size_t bytes;	    /* of payload in the ring */
	uint32_t lowat;	    /* bytes that may lie unsent in a viewer's socket: about one send */
	struct list idle;   /* healthy viewers that have everything */
	struct list trying; /* viewers on trial that have everything */
	struct list busy;   /* viewers that are being sent something */
	struct list coming; /* movers of viewers that are on the way here */
	size_t n_viewers;   /* with these */
	char ending[TRANSPORT_MAX_ENDING]; /* while the stream ends */
	size_t ending_len;
};

/* limits: no frame is kept that they allow nobody to get. NULL without memory. */
struct feed *feed_create(struct stream *stream, const struct transport *transport,
			 const struct cursor_limits *limits);
/* Has these limits from its next frame on; nothing is due together. */
void feed_configure(struct feed *feed, const struct cursor_limits *limits);
void feed_destroy(struct feed *feed); /* no viewer may be left */

/* Adds frame (borrowed) as the newest entry, and forgets the oldest as the limits say. -ENOMEM. */
int feed_append(struct feed *feed, struct frame *frame);

/* Forgets all of them. */
void feed_forget(struct feed *feed);

/* The next entries are due together, */
void feed_hold(struct feed *feed);
/* and viewers are about to be told of them. */
void feed_tell(struct feed *feed);

/* The entry at a position within the ring, with one user more. */
struct feed_entry *feed_use(struct feed *feed, uint64_t at);
/* The same; but where all that is due begins there, the whole of it. */
struct feed_entry *feed_use_due(struct feed *feed, uint64_t at);
/* Of a bundle the first that it is made of, else the entry. */
struct feed_entry *feed_entry_first(struct feed_entry *entry);
void feed_entry_release(struct feed_entry *entry); /* one user less; accepts NULL */

#endif
