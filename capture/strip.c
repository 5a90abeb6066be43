/* SPDX-License-Identifier: MIT */
#include "capture/strip.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	STRIP_BLACK = 16,
	STRIP_WHITE = 235,
	STRIP_SYNC = 0xa,
	STRIP_MIDDLE = 128,
	STRIP_MARGIN = 40, /* how far from the middle a cell must be to count */
};

static uint32_t check_of(uint32_t number)
{
	uint32_t crc = 0xf;

	for (int bit = 23; bit >= 0; bit--) {
		uint32_t top = (crc >> 3 ^ number >> bit) & 1;

		crc = (crc << 1 & 0xf) ^ (top != 0 ? 0x3 : 0);
	}
	return crc;
}

uint32_t strip_encode(uint32_t number)
{
	number %= STRIP_NUMBERS;
	return (uint32_t)STRIP_SYNC << 28 | number << 4 | check_of(number);
}

int strip_decode(uint32_t cells, uint32_t *ret_number)
{
	uint32_t number = cells >> 4 & (STRIP_NUMBERS - 1);

	if (cells != strip_encode(number))
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

static unsigned cell_edge(unsigned width, unsigned cell)
{
	return (unsigned)((uint64_t)width * cell / STRIP_CELLS);
}

static void draw_at(uint8_t *line, size_t stride, unsigned width, unsigned lines, uint32_t cells)
{
	for (unsigned cell = 0; cell < STRIP_CELLS; cell++) {
		unsigned left = cell_edge(width, cell), right = cell_edge(width, cell + 1);
		int value =
			(cells >> (STRIP_CELLS - 1 - cell) & 1) != 0 ? STRIP_WHITE : STRIP_BLACK;

		memset(line + left, value, right - left);
	}
	for (unsigned y = 1; y < lines; y++)
		memcpy(line + y * stride, line, width);
}

void strip_draw(uint8_t *luma, size_t stride, unsigned width, unsigned height, uint32_t number)
{
	uint32_t cells = strip_encode(number);
	unsigned lines = height / STRIP_PART;

	draw_at(luma, stride, width, lines, cells);
	draw_at(luma + (height - lines) * stride, stride, width, lines, cells);
}

/* The mean of the inner half of a cell both ways: its edges are smeared by coding and scaling. */
static unsigned cell_mean(const uint8_t *luma, size_t stride, unsigned left, unsigned right,
			  unsigned lines)
{
	unsigned inset_x = (right - left) / 4, inset_y = lines / 4;
	uint64_t sum = 0, n = 0;

	for (unsigned y = inset_y; y < lines - inset_y; y++)
		for (unsigned x = left + inset_x; x < right - inset_x; x++, n++)
			sum += luma[y * stride + x];
	assert(n > 0); /* a cell has 4 x 4 pixels in the smallest picture */
	return (unsigned)(sum / n);
}

static int read_at(const uint8_t *luma, size_t stride, unsigned width, unsigned lines,
		   uint32_t *ret_number)
{
	uint32_t cells = 0;

	for (unsigned cell = 0; cell < STRIP_CELLS; cell++) {
		unsigned mean = cell_mean(luma, stride, cell_edge(width, cell),
					  cell_edge(width, cell + 1), lines);

		if (mean > STRIP_MIDDLE - STRIP_MARGIN && mean < STRIP_MIDDLE + STRIP_MARGIN)
			return -EBADMSG;
		cells = cells << 1 | (mean > STRIP_MIDDLE);
	}
	return strip_decode(cells, ret_number);
}

int strip_read(const uint8_t *luma, size_t stride, unsigned width, unsigned height,
	       uint32_t *ret_number)
{
	unsigned lines = height / STRIP_PART;
	uint32_t top, bottom;

	if (width < STRIP_MIN_WIDTH || height < STRIP_MIN_HEIGHT ||
	    read_at(luma, stride, width, lines, &top) < 0 ||
	    read_at(luma + (height - lines) * stride, stride, width, lines, &bottom) < 0)
		return -EBADMSG;
	if (top != bottom)
		return -EUCLEAN;
	*ret_number = top;
	return 0;
}
