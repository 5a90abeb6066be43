/* SPDX-License-Identifier: MIT */
#include "chat/cloak.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 3, PART_BYTES = 5, PART_SIZE = 9 /* 8 letters of 5 bits, and NUL */ };

/* From the host to the largest network: so many bytes of the address, in which IPv4 begins at
 * 12. */
static const struct family {
	const char *suffix;
	uint8_t bytes[LEVELS];
} families[] = {
	{"v4", {16, 15, 14}},
	{"v6", {8, 6, 4}},
};

static void write_part(const unsigned char bytes[PART_BYTES], char to[PART_SIZE])
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's */
	uint64_t number = 0;

	for (size_t i = 0; i < PART_BYTES; i++)
		number = number << 8 | bytes[i];
	for (size_t i = PART_SIZE - 1; i-- > 0; number >>= 5)
		to[i] = letters[number & 31];
	to[PART_SIZE - 1] = '\0';
}

/* The length is hashed, too: a network isn't its own first address. */
static void hash(const unsigned char key[CLOAK_KEY_SIZE], const struct peer *peer, uint8_t bytes,
		 char to[PART_SIZE])
{
	unsigned char text[1 + sizeof(peer->address)] = {bytes};
	unsigned char full[crypto_generichash_BYTES_MIN];

	memcpy(text + 1, peer->address, bytes);
	crypto_generichash(full, sizeof(full), text, sizeof(text), key, CLOAK_KEY_SIZE);
	write_part(full, to);
}

void cloak_make(const unsigned char key[CLOAK_KEY_SIZE], const struct peer *peer,
		char ret_cloak[CLOAK_SIZE])
{
	const struct family *family = &families[peer_is_ipv4(peer) ? 0 : 1];
	char parts[LEVELS][PART_SIZE];

	for (size_t i = 0; i < LEVELS; i++)
		hash(key, peer, family->bytes[i], parts[i]);
	snprintf(ret_cloak, CLOAK_SIZE, "%s.%s.%s.%s", parts[0], parts[1], parts[2],
		 family->suffix);
}
