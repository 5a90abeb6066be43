/* SPDX-License-Identifier: MIT */
#include "common/proof.h"

#include <sodium.h>
#include <string.h>

_Static_assert((int)PROOF_KEY == (int)crypto_auth_hmacsha256_BYTES, "keys are as long as the hash");

void proof_hmac(const void *key, size_t key_len, const void *data, size_t len,
		unsigned char ret[PROOF_KEY])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key, key_len);
	crypto_auth_hmacsha256_update(&state, data, len);
	crypto_auth_hmacsha256_final(&state, ret);
}

/* Hi() of RFC 5802, section 2.2: PBKDF2 with one block. */
static void salt_password(const char *password, const unsigned char *salt, size_t salt_len,
			  unsigned iterations, unsigned char ret[PROOF_KEY])
{
	static const unsigned char block[4] = {0, 0, 0, 1};
	crypto_auth_hmacsha256_state keyed, state;
	unsigned char u[PROOF_KEY];

	/* The key is the same in each round: it is hashed once. */
	crypto_auth_hmacsha256_init(&keyed, (const unsigned char *)password, strlen(password));
	state = keyed;
	crypto_auth_hmacsha256_update(&state, salt, salt_len);
	crypto_auth_hmacsha256_update(&state, block, sizeof(block));
	crypto_auth_hmacsha256_final(&state, u);
	memcpy(ret, u, PROOF_KEY);
	for (unsigned i = 1; i < iterations; i++) {
		state = keyed;
		crypto_auth_hmacsha256_update(&state, u, PROOF_KEY);
		crypto_auth_hmacsha256_final(&state, u);
		for (size_t k = 0; k < PROOF_KEY; k++)
			ret[k] ^= u[k];
	}
	sodium_memzero(&keyed, sizeof(keyed));
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(u, sizeof(u));
}

void proof_make_keys(const char *password, const unsigned char *salt, size_t salt_len,
		     unsigned iterations, struct proof_keys *ret_keys)
{
	unsigned char salted[PROOF_KEY];

	salt_password(password, salt, salt_len, iterations, salted);
	proof_hmac(salted, PROOF_KEY, "Client Key", 10, ret_keys->client);
	proof_hmac(salted, PROOF_KEY, "Server Key", 10, ret_keys->server);
	crypto_hash_sha256(ret_keys->stored, ret_keys->client, PROOF_KEY);
	sodium_memzero(salted, sizeof(salted));
}

const char *proof_attribute(const char **text, char name, size_t *ret_len)
{
	const char *value = *text + 2;

	if ((*text)[0] != name || (*text)[1] != '=')
		return NULL;
	*ret_len = strcspn(value, ",");
	*text = value + *ret_len + (value[*ret_len] == ',');
	return value;
}

bool proof_nonce_valid(const char *nonce, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (nonce[i] <= ' ' || nonce[i] > '~' || nonce[i] == ',')
			return false;
	return len > 0;
}

bool proof_decode(const char *text, size_t len, unsigned char *to, size_t size)
{
	const char *end;
	size_t decoded;

	return sodium_base642bin(to, size, text, len, NULL, &decoded, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       end == text + len && decoded == size;
}
