/* SPDX-License-Identifier: MIT */
/*
 * What a client knows of keys, and what follows from that (spillway-e2e(7)): its own identity and device, which accounts
 * have which identity and devices, and how far each conversation has come. No input or output: lists and envelopes
 * come and go as text, times are given, keychain.h keeps it on disk. What goes wrong is said in sentences for people.
 *
 *	1. secrecy_take_list() with what the directory says of our own account, then secrecy_renew(): the list that is
 *	   to be published, if any.
 *	2. secrecy_take_list() for another account; then secrecy_seal() for what is said to it.
 *	3. secrecy_open() for what comes.
 */
#ifndef SPILLWAY_SECRECY_H
#define SPILLWAY_SECRECY_H

#include "viewer/account_name.h"
#include "viewer/chain.h"

enum {
	SECRECY_DAY_S = 24 * 60 * 60,
	SECRECY_KEY_S = 7 * SECRECY_DAY_S, /* a device's key is changed then; … */
	SECRECY_KEEP_S =
		35 * SECRECY_DAY_S, /* … the former one is kept for so long, ours and others' */
	SECRECY_LIST_S =
		28 *
		SECRECY_DAY_S, /* a list's life, and how long a key that isn't changed may live */
	SECRECY_RENEW_S = 21 * SECRECY_DAY_S, /* with less left a list is renewed */
	SECRECY_FRESH_S = 10 * 60,	      /* then the directory is asked again */
	SECRECY_CLOCK_MS = 5 * 60 * 1000,     /* how far clocks may be apart */
	SECRECY_MAX_PEERS = 512,
	SECRECY_MAX_DEVICES = 24, /* of an account, former ones among them */
	SECRECY_MAX_KEYS = 8,	  /* of this device, former ones among them */
	/* Of each side of a conversation: one for each key that may still have closed something, so
	 * that none of it counts twice. */
	SECRECY_MAX_CHAINS = SECRECY_MAX_DEVICES + SECRECY_MAX_KEYS,
	SECRECY_MAX_TEXT = ENVELOPE_MAX_PARTS * ENVELOPE_MAX_TEXT,
	SECRECY_SENTENCE = 320,
	SECRECY_GROUP = 6, /* of a fingerprint, with the NUL */
};

struct secrecy_key { /* of this device; the first is the present one */
	uint8_t device[DEVICE_KEY], secret[DEVICE_KEY];
	int64_t made_s, retired_s; /* 0: the present one */
};

struct secrecy_device {
	uint8_t key[DEVICE_KEY];
	int64_t first_s, last_s; /* when it stood in a list that we saw */
};

/* A message of several parts, as far as it has come. */
struct secrecy_parts {
	uint8_t device[DEVICE_KEY];
	uint64_t first; /* its sequence number */
	enum envelope_kind kind;
	unsigned parts, have; /* how many; which, as bits; 0: none is waited for */
	size_t lens[ENVELOPE_MAX_PARTS];
	char *data; /* ENVELOPE_MAX_TEXT each */
};

struct secrecy_side { /* what one side of a conversation has said, by its devices */
	struct chain chains[SECRECY_MAX_CHAINS]; /* the latest first */
	size_t n_chains;
	struct secrecy_parts parts;
};

struct secrecy_peer { /* an account, also our own */
	char name[ACCOUNT_NAME_SIZE];
	bool known; /* an identity is believed: */
	uint8_t identity[DEVICE_KEY];
	int64_t since_s;
	bool compared; /* its fingerprint was */
	bool encrypts; /* something was encrypted with it: nothing is said in plain any more */
	uint64_t version;
	uint8_t digest[ENVELOPE_HASH]; /* of the list with that number */
	struct secrecy_device devices[SECRECY_MAX_DEVICES];
	size_t n_devices;
	uint64_t sequence; /* of what we said to it, from this device; 0: nothing */
	uint8_t previous[ENVELOPE_HASH];
	struct secrecy_side theirs, ours; /* ours: also from our other devices */

	/* Not kept: */
	int64_t asked_s;	 /* when the directory was; 0: not yet */
	int error;		 /* what of it was wrong then: as of secrecy_take_list() */
	struct device_list list; /* where nothing was */
	bool shown;		 /* its fingerprint was, in this run: */
	uint8_t shown_identity[DEVICE_KEY];
	struct device_list other;	     /* where another identity is there, … */
	uint8_t other_digest[ENVELOPE_HASH]; /* … and the list's hash */
};

struct secrecy {
	char account[ACCOUNT_NAME_SIZE]; /* ours */
	bool has_identity;
	uint8_t seed[DEVICE_LIST_SEED], identity[DEVICE_KEY];
	struct secrecy_key keys[SECRECY_MAX_KEYS];
	size_t n_keys;
	struct secrecy_peer *peers[SECRECY_MAX_PEERS];
	size_t n_peers;
	bool changed, keys_changed; /* since it was kept: what is known; what is secret */
};

/* The account's name must be valid. */
void secrecy_init(struct secrecy *secrecy, const char *account);
/* Wipes and frees. */
void secrecy_finish(struct secrecy *secrecy);
/* NULL: nothing is known of it. */
struct secrecy_peer *secrecy_find(const struct secrecy *secrecy, const char *account);
/* Finds or makes it; NULL: there are too many, or no memory, or that is no name. */
struct secrecy_peer *secrecy_peer(struct secrecy *secrecy, const char *account);
bool secrecy_is_own(const struct secrecy *secrecy, const struct secrecy_peer *peer);
/* Takes a seed over as our identity. */
void secrecy_set_identity(struct secrecy *secrecy, const uint8_t seed[DEVICE_LIST_SEED]);

/*
 * What the directory says of an account; no data: it has nothing. 0, or what is wrong, which stays
 * so until the next time: -ENOKEY nothing is there; -EBADMSG no list of that account; -EKEYREJECTED
 * another identity than before; -ESTALE an older list than before, or the same number with other
 * contents; -EKEYEXPIRED it has ended.
 */
int secrecy_take_list(struct secrecy *secrecy, struct secrecy_peer *peer, struct slice text,
		      int64_t now_s);
/* Why nothing can be encrypted, in a sentence. */
void secrecy_explain(const struct secrecy_peer *peer, int error,
		     char ret_sentence[SECRECY_SENTENCE]);
/* The identity that secrecy_accept() would believe, to be shown now; NULL: there is none. */
const uint8_t *secrecy_show(const struct secrecy *secrecy, struct secrecy_peer *peer);
/* Believes the other identity, or notes that the present one was compared; group is what was typed,
 * the last group of its fingerprint. -EINVAL: it isn't that. -ESTALE: it wasn't shown, or is
 * another one since. -ENOKEY: there is nothing to be believed. For our own account: the identity of
 * this device takes the place of the one in the directory. */
int secrecy_accept(struct secrecy *secrecy, struct secrecy_peer *peer, const char *group,
		   int64_t now_s);

/* Behind secrecy_take_list() of our own account. 1: the text is to be published; 0: nothing is to
 * be done. -EKEYREJECTED: the directory has another identity. -ENOSPC: it has as many devices as
 * can be. */
int secrecy_renew(struct secrecy *secrecy, int64_t now_s, char ret_text[DEVICE_LIST_TEXT]);

/* How many envelopes a text needs; 0: it is too long. */
unsigned secrecy_parts_of(size_t len);
/* One of them, from 1 on; both our and the peer's list must be good. 0, or -EBADMSG: one of the
 * devices is no key. It must be kept before it is sent. */
int secrecy_seal(struct secrecy *secrecy, struct secrecy_peer *peer, enum envelope_kind kind,
		 struct slice text, unsigned part, int64_t now_ms, char ret_text[ENVELOPE_ENCODED]);

enum secrecy_result {
	SECRECY_TEXT,	 /* a message is complete; a sentence may have to be told with it */
	SECRECY_PART,	 /* more has to come; the same */
	SECRECY_REFUSED, /* the sentence says why */
	SECRECY_UNKNOWN, /* by a device that isn't known: ask the directory, and try again */
	SECRECY_HELD,	 /* by another identity: try again when it was accepted */
	SECRECY_KNOWN,	 /* of the history: it has come before */
	SECRECY_FOREIGN, /* of the history: for other devices than this one */
};

struct secrecy_opened {
	enum envelope_kind kind;
	size_t len;
	char *text; /* valid UTF-8 with a NUL; borrowed until the next call */
	char sentence[SECRECY_SENTENCE];
	bool harmless; /* the sentence says nothing that had to be otherwise */
};

/* How a message has come. */
struct secrecy_way {
	int64_t time_ms; /* when the server says it was said */
	bool own;	 /* we have said it to the peer, from this device or another one */
	bool past;	 /* of the history, of which nobody has asked for all */
	bool fresh; /* the directory has just been asked, so that an unknown device is refused */
};

enum secrecy_result secrecy_open(struct secrecy *secrecy, struct secrecy_peer *peer,
				 const struct secrecy_way *way, struct slice encoded, int64_t now_s,
				 struct secrecy_opened *ret_opened);

#endif
