/* SPDX-License-Identifier: MIT */
#include "viewer/tint.h"

enum { DARK = 0x50 /* of each part; less on all is hardly seen */ };

/* In the cube the steps are 0, 95, 135 and on by 40. */
static int step_of(int part)
{
	return part < 48 ? 0 : part < 115 ? 1 : (part - 35) / 40;
}

int tint_nearest(int colour, int n_colours)
{
	int red = colour >> 16 & 0xff, green = colour >> 8 & 0xff, blue = colour & 0xff;

	if (red < DARK && green < DARK && blue < DARK)
		return -1;
	if (n_colours >= TINT_COLOURS)
		return TINT_CUBE + 36 * step_of(red) + 6 * step_of(green) + step_of(blue);
	/* Black, red, green, yellow, blue, magenta, cyan, white. */
	return (red >= DARK ? 1 : 0) | (green >= DARK ? 2 : 0) | (blue >= DARK ? 4 : 0);
}
