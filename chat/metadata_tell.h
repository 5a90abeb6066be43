/* SPDX-License-Identifier: MIT */
/*
 * How metadata is told. The two drafts differ in their words: draft/metadata-2 has a message METADATA for what clients
 * haven't asked for, draft/metadata-3 the numerics of answers; and some codes have other names. Who has agreed on
 * neither is told the words of the third.
 */
#ifndef SPILLWAY_METADATA_TELL_H
#define SPILLWAY_METADATA_TELL_H

#include "chat/answer.h"
#include "chat/client.h"

enum metadata_problem {
	METADATA_INVALID_KEY,
	METADATA_INVALID_PARAMS,
	METADATA_INVALID_TARGET,
	METADATA_INVALID_VALUE,
	METADATA_NO_PERMISSION,
	METADATA_NOT_SET,
	METADATA_LIMIT_REACHED,
	METADATA_TOO_MANY_SUBS,
	METADATA_RATE_LIMITED,
	METADATA_NOT_STORED,
};

/* Whether it is told of what changes: it has batches, too. */
bool metadata_aware(const struct client *client);

/* value: NULL: the key isn't set. The answer to a command, and one of several. */
void metadata_reply(struct client *client, const char *target, const char *key, const char *value);
void metadata_answer(struct answer *answer, const char *target, const char *key, const char *value);
/* The same of what wasn't asked for by its key. */
void metadata_answer_sync(struct answer *answer, const char *target, const char *key,
			  const char *value);

/* FAIL METADATA, with up to three words before the text, and NULL. */
void metadata_refuse(struct client *client, enum metadata_problem problem, const char *text, ...)
	__attribute__((sentinel));
/* About one of the keys of a command: WARN, or of the second draft FAIL. */
void metadata_warn(struct answer *answer, enum metadata_problem problem, const char *text, ...)
	__attribute__((sentinel));

#endif
