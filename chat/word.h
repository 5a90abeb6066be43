/* SPDX-License-Identifier: MIT */
/*
 * Words that mustn't be said: masks with '*' for anything and '?' for one character, without regard
 * to case (casemap.h). One fits a text that has a piece like it, which begins and ends where a word
 * does: "spam" is no part of "spammer", but "spam*" and "*spam*" fit there; "buy*now" fits over
 * several words. What clients show as colours and styles isn't looked at. Pure.
 */
#ifndef SPILLWAY_WORD_H
#define SPILLWAY_WORD_H

#include <stdbool.h>

enum { WORD_MAX = 63 /* bytes of a mask */ };

/* Whether it is one: no blanks, commas or control characters, and something that isn't '*'. */
bool word_valid(const char *mask);
/* In time proportional to the length of the text. The mask is valid. */
bool word_found(const char *mask, const char *text);

#endif
