/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "capture/encoder.h"
#include "capture/font.h"
#include "capture/scaler.h"
#include "capture/source.h"
#include "capture/strip.h"

static const uint32_t numbers[] = {0, 1, 2, 0x555555, 0xaaaaaa, 0xffffff, 123456, 8388608};

enum { N_NUMBERS = sizeof numbers / sizeof numbers[0] };

/* ---- the bits ---- */

static void test_numbers_come_back(void **state)
{
	uint32_t number;

	(void)state;
	for (uint32_t n = 0; n < STRIP_NUMBERS; n += 977) {
		assert_int_equal(strip_decode(strip_encode(n), &number), 0);
		assert_int_equal(number, n);
	}
	assert_int_equal(strip_encode(STRIP_NUMBERS + 5), strip_encode(5));
}

static void test_encoding_is_the_documented_one(void **state)
{
	(void)state;
	/* 1010, the number, and the CRC-4, which was worked out by long division. */
	assert_int_equal(strip_encode(0), 0xa000000c);
	assert_int_equal(strip_encode(0x123456), 0xa123456d);
	assert_int_equal(strip_encode(0xffffff), 0xaffffff7);
}

static void test_every_single_and_double_fault_is_noticed(void **state)
{
	uint32_t number;

	(void)state;
	for (size_t i = 0; i < N_NUMBERS; i++)
		for (int a = 0; a < STRIP_CELLS; a++) {
			uint32_t one = strip_encode(numbers[i]) ^ UINT32_C(1) << a;

			assert_int_equal(strip_decode(one, &number), -EBADMSG);
			if (a + 1 < STRIP_CELLS)
				assert_int_equal(
					strip_decode(one ^ UINT32_C(1) << (a + 1), &number),
					-EBADMSG);
		}
}

/* ---- in planes ---- */

static void test_strip_is_read_from_any_size(void **state)
{
	static const unsigned sizes[][2] = {{128, 80},	{129, 81},   {320, 240},  {427, 241},
					    {640, 360}, {1280, 720}, {1921, 1079}};
	uint32_t number;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		unsigned width = sizes[i][0], height = sizes[i][1];
		uint8_t *luma = malloc((size_t)width * height);

		for (size_t n = 0; n < N_NUMBERS; n++) {
			memset(luma, 100, (size_t)width * height);
			strip_draw(luma, width, width, height, numbers[n]);
			assert_int_equal(strip_read(luma, width, width, height, &number), 0);
			assert_int_equal(number, numbers[n]);
		}
		free(luma);
	}
}

static void test_torn_picture_is_noticed(void **state)
{
	static uint8_t first[640 * 360], second[640 * 360];
	uint32_t number;

	(void)state;
	strip_draw(first, 640, 640, 360, 41);
	strip_draw(second, 640, 640, 360, 42);
	memcpy(first + 640 * 180, second + 640 * 180, 640 * 180);
	assert_int_equal(strip_read(first, 640, 640, 360, &number), -EUCLEAN);
}

static void test_picture_without_a_strip_is_noticed(void **state)
{
	static uint8_t luma[640 * 360];
	uint32_t number;

	(void)state;
	assert_int_equal(strip_read(luma, 640, 640, 360, &number), -EBADMSG);
	memset(luma, 128, sizeof luma);
	assert_int_equal(strip_read(luma, 640, 640, 360, &number), -EBADMSG);
	strip_draw(luma, 640, 640, 360, 7);
	memset(luma + 640 * 330, 128, 640 * 30);
	assert_int_equal(strip_read(luma, 640, 640, 360, &number), -EBADMSG);
	assert_int_equal(strip_read(luma, 640, 100, 60, &number), -EBADMSG);
}

/* ---- through JPEG, and through a scaler ---- */

static int read_jpeg(const struct frame *frame, uint32_t *ret_number)
{
	tjhandle turbo = tjInitDecompress();
	int width, height, subsampling, space;

	assert_int_equal(tjDecompressHeader3(turbo, frame->data, frame->len, &width, &height,
					     &subsampling, &space),
			 0);

	uint8_t *grey = malloc((size_t)width * (size_t)height);

	assert_int_equal(
		tjDecompress2(turbo, frame->data, frame->len, grey, width, 0, height, TJPF_GRAY, 0),
		0);

	int result = strip_read(grey, (size_t)width, (unsigned)width, (unsigned)height, ret_number);

	free(grey);
	tjDestroy(turbo);
	return result;
}

/* Publishes frame `number` of test: in one size, shown in another, and reads it again. */
static void check_through_jpeg(unsigned width, unsigned height, unsigned to_width,
			       unsigned to_height, int quality)
{
	struct source_wish wish = {.width = width, .height = height};
	struct scaler scaler;
	struct encoder *encoder;
	struct source *source;
	char error[SOURCE_ERROR_SIZE];

	assert_int_equal(source_open(&source, "test:", &wish, error), 0);
	assert_int_equal(encoder_create(&encoder), 0);
	scaler_init(&scaler, to_width, to_height, true);
	for (uint32_t n = 0; n < 40; n++) {
		struct picture picture, scaled;
		struct sheet *sheet = encoder_take(encoder);
		struct frame *frame;
		int64_t pts_us;
		uint32_t number;

		assert_int_equal(source_next(source, &pts_us), 1);
		assert_int_equal(source_picture(source, 1700000000000000, &picture), 0);
		assert_int_equal(scaler_apply(&scaler, &picture, &scaled), 0);
		assert_int_equal(sheet_encode(sheet, &scaled, quality), 0);
		frame = encoder_frame(encoder, sheet);
		loan_leave(picture.loan);
		assert_int_equal(read_jpeg(frame, &number), 0);
		assert_int_equal(number, n);
		frame->release(frame);
	}
	scaler_finish(&scaler);
	encoder_destroy(encoder);
	source_close(source);
}

static void test_test_pictures_are_read_after_jpeg_of_any_quality(void **state)
{
	static const int qualities[] = {1, 10, 30, 80, 100};

	(void)state;
	for (size_t i = 0; i < sizeof qualities / sizeof qualities[0]; i++)
		check_through_jpeg(640, 360, 0, 0, qualities[i]);
	check_through_jpeg(128, 80, 0, 0, 80);
	check_through_jpeg(1280, 720, 0, 0, 80);
}

static void test_test_pictures_are_read_after_scaling(void **state)
{
	(void)state;
	check_through_jpeg(1280, 720, 426, 240, 60);
	check_through_jpeg(1280, 720, 320, 320, 60);
	check_through_jpeg(320, 240, 1280, 720, 80);
	check_through_jpeg(641, 361, 0, 0, 80);
}

/* ---- the font ---- */

static void test_text_is_drawn_and_cut_off_at_the_edges(void **state)
{
	uint8_t plane[12 * 10];
	size_t dots = 0;

	(void)state;
	assert_int_equal(font_width(""), 0);
	assert_int_equal(font_width("AB"), 11);
	memset(plane, 0, sizeof plane);
	font_draw(plane, 10, 10, 10, 0, 0, 1, "I", 255);
	for (size_t i = 0; i < 100; i++)
		dots += plane[i] != 0;
	assert_int_equal(dots, 11);
	memset(plane, 0, sizeof plane);
	/* Rows 10 and 11 stand guard; 8 x 7 dots of double size don't fit into 10 x 10 at (6,
	 * 6). */
	font_draw(plane, 10, 10, 10, 6, 6, 2, "hello, world ~", 255);
	for (size_t i = 100; i < sizeof plane; i++)
		assert_int_equal(plane[i], 0);
	for (size_t y = 0; y < 10; y++)
		for (size_t x = 0; x < 6; x++)
			assert_int_equal(plane[y * 10 + x], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_come_back),
		cmocka_unit_test(test_encoding_is_the_documented_one),
		cmocka_unit_test(test_every_single_and_double_fault_is_noticed),
		cmocka_unit_test(test_strip_is_read_from_any_size),
		cmocka_unit_test(test_torn_picture_is_noticed),
		cmocka_unit_test(test_picture_without_a_strip_is_noticed),
		cmocka_unit_test(test_test_pictures_are_read_after_jpeg_of_any_quality),
		cmocka_unit_test(test_test_pictures_are_read_after_scaling),
		cmocka_unit_test(test_text_is_drawn_and_cut_off_at_the_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
