/* SPDX-License-Identifier: MIT */
/*
 * A viewer: a connection that watches a stream. One frame is on its way at a time (or, with --coalesce,
 * what was due together: a bundle, see feed.h; what of it wasn't begun is chosen anew); which one comes
 * next is decided when the socket can take it (cursor.h), so that what lies in the kernel is never
 * older than it must be:
 *
 *	healthy      each frame is tried at once (MSG_DONTWAIT). Taken whole: no question is asked.
 *	partly taken the rest follows as the socket drains; the frame is always finished. The viewer is
 *	             then backlogged.
 *	nothing      the viewer is backlogged.
 *	backlogged   waits for POLLOUT (few unsent bytes: TCP_NOTSENT_LOWAT), and until no more is on
 *	             its way than the path holds (path.h); only then its frame is chosen: the newest.
 *	on trial     is who is new, or was backlogged: the path is asked before each frame, until it was
 *	             free for VIEWER_TRIAL in a row. (A link too slow takes whole frames at once as well,
 *	             until its queue is full; a socket with nothing unsent says little.) Who had to wait
 *	             is paced until then, unless it is near (path.h).
 */
#ifndef SPILLWAY_VIEWER_H
#define SPILLWAY_VIEWER_H

#include "common/peers.h"
#include "relay/feed.h"
#include "relay/mover.h"
#include "relay/stream.h"

enum {
	VIEWER_TRIAL = 32, /* frames */
	/* What a viewer may say: little is expected. */
	VIEWER_INPUT_BURST = 64 * 1024, /* bytes */
	VIEWER_INPUT_RATE = 1024,	/* bytes a second */
};

enum viewer_state {
	VIEWER_IDLE,	/* has everything; in feed->idle, or feed->trying */
	VIEWER_SENDING, /* a send is on its way */
	VIEWER_BLOCKED, /* waits for the socket to drain */
	VIEWER_ENDING,	/* is being told that it's over, or was */
	VIEWER_CLOSED,	/* freed when its operations have ended */
};

/* It counts only while there is a newer frame than the next one. */
struct viewer_lag {
	uint64_t frames; /* to get still */
	int64_t us;	 /* the age of the oldest of these, as far as it is known */
};

struct viewer {
	/* hot: all that a frame touches of a healthy viewer */
	struct io_op send; /* or the wait for POLLOUT */
	struct list link;  /* in feed->idle, trying or busy */
	struct feed *feed;
	struct feed_entry *entry; /* on its way, or NULL; a bundle until its send has ended */
	struct cursor cursor;
	uint64_t bytes;
	uint32_t sent; /* bytes of entry that were taken */
	int32_t fd;
	uint32_t lowat;	      /* as the socket was told */
	uint32_t progress_ms; /* when the socket last took something; only differences count */
	uint8_t state;
	bool backlogged;
	bool partial;  /* the present frame wasn't taken whole at once */
	bool leaves;   /* the stream has ended: what is queued is all there will be */
	uint8_t trial; /* frames still to go; 0: healthy */
	uint8_t asked; /* the path in vain, one after another */
	bool pong_due;
	bool may_move; /* it has a mover */

	/* cold */
	int32_t pace;	     /* as the socket was told, bytes a second; 0: none */
	int64_t delay_us;    /* from a frame's being chosen to its arrival */
	uint64_t passed;     /* see viewer_frames() */
	struct mover *mover; /* owned; NULL: it stays with its rendition */
	struct io_op input;
	struct list all; /* in worker->viewers */
	uint64_t id;
	int64_t joined_us;
	counter dropped[CURSOR_REASONS];
	uint64_t input_bytes;
	uint8_t record[WIRE_HEADER_SIZE]; /* the header that is being received */
	uint8_t answer[WIRE_HEADER_SIZE]; /* to the newest PING, not begun yet */
	uint8_t pong[WIRE_HEADER_SIZE];	  /* on its way */
	const uint8_t *said;		  /* the record, or ending, that is being sent */
	uint32_t said_len;
	uint32_t record_len;
	uint32_t skip; /* bytes of the record's payload to come */
	bool wishes;   /* they are those of a WISH */
	struct viewer_lag worst_lag;
	struct peer peer;
};

_Static_assert(offsetof(struct viewer, pace) <= 128, "what a frame touches fits two cache lines");

/* What was asked for, where that isn't just the stream. */
struct viewer_wish {
	struct slice base; /* the name in the request: its renditions are to choose from */
	bool chooses;	   /* the relay does */
};

/* Takes over fd, whose opening bytes were sent. wish may be NULL. -ENOMEM: fd is the caller's
 * still. */
int viewer_create(struct stream *stream, const struct transport *transport, int fd,
		  const struct peer *peer, const struct viewer_wish *wish);

/* Where a viewer waits that has everything. */
struct list *viewer_idle_list(const struct viewer *viewer);
/* A frame was added to the feed of this idle viewer. */
void viewer_wake(struct viewer *viewer);
/* Sends what is queued, as far as the limits let it have that, then the feed's ending, and goes.
 * Who takes none of it goes after --stall-timeout, or a tenth of --drain-timeout. */
void viewer_end(struct viewer *viewer);
/* Goes at once. */
void viewer_close(struct viewer *viewer);
/* Now and then: notes its lag, and closes it when it took nothing for too long. */
void viewer_check_stalled(struct viewer *viewer, int64_t now_us);

/* How many it was sent whole: all that its cursor went by, without those that it passed over. */
static inline uint64_t viewer_frames(const struct viewer *viewer)
{
	return viewer->cursor.at - viewer->passed;
}

/* How far behind it is, which is noted if it never was further. */
struct viewer_lag viewer_note_lag(struct viewer *viewer, int64_t now_us);
/* Asks how old what it gets now is about, and counts that for its stream. Costs system calls. */
void viewer_sample_age(const struct viewer *viewer, int64_t now_us);

#endif
