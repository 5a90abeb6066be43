/* SPDX-License-Identifier: MIT */
/*
 * What an uplink has to send: the record that was begun, and what is to follow it. Answers to pings
 * come first, then a ping, then the newest frame, then a pause, then the end. Pure.
 *
 *	1. When outbox_is_due(), and the socket has room, outbox_next() begins a record. Its bytes
 *	   are in `message`.
 *	2. outbox_took() tells how many of them the socket has taken, until the record is complete.
 */
#ifndef SPILLWAY_CAPTURE_OUTBOX_H
#define SPILLWAY_CAPTURE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "capture/frame.h"
#include "common/wire.h"

enum outbox_kind {
	OUTBOX_REQUEST,
	OUTBOX_PONG,
	OUTBOX_PING,
	OUTBOX_FRAME,
	OUTBOX_PAUSE,
	OUTBOX_RECORD,
	OUTBOX_END
};

struct outbox {
	/* the record that was begun */
	enum outbox_kind kind;
	struct msghdr message; /* what is left of it */
	struct frame *begun;   /* with OUTBOX_FRAME */
	struct iovec pieces[2];
	uint8_t head[WIRE_HEADER_SIZE];

	/* what is due */
	struct frame *waiting;	 /* the newest; older ones were dropped */
	const char *end_why;	 /* NULL: not yet */
	struct wire_header pong; /* its type is 0 when none is due */
	bool ping_due, pause_due;
	struct wire_header record; /* its type is 0 when none is due */
	const void *record_payload;
	bool end_begun; /* nothing follows it */

	uint64_t frames, bytes; /* of payloads, sent as a whole */
	uint64_t behind;	/* frames dropped, because a newer one came */
};

void outbox_init(struct outbox *outbox);
/* Begins with the greeting, before any record. Borrowed until it was taken. */
void outbox_request(struct outbox *outbox, const void *data, size_t len);

/* Takes over the frame, and drops the one that waits. */
void outbox_frame(struct outbox *outbox, struct frame *frame);
/* The answer to a ping. One may be due at a time. */
void outbox_pong(struct outbox *outbox, const struct wire_header *ping);
void outbox_ping(struct outbox *outbox);
/* No frame follows; one that comes all the same takes that back. */
void outbox_pause(struct outbox *outbox);
/* Another control record; one may be due at a time. The payload is borrowed until it was taken. */
void outbox_record(struct outbox *outbox, const struct wire_header *header, const void *payload);
/* The last record. why is a constant sentence. */
void outbox_end(struct outbox *outbox, const char *why);

bool outbox_is_due(const struct outbox *outbox);
/* Begins the next record, once the last is complete. False when nothing is due. now_us goes into a
 * ping, for whom it may interest. */
bool outbox_next(struct outbox *outbox, int64_t now_us);
/* Returns true when the record is complete. */
bool outbox_took(struct outbox *outbox, size_t len);
/* Forgets all that is due or begun. Returns how many frames that were. */
unsigned outbox_clear(struct outbox *outbox);

#endif
