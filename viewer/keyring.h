/* SPDX-License-Identifier: MIT */
/*
 * The keys and tokens in the text of a configuration file (spillway-relay(8), CONFIGURATION FILE), read
 * and edited as a person would: nothing else in it changes. Pure.
 *
 *	[stream cam]
 *	key = blake2b:8c1f… ; Alice's laptop
 *
 * An id is the first digits of a hash, as many as people type.
 */
#ifndef SPILLWAY_KEYRING_H
#define SPILLWAY_KEYRING_H

#include <stdbool.h>

#include "common/slice.h"

enum {
	KEYRING_ID_LEN = 8,    /* of an id as it is shown */
	KEYRING_ID_MIN = 4,    /* of an id as it is typed */
	KEYRING_NOTE_MAX = 64, /* bytes */
};

enum keyring_kind { KEYRING_KEY, KEYRING_TOKEN };
/* "key", "token"; what the file calls them. */
extern const char *const keyring_kinds[];

struct keyring_entry {
	enum keyring_kind kind;
	struct slice
		stream;	   /* all borrowed from the text; .data NULL: of [relay], for all streams */
	struct slice hash; /* with its "blake2b:" */
	struct slice note; /* the comment behind it, which may be empty */
	unsigned line;	   /* from 1 on */
	size_t start;	   /* of the line in the text */
};

/* Where a reading of the text has come to; starts as {.text = text}. */
struct keyring {
	const char *text; /* borrowed */
	size_t at;
	unsigned line;
	struct slice section, stream;
};

/* The next entry; false at the end. */
bool keyring_next(struct keyring *keyring, struct keyring_entry *ret_entry);
/* Whether the entry's id begins so. */
bool keyring_matches(const struct keyring_entry *entry, const char *id);
/* Whether text may be an id, and a note. */
bool keyring_id_valid(const char *id);
bool keyring_note_valid(const char *note);

/* The id that is shown, terminated. */
void keyring_id(struct slice hash, char ret_id[KEYRING_ID_LEN + 1]);

/* Both return the changed text, for free(); NULL without memory. stream NULL: [relay]; note "":
 * none. */
char *keyring_add(const char *text, const char *stream, enum keyring_kind kind, const char *hash,
		  const char *note);
/*
 * Takes away the entry that begins at `start`. A stream that loses its last key, or token, stays
 * closed: what its keys implied (publish = key, watch = token) is written in their place then.
 */
char *keyring_remove(const char *text, size_t start);

#endif
