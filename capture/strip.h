/* SPDX-License-Identifier: MIT */
/*
 * The frame number as a strip of black and white cells, which a program can read out of a picture
 * after JPEG has coded it and a scaler has changed its size. Pure.
 *
 * The strip goes across the whole width, and is there twice: at the top edge and at the bottom edge,
 * so that a picture made of two frames is noticed. It has 32 cells of equal width, each a 32nd of
 * the width; its height is a 20th of the picture's. White (luma 235) is 1, black (luma 16) is 0.
 * From the left, most significant bit first:
 *
 *	 0       4                                               28      32
 *	+-------+-----------------------------------------------+-------+
 *	| 1010  | frame number, modulo 2^24                     | check |
 *	+-------+-----------------------------------------------+-------+
 *
 * The check is the CRC-4 of the 24 bits with the polynomial x^4 + x + 1 and the start value 0xf.
 */
#ifndef SPILLWAY_CAPTURE_STRIP_H
#define SPILLWAY_CAPTURE_STRIP_H

#include <stddef.h>
#include <stdint.h>

enum {
	STRIP_CELLS = 32,
	STRIP_PART = 20, /* of the picture's height */
	STRIP_MIN_WIDTH = 128,
	STRIP_MIN_HEIGHT = 80,
	STRIP_NUMBERS = 1 << 24, /* numbers start again at 0 after so many */
};

/* The cells as bits, the leftmost in the highest bit. */
uint32_t strip_encode(uint32_t number);
/* -EBADMSG where the pattern or the check isn't right. */
int strip_decode(uint32_t cells, uint32_t *ret_number);

/* Draws both strips into a luma plane of at least the minimum size. */
void strip_draw(uint8_t *luma, size_t stride, unsigned width, unsigned height, uint32_t number);
/*
 * Reads both strips of a luma plane (or of a grey picture; full or limited range). -EBADMSG where
 * one isn't there or is damaged, -EUCLEAN where they differ: the picture is torn.
 */
int strip_read(const uint8_t *luma, size_t stride, unsigned width, unsigned height,
	       uint32_t *ret_number);

#endif
