/* SPDX-License-Identifier: MIT */
/*
 * Text in the cells of a terminal: wide characters take two, those that join the one before take
 * none (wcwidth(3), with a locale of UTF-8). Pure but for the locale.
 */
#ifndef SPILLWAY_CELLS_H
#define SPILLWAY_CELLS_H

#include "common/slice.h"

/* Text must be valid UTF-8 without control characters; what can't be shown counts as one cell. */
unsigned cells_width(struct slice text);
/* How many bytes at the start of the text fit into so many cells. */
size_t cells_fit(struct slice text, unsigned width);
/* The same where a line ends: behind a line feed, which takes no room, or the last blank that fits,
 * or else as much as there is room for, at least one character. */
size_t cells_wrap(struct slice text, unsigned width);
/* The place of the character before, or behind, the one at `at`: what joins it belongs to it. */
size_t cells_before(struct slice text, size_t at);
size_t cells_behind(struct slice text, size_t at);
/* Replaces what a terminal can't show by '?', but for line feeds, and leaves out what would turn
 * the direction of writing; in place. */
void cells_clean(char *text);

#endif
