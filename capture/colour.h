/* SPDX-License-Identifier: MIT */
/*
 * Colours of HD video (BT.709, BT.2020, SMPTE 240M) to those of JPEG (BT.601), in place on planes:
 * a 3 x 3 matrix, without a detour by RGB. (libswscale takes that detour.) Pure.
 */
#ifndef SPILLWAY_CAPTURE_COLOUR_H
#define SPILLWAY_CAPTURE_COLOUR_H

#include "capture/picture.h"

struct colour_matrix {
	int luma_cb, luma_cr; /* what is added to the luma, in 1/65536 */
	int cb_cb, cb_cr;
	int cr_cb, cr_cr;
};

/* False when nothing has to be done: BT.601, not known, or not of planes. */
bool colour_matrix_for(enum AVColorSpace space, struct colour_matrix *ret_matrix);
void colour_apply(const struct colour_matrix *matrix, struct picture_buffer *buffer);

#endif
