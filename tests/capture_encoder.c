/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "capture/colour.h"
#include "capture/encoder.h"
#include "capture/picture.h"
#include "capture/scaler.h"

/* A picture with slopes in all planes, so that a shift by a pixel shows. */
static void paint(struct picture_buffer *buffer, unsigned width, unsigned height)
{
	assert_int_equal(picture_buffer_reserve(buffer, width, height), 0);
	for (int plane = 0; plane < 3; plane++) {
		unsigned half = plane == 0 ? 0 : 1;

		for (unsigned y = 0; y < (height + half) >> half; y++)
			for (unsigned x = 0; x < (width + half) >> half; x++)
				buffer->planes[plane]
					      [(size_t)y * (size_t)buffer->strides[plane] + x] =
					(uint8_t)(plane == 0
							  ? 40 + 160 * x / width + 40 * y / height
						  : plane == 1 ? 90 + 80 * y / height
							       : 170 - 80 * x / width);
	}
	picture_buffer_pad(buffer);
}

static double psnr_of_luma(const struct frame *frame, const struct picture_buffer *original)
{
	tjhandle turbo = tjInitDecompress();
	int width, height, subsampling, space;
	double sum = 0;

	assert_int_equal(tjDecompressHeader3(turbo, frame->data, frame->len, &width, &height,
					     &subsampling, &space),
			 0);
	assert_int_equal(width, original->width);
	assert_int_equal(height, original->height);

	uint8_t *grey = malloc((size_t)width * (size_t)height);

	assert_int_equal(
		tjDecompress2(turbo, frame->data, frame->len, grey, width, 0, height, TJPF_GRAY, 0),
		0);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			double d = grey[y * width + x] -
				   original->planes[0][y * original->strides[0] + x];

			sum += d * d;
		}
	free(grey);
	tjDestroy(turbo);
	return 10 * log10(255 * 255 / (sum / width / height + 1e-9));
}

static int encode(struct encoder *encoder, const struct picture *picture, struct frame **ret_frame)
{
	struct sheet *sheet = encoder_take(encoder);
	int error;

	*ret_frame = NULL;
	if (sheet == NULL)
		return -ENOBUFS;
	error = sheet_encode(sheet, picture, 90);
	if (error < 0)
		encoder_give_back(sheet);
	else
		*ret_frame = encoder_frame(encoder, sheet);
	return error;
}

static void test_pictures_of_any_size_are_encoded_faithfully(void **state)
{
	static const unsigned sizes[][2] = {{16, 16},	{17, 16},   {16, 17},	{33, 31},
					    {321, 241}, {640, 360}, {1279, 719}};
	struct picture_buffer buffer = {0};
	struct encoder *encoder;

	(void)state;
	assert_int_equal(encoder_create(&encoder), 0);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct frame *frame;
		struct picture picture;

		paint(&buffer, sizes[i][0], sizes[i][1]);
		picture = picture_from_buffer(&buffer);
		picture.pts_us = 123;
		picture.capture_us = 456;
		assert_int_equal(encode(encoder, &picture, &frame), 0);
		assert_int_equal(frame->pts_us, 123);
		assert_int_equal(frame->capture_us, 456);
		assert_true(psnr_of_luma(frame, &buffer) > 40);
		frame->release(frame);
	}
	encoder_destroy(encoder);
	picture_buffer_finish(&buffer);
}

static void test_quality_changes_the_size(void **state)
{
	static const int qualities[] = {95, 50, 5};
	struct picture_buffer buffer = {0};
	struct picture picture;
	struct encoder *encoder;
	struct sheet *sheet;
	struct frame *frame;
	size_t last = SIZE_MAX;

	(void)state;
	paint(&buffer, 320, 240);
	picture = picture_from_buffer(&buffer);
	assert_int_equal(encoder_create(&encoder), 0);
	sheet = encoder_take(encoder);
	for (size_t i = 0; i < sizeof qualities / sizeof qualities[0]; i++) {
		assert_int_equal(sheet_encode(sheet, &picture, qualities[i]), 0);
		assert_true(sheet_len(sheet) < last);
		last = sheet_len(sheet);
	}
	/* It is the last that becomes the frame. */
	frame = encoder_frame(encoder, sheet);
	assert_int_equal(frame->len, last);
	assert_true(psnr_of_luma(frame, &buffer) < 40);
	frame->release(frame);
	encoder_destroy(encoder);
	picture_buffer_finish(&buffer);
}

static void test_newest_frame_can_be_sent_once_more(void **state)
{
	struct picture_buffer buffer = {0};
	struct frame *first, *second, *again;
	struct picture picture;
	struct encoder *encoder;

	(void)state;
	assert_int_equal(encoder_create(&encoder), 0);
	assert_int_equal(encoder_repeat(encoder, &again), -ENOENT);
	paint(&buffer, 64, 64);
	picture = picture_from_buffer(&buffer);
	assert_int_equal(encode(encoder, &picture, &first), 0);
	assert_int_equal(encode(encoder, &picture, &second), 0);
	first->release(first);
	assert_int_equal(encoder_repeat(encoder, &again), -EBUSY);
	second->release(second);
	assert_int_equal(encoder_repeat(encoder, &again), 0);
	assert_ptr_equal(again, second);
	assert_true(psnr_of_luma(again, &buffer) > 40);
	again->release(again);
	encoder_destroy(encoder);
	picture_buffer_finish(&buffer);
}

static void test_lent_frames_are_bounded_and_used_again(void **state)
{
	struct frame *frames[ENCODER_FRAMES], *another;
	struct picture_buffer buffer = {0};
	struct encoder *encoder;
	struct picture picture;
	const uint8_t *memory;

	(void)state;
	paint(&buffer, 64, 64);
	picture = picture_from_buffer(&buffer);
	assert_int_equal(encoder_create(&encoder), 0);
	for (size_t i = 0; i < ENCODER_FRAMES; i++)
		assert_int_equal(encode(encoder, &picture, &frames[i]), 0);
	assert_int_equal(encode(encoder, &picture, &another), -ENOBUFS);
	memory = frames[1]->data;
	frames[1]->release(frames[1]);
	assert_int_equal(encode(encoder, &picture, &another), 0);
	assert_ptr_equal(another->data, memory);
	another->release(another);
	for (size_t i = 0; i < ENCODER_FRAMES; i++)
		if (i != 1)
			frames[i]->release(frames[i]);
	encoder_destroy(encoder);
	picture_buffer_finish(&buffer);
}

static void test_what_jpeg_cannot_hold_is_refused(void **state)
{
	struct picture_buffer buffer = {0};
	struct encoder *encoder;
	struct picture picture;
	struct frame *frame;

	(void)state;
	paint(&buffer, 64, 64);
	assert_int_equal(encoder_create(&encoder), 0);
	picture = picture_from_buffer(&buffer);
	picture.full_range = false;
	assert_int_equal(encode(encoder, &picture, &frame), -EINVAL);
	picture = picture_from_buffer(&buffer);
	picture.format = AV_PIX_FMT_RGB565LE;
	assert_int_equal(encode(encoder, &picture, &frame), -EINVAL);
	picture.format = AV_PIX_FMT_GRAY8;
	assert_int_equal(encode(encoder, &picture, &frame), 0);
	frame->release(frame);
	encoder_destroy(encoder);
	encoder_destroy(NULL);
	picture_buffer_finish(&buffer);
}

static void expect_colour(const struct frame *frame, const uint8_t colour[3])
{
	uint8_t seen[48][70][3];
	tjhandle turbo = tjInitDecompress();

	assert_int_equal(tjDecompress2(turbo, frame->data, frame->len, seen[0][0], 70, 0, 47,
				       TJPF_RGB, TJFLAG_STOPONWARNING),
			 0);
	for (size_t y = 0; y < 47; y++)
		for (size_t x = 0; x < 70; x++)
			for (size_t i = 0; i < 3; i++)
				assert_in_range(seen[y][x][i] + 4, colour[i], colour[i] + 8);
	tjDestroy(turbo);
}

static void test_packed_pixels_are_encoded_as_they_are(void **state)
{
	static const struct {
		enum AVPixelFormat format;
		unsigned bytes, places[3]; /* of red, green and blue */
	} rows[] = {
		{AV_PIX_FMT_BGR0, 4, {2, 1, 0}},  {AV_PIX_FMT_RGB0, 4, {0, 1, 2}},
		{AV_PIX_FMT_0BGR, 4, {3, 2, 1}},  {AV_PIX_FMT_0RGB, 4, {1, 2, 3}},
		{AV_PIX_FMT_BGR24, 3, {2, 1, 0}}, {AV_PIX_FMT_RGB24, 3, {0, 1, 2}},
	};
	static const uint8_t colour[3] = {200, 100, 30};
	struct scaler scaler;
	struct encoder *encoder;
	struct frame *frame;

	(void)state;
	scaler_init(&scaler, 0, 0, false);
	assert_int_equal(encoder_create(&encoder), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t stride = 70 * rows[i].bytes + 6;
		uint8_t *memory = calloc(47, stride);
		struct picture picture = {
			.planes = {memory},
			.strides = {(int)stride},
			.width = 70,
			.height = 47,
			.format = rows[i].format,
			.full_range = true,
		};
		struct picture ready;

		for (size_t y = 0; y < 47; y++)
			for (size_t x = 0; x < 70; x++)
				for (size_t c = 0; c < 3; c++)
					memory[y * stride + x * rows[i].bytes + rows[i].places[c]] =
						colour[c];
		assert_int_equal(scaler_apply(&scaler, &picture, &ready), 0);
		assert_ptr_equal(ready.planes[0], memory);
		assert_int_equal(encode(encoder, &ready, &frame), 0);
		expect_colour(frame, colour);
		frame->release(frame);
		free(memory);
	}
	encoder_destroy(encoder);
	scaler_finish(&scaler);
}

/* ---- what the scaler makes ready for the encoder ---- */

static void test_size_fits_and_keeps_the_shape(void **state)
{
	static const struct {
		unsigned width, height;
		AVRational aspect;
		unsigned rotation, max_width, max_height;
		unsigned expect_width, expect_height;
	} rows[] = {
		{1920, 1080, {0, 1}, 0, 0, 0, 1920, 1080},
		{1920, 1080, {0, 1}, 0, 1280, 720, 1280, 720},
		{640, 480, {1, 1}, 0, 426, 240, 320, 240},
		{640, 480, {1, 1}, 0, 1280, 1280, 1280, 960},
		{720, 576, {16, 15}, 0, 0, 0, 768, 576},
		{1440, 1080, {4, 3}, 0, 960, 540, 960, 540},
		{1920, 1080, {0, 1}, 90, 0, 0, 1080, 1920},
		{1920, 1080, {0, 1}, 270, 1280, 720, 405, 720},
		{1920, 1080, {0, 1}, 180, 1280, 720, 1280, 720},
		{4000, 20, {0, 1}, 0, 200, 200, 200, PICTURE_MIN_SIDE},
		{30000, 30, {0, 1}, 0, 0, 0, PICTURE_MAX_SIDE, 30},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct picture picture = {
			.width = rows[i].width,
			.height = rows[i].height,
			.aspect = rows[i].aspect,
			.rotation = rows[i].rotation,
		};
		unsigned width, height;

		scaler_fit(&picture, rows[i].max_width, rows[i].max_height, true, &width, &height);
		assert_int_equal(width, rows[i].expect_width);
		assert_int_equal(height, rows[i].expect_height);
	}
}

static void test_right_picture_is_passed_on_untouched(void **state)
{
	struct picture_buffer buffer = {0};
	struct picture picture, result;
	struct scaler scaler;

	(void)state;
	paint(&buffer, 320, 240);
	picture = picture_from_buffer(&buffer);
	scaler_init(&scaler, 320, 240, true);
	assert_int_equal(scaler_apply(&scaler, &picture, &result), 0);
	assert_ptr_equal(result.planes[0], buffer.planes[0]);
	scaler_finish(&scaler);
	picture_buffer_finish(&buffer);
}

static void test_limited_range_becomes_full_range(void **state)
{
	static const uint8_t from[] = {16, 126, 235}, to[] = {0, 128, 255};
	struct picture_buffer buffer = {0};
	struct picture picture, result;
	struct scaler scaler;

	(void)state;
	paint(&buffer, 64, 64);
	scaler_init(&scaler, 0, 0, true);
	for (size_t i = 0; i < sizeof from; i++) {
		memset(buffer.planes[0], from[i], 64 * 64);
		memset(buffer.planes[1], 128, 32 * 32);
		memset(buffer.planes[2], 128, 32 * 32);
		picture = picture_from_buffer(&buffer);
		picture.full_range = false;
		assert_int_equal(scaler_apply(&scaler, &picture, &result), 0);
		assert_true(result.full_range);
		assert_in_range(result.planes[0][65], to[i] == 0 ? 0 : to[i] - 1,
				to[i] == 255 ? 255 : to[i] + 1);
	}
	scaler_finish(&scaler);
	picture_buffer_finish(&buffer);
}

static void test_rotation_turns_clockwise(void **state)
{
	/* Where the bright upper left corner of a 64 x 32 picture comes to lie. */
	static const struct {
		unsigned rotation, width, height;
		bool right, lower;
	} rows[] = {
		{90, 32, 64, true, false},
		{180, 64, 32, true, true},
		{270, 32, 64, false, true},
	};
	struct picture_buffer buffer = {0};
	struct scaler scaler;

	(void)state;
	paint(&buffer, 64, 32);
	memset(buffer.planes[0], 20, (size_t)buffer.strides[0] * 32);
	for (size_t y = 0; y < 4; y++)
		memset(buffer.planes[0] + y * (size_t)buffer.strides[0], 220, 4);
	scaler_init(&scaler, 0, 0, true);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct picture picture = picture_from_buffer(&buffer), result;
		unsigned x = rows[i].right ? rows[i].width - 2 : 1;
		unsigned y = rows[i].lower ? rows[i].height - 2 : 1;

		picture.rotation = rows[i].rotation;
		assert_int_equal(scaler_apply(&scaler, &picture, &result), 0);
		assert_int_equal(result.width, rows[i].width);
		assert_int_equal(result.height, rows[i].height);
		assert_true(result.planes[0][y * (unsigned)result.strides[0] + x] > 200);
	}
	scaler_finish(&scaler);
	picture_buffer_finish(&buffer);
}

/* ---- colours ---- */

static void test_colours_of_hd_come_out_as_in_bt601(void **state)
{
	/* 8-bit full-range values of colours, worked out from the definitions of BT.709 and
	 * BT.601. */
	static const struct {
		const char *name;
		uint8_t from[3], to[3];
	} rows[] = {
		{"white", {255, 128, 128}, {255, 128, 128}},
		{"black", {0, 128, 128}, {0, 128, 128}},
		{"red", {54, 99, 255}, {76, 85, 255}},
		{"green", {182, 30, 12}, {150, 44, 21}},
		{"blue", {18, 255, 116}, {29, 255, 107}},
		{"yellow", {237, 1, 140}, {226, 1, 149}},
	};
	struct picture_buffer buffer = {0};
	struct colour_matrix matrix;

	(void)state;
	assert_true(colour_matrix_for(AVCOL_SPC_BT709, &matrix));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		paint(&buffer, 33, 17);
		for (int plane = 0; plane < 3; plane++)
			memset(buffer.planes[plane], rows[i].from[plane],
			       (size_t)buffer.strides[plane] * (plane == 0 ? 32 : 16));
		colour_apply(&matrix, &buffer);
		for (int plane = 0; plane < 3; plane++) {
			unsigned last = plane == 0 ? 16 : 8; /* line and column of the corner */
			const uint8_t *pixels = buffer.planes[plane];
			int at = (int)last * buffer.strides[plane] +
				 (int)last * (plane == 0 ? 2 : 1);

			assert_true(abs(pixels[0] - rows[i].to[plane]) <= 2);
			assert_true(abs(pixels[at] - rows[i].to[plane]) <= 2);
		}
	}
	picture_buffer_finish(&buffer);
}

static void test_colours_of_sd_need_nothing(void **state)
{
	struct colour_matrix matrix;

	(void)state;
	assert_false(colour_matrix_for(AVCOL_SPC_UNSPECIFIED, &matrix));
	assert_false(colour_matrix_for(AVCOL_SPC_SMPTE170M, &matrix));
	assert_false(colour_matrix_for(AVCOL_SPC_BT470BG, &matrix));
	assert_false(colour_matrix_for(AVCOL_SPC_RGB, &matrix));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures_of_any_size_are_encoded_faithfully),
		cmocka_unit_test(test_quality_changes_the_size),
		cmocka_unit_test(test_newest_frame_can_be_sent_once_more),
		cmocka_unit_test(test_lent_frames_are_bounded_and_used_again),
		cmocka_unit_test(test_what_jpeg_cannot_hold_is_refused),
		cmocka_unit_test(test_packed_pixels_are_encoded_as_they_are),
		cmocka_unit_test(test_size_fits_and_keeps_the_shape),
		cmocka_unit_test(test_right_picture_is_passed_on_untouched),
		cmocka_unit_test(test_limited_range_becomes_full_range),
		cmocka_unit_test(test_rotation_turns_clockwise),
		cmocka_unit_test(test_colours_of_hd_come_out_as_in_bt601),
		cmocka_unit_test(test_colours_of_sd_need_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
