/* SPDX-License-Identifier: MIT */
#include "capture/placard.h"

#include <string.h>

#include "capture/font.h"

enum { PLACARD_LUMA = 32, PLACARD_TEXT_LUMA = 200, PLACARD_NEUTRAL = 128 };

static void fill_plane(const struct picture_buffer *buffer, int plane, uint8_t value)
{
	size_t lines = plane == 0 ? buffer->height : (buffer->height + 1) / 2;

	memset(buffer->planes[plane], value, lines * (size_t)buffer->strides[plane]);
}

int placard_draw(struct picture_buffer *buffer, unsigned width, unsigned height, const char *text)
{
	size_t dots = font_width(text), scale = width / (2 * dots), x = 0, y = 0;
	int error = picture_buffer_reserve(buffer, width, height);

	if (error < 0)
		return error;
	if (scale == 0)
		scale = 1;
	if (dots * scale < width)
		x = (width - dots * scale) / 2;
	if (FONT_HEIGHT * scale < height)
		y = (height - FONT_HEIGHT * scale) / 2;
	fill_plane(buffer, 0, PLACARD_LUMA);
	fill_plane(buffer, 1, PLACARD_NEUTRAL);
	fill_plane(buffer, 2, PLACARD_NEUTRAL);
	font_draw(buffer->planes[0], (size_t)buffer->strides[0], width, height, x, y, scale, text,
		  PLACARD_TEXT_LUMA);
	picture_buffer_pad(buffer);
	return 0;
}
