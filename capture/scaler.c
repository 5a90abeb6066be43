/* SPDX-License-Identifier: MIT */
#include "capture/scaler.h"

#include <errno.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include "capture/colour.h"
#include "capture/encoder.h"

void scaler_init(struct scaler *scaler, unsigned max_width, unsigned max_height, bool enlarges)
{
	*scaler = (struct scaler){.sws = NULL};
	scaler_resize(scaler, max_width, max_height, enlarges);
}

void scaler_resize(struct scaler *scaler, unsigned max_width, unsigned max_height, bool enlarges)
{
	scaler->max_width = max_width;
	scaler->max_height = max_height;
	scaler->enlarges = enlarges;
}

void scaler_finish(struct scaler *scaler)
{
	sws_freeContext(scaler->sws);
	picture_buffer_finish(&scaler->scaled);
	picture_buffer_finish(&scaler->turned);
}

static unsigned clamp_side(uint64_t side)
{
	if (side < PICTURE_MIN_SIDE)
		return PICTURE_MIN_SIDE;
	return side > PICTURE_MAX_SIDE ? PICTURE_MAX_SIDE : (unsigned)side;
}

static bool lies_down(const struct picture *picture)
{
	return picture->rotation % 180 != 0;
}

void scaler_fit(const struct picture *picture, unsigned max_width, unsigned max_height,
		bool enlarges, unsigned *ret_width, unsigned *ret_height)
{
	uint64_t width = picture->width, height = picture->height;

	if (picture->aspect.num > 0 && picture->aspect.den > 0)
		width = (width * (uint64_t)picture->aspect.num +
			 (uint64_t)picture->aspect.den / 2) /
			(uint64_t)picture->aspect.den;
	if (lies_down(picture)) {
		uint64_t across = height;

		height = width;
		width = across;
	}
	if (max_width != 0 && (enlarges || width > max_width || height > max_height)) {
		if (width * max_height > height * max_width) {
			height = (height * max_width + width / 2) / width;
			width = max_width;
		} else {
			width = (width * max_height + height / 2) / height;
			height = max_height;
		}
	}
	*ret_width = clamp_side(width);
	*ret_height = clamp_side(height);
}

static bool is_right(const struct picture *picture, unsigned width, unsigned height)
{
	struct colour_matrix matrix;

	if (picture->rotation != 0 || picture->width != width || picture->height != height)
		return false;
	if (encoder_takes_packed(picture->format))
		return true;
	return picture->format == AV_PIX_FMT_YUV420P && picture->full_range && width % 2 == 0 &&
	       height % 2 == 0 && !colour_matrix_for(picture->space, &matrix);
}

static bool is_alike(const struct picture *a, const struct picture *b)
{
	return a->width == b->width && a->height == b->height && a->format == b->format &&
	       a->full_range == b->full_range;
}

/* From pictures like `from` to what `scaled` has room for. -EINVAL, -ENOMEM. */
static int make_sws(struct scaler *scaler, const struct picture *from)
{
	const struct {
		const char *name;
		int64_t value;
	} options[] = {
		{"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND},
		{"srcw", from->width},
		{"srch", from->height},
		{"src_format", from->format},
		{"src_range", from->full_range},
		{"dstw", scaler->scaled.width},
		{"dsth", scaler->scaled.height},
		{"dst_format", AV_PIX_FMT_YUV420P},
		{"dst_range", 1}, /* set before sws_init_context(): later it is forgotten */
	};

	sws_freeContext(scaler->sws);
	scaler->sws = sws_alloc_context();
	if (scaler->sws == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (av_opt_set_int(scaler->sws, options[i].name, options[i].value, 0) < 0)
			return -EINVAL;
	return sws_init_context(scaler->sws, NULL, NULL) < 0 ? -EINVAL : 0;
}

/* To 4:2:0, full range; the colours of HD stay as they are. */
static int scale(struct scaler *scaler, const struct picture *from, unsigned width, unsigned height)
{
	struct picture_buffer *to = &scaler->scaled;
	bool same_size = to->width == width && to->height == height;

	if (picture_buffer_reserve(to, width, height) < 0)
		return -ENOMEM;
	if (scaler->sws == NULL || !same_size || !is_alike(from, &scaler->like)) {
		int error = make_sws(scaler, from);

		if (error < 0) {
			sws_freeContext(scaler->sws);
			scaler->sws = NULL;
			return error;
		}
		scaler->like = *from;
	}
	if (sws_scale(scaler->sws, from->planes, from->strides, 0, (int)from->height, to->planes,
		      to->strides) < 0)
		return -EINVAL;
	return 0;
}

int scaler_apply(struct scaler *scaler, const struct picture *from, struct picture *ret_picture)
{
	struct picture_buffer *result = &scaler->scaled;
	struct colour_matrix matrix;
	unsigned width, height;

	scaler_fit(from, scaler->max_width, scaler->max_height, scaler->enlarges, &width, &height);
	if (is_right(from, width, height)) {
		*ret_picture = *from;
		return 0;
	}

	int error = scale(scaler, from, lies_down(from) ? height : width,
			  lies_down(from) ? width : height);

	if (error < 0)
		return error;
	if (colour_matrix_for(from->space, &matrix))
		colour_apply(&matrix, &scaler->scaled);
	if (from->rotation != 0) {
		if (picture_buffer_reserve(&scaler->turned, width, height) < 0)
			return -ENOMEM;
		picture_buffer_rotate(&scaler->scaled, from->rotation, &scaler->turned);
		result = &scaler->turned;
	}
	picture_buffer_pad(result);
	*ret_picture = picture_from_buffer(result);
	ret_picture->pts_us = from->pts_us;
	ret_picture->capture_us = from->capture_us;
	return 0;
}
