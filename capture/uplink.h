/* SPDX-License-Identifier: MIT */
/*
 * The agent's connection to the relay, on which it publishes one rendition.
 *
 *	1. It connects to the host (dialer.h), and greets the relay (common/handshake.h). When the
 *	   relay agrees, the uplink is open.
 *	2. uplink_publish() gives it a frame. One frame is on its way at a time, and the newest
 *	   behind it waits; an older waiting one is dropped. A frame is chosen when the socket has
 *	   room, so what a slow link gets is new.
 *	3. When the connection is lost, or can't be made, or the relay ends it and will be back
 *	   (WIRE_RETURN), it tries again by itself, after 0.1 s, then more, up to 5 s, with jitter.
 *	   Frames meanwhile are dropped.
 *	4. uplink_end() sends what waits, says why it ends (WIRE_END), and closes.
 *
 * (The relay calls its end of this connection a publisher.)
 */
#ifndef SPILLWAY_CAPTURE_UPLINK_H
#define SPILLWAY_CAPTURE_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/audience.h"
#include "capture/frame.h"
#include "capture/stage.h"
#include "common/io.h"
#include "common/url.h"
#include "common/wire.h"

enum {
	UPLINK_GREETING_US = 10000000,
	UPLINK_SETTLED_US = 5000000, /* open for so long, the next back-off is the shortest again */
	UPLINK_PING_US = 2000000,    /* without a frame */
	UPLINK_END_US = 2000000,     /* for the relay to close after our END */
	UPLINK_DEAD_MS = 10000,	     /* for the relay's kernel to acknowledge anything */
	/* There is room for a frame when less than half of it lies unsent in our kernel. */
	UPLINK_UNSENT_BYTES = 4096,
};

enum uplink_event {
	UPLINK_OPENED,	/* frames go out from now on */
	UPLINK_LOST,	/* no longer, or not yet; text says why. Told once, then it tries again */
	UPLINK_BUSY,	/* somebody else publishes the stream; told once, then it tries again */
	UPLINK_REFUSED, /* for good; text is the relay's sentence. UPLINK_GONE follows */
	UPLINK_DEMAND,	/* the relay tells whether anybody watches, and that is new */
	UPLINK_GONE,	/* the last event; the uplink may be destroyed from within */

	/* Of one that has sent a catalogue. */
	UPLINK_SAID,  /* what uplink_say() was given was sent */
	UPLINK_OPEN,  /* text is the payload of an OPEN, … */
	UPLINK_CLOSE, /* … and of a CLOSE */
};

/* Called from io_run(). text is "" where there is nothing to say, borrowed for the call. */
typedef void uplink_told(void *context, enum uplink_event event, const char *text);

struct uplink_stats {
	uint64_t frames;    /* sent as a whole */
	uint64_t bytes;	    /* of their payloads */
	uint64_t behind;    /* dropped, because a newer one came */
	uint64_t away;	    /* dropped, because there was no connection */
	uint64_t unwatched; /* not even made, because nobody watches */
};

struct uplink;

/* url and key (which may be NULL) are copied. -EINVAL for a key that can't be sent, -ENOMEM. */
int uplink_create(struct uplink **ret_uplink, struct io *io, const struct url *url, const char *key,
		  uplink_told *told, void *context);
/* Accepts NULL. Only before uplink_start() or after UPLINK_GONE. */
void uplink_destroy(struct uplink *uplink);
/* Before uplink_start(): it connects only after the leader has, or can't for another reason than
 * that the relay is away. The leader is borrowed, until that is over. */
void uplink_follow(struct uplink *uplink, const struct uplink *leader);
void uplink_start(struct uplink *uplink);
/*
 * Whether a frame would be sent now: when the relay is there, and somebody watches, or did
 * AUDIENCE_LINGER_US ago, or the relay doesn't tell who does. When nobody does any more, the relay
 * is told that no frame follows. With `always` it doesn't matter whether anybody watches.
 */
bool uplink_wants(struct uplink *uplink, bool always);
/* Whether somebody watches now, as in audience.h. */
bool uplink_is_watched(const struct uplink *uplink);
/* Nothing follows, without waiting for those who come back; only where the relay tells who
 * watches. */
void uplink_rest(struct uplink *uplink);
/* Takes over the frame. While it rests, the relay is told behind the frame that no other
 * follows. */
void uplink_publish(struct uplink *uplink, struct frame *frame);
/* Sends a control record; one at a time, until UPLINK_SAID or UPLINK_LOST. The payload is
 * borrowed. */
void uplink_say(struct uplink *uplink, const struct wire_header *header, const void *payload);
/* Counts a frame that wasn't even made, because uplink_wants() none. */
void uplink_skip(struct uplink *uplink);
/* why is a constant sentence for the relay. UPLINK_GONE follows, at once without a connection. */
void uplink_end(struct uplink *uplink, const char *why);
struct uplink_stats uplink_stats(const struct uplink *uplink);
/* How long frames took from uplink_publish() until our kernel had them whole. */
const struct stage *uplink_sending(const struct uplink *uplink);

#endif
