/* SPDX-License-Identifier: MIT */
/*
 * Streams on demand at their home: who offers them (a library, which is a publisher with a
 * catalogue), and who plays them: a session is one playback, a stream of its own.
 *
 *	1. session_open(): somebody asks for an entry. The library's publisher is sent OPEN, and who
 *	   asked waits.
 *	2. The session's stream is published, and waits for its viewer: who asked is sent there. Or the publisher says by a
 *	   CLOSE why not, and who asked is told that.
 *	3. session_sweep() sees that its last viewer has gone, or that none came for SESSION_GRACE_US:
 *	   its publisher has to stop, and the library's is sent CLOSE.
 */
#ifndef SPILLWAY_RELAY_SESSION_H
#define SPILLWAY_RELAY_SESSION_H

#include "common/catalogue.h"
#include "relay/worker.h"

enum {
	SESSION_MAX = 256, /* of a worker */
	/* Who doesn't pause, to wait for its viewer, isn't waited for any longer. */
	SESSION_SETTLE_US = 1000000,
	SESSION_PATIENCE = 15, /* s; so long its publisher may take to begin */
	SESSION_GRACE_US = 10000000,
	SESSION_RECORD_SIZE = WIRE_HEADER_SIZE + CATALOGUE_OPEN_SIZE,
};

struct publisher;
struct shelf_catalogue;

struct library {
	struct list link; /* in worker->libraries */
	struct worker *worker;
	struct publisher *publisher;	   /* borrowed */
	struct shelf_catalogue *catalogue; /* owned */
	bool crowded;			   /* it was said that there is no room for all entries */
	char name[NAME_MAX_BYTES + 1];
};

enum session_state {
	SESSION_ASKED, /* it isn't published yet, or is */
	SESSION_REFUSED,
	SESSION_OVER, /* stays until that was told */
};

struct session {
	struct list link; /* in worker->sessions */
	uint64_t id;
	struct library *library; /* borrowed; NULL when it has gone */
	uint8_t state;
	uint8_t due;	/* WIRE_OPEN, WIRE_CLOSE: the library is to be told; 0: nothing */
	bool published; /* it was seen so */
	bool watched;	/* the same */
	bool ladder;	/* it is to climb through its renditions while it plays */
	int64_t since_us;
	int status;	  /* REFUSED: an HTTP status … */
	char reason[200]; /* … and a sentence */
	char name[NAME_MAX_BYTES + 1];
};

/* The publisher of the stream called name, which has just sent a CATALOGUE. NULL without memory. */
struct library *library_create(struct worker *worker, const char *name,
			       struct publisher *publisher);
/* Accepts NULL. Sessions that are being played go on. */
void library_destroy(struct library *library);
/* A CATALOGUE, and a CLOSE. -EBADMSG for what is malformed, -ENOMEM. */
int library_put(struct library *library, struct slice payload);
int library_close(struct library *library, struct slice payload, bool returns);
/* Writes the next OPEN or CLOSE that is due. Returns its length; 0: none. */
size_t library_say(struct library *library, uint8_t to[SESSION_RECORD_SIZE]);

/* A new session of an entry, whose name this is, perhaps as a ladder. NULL with an errno-style
 * *ret_error: -ENOENT when its library has gone, -EMFILE over SESSION_MAX, -ENOMEM. */
struct session *session_open(struct worker *worker, struct slice entry, bool ladder,
			     int *ret_error);
/* NULL when it is over. */
struct session *session_find_id(const struct worker *worker, uint64_t id);
/* The one that a name belongs to, also that of a rendition. NULL when it is over. */
struct session *session_find(const struct worker *worker, struct slice name);
/* Whether it can be watched from its beginning. */
bool session_is_ready(const struct worker *worker, const struct session *session);
/* Nobody wants it any more: ends it, as above. It may be gone afterwards. */
void session_close(struct worker *worker, struct session *session);
/* Now and then. */
void session_sweep(struct worker *worker);
/* Frees what is left, at the worker's end. */
void session_finish(struct worker *worker);

#endif
