/* SPDX-License-Identifier: MIT */
#include "capture/encoder.h"

#include <errno.h>
#include <stdlib.h>
#include <turbojpeg.h>

struct sheet {
	struct frame frame; /* first: the sheet is found by it */
	tjhandle turbo;	    /* NULL: not needed so far */
	unsigned char *buffer;
	unsigned long size;
	bool lent;
};

struct encoder {
	struct sheet sheets[ENCODER_FRAMES];
	struct sheet *newest; /* NULL: nothing was encoded */
};

static const struct {
	enum AVPixelFormat format;
	int subsampling;
} formats[] = {
	{AV_PIX_FMT_YUV420P, TJSAMP_420},
	{AV_PIX_FMT_YUV422P, TJSAMP_422},
	{AV_PIX_FMT_YUV444P, TJSAMP_444},
	{AV_PIX_FMT_GRAY8, TJSAMP_GRAY},
};

static const struct {
	enum AVPixelFormat format;
	int pixels;
} packed_formats[] = {
	{AV_PIX_FMT_BGR0, TJPF_BGRX}, {AV_PIX_FMT_RGB0, TJPF_RGBX}, {AV_PIX_FMT_0BGR, TJPF_XBGR},
	{AV_PIX_FMT_0RGB, TJPF_XRGB}, {AV_PIX_FMT_BGR24, TJPF_BGR}, {AV_PIX_FMT_RGB24, TJPF_RGB},
};

static int pixels_of(enum AVPixelFormat format)
{
	for (size_t i = 0; i < sizeof packed_formats / sizeof packed_formats[0]; i++)
		if (packed_formats[i].format == format)
			return packed_formats[i].pixels;
	return TJPF_UNKNOWN;
}

bool encoder_takes_packed(enum AVPixelFormat format)
{
	return pixels_of(format) != TJPF_UNKNOWN;
}

static int subsampling_of(const struct picture *picture)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (picture->full_range && formats[i].format == picture->format)
			return formats[i].subsampling;
	return encoder_takes_packed(picture->format) ? TJSAMP_420 : -EINVAL;
}

static void sheet_release(struct frame *frame)
{
	struct sheet *sheet = (struct sheet *)frame;

	sheet->lent = false;
}

int encoder_create(struct encoder **ret_encoder)
{
	struct encoder *encoder = calloc(1, sizeof *encoder);

	if (encoder == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < ENCODER_FRAMES; i++)
		encoder->sheets[i].frame.release = sheet_release;
	*ret_encoder = encoder;
	return 0;
}

void encoder_destroy(struct encoder *encoder)
{
	if (encoder == NULL)
		return;
	for (size_t i = 0; i < ENCODER_FRAMES; i++) {
		tjFree(encoder->sheets[i].buffer);
		if (encoder->sheets[i].turbo != NULL)
			tjDestroy(encoder->sheets[i].turbo);
	}
	free(encoder);
}

struct sheet *encoder_take(struct encoder *encoder)
{
	for (size_t i = 0; i < ENCODER_FRAMES; i++) {
		struct sheet *sheet = &encoder->sheets[i];

		if (sheet->lent)
			continue;
		if (encoder->newest == sheet)
			encoder->newest = NULL;
		sheet->lent = true;
		return sheet;
	}
	return NULL;
}

/* ---- in any thread ---- */

/* Room for the worst case, so that TurboJPEG never has to move the picture while it encodes. */
static int sheet_reserve(struct sheet *sheet, unsigned long size)
{
	if (sheet->turbo == NULL && (sheet->turbo = tjInitCompress()) == NULL)
		return -ENOMEM;
	if (sheet->size >= size)
		return 0;
	tjFree(sheet->buffer);
	sheet->size = 0;
	sheet->buffer = tjAlloc((int)size);
	if (sheet->buffer == NULL)
		return -ENOMEM;
	sheet->size = size;
	return 0;
}

enum { FLAGS = TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT };

static int encode_planes(struct sheet *sheet, const struct picture *picture, int subsampling,
			 int quality, unsigned long *len)
{
	/* TurboJPEG's prototype wants pointers that aren't const; it only reads. */
	const unsigned char *planes[3] = {picture->planes[0], picture->planes[1],
					  picture->planes[2]};

	return tjCompressFromYUVPlanes(sheet->turbo, planes, (int)picture->width, picture->strides,
				       (int)picture->height, subsampling, &sheet->buffer, len,
				       quality, FLAGS);
}

static int encode_packed(struct sheet *sheet, const struct picture *picture, int subsampling,
			 int quality, unsigned long *len)
{
	return tjCompress2(sheet->turbo, picture->planes[0], (int)picture->width,
			   picture->strides[0], (int)picture->height, pixels_of(picture->format),
			   &sheet->buffer, len, subsampling, quality, FLAGS);
}

int sheet_encode(struct sheet *sheet, const struct picture *picture, int quality)
{
	bool packed = encoder_takes_packed(picture->format);
	int subsampling = subsampling_of(picture);
	int width = (int)picture->width, height = (int)picture->height;

	if (subsampling < 0)
		return subsampling;
	if (sheet_reserve(sheet, tjBufSize(width, height, subsampling)) < 0)
		return -ENOMEM;

	unsigned long len = sheet->size;

	if ((packed ? encode_packed : encode_planes)(sheet, picture, subsampling, quality, &len) <
	    0)
		return -EIO;
	sheet->frame.data = sheet->buffer;
	sheet->frame.len = len;
	sheet->frame.pts_us = picture->pts_us;
	sheet->frame.capture_us = picture->capture_us;
	return 0;
}

size_t sheet_len(const struct sheet *sheet)
{
	return sheet->frame.len;
}

/* ---- in the loop again ---- */

struct frame *encoder_frame(struct encoder *encoder, struct sheet *sheet)
{
	encoder->newest = sheet;
	return &sheet->frame;
}

void encoder_give_back(struct sheet *sheet)
{
	sheet->lent = false;
}

int encoder_repeat(struct encoder *encoder, struct frame **ret_frame)
{
	struct sheet *sheet = encoder->newest;

	if (sheet == NULL)
		return -ENOENT;
	if (sheet->lent)
		return -EBUSY;
	sheet->lent = true;
	*ret_frame = &sheet->frame;
	return 0;
}
