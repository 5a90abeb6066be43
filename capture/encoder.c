/* SPDX-License-Identifier: MIT */
#include "capture/encoder.h"

#include <errno.h>
#include <stdlib.h>
#include <turbojpeg.h>

struct slot {
	struct frame frame;
	unsigned char *buffer;
	unsigned long size;
	bool lent;
};

struct encoder {
	tjhandle turbo;
	int quality;
	struct slot slots[ENCODER_FRAMES];
	struct slot *newest; /* NULL: nothing was encoded */
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

static void slot_release(struct frame *frame)
{
	struct slot *slot = (struct slot *)frame;

	slot->lent = false;
}

int encoder_create(struct encoder **ret_encoder, int quality)
{
	struct encoder *encoder = calloc(1, sizeof *encoder);

	if (encoder == NULL)
		return -ENOMEM;
	encoder->quality = quality;
	for (size_t i = 0; i < ENCODER_FRAMES; i++)
		encoder->slots[i].frame.release = slot_release;
	encoder->turbo = tjInitCompress();
	if (encoder->turbo == NULL) {
		free(encoder);
		return -ENOMEM;
	}
	*ret_encoder = encoder;
	return 0;
}

void encoder_destroy(struct encoder *encoder)
{
	if (encoder == NULL)
		return;
	for (size_t i = 0; i < ENCODER_FRAMES; i++)
		tjFree(encoder->slots[i].buffer);
	tjDestroy(encoder->turbo);
	free(encoder);
}

static struct slot *free_slot(struct encoder *encoder)
{
	for (size_t i = 0; i < ENCODER_FRAMES; i++)
		if (!encoder->slots[i].lent)
			return &encoder->slots[i];
	return NULL;
}

/* Room for the worst case, so that TurboJPEG never has to move the picture while it encodes. */
static int slot_reserve(struct slot *slot, unsigned long size)
{
	if (slot->size >= size)
		return 0;
	tjFree(slot->buffer);
	slot->size = 0;
	slot->buffer = tjAlloc((int)size);
	if (slot->buffer == NULL)
		return -ENOMEM;
	slot->size = size;
	return 0;
}

enum { FLAGS = TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT };

static int encode_planes(struct encoder *encoder, const struct picture *picture, int subsampling,
			 struct slot *slot, unsigned long *len)
{
	/* TurboJPEG's prototype wants pointers that aren't const; it only reads. */
	const unsigned char *planes[3] = {picture->planes[0], picture->planes[1],
					  picture->planes[2]};

	return tjCompressFromYUVPlanes(encoder->turbo, planes, (int)picture->width,
				       picture->strides, (int)picture->height, subsampling,
				       &slot->buffer, len, encoder->quality, FLAGS);
}

static int encode_packed(struct encoder *encoder, const struct picture *picture, int subsampling,
			 struct slot *slot, unsigned long *len)
{
	return tjCompress2(encoder->turbo, picture->planes[0], (int)picture->width,
			   picture->strides[0], (int)picture->height, pixels_of(picture->format),
			   &slot->buffer, len, subsampling, encoder->quality, FLAGS);
}

int encoder_encode(struct encoder *encoder, const struct picture *picture, struct frame **ret_frame)
{
	bool packed = encoder_takes_packed(picture->format);
	int subsampling = subsampling_of(picture);
	int width = (int)picture->width, height = (int)picture->height;
	struct slot *slot = free_slot(encoder);

	if (subsampling < 0)
		return subsampling;
	if (slot == NULL)
		return -ENOBUFS;
	encoder->newest = NULL;
	if (slot_reserve(slot, tjBufSize(width, height, subsampling)) < 0)
		return -ENOMEM;

	unsigned long len = slot->size;

	if ((packed ? encode_packed : encode_planes)(encoder, picture, subsampling, slot, &len) < 0)
		return -EIO;
	encoder->newest = slot;
	slot->lent = true;
	slot->frame.data = slot->buffer;
	slot->frame.len = len;
	slot->frame.pts_us = picture->pts_us;
	slot->frame.capture_us = picture->capture_us;
	*ret_frame = &slot->frame;
	return 0;
}

int encoder_repeat(struct encoder *encoder, struct frame **ret_frame)
{
	struct slot *slot = encoder->newest;

	if (slot == NULL)
		return -ENOENT;
	if (slot->lent)
		return -EBUSY;
	slot->lent = true;
	*ret_frame = &slot->frame;
	return 0;
}
