/* SPDX-License-Identifier: MIT */
/* How pixels lie in an X server's images, which is the server's to choose. Pure. */
#ifndef SPILLWAY_CAPTURE_PIXELS_H
#define SPILLWAY_CAPTURE_PIXELS_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pixels {
	unsigned bits; /* of a pixel: 16, 24 or 32 */
	bool msb_first;
	uint32_t red, green, blue; /* masks */
};

/* AV_PIX_FMT_NONE where there is no such format. */
enum AVPixelFormat pixels_format(const struct pixels *pixels);
/* Draws a colour over the pixel; its parts are multiplied by alpha already, as XFIXES has them:
 * alpha, red, green, blue from the highest byte on. */
void pixels_blend(const struct pixels *pixels, uint8_t *pixel, uint32_t argb);

#endif
