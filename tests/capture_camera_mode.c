/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/videodev2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/camera_mode.h"

static struct camera_mode mode(uint32_t fourcc, unsigned width, unsigned height, unsigned fps)
{
	return (struct camera_mode){camera_format_find(fourcc), width, height, {fps, 1}};
}

static void test_nearest_mode_is_chosen(void **state)
{
	const struct camera_mode usual[] = {
		mode(V4L2_PIX_FMT_YUYV, 640, 480, 30),	 mode(V4L2_PIX_FMT_YUYV, 1280, 720, 10),
		mode(V4L2_PIX_FMT_YUYV, 1280, 720, 5),	 mode(V4L2_PIX_FMT_MJPEG, 640, 480, 30),
		mode(V4L2_PIX_FMT_MJPEG, 1280, 720, 30), mode(V4L2_PIX_FMT_MJPEG, 1280, 720, 60),
		mode(V4L2_PIX_FMT_MJPEG, 1280, 720, 15), mode(V4L2_PIX_FMT_MJPEG, 1920, 1080, 30),
	};
	const struct camera_mode raw[] = {
		mode(V4L2_PIX_FMT_YUYV, 640, 480, 30), mode(V4L2_PIX_FMT_UYVY, 640, 480, 30),
		mode(V4L2_PIX_FMT_NV12, 640, 480, 30), mode(V4L2_PIX_FMT_YUYV, 800, 600, 10),
		mode(V4L2_PIX_FMT_NV12, 320, 240, 60),
	};
	static const struct {
		bool raw;
		unsigned wish_width, wish_height, wish_fps;
		uint32_t fourcc;
		unsigned width, height, fps;
	} rows[] = {
		{false, 1280, 720, 30, V4L2_PIX_FMT_MJPEG, 1280, 720, 30},
		{false, 1280, 720, 20, V4L2_PIX_FMT_MJPEG, 1280, 720, 30},
		{false, 1280, 720, 10, V4L2_PIX_FMT_MJPEG, 1280, 720, 15},
		{false, 1280, 720, 100, V4L2_PIX_FMT_MJPEG, 1280, 720, 60},
		{false, 4000, 4000, 30, V4L2_PIX_FMT_MJPEG, 1920, 1080, 30},
		{false, 16, 16, 30, V4L2_PIX_FMT_MJPEG, 640, 480, 30},
		{false, 700, 500, 30, V4L2_PIX_FMT_MJPEG, 640, 480, 30},
		{true, 640, 480, 30, V4L2_PIX_FMT_NV12, 640, 480, 30},
		{true, 1280, 720, 30, V4L2_PIX_FMT_YUYV, 800, 600, 10},
		{true, 320, 200, 60, V4L2_PIX_FMT_NV12, 320, 240, 60},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct camera_mode wish = {
			NULL, rows[i].wish_width, rows[i].wish_height, {rows[i].wish_fps, 1}};
		const struct camera_mode *chosen =
			rows[i].raw
				? camera_mode_choose(raw, sizeof raw / sizeof *raw, &wish)
				: camera_mode_choose(usual, sizeof usual / sizeof *usual, &wish);

		assert_non_null(chosen);
		assert_int_equal(chosen->format->fourcc, rows[i].fourcc);
		assert_int_equal(chosen->width, rows[i].width);
		assert_int_equal(chosen->height, rows[i].height);
		assert_int_equal(chosen->rate.frames, rows[i].fps);
	}
	assert_null(camera_mode_choose(usual, 0, &usual[0]));
}

static void test_rates_near_the_wish_are_enough(void **state)
{
	const struct camera_format *format = camera_formats;
	const struct camera_mode modes[] = {{format, 640, 480, {60, 1}},
					    {format, 640, 480, {30000, 1001}}};
	struct camera_mode wish = {NULL, 640, 480, {30, 1}};

	(void)state;
	assert_ptr_equal(camera_mode_choose(modes, 2, &wish), &modes[1]);
}

static void test_intervals_of_drivers_become_rates(void **state)
{
	static const struct {
		uint32_t numerator, denominator;
		struct rate rate;
	} rows[] = {
		{1, 30, {30, 1}}, {1001, 30000, {30000, 1001}},	       {0, 30, {0, 0}},
		{1, 0, {0, 0}},	  {333333, 10000000, {625000, 20834}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rate rate = camera_rate(rows[i].numerator, rows[i].denominator);

		assert_int_equal(rate.frames, rows[i].rate.frames);
		assert_int_equal(rate.seconds, rows[i].rate.seconds);
	}
}

static void test_nearest_step_stays_within_the_limits(void **state)
{
	static const unsigned rows[][5] = {
		/* min, max, step, wish, nearest */
		{16, 1920, 16, 640, 640}, {16, 1920, 16, 650, 656},	{16, 1920, 16, 645, 640},
		{16, 1920, 16, 1, 16},	  {16, 1920, 16, 99999, 1920},	{16, 1930, 16, 1930, 1920},
		{48, 48, 0, 77, 48},	  {1, UINT32_MAX, 1, 720, 720}, {2, 8192, 2, 721, 720},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			camera_nearest_step(rows[i][0], rows[i][1], rows[i][2], rows[i][3]),
			rows[i][4]);
}

static void test_planes_lie_as_the_format_says(void **state)
{
	static const struct {
		uint32_t fourcc;
		unsigned width, height;
		size_t stride, needs;
		size_t plane_1, plane_2;
		int stride_1;
	} rows[] = {
		{V4L2_PIX_FMT_YUYV, 64, 48, 0, 6144, 0, 0, 0},
		{V4L2_PIX_FMT_UYVY, 64, 48, 160, 7680, 0, 0, 0},
		{V4L2_PIX_FMT_NV12, 64, 48, 0, 4608, 3072, 0, 64},
		{V4L2_PIX_FMT_NV12, 64, 48, 80, 5760, 3840, 0, 80},
		{V4L2_PIX_FMT_YUV420, 64, 48, 0, 4608, 3072, 3840, 32},
		{V4L2_PIX_FMT_YUV420, 64, 45, 64, 4352, 2880, 3616, 32},
	};
	static uint8_t bytes[8192];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct camera_mode m = mode(rows[i].fourcc, rows[i].width, rows[i].height, 30);
		struct picture picture;

		assert_int_equal(
			camera_mode_planes(&m, bytes, rows[i].needs, rows[i].stride, &picture), 0);
		assert_ptr_equal(picture.planes[0], bytes);
		if (rows[i].plane_1 != 0) {
			assert_ptr_equal(picture.planes[1], bytes + rows[i].plane_1);
			assert_int_equal(picture.strides[1], rows[i].stride_1);
		}
		if (rows[i].plane_2 != 0)
			assert_ptr_equal(picture.planes[2], bytes + rows[i].plane_2);
		assert_int_equal(
			camera_mode_planes(&m, bytes, rows[i].needs - 1, rows[i].stride, &picture),
			-EBADMSG);
		assert_int_equal(camera_mode_planes(&m, bytes, sizeof bytes, 10, &picture),
				 -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_mode_is_chosen),
		cmocka_unit_test(test_rates_near_the_wish_are_enough),
		cmocka_unit_test(test_intervals_of_drivers_become_rates),
		cmocka_unit_test(test_nearest_step_stays_within_the_limits),
		cmocka_unit_test(test_planes_lie_as_the_format_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
