/* SPDX-License-Identifier: MIT */
/*
 * What a camera can be asked for: a format, a size, a rate; and which of what it offers is nearest
 * to what was wished. Pure.
 *
 * A camera's own JPEG comes before all else, since it needs no encoding. Then the nearest size
 * counts, then the rate: the slowest that isn't less than the wish, else the fastest.
 */
#ifndef SPILLWAY_CAPTURE_CAMERA_MODE_H
#define SPILLWAY_CAPTURE_CAMERA_MODE_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/picture.h"
#include "capture/rate.h"

enum {
	CAMERA_MAX_MODES = 1024,
	CAMERA_WIDTH = 1280, /* wished for where the user wished nothing */
	CAMERA_HEIGHT = 720,
	CAMERA_FPS = 30,
};

/* A format that we can use. */
struct camera_format {
	uint32_t fourcc; /* V4L2_PIX_FMT_… */
	const char *name;
	enum AVPixelFormat pixels; /* AV_PIX_FMT_NONE: JPEG */
};

struct camera_mode {
	const struct camera_format *format;
	unsigned width, height;
	struct rate rate; /* frames 0: not known */
};

/* The best one first; ends with a row whose name is NULL. */
extern const struct camera_format camera_formats[];

/* NULL where we can't use it. */
const struct camera_format *camera_format_find(uint32_t fourcc);
bool camera_format_is_jpeg(const struct camera_format *format);
/* The lowest of min, min + step, … to max that is nearest to the wish. step 0: as 1. */
unsigned camera_nearest_step(unsigned min, unsigned max, unsigned step, unsigned wish);
/* From an interval of numerator / denominator seconds; frames 0 for one that makes no sense. */
struct rate camera_rate(uint32_t numerator, uint32_t denominator);
/* Whether a is slower than b. */
bool camera_rate_is_less(struct rate a, struct rate b);
/* The mode nearest to the wish, which has a size and a rate; NULL where there is none. */
const struct camera_mode *camera_mode_choose(const struct camera_mode *modes, size_t n,
					     const struct camera_mode *wish);

/* How the bytes of a picture of that mode lie in memory that begins at data, with lines of stride
 * bytes (of the first plane). -EBADMSG where len isn't enough. Planes, strides, size and format are
 * set. */
int camera_mode_planes(const struct camera_mode *mode, const uint8_t *data, size_t len,
		       size_t stride, struct picture *ret_picture);

#endif
