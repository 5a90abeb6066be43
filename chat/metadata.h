/* SPDX-License-Identifier: MIT */
/*
 * Metadata (IRCv3 draft/metadata-2 and -3): what somebody says about himself, or operators about
 * their room, as keys with values. This is what of it is in memory; metadata_record.h has what is
 * kept. Pure.
 *
 * A set of keys alone is metadata whose values are empty: that is how a client's subscriptions are
 * kept.
 */
#ifndef SPILLWAY_METADATA_H
#define SPILLWAY_METADATA_H

#include <stdbool.h>
#include <stddef.h>

enum {
	METADATA_MAX_KEY = 32,	  /* bytes */
	METADATA_MAX_VALUE = 400, /* bytes */
	METADATA_MAX_KEYS = 20,	  /* of one person or room */
	METADATA_MAX_SUBS = 30,	  /* keys that a client subscribes to */
	METADATA_WHY_SIZE = 128,
};

/* What capabilities say of these limits. */
#define METADATA_CAPABILITY                                                                        \
	"before-connect,max-subs=30,max-keys=20,max-key-bytes=32,max-value-bytes=400"

struct metadata_entry {
	struct metadata_entry *next;
	const char *value;
	char key[]; /* and the value behind its NUL */
};

struct metadata {		      /* start with {0} */
	struct metadata_entry *first; /* in the order of their keys */
	size_t n;
};

/* a-z, 0-9, and _ . / - */
bool metadata_key_valid(const char *key);
/* Whether a value may be had under this key, in messages that have `room` bytes for it; if not,
 * why. It is valid UTF-8, and not empty. */
bool metadata_value_valid(const char *key, const char *value, size_t room,
			  char ret_why[METADATA_WHY_SIZE]);

/* NULL: it isn't set. */
const char *metadata_get(const struct metadata *metadata, const char *key);
/* Copies both. 1: it is set now; 0: it was; -ENOSPC: there are `max` keys already; -ENOMEM. */
int metadata_set(struct metadata *metadata, const char *key, const char *value, size_t max);
/* Whether it was set. */
bool metadata_remove(struct metadata *metadata, const char *key);
void metadata_clear(struct metadata *metadata);
/* What the other hasn't got is copied from one. -ENOMEM: some of it. */
int metadata_add(struct metadata *to, const struct metadata *from, size_t max);
/* All that one has is the other's; what that had is gone. */
void metadata_move(struct metadata *to, struct metadata *from);

/* Those that people read: for WHOIS. */
extern const char *const metadata_readable[];
extern const size_t metadata_n_readable;

#endif
