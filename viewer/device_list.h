/* SPDX-License-Identifier: MIT */
/*
 * The list of an account's devices that it publishes, so that others can encrypt for them: signed
 * by the account's identity, numbered, and with an end (spillway-e2e(7), "Device list"). Pure.
 */
#ifndef SPILLWAY_DEVICE_LIST_H
#define SPILLWAY_DEVICE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "viewer/base64url.h"

enum {
	DEVICE_KEY = 32,       /* bytes of a key, secret or public */
	DEVICE_LIST_SEED = 32, /* what an identity is made of */
	/* As Base64 with the key's name in 350 bytes, which fit into a line of IRC with all that is
	 * before them. */
	DEVICE_LIST_MAX = 4,
	DEVICE_LIST_HEAD = 1 + DEVICE_KEY + 8 + 4 + 1,
	DEVICE_LIST_SIGNATURE = 64,
	DEVICE_LIST_SIZE = DEVICE_LIST_HEAD + DEVICE_LIST_MAX * DEVICE_KEY + DEVICE_LIST_SIGNATURE,
	DEVICE_LIST_TEXT = BASE64URL_LEN(DEVICE_LIST_SIZE) + 1, /* with the NUL */
	DEVICE_LIST_VERSION = 1,
	DEVICE_LIST_GROUPS = 8, /* of five digits, of a fingerprint */
	DEVICE_LIST_FINGERPRINT = DEVICE_LIST_GROUPS * 6,
};

struct device_list {
	uint8_t identity[DEVICE_KEY]; /* Ed25519 */
	uint64_t version;	      /* never goes back */
	uint32_t expiry_s;	      /* Unix time; from then on it doesn't count */
	size_t n;
	uint8_t devices[DEVICE_LIST_MAX][DEVICE_KEY]; /* X25519 */
};

/* The public key of the identity that is made of a seed. */
void device_list_identity(const uint8_t seed[DEVICE_LIST_SEED], uint8_t ret_identity[DEVICE_KEY]);
/* The text of a list for that account, signed; with a NUL. list->identity is taken from the
 * seed. */
void device_list_write(struct device_list *list, const char *account,
		       const uint8_t seed[DEVICE_LIST_SEED], char ret_text[DEVICE_LIST_TEXT]);
/* -EBADMSG: this is no list. -EPERM: nobody has signed that for this account, or it was changed
 * since. Whether it has ended is the caller's to ask. */
int device_list_read(struct slice text, const char *account, struct device_list *ret_list);
bool device_list_has(const struct device_list *list, const uint8_t device[DEVICE_KEY]);
/* What people compare: "01234 56789 …". */
void device_list_fingerprint(const uint8_t identity[DEVICE_KEY], const char *account,
			     char ret_text[DEVICE_LIST_FINGERPRINT]);

#endif
