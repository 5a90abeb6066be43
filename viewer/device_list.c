/* SPDX-License-Identifier: MIT */
#include "viewer/device_list.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "viewer/account_name.h"
#include "viewer/base64url.h"
#include "viewer/big_endian.h"

static const char list_label[] = "spillway-e2e-v1 device list";
static const char fingerprint_label[] = "spillway-e2e-v1 fingerprint";

enum {
	AT_IDENTITY = 1,
	AT_VERSION = AT_IDENTITY + DEVICE_KEY,
	AT_EXPIRY = AT_VERSION + 8,
	AT_N = AT_EXPIRY + 4,
	SIGNED_SIZE = sizeof(list_label) + ACCOUNT_NAME_SIZE + DEVICE_LIST_SIZE,
};

static_assert(crypto_sign_BYTES == DEVICE_LIST_SIGNATURE, "");
static_assert(crypto_sign_SEEDBYTES == DEVICE_LIST_SEED, "");

/* What is signed: label NUL account NUL record. */
static size_t write_signed(const uint8_t *record, size_t len, const char *account,
			   uint8_t to[SIGNED_SIZE])
{
	size_t at = sizeof(list_label);

	memcpy(to, list_label, at);
	at += account_name_write(account, (char *)to + at);
	memcpy(to + at, record, len);
	return at + len;
}

void device_list_identity(const uint8_t seed[DEVICE_LIST_SEED], uint8_t ret_identity[DEVICE_KEY])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(ret_identity, secret, seed);
	sodium_memzero(secret, sizeof(secret));
}

void device_list_write(struct device_list *list, const char *account,
		       const uint8_t seed[DEVICE_LIST_SEED], char ret_text[DEVICE_LIST_TEXT])
{
	uint8_t record[DEVICE_LIST_SIZE], said[SIGNED_SIZE], secret[crypto_sign_SECRETKEYBYTES];
	size_t len = DEVICE_LIST_HEAD + list->n * DEVICE_KEY;

	assert(list->n >= 1 && list->n <= DEVICE_LIST_MAX);
	crypto_sign_seed_keypair(list->identity, secret, seed);
	record[0] = DEVICE_LIST_VERSION;
	memcpy(record + AT_IDENTITY, list->identity, DEVICE_KEY);
	big_endian_write(record + AT_VERSION, list->version, 8);
	big_endian_write(record + AT_EXPIRY, list->expiry_s, 4);
	record[AT_N] = (uint8_t)list->n;
	memcpy(record + DEVICE_LIST_HEAD, list->devices, list->n * DEVICE_KEY);
	crypto_sign_detached(record + len, NULL, said, write_signed(record, len, account, said),
			     secret);
	sodium_memzero(secret, sizeof(secret));
	base64url_write(record, len + DEVICE_LIST_SIGNATURE, ret_text, DEVICE_LIST_TEXT);
}

static bool has_twins(const struct device_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (memcmp(list->devices[i], list->devices[j], DEVICE_KEY) == 0)
				return true;
		}
	}
	return false;
}

int device_list_read(struct slice text, const char *account, struct device_list *ret_list)
{
	uint8_t record[DEVICE_LIST_SIZE], said[SIGNED_SIZE];
	size_t len, signed_len;

	if (!account_name_valid(account) ||
	    base64url_read(text, record, sizeof(record), &len) < 0 || len < DEVICE_LIST_HEAD ||
	    record[0] != DEVICE_LIST_VERSION)
		return -EBADMSG;
	*ret_list = (struct device_list){
		.version = big_endian_read(record + AT_VERSION, 8),
		.expiry_s = (uint32_t)big_endian_read(record + AT_EXPIRY, 4),
		.n = record[AT_N],
	};
	signed_len = DEVICE_LIST_HEAD + ret_list->n * DEVICE_KEY;
	if (ret_list->n == 0 || ret_list->n > DEVICE_LIST_MAX ||
	    len != signed_len + DEVICE_LIST_SIGNATURE)
		return -EBADMSG;
	memcpy(ret_list->identity, record + AT_IDENTITY, DEVICE_KEY);
	memcpy(ret_list->devices, record + DEVICE_LIST_HEAD, ret_list->n * DEVICE_KEY);
	if (has_twins(ret_list))
		return -EBADMSG;
	if (crypto_sign_verify_detached(record + signed_len, said,
					write_signed(record, signed_len, account, said),
					ret_list->identity) < 0)
		return -EPERM;
	return 0;
}

bool device_list_has(const struct device_list *list, const uint8_t device[DEVICE_KEY])
{
	for (size_t i = 0; i < list->n; i++) {
		if (memcmp(list->devices[i], device, DEVICE_KEY) == 0)
			return true;
	}
	return false;
}

void device_list_fingerprint(const uint8_t identity[DEVICE_KEY], const char *account,
			     char ret_text[DEVICE_LIST_FINGERPRINT])
{
	uint8_t hash[DEVICE_LIST_GROUPS * 5];
	char name[ACCOUNT_NAME_SIZE];
	crypto_generichash_state state;
	size_t at = 0;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, (const uint8_t *)fingerprint_label,
				  sizeof(fingerprint_label));
	crypto_generichash_update(&state, (const uint8_t *)name, account_name_write(account, name));
	crypto_generichash_update(&state, identity, DEVICE_KEY);
	crypto_generichash_final(&state, hash, sizeof(hash));
	for (size_t i = 0; i < DEVICE_LIST_GROUPS; i++)
		at += (size_t)snprintf(ret_text + at, DEVICE_LIST_FINGERPRINT - at, "%s%05u",
				       i > 0 ? " " : "",
				       (unsigned)(big_endian_read(hash + i * 5, 5) % 100000));
}
