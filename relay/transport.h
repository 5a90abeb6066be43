/* SPDX-License-Identifier: MIT */
/*
 * How frames are written for one kind of viewer. A transport is a constant struct in a file of its
 * own, a number by which things are counted, and a row in transports[]; it has no state, as every
 * viewer of a feed gets the same bytes.
 */
#ifndef SPILLWAY_TRANSPORT_H
#define SPILLWAY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "relay/frame.h"

enum { TRANSPORT_HEAD_SIZE = 192, TRANSPORT_MAX_ENDING = 320, TRANSPORT_PIECES = 3 };

/* A frame as it goes out: made once per feed, shared by its viewers. */
struct wrapping {
	char head[TRANSPORT_HEAD_SIZE]; /* room for what stands before the payload */
	struct iovec pieces[TRANSPORT_PIECES];
	size_t n_pieces;
};

enum transport_index {
	TRANSPORT_NATIVE,
	TRANSPORT_MULTIPART,
	TRANSPORT_MULTIPART_EARLY,
	TRANSPORTS
};

struct transport {
	enum transport_index index;
	const char *name; /* in `spillway stat`, /metrics and the control socket */
	/* What a newcomer is sent first: a complete HTTP response head, and more where need be. */
	const char *opening;
	/* Fills in the pieces of frame; they may lie in it, in wrapping->head, or be constant. */
	void (*wrap)(const struct frame *frame, struct wrapping *wrapping);
	bool records; /* its viewers speak records, too: spillway-wire(7) */
	/* What a viewer is sent at the proper end, between frames; returns: it may come back and go
	 * on. Returns its bytes. */
	size_t (*ending)(const char *reason, bool returns, char ending[TRANSPORT_MAX_ENDING]);
};

extern const struct transport *const transports[TRANSPORTS]; /* transport.c; by their numbers */
extern const struct transport transport_native;		     /* transport_native.c */
extern const struct transport transport_multipart;	     /* transport_multipart.c */
extern const struct transport transport_multipart_early;     /* the same */

/* Sent with every live answer: nothing in between may keep or change it. */
#define TRANSPORT_LIVE_FIELDS                                                                      \
	"Cache-Control: no-store, no-transform\r\n"                                                \
	"X-Accel-Buffering: no\r\n"

#endif
