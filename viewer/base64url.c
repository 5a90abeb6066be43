/* SPDX-License-Identifier: MIT */
#include "viewer/base64url.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum { KIND = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

void base64url_write(const uint8_t *bytes, size_t len, char *to, size_t size)
{
	sodium_bin2base64(to, size, bytes, len, KIND);
}

/* libsodium 1.0.18 takes some bytes over 127 for others. */
static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] > 127)
			return false;
	}
	return true;
}

int base64url_read(struct slice text, uint8_t *to, size_t size, size_t *ret_len)
{
	return is_plain(text) && sodium_base642bin(to, size, text.data, text.len, NULL, ret_len,
						   NULL, KIND) == 0
		       ? 0
		       : -EBADMSG;
}
