/* SPDX-License-Identifier: MIT */
/*
 * The HTTP in front of the native format: the request for a stream, and the relay's answer (RFC
 * 9110 section 7.8, RFC 9112). Pure.
 *
 *	POST /STREAM HTTP/1.1		to publish it, or GET to view it, with Upgrade: spillway/1
 *	HTTP/1.1 101			and records both ways from there on (spillway-wire(7)), or
 *					another status, and a sentence about what is wrong
 */
#ifndef SPILLWAY_HANDSHAKE_H
#define SPILLWAY_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/url.h"

enum {
	HANDSHAKE_MAX_REQUEST = 2048, /* bytes, with the NUL */
	HANDSHAKE_MAX_ANSWER = 8192,  /* bytes, head and sentence */
	HANDSHAKE_MAX_SENTENCE = 256, /* bytes, with the NUL */
};

struct handshake_request {
	const char *method; /* "POST" or "GET" */
	const struct url *url;
	const char *key;	/* for Authorization: Bearer; "": none */
	const char *user_agent; /* the program and its version */

	/* For viewers. */
	const char *rendition; /* NULL: what the relay thinks best */
	unsigned wait_s;       /* how long the relay shall wait for a stream that isn't there */
};

/* Writes the request. Returns its length; -EINVAL where a part is too long, or has characters that
 * have no place in it. */
int handshake_request(const struct handshake_request *request, char to[HANDSHAKE_MAX_REQUEST]);

struct handshake_answer {
	int status;
	bool upgraded;			       /* records follow … */
	size_t head_len;		       /* … from here on */
	char stream[NAME_MAX_BYTES + 1];       /* of a 307 to a stream at the same relay; else "" */
	char sentence[HANDSHAKE_MAX_SENTENCE]; /* what is wrong, where it isn't upgraded; clean */
	bool explained;			       /* the sentence isn't just the status's own name */
};

/* Reads the answer at the start of data. ended: nothing can follow. Returns 1 with the answer, 0
 * when more must come, -EBADMSG when it isn't HTTP, -EMSGSIZE when it is too long. */
int handshake_answer(const char *data, size_t len, bool ended, struct handshake_answer *ret_answer);

enum handshake_verdict {
	HANDSHAKE_RETRY,   /* the same request may do better later */
	HANDSHAKE_BUSY,	   /* not while somebody else publishes this stream */
	HANDSHAKE_REFUSED, /* never, the way we ask */
};

/* What the status of an answer that isn't upgraded means. A relay explains its 502: what was asked
 * for can't be played. That of a proxy, which says nothing else, means that the relay is away. */
enum handshake_verdict handshake_verdict(int status, bool explained);

#endif
