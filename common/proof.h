/* SPDX-License-Identifier: MIT */
/*
 * What both sides of SCRAM-SHA-256 compute, and how its messages are read (RFC 5802, sections 2.2
 * and 3; RFC 7677). Pure.
 */
#ifndef SPILLWAY_PROOF_H
#define SPILLWAY_PROOF_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PROOF_KEY = 32,	      /* bytes */
	PROOF_TEXT_SIZE = 45, /* of a key in Base64, with the NUL */
};

struct proof_keys {
	unsigned char client[PROOF_KEY], stored[PROOF_KEY], server[PROOF_KEY];
};

void proof_hmac(const void *key, size_t key_len, const void *data, size_t len,
		unsigned char ret[PROOF_KEY]);
/* The three keys of a password. Takes milliseconds for thousands of iterations. */
void proof_make_keys(const char *password, const unsigned char *salt, size_t salt_len,
		     unsigned iterations, struct proof_keys *ret_keys);
/* The value of the attribute at *text, up to the next comma: behind it *text goes on. NULL: it is
 * another one. */
const char *proof_attribute(const char **text, char name, size_t *ret_len);
/* Printable characters without a comma. */
bool proof_nonce_valid(const char *nonce, size_t len);
/* Base64 of exactly `size` bytes. */
bool proof_decode(const char *text, size_t len, unsigned char *to, size_t size);

#endif
