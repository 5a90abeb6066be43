/* SPDX-License-Identifier: MIT */
/*
 * A viewer's conversation with a relay, on common/io.h:
 *
 *	1. the host is looked up, and its addresses are tried in turn,
 *	2. GET /STREAM with Upgrade: spillway/1 (RFC 9110 section 7.8) asks for the stream,
 *	3. after 101 records come (spillway-wire(7)); each frame is shown to the owner,
 *	4. until an END record that doesn't promise a return, session_stop(), or something that makes going on impossible.
 *
 * When the relay is away, has no such stream, or the connection is lost, the session waits and
 * begins again at 1, unless it was told not to. It says such things once, in sentences for people.
 *
 * The caller owns the struct; it must stay until `ended` was called.
 */
#ifndef SPILLWAY_SESSION_H
#define SPILLWAY_SESSION_H

#include <stdbool.h>

#include "common/handshake.h"
#include "common/io.h"
#include "common/resolver.h"
#include "common/url.h"
#include "viewer/frame.h"
#include "viewer/reader.h"

enum {
	SESSION_MAX_SENTENCE = 640,  /* bytes, with the NUL */
	SESSION_CONNECT_S = 5,	     /* for one address */
	SESSION_ANSWER_S = 10,	     /* for the answer to the request, … */
	SESSION_WAIT_S = 20,	     /* … and this more where the relay is asked to wait */
	SESSION_PING_S = 5,	     /* without a byte: ask with a PING, again and again */
	SESSION_SILENT_S = 15,	     /* without a byte: lost, if the relay does answer PINGs */
	SESSION_REDIRECTS = 3,	     /* that are followed in a row */
	SESSION_RETRY_MIN_MS = 100,  /* doubled at each failure, up to … */
	SESSION_RETRY_MAX_MS = 5000, /* … this; each time something up to a half less */
};

struct session_options {
	const struct url *url;
	const char *key;       /* for Authorization: Bearer; "": none */
	const char *rendition; /* NULL: what the relay thinks best */
	uint32_t max_frame_bytes;
	bool reconnect;
};

enum session_event {
	SESSION_WAITING,  /* the stream isn't there yet */
	SESSION_LOST,	  /* it was, and is not any more */
	SESSION_REGAINED, /* after one of these: here comes its next frame */
};

struct session;

struct session_handler {
	/* A whole frame, borrowed. true: done with it. false: it is held, and nothing more is
	 * received, until session_resume(). */
	bool (*frame)(struct session *session, const struct frame *frame);
	/* Something to tell a person; sentence is borrowed. */
	void (*event)(struct session *session, enum session_event event, const char *sentence);
	/* The last call. error: 0 after an END record or session_stop(), else -errno. sentence is
	 * borrowed, and says why; "" after session_stop(). */
	void (*ended)(struct session *session, int error, const char *sentence);
};

enum session_state {
	SESSION_IDLE,
	SESSION_RETRYING, /* waits for the time to begin again */
	SESSION_RESOLVING,
	SESSION_CONNECTING,
	SESSION_ASKING, /* the request is on its way, or the answer */
	SESSION_STREAMING,
	SESSION_CLOSING, /* waits for its operations to end, then does `next` */
};

enum session_next { SESSION_NEXT_ADDRESS, SESSION_NEXT_TRY, SESSION_NEXT_END };

struct session {
	void *context; /* the owner's */

	/* The rest is private. */
	struct io *io;
	const struct session_options *options;
	const struct session_handler *handler;
	enum session_state state;
	enum session_next next;
	int error; /* for ended() */
	char sentence[SESSION_MAX_SENTENCE];

	struct resolver resolver;
	bool resolved; /* the name was there once */
	struct addrinfo *addresses, *address;
	int fd; /* -1: none */
	int64_t deadline_us;
	int64_t heard_us; /* when the last byte came */
	unsigned retry_ms;
	unsigned redirects;		   /* in this try; to … */
	char playback[NAME_MAX_BYTES + 1]; /* … this stream; "": as asked for */
	bool held;
	bool first;			  /* no frame has come in this conversation */
	bool moved;			  /* no frame has come of this rendition */
	char watched[NAME_MAX_BYTES + 1]; /* the stream in fact, as the relay told; "": it didn't */
	bool answers;			  /* a PONG has come in it */
	int64_t pinged_us;
	bool absent;		/* there was no such stream: ask the relay to wait for it */
	unsigned troubles;	/* those that were told, a bit each; none while frames come */
	int64_t trouble_us;	/* since when */
	bool seen;		/* a frame has come, ever … */
	uint64_t last_sequence; /* … and this was the last one's number */

	struct reader reader;
	struct io_op connect, recv, send, watchdog, retry;
	char request[HANDSHAKE_MAX_REQUEST];
	size_t request_len, request_sent;
	char answer[HANDSHAKE_MAX_ANSWER];
	size_t answer_len;
	uint8_t control[WIRE_HEADER_SIZE]; /* the PING or PONG that is being sent */
	size_t control_sent;
};

/* Everything is borrowed until the end. -ENOMEM: nothing was started. A host whose name nobody
 * knows ends it with -ENOENT; but not when the name was there once. */
int session_start(struct session *session, struct io *io, const struct session_options *options,
		  const struct session_handler *handler, void *context);
/* The frame that was held is let go. */
void session_resume(struct session *session);
/* Ends soon, by ended(). May be called from any of the handler's functions, and again. */
void session_stop(struct session *session);

#endif
