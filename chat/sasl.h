/* SPDX-License-Identifier: MIT */
/*
 * Logging in by SASL as IRC carries it (IRCv3 sasl-3.1, sasl-3.2): messages in Base64, cut into chunks of 400 bytes;
 * a chunk that is shorter ends one, "+" is an empty one. Pure.
 *
 *	1. sasl_find() knows the mechanism.
 *	2. sasl_add() gathers the client's chunks; when it has a whole message, that is in sasl->message.
 *	3. sasl_plain() takes PLAIN's apart (RFC 4616); those of SCRAM-SHA-256 are for scram.h, once sasl_is_text() has
 *	   seen that they are text. What the server says in return sasl_answer_next() cuts into chunks.
 */
#ifndef SPILLWAY_SASL_H
#define SPILLWAY_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "chat/nick.h"
#include "chat/scram.h"

#define SASL_MECHANISMS_TEXT "PLAIN,SCRAM-SHA-256"

enum sasl_mechanism { SASL_PLAIN, SASL_SCRAM_SHA_256, SASL_MECHANISMS };

enum {
	SASL_CHUNK = 400,
	SASL_MAX_MESSAGE = 768, /* bytes */
	SASL_MAX_TEXT = SASL_MAX_MESSAGE / 3 * 4,
	SASL_MAX_FAILURES = 8, /* of a connection, which ends with the last */
};

/* A conversation. All zero, with a mechanism, at the start. It has secrets: wipe it. */
struct sasl {
	enum sasl_mechanism mechanism;
	size_t text_len; /* of the chunks so far */
	char text[SASL_MAX_TEXT];
	size_t len;
	char message[SASL_MAX_MESSAGE + 1]; /* with a NUL behind it */
	struct scram scram;
	/* Whom the account that was named belongs to, when it was found; "": to nobody. */
	char account[NICK_MAX + 1];
};

/* -ENOENT. */
int sasl_find(const char *mechanism);

/* 1: a message is complete; 0: more is to come. -E2BIG: a chunk or the message is too long;
 * -EBADMSG: that is no Base64. */
int sasl_add(struct sasl *sasl, const char *chunk);
bool sasl_is_text(const struct sasl *sasl);
/* Borrowed from the message. -EINVAL: malformed, or nothing stands there; -ENOTSUP: it wants to act
 * as somebody else. */
int sasl_plain(const struct sasl *sasl, const char **ret_account, const char **ret_password);

struct sasl_answer { /* start with sasl_answer_init() */
	char text[SASL_MAX_TEXT + 1];
	size_t at;
	bool ended;
};

/* A text of up to SASL_MAX_MESSAGE bytes. */
void sasl_answer_init(struct sasl_answer *answer, const char *message);
/* false: that was all. */
bool sasl_answer_next(struct sasl_answer *answer, char ret_chunk[SASL_CHUNK + 1]);

#endif
