/* SPDX-License-Identifier: MIT */
#include "capture/camera_mode.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>

const struct camera_format camera_formats[] = {
	{V4L2_PIX_FMT_MJPEG, "MJPEG", AV_PIX_FMT_NONE},
	{V4L2_PIX_FMT_JPEG, "JPEG", AV_PIX_FMT_NONE},
	{V4L2_PIX_FMT_YUV420, "YU12", AV_PIX_FMT_YUV420P},
	{V4L2_PIX_FMT_NV12, "NV12", AV_PIX_FMT_NV12},
	{V4L2_PIX_FMT_YUYV, "YUYV", AV_PIX_FMT_YUYV422},
	{V4L2_PIX_FMT_UYVY, "UYVY", AV_PIX_FMT_UYVY422},
	{0, NULL, AV_PIX_FMT_NONE},
};

const struct camera_format *camera_format_find(uint32_t fourcc)
{
	for (const struct camera_format *format = camera_formats; format->name != NULL; format++)
		if (format->fourcc == fourcc)
			return format;
	return NULL;
}

bool camera_format_is_jpeg(const struct camera_format *format)
{
	return format->pixels == AV_PIX_FMT_NONE;
}

unsigned camera_nearest_step(unsigned min, unsigned max, unsigned step, unsigned wish)
{
	unsigned below, above;

	if (step == 0)
		step = 1;
	if (wish <= min)
		return min;
	if (wish > max)
		wish = max;
	below = min + (wish - min) / step * step;
	above = below + step;
	return above <= max && above > below && above - wish < wish - below ? above : below;
}

struct rate camera_rate(uint32_t numerator, uint32_t denominator)
{
	/* Drivers count in 100 ns or finer (333333/10000000), and rate.h wants small terms. */
	while (numerator > RATE_MAX_TERM || denominator > RATE_MAX_TERM) {
		numerator = numerator / 2 + numerator % 2;
		denominator = denominator / 2 + denominator % 2;
	}
	if (numerator == 0 || denominator == 0)
		return (struct rate){0, 0};
	return (struct rate){denominator, numerator};
}

bool camera_rate_is_less(struct rate a, struct rate b)
{
	return (uint64_t)a.frames * b.seconds < (uint64_t)b.frames * a.seconds;
}

/* ---- choosing ---- */

static unsigned distance(unsigned a, unsigned b)
{
	return a > b ? a - b : b - a;
}

static unsigned size_distance(const struct camera_mode *mode, const struct camera_mode *wish)
{
	return distance(mode->width, wish->width) + distance(mode->height, wish->height);
}

/* 29.97 is as good as 30. */
static bool is_enough(struct rate rate, struct rate wish)
{
	struct rate a_little_less = {wish.frames * 49, wish.seconds * 50};

	return !camera_rate_is_less(rate, a_little_less);
}

static bool rate_is_better(struct rate a, struct rate b, struct rate wish)
{
	bool enough = is_enough(a, wish);

	if (enough != is_enough(b, wish))
		return enough;
	return enough ? camera_rate_is_less(a, b) : camera_rate_is_less(b, a);
}

/* Formats lie in one table, the best one first. */
static bool is_better(const struct camera_mode *a, const struct camera_mode *b,
		      const struct camera_mode *wish)
{
	bool jpeg = camera_format_is_jpeg(a->format);
	unsigned a_distance = size_distance(a, wish), b_distance = size_distance(b, wish);

	if (jpeg != camera_format_is_jpeg(b->format))
		return jpeg;
	if (a_distance != b_distance)
		return a_distance < b_distance;
	if (a->width != b->width || a->height != b->height)
		return (uint64_t)a->width * a->height > (uint64_t)b->width * b->height;
	if (rate_is_better(a->rate, b->rate, wish->rate))
		return true;
	return !rate_is_better(b->rate, a->rate, wish->rate) && a->format < b->format;
}

const struct camera_mode *camera_mode_choose(const struct camera_mode *modes, size_t n,
					     const struct camera_mode *wish)
{
	const struct camera_mode *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (best == NULL || is_better(&modes[i], best, wish))
			best = &modes[i];
	return best;
}

/* ---- planes ---- */

/* Bytes of a line, and how many lines there are, in parts of the picture's width and height. */
struct plane {
	uint8_t stride_part; /* of the first plane's stride; 0: there is no such plane */
	uint8_t lines_part;
};

static const struct {
	enum AVPixelFormat pixels;
	uint8_t bytes; /* of a pixel in the first plane */
	struct plane planes[3];
} layouts[] = {
	{AV_PIX_FMT_YUV420P, 1, {{1, 1}, {2, 2}, {2, 2}}},
	{AV_PIX_FMT_NV12, 1, {{1, 1}, {1, 2}}},
	{AV_PIX_FMT_YUYV422, 2, {{1, 1}}},
	{AV_PIX_FMT_UYVY422, 2, {{1, 1}}},
};

int camera_mode_planes(const struct camera_mode *mode, const uint8_t *data, size_t len,
		       size_t stride, struct picture *ret_picture)
{
	size_t i = 0, at = 0;

	while (layouts[i].pixels != mode->format->pixels)
		i++;
	if (stride == 0)
		stride = (size_t)mode->width * layouts[i].bytes;
	if (stride < (size_t)mode->width * layouts[i].bytes || stride > INT32_MAX)
		return -EBADMSG;
	*ret_picture = (struct picture){
		.width = mode->width,
		.height = mode->height,
		.format = mode->format->pixels,
		.aspect = {0, 1},
	};
	for (size_t p = 0; p < 3 && layouts[i].planes[p].stride_part != 0; p++) {
		struct plane plane = layouts[i].planes[p];
		size_t lines = (mode->height + plane.lines_part - 1u) / plane.lines_part;

		ret_picture->planes[p] = data + at;
		ret_picture->strides[p] = (int)(stride / plane.stride_part);
		at += lines * (stride / plane.stride_part);
	}
	return at <= len ? 0 : -EBADMSG;
}
