/* SPDX-License-Identifier: MIT */
/*
 * Asking a chat server what somebody says of himself, under one key, and saying it of oneself (METADATA, IRCv3
 * draft/metadata-3). Of an account it can be asked while nobody is logged in to it.
 *
 *	1. metadata_get() or metadata_set() sends the line.
 *	2. What the link is told goes to metadata_take(), metadata_answered() and metadata_lost().
 *	3. done() is called once for each, by one of these.
 */
#ifndef SPILLWAY_VIEWER_METADATA_H
#define SPILLWAY_VIEWER_METADATA_H

#include "viewer/link.h"

enum {
	METADATA_MAX_ASKED = 32, /* under way */
	METADATA_KEY_SIZE = 65,
};

/*
 * value: borrowed; NULL: it isn't set, or with an error. 0; -ENOENT: there is nobody of that name;
 * -EACCES: the server refuses; -EAGAIN: it wants to be asked later; -EPROTO: it has said nothing;
 * -ECONNRESET: the connection was lost before, so that a value may or may not have been set.
 */
typedef void metadata_done(void *context, int error, const char *value);

struct metadata_question {
	uint32_t label; /* of the line */
	char key[METADATA_KEY_SIZE];
	metadata_done *done;
	void *context;
};

struct metadata_asked { /* start with {0} */
	struct metadata_question questions[METADATA_MAX_ASKED];
	size_t n;
};

/* who: a nick or an account; "*" is oneself. -ENOTCONN; -ENOTSUP: the server has no metadata;
 * -ENOBUFS: too much is under way; -EMSGSIZE: it doesn't fit into a line. After an error done()
 * isn't called. */
int metadata_get(struct metadata_asked *asked, struct link *link, const char *who, const char *key,
		 metadata_done *done, void *context);
/* Of oneself. value: NULL: no longer. */
int metadata_set(struct metadata_asked *asked, struct link *link, const char *key,
		 const char *value, metadata_done *done, void *context);

/* For link_handler's message(): whether it was the answer to one of these, and is nobody else's
 * concern. */
bool metadata_take(struct metadata_asked *asked, const struct message *message, uint32_t label);
/* For answered() and lost(). */
void metadata_answered(struct metadata_asked *asked, uint32_t label);
void metadata_lost(struct metadata_asked *asked);

#endif
