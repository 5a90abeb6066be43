/* SPDX-License-Identifier: MIT */
/*
 * Pictures as text: each character is "▀" with the upper half in one colour and the lower half in
 * another (SGR 38;2 and 48;2, ISO/IEC 8613-6), so a terminal of 80 × 24 shows 80 × 48 pixels. Only
 * what changed since the last picture is written. Pure.
 */
#ifndef SPILLWAY_BLOCKS_H
#define SPILLWAY_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCKS_MAX_COLUMNS = 1000, BLOCKS_MAX_ROWS = 500 };

struct blocks_cell {
	uint8_t upper[3], lower[3]; /* red, green, blue */
};

struct blocks {			    /* start with {0} */
	unsigned columns, rows;	    /* of the terminal */
	struct blocks_cell *cells;  /* what is shown */
	struct blocks_cell *wanted; /* what shall be */
	bool blank;		    /* nothing is shown yet */
	/* The picture's place, in characters and in half characters. */
	unsigned left, top, width, height;
	char *text; /* of the last blocks_draw() */
	size_t text_size;
};

/* For a terminal of this size (bounded by the limits above), which is blank. -ENOMEM. */
int blocks_resize(struct blocks *blocks, unsigned columns, unsigned rows);
void blocks_finish(struct blocks *blocks);

/* How many pixels a picture of this size is shown with: its proportions are kept. */
void blocks_fit(const struct blocks *blocks, unsigned width, unsigned height, unsigned *ret_width,
		unsigned *ret_height);

/* Draws a picture of RGB pixels without gaps. picture_width and picture_height are what its
 * proportions are taken from: it may be a smaller copy. Returns the length of blocks->text. */
size_t blocks_draw(struct blocks *blocks, const uint8_t *rgb, unsigned width, unsigned height,
		   unsigned picture_width, unsigned picture_height);

#endif
