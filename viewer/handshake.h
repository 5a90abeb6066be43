/* SPDX-License-Identifier: MIT */
/*
 * The HTTP in front of the native format: the request for a stream, and the relay's answer (RFC
 * 9110 section 7.8, RFC 9112). Pure.
 */
#ifndef SPILLWAY_HANDSHAKE_H
#define SPILLWAY_HANDSHAKE_H

#include "common/url.h"

enum { HANDSHAKE_MAX_SENTENCE = 256 }; /* bytes, with the NUL */

struct handshake_request {
	const struct url *url;
	const char *key;       /* for Authorization: Bearer; "": none */
	const char *rendition; /* NULL: what the relay thinks best */
	unsigned wait_s;       /* how long the relay shall wait for a stream that isn't there */
};

/* Writes the request. Returns its length; -EINVAL where a part has characters that have no place in
 * it, -ENAMETOOLONG. */
int handshake_request(const struct handshake_request *request, char *to, size_t size);

struct handshake_answer {
	int status;
	bool upgraded;			       /* records follow … */
	size_t head_len;		       /* … from here on */
	char sentence[HANDSHAKE_MAX_SENTENCE]; /* what is wrong, where it isn't upgraded */
};

/* Reads the answer at the start of data. last: nothing can follow. 1 when it is complete, 0 when
 * more must come, -EBADMSG when it isn't HTTP. */
int handshake_answer(const char *data, size_t len, bool last, struct handshake_answer *ret_answer);

/* Whether the same request may do better later. */
bool handshake_may_retry(int status);

#endif
