/* SPDX-License-Identifier: MIT */
/*
 * What others say, to be shown to people: as far as it fits, as valid UTF-8 (RFC 3629) without
 * control characters, so that it does nothing to a terminal, and without blanks at both ends. Pure.
 */
#ifndef SPILLWAY_SENTENCE_H
#define SPILLWAY_SENTENCE_H

#include "common/slice.h"

/* Control characters become blanks, what isn't UTF-8 question marks. */
void sentence_clean(struct slice text, char *to, size_t size);
/* The same of the first line, without a full stop at its end: it may stand inside another
 * sentence. */
void sentence_first(struct slice text, char *to, size_t size);

#endif
