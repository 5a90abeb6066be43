/* SPDX-License-Identifier: MIT */
/*
 * A font of 5 x 7 dots for text in pictures: ASCII from space to '_'; small letters are shown as
 * capitals, everything else as '?'. Pure.
 */
#ifndef SPILLWAY_CAPTURE_FONT_H
#define SPILLWAY_CAPTURE_FONT_H

#include <stddef.h>
#include <stdint.h>

enum {
	FONT_HEIGHT = 7,
	FONT_ADVANCE = 6, /* from character to character: 5 dots and a gap */
};

/* The width of text in dots, without the last gap. */
size_t font_width(const char *text);
/* Draws into a plane of width x height with dots of scale x scale pixels; what lies outside is cut
 * off. (x, y) is the upper left corner. */
void font_draw(uint8_t *plane, size_t stride, size_t width, size_t height, size_t x, size_t y,
	       size_t scale, const char *text, uint8_t value);

#endif
