/* SPDX-License-Identifier: MIT */
#include "capture/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURE_BLOCK = 16 }; /* JPEG's unit of coding with 4:2:0 */

static size_t whole_blocks(unsigned side)
{
	return ((size_t)side + PICTURE_BLOCK - 1) / PICTURE_BLOCK * PICTURE_BLOCK;
}

int picture_buffer_reserve(struct picture_buffer *buffer, unsigned width, unsigned height)
{
	size_t luma_stride = whole_blocks(width);
	size_t luma = luma_stride * whole_blocks(height);
	size_t size = luma + luma / 2;

	if (size > buffer->size) {
		uint8_t *memory = NULL;

		if (posix_memalign((void **)&memory, 64, size) != 0)
			return -ENOMEM;
		free(buffer->memory);
		buffer->memory = memory;
		buffer->size = size;
	}
	buffer->planes[0] = buffer->memory;
	buffer->planes[1] = buffer->memory + luma;
	buffer->planes[2] = buffer->memory + luma + luma / 4;
	buffer->strides[0] = (int)luma_stride;
	buffer->strides[1] = buffer->strides[2] = (int)luma_stride / 2;
	buffer->width = width;
	buffer->height = height;
	return 0;
}

void picture_buffer_finish(struct picture_buffer *buffer)
{
	free(buffer->memory);
	*buffer = (struct picture_buffer){0};
}

void picture_buffer_pad(struct picture_buffer *buffer)
{
	uint8_t *luma = buffer->planes[0];
	size_t stride = (size_t)buffer->strides[0];

	if (buffer->width % 2 != 0)
		for (size_t y = 0; y < buffer->height; y++)
			luma[y * stride + buffer->width] = luma[y * stride + buffer->width - 1];
	if (buffer->height % 2 != 0)
		memcpy(luma + buffer->height * stride, luma + (buffer->height - 1) * stride,
		       stride);
}

struct picture picture_from_buffer(const struct picture_buffer *buffer)
{
	return (struct picture){
		.planes = {buffer->planes[0], buffer->planes[1], buffer->planes[2]},
		.strides = {buffer->strides[0], buffer->strides[1], buffer->strides[2]},
		.width = buffer->width,
		.height = buffer->height,
		.format = AV_PIX_FMT_YUV420P,
		.space = AVCOL_SPC_UNSPECIFIED,
		.full_range = true,
		.aspect = {0, 1},
	};
}

/* Where the pixel at (0, 0) of the turned plane comes from, and the steps along its lines and
 * columns, all in bytes of the plane it comes from. */
struct walk {
	ptrdiff_t start, along, down;
};

static struct walk walk_for(unsigned rotation, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t height)
{
	if (rotation == 90)
		return (struct walk){(height - 1) * stride, -stride, 1};
	if (rotation == 180)
		return (struct walk){(height - 1) * stride + width - 1, -1, -stride};
	return (struct walk){width - 1, stride, -1};
}

static void rotate_plane(const uint8_t *from, struct walk walk, uint8_t *to, int stride,
			 unsigned width, unsigned height)
{
	for (unsigned y = 0; y < height; y++) {
		const uint8_t *pixel = from + walk.start + (ptrdiff_t)y * walk.down;
		uint8_t *line = to + (ptrdiff_t)y * stride;

		for (unsigned x = 0; x < width; x++)
			line[x] = pixel[(ptrdiff_t)x * walk.along];
	}
}

void picture_buffer_rotate(const struct picture_buffer *from, unsigned rotation,
			   struct picture_buffer *to)
{
	for (int plane = 0; plane < 3; plane++) {
		unsigned half = plane == 0 ? 0 : 1;
		struct walk walk = walk_for(rotation, from->strides[plane],
					    (ptrdiff_t)(from->width + half) >> half,
					    (ptrdiff_t)(from->height + half) >> half);

		rotate_plane(from->planes[plane], walk, to->planes[plane], to->strides[plane],
			     (to->width + half) >> half, (to->height + half) >> half);
	}
	picture_buffer_pad(to);
}
