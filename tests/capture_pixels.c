/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/pixels.h"

static const struct {
	struct pixels pixels;
	enum AVPixelFormat format;
	uint8_t red[4], white[4], half[4]; /* in memory; half: red of alpha 128 over blue */
} rows[] = {
	{{32, false, 0xff0000, 0xff00, 0xff},
	 AV_PIX_FMT_BGR0,
	 {0, 0, 255, 0},
	 {255, 255, 255, 0},
	 {127, 0, 128, 0}},
	{{32, false, 0xff, 0xff00, 0xff0000},
	 AV_PIX_FMT_RGB0,
	 {255, 0, 0, 0},
	 {255, 255, 255, 0},
	 {128, 0, 127, 0}},
	{{32, true, 0xff0000, 0xff00, 0xff},
	 AV_PIX_FMT_0RGB,
	 {0, 255, 0, 0},
	 {0, 255, 255, 255},
	 {0, 128, 0, 127}},
	{{24, false, 0xff0000, 0xff00, 0xff},
	 AV_PIX_FMT_BGR24,
	 {0, 0, 255},
	 {255, 255, 255},
	 {127, 0, 128}},
	{{24, true, 0xff0000, 0xff00, 0xff},
	 AV_PIX_FMT_RGB24,
	 {255, 0, 0},
	 {255, 255, 255},
	 {128, 0, 127}},
	{{16, false, 0xf800, 0x7e0, 0x1f},
	 AV_PIX_FMT_RGB565LE,
	 {0, 0xf8},
	 {0xff, 0xff},
	 {0x0f, 0x80}},
	{{16, true, 0xf800, 0x7e0, 0x1f},
	 AV_PIX_FMT_RGB565BE,
	 {0xf8, 0},
	 {0xff, 0xff},
	 {0x80, 0x0f}},
	{{32, false, 0x3ff00000, 0xffc00, 0x3ff},
	 AV_PIX_FMT_X2RGB10LE,
	 {0, 0, 0xf0, 0x3f},
	 {0xff, 0xff, 0xff, 0x3f},
	 {0xfd, 0x01, 0x20, 0x20}},
};

enum { N_ROWS = sizeof rows / sizeof rows[0] };

static void test_formats_are_told_by_masks_and_byte_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++)
		assert_int_equal(pixels_format(&rows[i].pixels), rows[i].format);
}

static void test_unknown_layout_has_no_format(void **state)
{
	static const struct pixels unknown[] = {
		{8, false, 0, 0, 0},		       /* a palette */
		{32, false, 0xff000000, 0xff00, 0xff}, /* masks that nobody has */
		{24, false, 0xf800, 0x7e0, 0x1f},
		{0, false, 0xff0000, 0xff00, 0xff},
	};

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_int_equal(pixels_format(&unknown[i]), AV_PIX_FMT_NONE);
}

static void test_colours_are_drawn_over_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		size_t len = rows[i].pixels.bits / 8;
		uint8_t pixel[5] = {0, 0, 0, 0, 0xaa};

		pixels_blend(&rows[i].pixels, pixel, 0xffff0000);
		assert_memory_equal(pixel, rows[i].red, len);
		pixels_blend(&rows[i].pixels, pixel, 0x00000000); /* nothing */
		assert_memory_equal(pixel, rows[i].red, len);
		pixels_blend(&rows[i].pixels, pixel, 0xffffffff);
		assert_memory_equal(pixel, rows[i].white, len);
		pixels_blend(&rows[i].pixels, pixel, 0xff0000ff);
		pixels_blend(&rows[i].pixels, pixel, 0x80800000);
		assert_memory_equal(pixel, rows[i].half, len);
		assert_int_equal(pixel[4], 0xaa);
	}
}

static void test_colour_brighter_than_its_alpha_allows_is_bounded(void **state)
{
	uint8_t pixel[4] = {200, 200, 200, 0};

	(void)state;
	pixels_blend(&rows[0].pixels, pixel, 0x10ffffff);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pixel[i], 255);
	assert_int_equal(pixel[3], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats_are_told_by_masks_and_byte_order),
		cmocka_unit_test(test_unknown_layout_has_no_format),
		cmocka_unit_test(test_colours_are_drawn_over_what_is_there),
		cmocka_unit_test(test_colour_brighter_than_its_alpha_allows_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
