/* SPDX-License-Identifier: MIT */
#include "common/key.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define PREFIX "blake2b:"
#define HEX "0123456789abcdef"
#define SPACE " \t\r\n"

enum { KEY_BYTES = 16, HASH_BYTES = 32 };

static void start(void)
{
	if (sodium_init() < 0)
		abort(); /* the kernel has no random numbers to give */
}

static void key_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
}

void key_generate(char ret_key[KEY_TEXT_SIZE])
{
	unsigned char bits[KEY_BYTES];

	key_init();
	randombytes_buf(bits, sizeof(bits));
	sodium_bin2hex(ret_key, KEY_TEXT_SIZE, bits, sizeof(bits));
	sodium_memzero(bits, sizeof(bits));
}

void key_hash(const char *key, char ret_hash[KEY_HASH_SIZE])
{
	unsigned char hash[HASH_BYTES];
	size_t prefix = strlen(PREFIX);

	key_init();
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)key, strlen(key), NULL, 0);
	memcpy(ret_hash, PREFIX, prefix);
	sodium_bin2hex(ret_hash + prefix, KEY_HASH_SIZE - prefix, hash, sizeof(hash));
}

bool key_hash_valid(const char *hash)
{
	size_t prefix = strlen(PREFIX);

	return strlen(hash) == KEY_HASH_SIZE - 1 && memcmp(hash, PREFIX, prefix) == 0 &&
	       strspn(hash + prefix, HEX) == 2 * (size_t)HASH_BYTES;
}

bool key_matches(const char *key, const char *hash)
{
	char own[KEY_HASH_SIZE];

	if (!key_hash_valid(hash))
		return false;
	key_hash(key, own);
	return sodium_memcmp(own, hash, KEY_HASH_SIZE - 1) == 0;
}

/* Finds the key in the first line of a file, which is cut up in the course of it. */
static int key_parse(char *text, char ret_key[KEY_TEXT_SIZE])
{
	size_t len;

	text += strspn(text, SPACE);
	len = strcspn(text, SPACE);
	if (len != KEY_TEXT_SIZE - 1 || strspn(text, HEX) != len ||
	    text[len + strspn(text + len, SPACE)] != '\0')
		return -EINVAL;
	text[len] = '\0';
	memcpy(ret_key, text, KEY_TEXT_SIZE);
	return 0;
}

/* How a secret was read, and the secret, which is wiped. */
static int key_take(int result, char text[SECRET_MAX], char ret_key[KEY_TEXT_SIZE])
{
	if (result == 0)
		result = key_parse(text, ret_key);
	sodium_memzero(text, SECRET_MAX);
	return result == -E2BIG ? -EINVAL : result;
}

int key_read_file(const char *path, char ret_key[KEY_TEXT_SIZE])
{
	char text[SECRET_MAX];

	return key_take(secret_read_file(path, text), text, ret_key);
}

int key_read_credential(const char *name, char ret_key[KEY_TEXT_SIZE])
{
	char text[SECRET_MAX];

	return key_take(secret_read_credential(name, text), text, ret_key);
}
