/* SPDX-License-Identifier: MIT */
/* Any colour among those that a terminal has. Pure. */
#ifndef SPILLWAY_TINT_H
#define SPILLWAY_TINT_H

enum {
	TINT_COLOURS = 256, /* so many has a terminal that has the cube */
	TINT_CUBE = 16,	    /* its first */
	TINT_CUBE_SIZE = 216,
};

/* The nearest of a terminal with so many colours to 0xrrggbb; -1: it would hardly be seen on
 * black. */
int tint_nearest(int colour, int n_colours);

#endif
