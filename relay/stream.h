/* SPDX-License-Identifier: MIT */
/*
 * A stream: what has a name, one publisher at a time, and viewers. It exists while it has a
 * publisher, and for the linger time after that has gone; then its viewers are told that it has
 * ended.
 *
 * At its home (bus.h) a stream has its publisher, numbers its frames, over all of its publishers,
 * and keeps their presentation times on one clock that only rises. At the other workers it is a
 * mirror: it serves viewers just the same, from frames that come from home.
 *
 * The renditions of a stream (rendition.h) have one home, and one presentation clock.
 */
#ifndef SPILLWAY_STREAM_H
#define SPILLWAY_STREAM_H

#include "common/name.h"
#include "relay/feed.h"
#include "relay/tally.h"
#include "relay/worker.h"

#define STREAM_MAX_AHEAD_US INT64_C(86400000000) /* a frame's time may be so far ahead: a day */

struct publisher;

struct stream {
	struct list link;  /* in worker->streams */
	struct list by_id; /* in worker->streams_by_id */
	struct worker *worker;
	bool mirror;
	bool live;	     /* it has a publisher, here or at home */
	bool paused;	     /* that sends nothing until somebody wants it */
	struct tally *tally; /* a reference */
	char name[NAME_MAX_BYTES + 1];
	uint64_t id;
	struct publisher *publisher; /* at home; NULL while it lingers */
	struct list feeds;
	size_t n_viewers;     /* with those that move here */
	struct frame *newest; /* a reference; for who comes between two frames; may be NULL */

	uint64_t sequence;     /* of the next frame */
	int64_t last_pts_us;   /* on the worker's clock; -1 before the first frame */
	int64_t pts_offset_us; /* from the publisher's clock to the stream's */
	bool held;	       /* the newest frame's viewers haven't been told */
	uint32_t n_held;       /* frames that they haven't been told of, with --coalesce */
	size_t held_bytes;     /* of their payload */
	int64_t held_until_us; /* they will have been by then */
	struct io_op hold;
	bool rebase;	       /* the next frame is the first of a publisher */
	bool clocked;	       /* the publisher has a clock of its own */
	int64_t live_us;       /* since when it has or hasn't a publisher */
	uint64_t told_demand;  /* at home: what the publisher knows */
	uint64_t told_viewers; /* what the control socket's subscribers know */
	int64_t asked_us;      /* when somebody asked for a picture here; 0: not lately */
	struct io_op linger;
	bool ending; /* freed as soon as nothing refers to it */

	uint16_t width, height; /* of the newest picture; 0 before the first */
	uint64_t frames, bytes;
	uint64_t swept_frames, swept_bytes; /* at the last sweep */
	double fps, kbps;		    /* between the last two */
};

/* NULL when it isn't there, or is ending. */
struct stream *stream_find(const struct worker *worker, struct slice name);
struct stream *stream_find_id(struct worker *worker, uint64_t id);
/* The worker that is a stream's home: the same for all below the first level of its name. */
struct worker *stream_home(const struct worker *worker, struct slice name);
/* At home: finds it or makes it. NULL with errno-style *ret_error: -ENOMEM, -EMFILE over
 * --max-streams. */
struct stream *stream_open(struct worker *worker, struct slice name, int *ret_error);

/* Makes a mirror of a stream whose home is elsewhere. NULL without memory. */
struct stream *stream_mirror(struct worker *worker, const char *name, uint64_t id,
			     struct tally *tally);

/* publisher (borrowed) now feeds the stream; there mustn't be another. */
void stream_attach(struct stream *stream, struct publisher *publisher);
/* The publisher has gone; the stream lingers. */
void stream_detach(struct stream *stream);

/*
 * Publishes a frame: takes over the reference. With `more` to follow at once its viewers aren't
 * told before the next one. header.pts_us is on the publisher's clock (any
 * zero), or -1 for "now"; header.capture_us is Unix time, or -1 for "now". -EINVAL when the
 * presentation time doesn't rise, or is too far ahead: the frame is dropped and counted.
 */
int stream_publish(struct stream *stream, struct frame *frame, bool more);

/* Gives a frame that has its number and times to all viewers here: takes over the reference. With
 * --coalesce they are told later, of all that has come by then. */
void stream_distribute(struct stream *stream, struct frame *frame, bool more);
/* Tells the viewers here what they haven't been told. */
void stream_wake(struct stream *stream);
/* At home: the same for all viewers, since what was to follow at once doesn't. */
void stream_tell(struct stream *stream);
/* The publisher sends nothing for now: nobody is to be shown its last frame. */
void stream_pause(struct stream *stream);
/* It has got or lost its publisher. */
void stream_set_live(struct stream *stream, bool live);

/* The feed in this transport, made when it is the first wanted. NULL without memory. */
struct feed *stream_feed(struct stream *stream, const struct transport *transport);
/* A viewer holds this feed: it watches it, or moves there. */
void stream_join(struct stream *stream, struct feed *feed);
/* It doesn't any more: destroys the feed, and the stream, when nobody needs them. */
void stream_left(struct stream *stream, struct feed *feed);

/* Tells all viewers that it's over, or returns; the stream goes when the last has gone. */
void stream_end(struct stream *stream, const char *reason, bool returns);
/* Frees it if nothing holds it any more. */
void stream_check_unused(struct stream *stream);
/* Now and then. It may be gone afterwards. */
void stream_sweep(struct stream *stream, int64_t elapsed_us);
/* The worker has other limits, which hold from now on. */
void stream_configure(struct stream *stream);

#endif
