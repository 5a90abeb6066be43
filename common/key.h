/* SPDX-License-Identifier: MIT */
/*
 * Keys of publishers and tokens of viewers: 128 random bits, written as 32 hexadecimal digits, in
 * lower case. Only their hash is kept: "blake2b:" and 64 such digits (BLAKE2b-256, RFC 7693, by
 * libsodium).
 */
#ifndef SPILLWAY_KEY_H
#define SPILLWAY_KEY_H

#include <stdbool.h>

enum { KEY_TEXT_SIZE = 32 + 1, KEY_HASH_SIZE = 8 + 64 + 1 };

/* Random bits of the kernel, by libsodium. */
void key_generate(char ret_key[KEY_TEXT_SIZE]);
void key_hash(const char *key, char ret_hash[KEY_HASH_SIZE]);
/* Whether text has the form of a hash. */
bool key_hash_valid(const char *hash);
/* Whether key is the one that hash was made from; in constant time. */
bool key_matches(const char *key, const char *hash);
/* Reads a key from the first line of a file, without white space around it. -errno; -EINVAL for a
 * file without a key, -EPERM when others than owner and group may read or write it. */
int key_read_file(const char *path, char ret_key[KEY_TEXT_SIZE]);
/* The same of the service manager's credential of that name (secret.h). */
int key_read_credential(const char *name, char ret_key[KEY_TEXT_SIZE]);

#endif
