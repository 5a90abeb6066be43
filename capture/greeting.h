/* SPDX-License-Identifier: MIT */
/*
 * The request that opens an uplink, and what the relay's answer means. Pure.
 *
 *	POST /STREAM HTTP/1.1		with Upgrade: spillway/1 (spillway-wire(7)), answered by
 *	HTTP/1.1 101			and records both ways from there on, or by an error
 */
#ifndef SPILLWAY_CAPTURE_GREETING_H
#define SPILLWAY_CAPTURE_GREETING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/url.h"

enum {
	GREETING_MAX_REQUEST = 2048,
	GREETING_MAX_REPLY = 8192, /* head and sentence */
	GREETING_TEXT_SIZE = 256,
};

enum greeting_verdict {
	GREETING_OPEN,	  /* 101 */
	GREETING_RETRY,	  /* not now: no such place yet, too many, out of order */
	GREETING_BUSY,	  /* not while somebody else publishes this stream (409) */
	GREETING_REFUSED, /* never, the way we ask */
};

struct greeting_reply {
	enum greeting_verdict verdict;
	int status;
	size_t used;		       /* bytes up to the first record, with GREETING_OPEN */
	char text[GREETING_TEXT_SIZE]; /* the relay's sentence, fit to be printed */
};

/* Writes the request; key may be NULL. Returns its length, -EINVAL for a key with bytes that don't
 * belong into a header. */
int greeting_write(char to[GREETING_MAX_REQUEST], const struct url *url, const char *key);
/* Returns 1 with the answer, 0 when more must come (`ended` says that nothing more will), -EBADMSG
 * for what isn't one, -EMSGSIZE for one that is too long. */
int greeting_read(const char *data, size_t len, bool ended, struct greeting_reply *ret_reply);
/* The first line of a sentence from outside, without what would disturb a terminal. */
void greeting_clean(const char *data, size_t len, char to[GREETING_TEXT_SIZE]);

#endif
