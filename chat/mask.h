/* SPDX-License-Identifier: MIT */
/*
 * Masks: patterns of nick!user@host with '*' for anything and '?' for one character, without regard
 * to case (casemap.h). Nothing else in them is special. Pure.
 */
#ifndef SPILLWAY_MASK_H
#define SPILLWAY_MASK_H

#include <stdbool.h>

#include "common/slice.h"

enum { MASK_MAX = 160 }; /* bytes of a mask in a list, with NUL */

/* In time proportional to both lengths multiplied, at worst. '?' is a character of UTF-8. */
bool mask_match(const char *mask, const char *text);

/* The parts of nick!user@host; what isn't there is empty. They are pieces of source. */
void mask_split(const char *source, struct slice *ret_nick, struct slice *ret_user,
		struct slice *ret_host);

/* Completes what people type: "dan" is dan!*@*, "*.org" and "dan@host" are masks of a host. A part
 * that is too long is an error: -ENAMETOOLONG; -EINVAL for "" and for blanks. */
int mask_complete(const char *text, char ret_mask[MASK_MAX]);

#endif
