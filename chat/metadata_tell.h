/* SPDX-License-Identifier: MIT */
/*
 * How metadata is told. The two drafts differ in their words: draft/metadata-2 has a message
 * METADATA for what clients haven't asked for, draft/metadata-3 the numerics of answers; and some
 * codes have other names. Who has agreed on neither is told the words of the third.
 */
#ifndef SPILLWAY_METADATA_TELL_H
#define SPILLWAY_METADATA_TELL_H

#include "chat/answer.h"
#include "chat/client.h"
#include "chat/room.h"

/* As a target: all whom a client can see. */
#define METADATA_ALL "*ALL"

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

/* Later: the client should ask again, after so many seconds. */
void metadata_tell_later(struct client *client, const char *target, int64_t wait_s);
/* WHOIS: what of it people read. */
void metadata_tell_whois(struct client *client, const struct client *other);

/* Keys as words of a numeric, as many numerics as they need. */
struct metadata_keys {
	struct client *client;
	const char *code;
	struct answer *answer; /* that they are in; NULL: none */
	struct event event;
	size_t n; /* in the event */
};
void metadata_keys_init(struct metadata_keys *keys, struct client *client, const char *code);
void metadata_keys_add(struct metadata_keys *keys, const char *key);
void metadata_keys_end(struct metadata_keys *keys);

/* ---- to who has subscribed to the key ---- */

/* What it has said, as far as it is in memory; of a ghost (ghost.h) what it had said when it
 * went. */
const struct metadata *metadata_of(const struct client *client);
/* Itself, those who share a room with it (where it is hushed, room_hushes(), its operators), and
 * those who monitor it; but not who has changed it (NULL: nobody). */
void metadata_notify(struct client *whose, const char *key, const char *value,
		     const struct client *but);
/* All keys at once: they are told, or not set any more. */
void metadata_notify_all(struct client *whose, const struct metadata *metadata, bool set,
			 const struct client *but);
/* Somebody has entered a room, whose members are told (where he is hushed, its operators); before:
 * what of him they know already, NULL: nothing. */
void metadata_notify_entry(const struct member *member, const struct metadata *before);
/* The room's members. */
void metadata_notify_room(struct room *room, const char *key, const char *value,
			  const struct client *but);

/* FAIL METADATA, with up to three words before the text, and NULL. */
void metadata_refuse(struct client *client, enum metadata_problem problem, const char *text, ...)
	__attribute__((sentinel));
/* About one of the keys of a command: WARN, or of the second draft FAIL. */
void metadata_complain(struct client *client, enum metadata_problem problem, const char *text, ...)
	__attribute__((sentinel));
/* The same within an answer. */
void metadata_warn(struct answer *answer, enum metadata_problem problem, const char *text, ...)
	__attribute__((sentinel));
/* The same, as a NOTE. */
void metadata_note(struct answer *answer, enum metadata_problem problem, const char *text, ...)
	__attribute__((sentinel));

#endif
