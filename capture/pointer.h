/* SPDX-License-Identifier: MIT */
/* The pointer, drawn into a picture of the screen, where it is missing. Pure. */
#ifndef SPILLWAY_CAPTURE_POINTER_H
#define SPILLWAY_CAPTURE_POINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/pixels.h"

struct pointer {
	unsigned width, height; /* 0: it isn't shown */
	int hot_x, hot_y;	/* the dot of it that points */
	const uint32_t *argb;	/* borrowed; as in pixels_blend() */
};

struct pointer_canvas {
	struct pixels pixels;
	uint8_t *data; /* borrowed */
	size_t stride;
	unsigned width, height;
};

/* Whether any of it would be seen, if it points to (x, y) of a picture of that size. */
bool pointer_is_seen(const struct pointer *pointer, int x, int y, unsigned width, unsigned height);
void pointer_draw(const struct pointer *pointer, int x, int y, const struct pointer_canvas *canvas);

#endif
