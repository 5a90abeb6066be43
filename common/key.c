/* SPDX-License-Identifier: MIT */
#include "common/key.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "blake2b:"
#define HEX "0123456789abcdef"
#define SPACE " \t\r\n"

enum { KEY_BYTES = 16, HASH_BYTES = 32, FILE_MAX = 256 };

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

/* Finds the key in the text of a file, which is cut up in the course of it. */
static int key_parse(char *text, char ret_key[KEY_TEXT_SIZE])
{
	size_t len;

	text[strcspn(text, "\n")] = '\0';
	text += strspn(text, SPACE);
	len = strcspn(text, SPACE);
	if (len != KEY_TEXT_SIZE - 1 || strspn(text, HEX) != len ||
	    text[len + strspn(text + len, SPACE)] != '\0')
		return -EINVAL;
	text[len] = '\0';
	memcpy(ret_key, text, KEY_TEXT_SIZE);
	return 0;
}

int key_read_file(const char *path, char ret_key[KEY_TEXT_SIZE])
{
	char text[FILE_MAX + 1];
	struct stat status;
	size_t len = 0;
	ssize_t n;
	int result, fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0) {
		result = -errno;
		goto close;
	}
	if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
		result = -EPERM;
		goto close;
	}
	/* Piece by piece, since it may be a pipe: --key-file <(pass show cam). */
	do {
		n = read(fd, text + len, FILE_MAX - len);
		if (n < 0 && errno != EINTR) {
			result = -errno;
			goto wipe;
		}
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0 && len < FILE_MAX && memchr(text, '\n', len) == NULL);
	text[len] = '\0';
	result = key_parse(text, ret_key);
wipe:
	sodium_memzero(text, sizeof(text));
close:
	close(fd);
	return result;
}
