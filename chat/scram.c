/* SPDX-License-Identifier: MIT */
#include "chat/scram.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"
#include "common/proof.h"

#define KIND "SCRAM-SHA-256$"

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL, SALT_TEXT = 25, KEY_TEXT = 45 };

_Static_assert((int)SCRAM_KEY == (int)PROOF_KEY, "keys are as long as the hash");

/* ---- keys ---- */

void scram_keys_make(struct scram_keys *keys, const char *password)
{
	struct proof_keys proof;

	proof_make_keys(password, keys->salt, SCRAM_SALT, keys->iterations, &proof);
	memcpy(keys->stored_key, proof.stored, SCRAM_KEY);
	memcpy(keys->server_key, proof.server, SCRAM_KEY);
	sodium_memzero(&proof, sizeof(proof));
}

void scram_keys_write(const struct scram_keys *keys, char ret_text[SCRAM_TEXT_SIZE])
{
	char salt[SALT_TEXT], stored[KEY_TEXT], server[KEY_TEXT];

	sodium_bin2base64(salt, sizeof(salt), keys->salt, SCRAM_SALT, BASE64);
	sodium_bin2base64(stored, sizeof(stored), keys->stored_key, SCRAM_KEY, BASE64);
	sodium_bin2base64(server, sizeof(server), keys->server_key, SCRAM_KEY, BASE64);
	snprintf(ret_text, SCRAM_TEXT_SIZE, KIND "%u:%s$%s:%s", keys->iterations, salt, stored,
		 server);
}

int scram_keys_read(const char *text, struct scram_keys *ret_keys)
{
	char salt[SALT_TEXT], stored[KEY_TEXT], server[KEY_TEXT];
	int end = 0;

	if (sscanf(text, KIND "%8u:%24[^$]$%44[^:]:%44s%n", &ret_keys->iterations, salt, stored,
		   server, &end) != 4 ||
	    text[end] != '\0' || ret_keys->iterations == 0 ||
	    ret_keys->iterations > SCRAM_MAX_ITERATIONS ||
	    !proof_decode(salt, strlen(salt), ret_keys->salt, SCRAM_SALT) ||
	    !proof_decode(stored, strlen(stored), ret_keys->stored_key, SCRAM_KEY) ||
	    !proof_decode(server, strlen(server), ret_keys->server_key, SCRAM_KEY))
		return -EINVAL;
	return 0;
}

void scram_keys_decoy(const unsigned char secret[SCRAM_SECRET], const char *user,
		      struct scram_keys *ret_keys)
{
	unsigned char salt[SCRAM_KEY];
	char folded[SCRAM_MAX_USER + 1];

	snprintf(folded, sizeof(folded), "%s", user);
	for (char *c = folded; *c != '\0'; c++)
		*c = casemap_fold(*c);
	proof_hmac(secret, SCRAM_SECRET, folded, strlen(folded), salt);
	memcpy(ret_keys->salt, salt, SCRAM_SALT);
	ret_keys->iterations = SCRAM_ITERATIONS;
	/* Whose hash they are nobody knows. */
	proof_hmac(secret, SCRAM_SECRET, salt, sizeof(salt), ret_keys->stored_key);
	proof_hmac(secret, SCRAM_SECRET, ret_keys->stored_key, SCRAM_KEY, ret_keys->server_key);
}

/* ---- messages ---- */

/* saslname of RFC 5802, section 7: "=2C" is a comma, "=3D" an equals sign. */
static int decode_user(const char *from, size_t len, char to[SCRAM_MAX_USER + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool comma = len - i >= 3 && memcmp(from + i, "=2C", 3) == 0;
		bool equals = len - i >= 3 && memcmp(from + i, "=3D", 3) == 0;

		if (from[i] == '=' && !comma && !equals)
			return -EINVAL;
		if (n == SCRAM_MAX_USER)
			return -E2BIG;
		to[n++] = (char)(comma ? ',' : from[i]);
		i += comma || equals ? 2 : 0;
	}
	to[n] = '\0';
	return n == 0 ? -EINVAL : 0;
}

int scram_client_first(struct scram *scram, const char *message)
{
	const char *text = message, *nonce, *user;
	size_t len;
	int error;

	if (scram->step != 0)
		return -EINVAL;
	if (strlen(message) > SCRAM_MAX_MESSAGE)
		return -E2BIG;
	if (*text == 'p')
		return -ENOTSUP;
	/* "y": it would bind channels, if the server did, which it doesn't say it does. */
	if ((*text != 'n' && *text != 'y') || text[1] != ',')
		return -EINVAL;
	if (text[2] == 'a')
		return -ENOTSUP;
	if (text[2] != ',')
		return -EINVAL;
	snprintf(scram->header, sizeof(scram->header), "%.3s", text);
	text += 3;
	snprintf(scram->client_first, sizeof(scram->client_first), "%s", text);
	if (*text == 'm')
		return -ENOTSUP;
	user = proof_attribute(&text, 'n', &len);
	if (user == NULL)
		return -EINVAL;
	error = decode_user(user, len, scram->user);
	if (error < 0)
		return error;
	nonce = proof_attribute(&text, 'r', &len);
	if (nonce == NULL || !proof_nonce_valid(nonce, len))
		return -EINVAL;
	if (len > SCRAM_MAX_NONCE)
		return -E2BIG;
	snprintf(scram->nonce, sizeof(scram->nonce), "%.*s", (int)len, nonce);
	scram->step = 1;
	return 0;
}

int scram_server_first(struct scram *scram, const struct scram_keys *keys, const char *nonce,
		       char ret_message[SCRAM_MAX_MESSAGE + 1])
{
	char salt[SALT_TEXT];
	size_t len = strlen(scram->nonce);

	if (scram->step != 1 || strlen(nonce) > SCRAM_SERVER_NONCE ||
	    !proof_nonce_valid(nonce, strlen(nonce)))
		return -EINVAL;
	scram->keys = *keys;
	snprintf(scram->nonce + len, sizeof(scram->nonce) - len, "%s", nonce);
	sodium_bin2base64(salt, sizeof(salt), keys->salt, SCRAM_SALT, BASE64);
	snprintf(scram->server_first, sizeof(scram->server_first), "r=%s,s=%s,i=%u", scram->nonce,
		 salt, keys->iterations);
	memcpy(ret_message, scram->server_first, sizeof(scram->server_first));
	scram->step = 2;
	return 0;
}

/* Which bytes both sides sign; SCRAM_MAX_MESSAGE each, with commas between them. */
static void sign(const struct scram *scram, const unsigned char key[SCRAM_KEY],
		 const char *client_final, size_t len, unsigned char ret[SCRAM_KEY])
{
	char all[3 * SCRAM_MAX_MESSAGE + 3];
	int n = snprintf(all, sizeof(all), "%s,%s,%.*s", scram->client_first, scram->server_first,
			 (int)len, client_final);

	proof_hmac(key, SCRAM_KEY, all, (size_t)n, ret);
}

static bool header_repeated(const struct scram *scram, const char *text, size_t len)
{
	unsigned char header[3];

	return proof_decode(text, len, header, sizeof(header)) &&
	       memcmp(header, scram->header, sizeof(header)) == 0;
}

/* The client's key is its proof without the signature; its hash is what is kept (RFC 5802, section
 * 3). */
static int check(const struct scram *scram, const char *message, unsigned char ret[SCRAM_KEY])
{
	unsigned char proof[SCRAM_KEY], signature[SCRAM_KEY], hash[SCRAM_KEY];
	const char *text = message, *value, *signed_end;
	size_t len;

	value = proof_attribute(&text, 'c', &len);
	if (value == NULL || !header_repeated(scram, value, len))
		return -EINVAL;
	value = proof_attribute(&text, 'r', &len);
	if (value == NULL || len != strlen(scram->nonce) || memcmp(value, scram->nonce, len) != 0)
		return -EINVAL;
	/* Extensions that aren't known are to be ignored, but they are signed. */
	while (*text != '\0' && *text != 'p')
		text += strcspn(text, ",") + (strchr(text, ',') != NULL);
	signed_end = text - 1;
	value = proof_attribute(&text, 'p', &len);
	if (value == NULL || *text != '\0' || !proof_decode(value, len, proof, sizeof(proof)))
		return -EINVAL;
	len = (size_t)(signed_end - message);
	sign(scram, scram->keys.stored_key, message, len, signature);
	for (size_t i = 0; i < SCRAM_KEY; i++)
		proof[i] ^= signature[i];
	crypto_hash_sha256(hash, proof, sizeof(proof));
	sodium_memzero(proof, sizeof(proof));
	if (sodium_memcmp(hash, scram->keys.stored_key, SCRAM_KEY) != 0)
		return -EACCES;
	sign(scram, scram->keys.server_key, message, len, ret);
	return 0;
}

int scram_client_final(struct scram *scram, const char *message,
		       char ret_message[SCRAM_MAX_MESSAGE + 1])
{
	unsigned char signature[SCRAM_KEY];
	char text[KEY_TEXT];
	int error = -EINVAL;

	if (scram->step == 2 && strlen(message) <= SCRAM_MAX_MESSAGE)
		error = check(scram, message, signature);
	if (error == 0) {
		sodium_bin2base64(text, sizeof(text), signature, SCRAM_KEY, BASE64);
		snprintf(ret_message, SCRAM_MAX_MESSAGE + 1, "v=%s", text);
	} else {
		snprintf(ret_message, SCRAM_MAX_MESSAGE + 1, "e=%s",
			 error == -EACCES ? "invalid-proof" : "other-error");
	}
	scram->step = 3;
	sodium_memzero(&scram->keys, sizeof(scram->keys));
	return error;
}
