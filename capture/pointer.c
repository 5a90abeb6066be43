/* SPDX-License-Identifier: MIT */
#include "capture/pointer.h"

/* Which of the dots from `at` to at + n are within 0 to size. */
static bool clip(int at, unsigned n, unsigned size, unsigned *ret_begin, unsigned *ret_end)
{
	int64_t begin = at < 0 ? -(int64_t)at : 0, end = (int64_t)size - at;

	if (end > n)
		end = n;
	if (begin >= end)
		return false;
	*ret_begin = (unsigned)begin;
	*ret_end = (unsigned)end;
	return true;
}

bool pointer_is_seen(const struct pointer *pointer, int x, int y, unsigned width, unsigned height)
{
	unsigned begin, end;

	return clip(x - pointer->hot_x, pointer->width, width, &begin, &end) &&
	       clip(y - pointer->hot_y, pointer->height, height, &begin, &end);
}

void pointer_draw(const struct pointer *pointer, int x, int y, const struct pointer_canvas *canvas)
{
	unsigned left, right, top, bottom, bytes = canvas->pixels.bits / 8;

	x -= pointer->hot_x;
	y -= pointer->hot_y;
	if (!clip(x, pointer->width, canvas->width, &left, &right) ||
	    !clip(y, pointer->height, canvas->height, &top, &bottom))
		return;
	for (unsigned row = top; row < bottom; row++) {
		const uint32_t *argb = pointer->argb + (size_t)row * pointer->width;
		uint8_t *line = canvas->data + (size_t)(y + (int)row) * canvas->stride;

		for (unsigned column = left; column < right; column++)
			pixels_blend(&canvas->pixels, line + (size_t)(x + (int)column) * bytes,
				     argb[column]);
	}
}
