/* SPDX-License-Identifier: MIT */
/*
 * An encrypted piece of a message, from one device to several (spillway-e2e(7), "Envelope"). Each
 * device opens it with a key that only it and the sender's device can make: of the envelope's own
 * key and of both devices' keys. That key depends on every byte of the header and of the text, so
 * nobody in between, and none of the other devices, can change one or move it elsewhere. Pure:
 * randomness is the caller's.
 */
#ifndef SPILLWAY_ENVELOPE_H
#define SPILLWAY_ENVELOPE_H

#include "viewer/device_list.h"

enum {
	ENVELOPE_KEY = 32,  /* bytes of a key for a text, … */
	ENVELOPE_HASH = 32, /* … of a hash, … */
	ENVELOPE_TAG = 16,  /* … and of what shows that nothing was changed */
	ENVELOPE_MAX_RECIPIENTS =
		2 * DEVICE_LIST_MAX, /* the other account's devices, and our own */
	ENVELOPE_HEAD = 1 + DEVICE_KEY + 8 + 8 + ENVELOPE_HASH + DEVICE_KEY + 1,
	ENVELOPE_RECIPIENT = DEVICE_KEY + ENVELOPE_KEY + ENVELOPE_TAG,
	ENVELOPE_BLOCK = 64,	  /* texts are padded to a multiple */
	ENVELOPE_MAX_BLOCKS = 34, /* so that the largest one fits into client tags as Base64 */
	ENVELOPE_MAX_PADDED = ENVELOPE_BLOCK * ENVELOPE_MAX_BLOCKS,
	ENVELOPE_TEXT_HEAD = 1 + 1 + 1 + 2,
	ENVELOPE_MAX_TEXT = ENVELOPE_MAX_PADDED - ENVELOPE_TEXT_HEAD, /* bytes, of one part */
	ENVELOPE_MAX_PARTS = 8,
	ENVELOPE_SIZE = ENVELOPE_HEAD + ENVELOPE_MAX_RECIPIENTS * ENVELOPE_RECIPIENT +
			ENVELOPE_MAX_PADDED + ENVELOPE_TAG,
	ENVELOPE_ENCODED = BASE64URL_LEN(ENVELOPE_SIZE) + 1, /* as Base64, with the NUL */
	ENVELOPE_VERSION = 1,
};

enum envelope_kind { ENVELOPE_SAID = 1, ENVELOPE_ACTION = 2 };

/* Where it belongs, which isn't in it: it opens nowhere else. */
struct envelope_route {
	const char *from, *to; /* accounts */
};

struct envelope_text {
	enum envelope_kind kind;
	uint8_t part,
		parts; /* part 1 of 1; the parts of a message have consecutive sequence numbers */
	size_t len;
	char data[ENVELOPE_MAX_TEXT]; /* any bytes; a character may be cut between two parts */
};

struct envelope_head {
	uint8_t sender[DEVICE_KEY];
	uint64_t sequence; /* from 1, one more each time, by device and conversation */
	uint64_t time_ms;  /* Unix time */
	uint8_t previous
		[ENVELOPE_HASH]; /* envelope_hash() of the one before; zeros for the first */
};

/* To be drawn at random for each envelope, and wiped. */
struct envelope_secrets {
	uint8_t ephemeral[DEVICE_KEY], key[ENVELOPE_KEY];
};

struct envelope { /* a received one; borrowed bytes */
	struct envelope_head head;
	uint8_t ephemeral[DEVICE_KEY];
	size_t n;
	const uint8_t *recipients, *ciphertext;
	size_t ciphertext_len;
};

/*
 * Closes one. secret is the sender's, whose public key is head->sender. Returns the length;
 * -EBADMSG: one of the devices is no usable key.
 */
int envelope_seal(const struct envelope_head *head, const struct envelope_route *route,
		  const struct envelope_text *text, const uint8_t (*recipients)[DEVICE_KEY],
		  size_t n, const uint8_t secret[DEVICE_KEY],
		  const struct envelope_secrets *secrets, uint8_t ret_bytes[ENVELOPE_SIZE]);
/* What of it everybody may see. -EBADMSG: this is no envelope, or not a whole one. */
int envelope_read(const uint8_t *bytes, size_t len, struct envelope *ret_envelope);
/* -ENOENT: it isn't for this device. -EPERM: it isn't from that device, on that route, as it was
 * closed. -EBADMSG: its sender has put something into it that is no text. The text is to be
 * wiped. */
int envelope_open(const struct envelope *envelope, const struct envelope_route *route,
		  const uint8_t device[DEVICE_KEY], const uint8_t secret[DEVICE_KEY],
		  struct envelope_text *ret_text);
void envelope_hash(const uint8_t *bytes, size_t len, uint8_t ret_hash[ENVELOPE_HASH]);

/* As it stands in a tag. */
void envelope_encode(const uint8_t *bytes, size_t len, char ret_text[ENVELOPE_ENCODED]);
/* The length, or -EBADMSG. */
int envelope_decode(struct slice text, uint8_t ret_bytes[ENVELOPE_SIZE]);

#endif
