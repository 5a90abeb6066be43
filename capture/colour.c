/* SPDX-License-Identifier: MIT */
#include "capture/colour.h"

#include <math.h>

/* The weights of red and blue in the luma (ITU-T H.273 table 4). */
static const struct weights {
	enum AVColorSpace space;
	double red, blue;
} weights[] = {
	{AVCOL_SPC_BT709, 0.2126, 0.0722},
	{AVCOL_SPC_SMPTE240M, 0.212, 0.087},
	{AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593},
};

static const double to_red = 0.299, to_green = 0.587, to_blue = 0.114; /* BT.601 */

/* What a unit of one chroma component, as red, green and blue, adds to the others in BT.601. */
static void column(double red, double green, double blue, int *ret_luma, int *ret_cb, int *ret_cr)
{
	double luma = to_red * red + to_green * green + to_blue * blue;

	*ret_luma = (int)lround(65536 * luma);
	*ret_cb = (int)lround(65536 * (blue - luma) / (2 * (1 - to_blue)));
	*ret_cr = (int)lround(65536 * (red - luma) / (2 * (1 - to_red)));
}

bool colour_matrix_for(enum AVColorSpace space, struct colour_matrix *ret_matrix)
{
	for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
		const struct weights *from = &weights[i];

		if (from->space != space)
			continue;

		double green = 1 - from->red - from->blue;
		double blue_of_cb = 2 * (1 - from->blue), red_of_cr = 2 * (1 - from->red);

		column(0, -from->blue * blue_of_cb / green, blue_of_cb, &ret_matrix->luma_cb,
		       &ret_matrix->cb_cb, &ret_matrix->cr_cb);
		column(red_of_cr, -from->red * red_of_cr / green, 0, &ret_matrix->luma_cr,
		       &ret_matrix->cb_cr, &ret_matrix->cr_cr);
		return true;
	}
	return false;
}

static uint8_t clamp(int value)
{
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/* (value + a half) / 65536, rounded down also below 0. */
static int scaled(int value)
{
	return (value + 32768 + (256 << 16)) / 65536 - 256;
}

static void apply_to_luma(const struct colour_matrix *matrix, uint8_t *luma, const uint8_t *cb,
			  const uint8_t *cr, unsigned width)
{
	for (unsigned x = 0; x < width; x++)
		luma[x] = clamp(luma[x] + scaled(matrix->luma_cb * (cb[x / 2] - 128) +
						 matrix->luma_cr * (cr[x / 2] - 128)));
}

static void apply_to_chroma(const struct colour_matrix *matrix, uint8_t *cb, uint8_t *cr,
			    unsigned width)
{
	for (unsigned x = 0; x < width; x++) {
		int b = cb[x] - 128, r = cr[x] - 128;

		cb[x] = clamp(128 + scaled(matrix->cb_cb * b + matrix->cb_cr * r));
		cr[x] = clamp(128 + scaled(matrix->cr_cb * b + matrix->cr_cr * r));
	}
}

void colour_apply(const struct colour_matrix *matrix, struct picture_buffer *buffer)
{
	for (unsigned y = 0; y < buffer->height; y++) {
		uint8_t *luma = buffer->planes[0] + (size_t)y * (size_t)buffer->strides[0];
		uint8_t *cb = buffer->planes[1] + (size_t)(y / 2) * (size_t)buffer->strides[1];
		uint8_t *cr = buffer->planes[2] + (size_t)(y / 2) * (size_t)buffer->strides[2];

		apply_to_luma(matrix, luma, cb, cr, buffer->width);
		if (y % 2 != 0 || y + 1 == buffer->height)
			apply_to_chroma(matrix, cb, cr, (buffer->width + 1) / 2);
	}
}
