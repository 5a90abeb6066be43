/* SPDX-License-Identifier: MIT */
/* Pictures for tests, each with a number in it; and hashes, to tell whether bytes are the same. */
#ifndef SPILLWAY_HARNESS_PICTURE_H
#define SPILLWAY_HARNESS_PICTURE_H

#include "tests/harness.h"

struct picture {
	const char *data; /* the harness's */
	size_t len;
};

/* A JPEG of 160 x 120 pixels that shows the number. */
struct picture picture_make(struct harness *harness, unsigned number);
/* The same, made just so many bytes long by comments (COM) that nobody sees. At least 8 KB. */
struct picture picture_make_sized(struct harness *harness, unsigned number, size_t len);
/* The number that a JPEG shows; -1 where it isn't one of these, or is damaged. */
int picture_number(const void *data, size_t len);
bool picture_equal(struct picture picture, const void *data, size_t len);

enum { PICTURE_HASH_SIZE = 65 };
/* SHA-256 as 64 hexadecimal digits. */
void picture_hash(const void *data, size_t len, char ret_hash[PICTURE_HASH_SIZE]);

#endif
