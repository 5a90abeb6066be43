/* SPDX-License-Identifier: MIT */
#include "capture/pixels.h"

static const struct {
	struct pixels pixels;
	enum AVPixelFormat format;
} formats[] = {
	{{32, false, 0xff0000, 0xff00, 0xff}, AV_PIX_FMT_BGR0},
	{{32, false, 0xff, 0xff00, 0xff0000}, AV_PIX_FMT_RGB0},
	{{32, true, 0xff0000, 0xff00, 0xff}, AV_PIX_FMT_0RGB},
	{{32, true, 0xff, 0xff00, 0xff0000}, AV_PIX_FMT_0BGR},
	{{32, false, 0x3ff00000, 0xffc00, 0x3ff}, AV_PIX_FMT_X2RGB10LE},
	{{24, false, 0xff0000, 0xff00, 0xff}, AV_PIX_FMT_BGR24},
	{{24, true, 0xff0000, 0xff00, 0xff}, AV_PIX_FMT_RGB24},
	{{16, false, 0xf800, 0x7e0, 0x1f}, AV_PIX_FMT_RGB565LE},
	{{16, true, 0xf800, 0x7e0, 0x1f}, AV_PIX_FMT_RGB565BE},
	{{16, false, 0x7c00, 0x3e0, 0x1f}, AV_PIX_FMT_RGB555LE},
	{{16, true, 0x7c00, 0x3e0, 0x1f}, AV_PIX_FMT_RGB555BE},
};

static bool is_alike(const struct pixels *a, const struct pixels *b)
{
	return a->bits == b->bits && a->msb_first == b->msb_first && a->red == b->red &&
	       a->green == b->green && a->blue == b->blue;
}

enum AVPixelFormat pixels_format(const struct pixels *pixels)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (is_alike(pixels, &formats[i].pixels))
			return formats[i].format;
	return AV_PIX_FMT_NONE;
}

/* The byte that holds the pixel's bits from 8 * i on. */
static unsigned place(const struct pixels *pixels, unsigned i)
{
	return pixels->msb_first ? pixels->bits / 8 - 1 - i : i;
}

/* `value`, from 0 to 255, over what is under the mask. */
static uint32_t blend(uint32_t under, uint32_t mask, uint32_t value, uint32_t alpha)
{
	int shift = __builtin_ctz(mask);
	uint32_t max = mask >> shift, old = (under & mask) >> shift;
	uint32_t mixed = (value * max + old * (255 - alpha) + 127) / 255;

	return (mixed > max ? max : mixed) << shift;
}

void pixels_blend(const struct pixels *pixels, uint8_t *pixel, uint32_t argb)
{
	uint32_t alpha = argb >> 24, under = 0, mixed;

	for (unsigned i = 0; i < pixels->bits / 8; i++)
		under |= (uint32_t)pixel[place(pixels, i)] << 8 * i;
	mixed = blend(under, pixels->red, argb >> 16 & 255, alpha) |
		blend(under, pixels->green, argb >> 8 & 255, alpha) |
		blend(under, pixels->blue, argb & 255, alpha);
	for (unsigned i = 0; i < pixels->bits / 8; i++)
		pixel[place(pixels, i)] = (uint8_t)(mixed >> 8 * i);
}
