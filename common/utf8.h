/* SPDX-License-Identifier: MIT */
/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing over U+10FFFF. Pure. */
#ifndef SPILLWAY_UTF8_H
#define SPILLWAY_UTF8_H

#include "common/slice.h"

/* The length of the character at the start of text, which has `left` bytes; 0 where there is
 * none. */
size_t utf8_len(const char *text, size_t left);
bool utf8_valid(struct slice text);
/* How many of the text's bytes fit into max without cutting a character. Text must be valid. */
size_t utf8_fit(struct slice text, size_t max);

#endif
