/* SPDX-License-Identifier: MIT */
/* Bytes as text: Base64 for URLs, without padding (RFC 4648 section 5). Each has one text only.
 * Pure. */
#ifndef SPILLWAY_BASE64URL_H
#define SPILLWAY_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

#define BASE64URL_LEN(bytes) (((bytes)*4 + 2) / 3)

/* With a NUL: to has room for BASE64URL_LEN(len) + 1. */
void base64url_write(const uint8_t *bytes, size_t len, char *to, size_t size);
/* -EBADMSG: it isn't written like that, or doesn't fit. */
int base64url_read(struct slice text, uint8_t *to, size_t size, size_t *ret_len);

#endif
