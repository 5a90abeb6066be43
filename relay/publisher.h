/* SPDX-License-Identifier: MIT */
/*
 * A publisher: the connection that feeds a stream; there is one a stream. How its frames arrive is
 * the business of publisher_put.c (ordinary tools) and publisher_native.c (agents), which embed
 * this struct at the start of one that they allocate and lend the connection to, and fill its frame.
 *
 *	1. publisher_may_claim() answers the request when it can't be, before anything is changed.
 *	2. publisher_claim() makes it the stream's; a silent or replaced one is told to stop. In the
 *	   same turn, so that nobody comes in between, and before it is told that it may go on.
 *	3. publisher_open() tells it: 101, or 100.
 *	4. publisher_room(), publisher_publish(): frames.
 *	5. publisher_release(): it has ended, whoever wanted it.
 */
#ifndef SPILLWAY_PUBLISHER_H
#define SPILLWAY_PUBLISHER_H

#include "relay/auth.h"
#include "relay/conn.h"
#include "relay/session.h"
#include "relay/stream.h"

enum { PUBLISHER_FIRST_FRAME = 64 * 1024 /* room for a frame whose size nobody told */ };

struct publisher {
	struct conn *conn;     /* borrowed; it lives while this does */
	struct stream *stream; /* NULL once another took over, or it has ended */
	const char *transport;
	struct frame *frame; /* being filled; header.length bytes so far */
	int64_t since_us, active_us;
	uint64_t frames, bytes;
	const char *opening; /* a constant */
	size_t opening_sent;
	void (*opened)(struct conn *conn);
	uint32_t held; /* frames in a row that viewers weren't told of at once */
	/* Tells it how many want its frames; NULL where it can't be told. */
	void (*demand)(struct publisher *publisher, uint64_t viewers);
	struct library *library; /* owned; NULL: it has no catalogue */
	/* library_say() has something for it; set where there is a library. */
	void (*speak)(struct publisher *publisher);
	/* Why it has to stop, as an HTTP status and a sentence; 0: it goes on. */
	int stop_status;
	char stop_reason[200];
};

/* Whether conn may publish the stream of its request, here: else it has been answered, or handed
 * over to the stream's home. */
bool publisher_may_claim(struct conn *conn);
/* Makes publisher, whose conn and transport are set, the one of its request's stream. On failure it
 * has to stop, and knows why: publisher_refuse() says it. */
int publisher_claim(struct publisher *publisher);
/* Sends the opening (a constant), then calls opened(). When it can't be sent the publisher is
 * released and freed instead, and the connection answered or returned. */
void publisher_open(struct publisher *publisher, const char *opening,
		    void (*opened)(struct conn *conn));
/* Releases and frees it, and answers its request with why it had to stop. */
void publisher_refuse(struct publisher *publisher);
/* It isn't the stream's any more. Called again when its operation has ended, which may need its
 * frame until then. */
void publisher_release(struct publisher *publisher);

/* Makes it end soon: notes why, and wakes it by cancelling its operation. The first reason
 * holds. */
void publisher_stop(struct publisher *publisher, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Makes room for len more bytes in the present frame, beginning one if need be. On failure (too
 * large, no memory) it has to stop. */
int publisher_room(struct publisher *publisher, size_t len);
/* Appends to the present frame. The same errors. */
int publisher_append(struct publisher *publisher, const void *data, size_t len);
/* What was received has been taken. Where nothing more waits, viewers are told of frames that they
 * haven't been told of: what waited was no whole one. */
void publisher_received(struct publisher *publisher);
/* The present frame is complete. -EBADMSG when it is no JPEG: it has to stop. */
int publisher_publish(struct publisher *publisher);

/* Handlers of requests. */
void publisher_put_start(struct conn *conn);
void publisher_native_start(struct conn *conn);

#endif
