/* SPDX-License-Identifier: MIT */
#include "capture/decoder.h"

#include <errno.h>
#include <stdlib.h>
#include <turbojpeg.h>

#include "capture/frame.h"

static const struct {
	int subsampling;
	enum AVPixelFormat format;
} formats[] = {
	{TJSAMP_420, AV_PIX_FMT_YUV420P}, {TJSAMP_422, AV_PIX_FMT_YUV422P},
	{TJSAMP_444, AV_PIX_FMT_YUV444P}, {TJSAMP_440, AV_PIX_FMT_YUV440P},
	{TJSAMP_411, AV_PIX_FMT_YUV411P}, {TJSAMP_GRAY, AV_PIX_FMT_GRAY8},
};

void decoder_finish(struct decoder *decoder)
{
	if (decoder->turbo != NULL)
		tjDestroy(decoder->turbo);
	for (size_t i = 0; i < LOANS; i++)
		free(decoder->buffers[i].memory);
}

static enum AVPixelFormat format_of(int subsampling)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (formats[i].subsampling == subsampling)
			return formats[i].format;
	return AV_PIX_FMT_NONE;
}

static struct decoder_buffer *free_buffer(struct decoder *decoder)
{
	for (size_t i = 0; i < LOANS; i++)
		if (decoder->buffers[i].loan.users == 0)
			return &decoder->buffers[i];
	return NULL;
}

static int reserve(struct decoder_buffer *buffer, size_t size)
{
	if (buffer->size >= size)
		return 0;
	free(buffer->memory);
	buffer->size = 0;
	buffer->memory = malloc(size);
	if (buffer->memory == NULL)
		return -ENOMEM;
	buffer->size = size;
	return 0;
}

static bool is_size(int width, int height)
{
	return width >= PICTURE_MIN_SIDE && width <= PICTURE_MAX_SIDE &&
	       height >= PICTURE_MIN_SIDE && height <= PICTURE_MAX_SIDE;
}

int decoder_decode(struct decoder *decoder, const struct picture *from, struct picture *ret_picture)
{
	struct decoder_buffer *buffer = free_buffer(decoder);
	const struct frame *jpeg = from->jpeg;
	uint8_t *planes[3] = {NULL};
	int width, height, subsampling, space;

	if (buffer == NULL)
		return -EBUSY;
	if (decoder->turbo == NULL && (decoder->turbo = tjInitDecompress()) == NULL)
		return -ENOMEM;
	if (tjDecompressHeader3(decoder->turbo, jpeg->data, jpeg->len, &width, &height,
				&subsampling, &space) < 0 ||
	    !is_size(width, height) || format_of(subsampling) == AV_PIX_FMT_NONE)
		return -EBADMSG;
	*ret_picture = (struct picture){
		.width = (unsigned)width,
		.height = (unsigned)height,
		.format = format_of(subsampling),
		.full_range = true,
		.pts_us = from->pts_us,
		.capture_us = from->capture_us,
	};

	int n = subsampling == TJSAMP_GRAY ? 1 : 3;
	size_t sizes[3] = {0};

	for (int i = 0; i < n; i++) {
		ret_picture->strides[i] = tjPlaneWidth(i, width, subsampling);
		sizes[i] = tjPlaneSizeYUV(i, width, 0, height, subsampling);
	}
	if (reserve(buffer, sizes[0] + sizes[1] + sizes[2]) < 0)
		return -ENOMEM;
	planes[0] = buffer->memory;
	planes[1] = planes[0] + sizes[0];
	planes[2] = planes[1] + sizes[1];
	for (int i = 0; i < n; i++)
		ret_picture->planes[i] = planes[i];
	if (tjDecompressToYUVPlanes(decoder->turbo, jpeg->data, jpeg->len, planes, width,
				    ret_picture->strides, height, TJFLAG_ACCURATEDCT) < 0 &&
	    tjGetErrorCode(decoder->turbo) != TJERR_WARNING)
		return -EBADMSG;
	loan_begin(&buffer->loan);
	ret_picture->loan = &buffer->loan;
	return 0;
}
