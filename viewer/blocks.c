/* SPDX-License-Identifier: MIT */
#include "viewer/blocks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A character that is on its own: where it goes, two colours, and "▀". */
enum { CELL_TEXT = sizeof("\033[500;1000H\033[38;2;255;255;255m\033[48;2;255;255;255m") + 3 };

#define CLEAR "\033[0m\033[2J"
#define RESET "\033[0m"

int blocks_resize(struct blocks *blocks, unsigned columns, unsigned rows)
{
	size_t n;

	blocks_finish(blocks);
	*blocks = (struct blocks){
		.columns = columns < BLOCKS_MAX_COLUMNS ? columns : BLOCKS_MAX_COLUMNS,
		.rows = rows < BLOCKS_MAX_ROWS ? rows : BLOCKS_MAX_ROWS,
		.blank = true,
	};
	n = (size_t)blocks->columns * blocks->rows;
	blocks->text_size = n * CELL_TEXT + sizeof(CLEAR) + sizeof(RESET);
	blocks->cells = calloc(n + 1, sizeof(*blocks->cells));
	blocks->wanted = calloc(n + 1, sizeof(*blocks->wanted));
	blocks->text = malloc(blocks->text_size);
	if (blocks->cells && blocks->wanted && blocks->text)
		return 0;
	blocks_finish(blocks);
	return -ENOMEM;
}

void blocks_finish(struct blocks *blocks)
{
	free(blocks->cells);
	free(blocks->wanted);
	free(blocks->text);
	*blocks = (struct blocks){0};
}

void blocks_fit(const struct blocks *blocks, unsigned width, unsigned height, unsigned *ret_width,
		unsigned *ret_height)
{
	uint64_t columns = blocks->columns, halves = (uint64_t)blocks->rows * 2;

	if (columns * height <= halves * width) {
		halves = columns * height / width;
	} else {
		columns = halves * width / height;
	}
	*ret_width = columns > 0 ? (unsigned)columns : 1;
	*ret_height = halves > 0 ? (unsigned)halves : 1;
}

/* The mean colour of a piece of the picture. */
static void mean_colour(const uint8_t *rgb, unsigned stride, unsigned x0, unsigned x1, unsigned y0,
			unsigned y1, uint8_t to[3])
{
	uint64_t sum[3] = {0}, n = (uint64_t)(x1 - x0) * (y1 - y0);

	for (unsigned y = y0; y < y1; y++) {
		const uint8_t *pixel = rgb + ((size_t)y * stride + x0) * 3;

		for (unsigned x = x0; x < x1; x++, pixel += 3)
			for (int i = 0; i < 3; i++)
				sum[i] += pixel[i];
	}
	for (int i = 0; i < 3; i++)
		to[i] = (uint8_t)((sum[i] + n / 2) / n);
}

/* The pixels of the picture that pixel i of n shows: at least one. */
static void span(unsigned i, unsigned n, unsigned size, unsigned *ret_from, unsigned *ret_to)
{
	*ret_from = (unsigned)((uint64_t)i * size / n);
	*ret_to = (unsigned)((uint64_t)(i + 1) * size / n);
	if (*ret_to == *ret_from)
		(*ret_to)++;
}

static void blocks_scale(struct blocks *blocks, const uint8_t *rgb, unsigned width, unsigned height)
{
	memset(blocks->wanted, 0, sizeof(*blocks->wanted) * blocks->columns * (size_t)blocks->rows);
	for (unsigned y = 0; y < blocks->height; y++) {
		unsigned half = blocks->top + y, y0, y1;
		struct blocks_cell *row = blocks->wanted + (size_t)(half / 2) * blocks->columns;

		span(y, blocks->height, height, &y0, &y1);
		for (unsigned x = 0; x < blocks->width; x++) {
			struct blocks_cell *cell = &row[blocks->left + x];
			unsigned x0, x1;

			span(x, blocks->width, width, &x0, &x1);
			mean_colour(rgb, width, x0, x1, y0, y1,
				    half % 2 ? cell->lower : cell->upper);
		}
	}
}

static char *put_number(char *at, unsigned number)
{
	if (number >= 1000)
		*at++ = (char)('0' + number / 1000);
	if (number >= 100)
		*at++ = (char)('0' + number / 100 % 10);
	if (number >= 10)
		*at++ = (char)('0' + number / 10 % 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

static char *put_colour(char *at, const char *kind, const uint8_t colour[3])
{
	at = stpcpy(at, kind);
	for (int i = 0; i < 3; i++) {
		*at++ = ';';
		at = put_number(at, colour[i]);
	}
	*at++ = 'm';
	return at;
}

static char *put_place(char *at, unsigned row, unsigned column)
{
	at = stpcpy(at, "\033[");
	at = put_number(at, row + 1);
	*at++ = ';';
	at = put_number(at, column + 1);
	*at++ = 'H';
	return at;
}

/* Writes the cells that differ; runs of them share their place and their colours. */
static char *blocks_write(struct blocks *blocks, char *at)
{
	const struct blocks_cell *pen = NULL; /* whose colours are set */

	for (unsigned row = 0; row < blocks->rows; row++) {
		size_t start = (size_t)row * blocks->columns;
		bool follows = false; /* the cursor stands here */

		for (unsigned column = 0; column < blocks->columns; column++) {
			const struct blocks_cell *cell = &blocks->wanted[start + column];

			if (memcmp(cell, &blocks->cells[start + column], sizeof(*cell)) == 0) {
				follows = false;
				continue;
			}
			if (!follows)
				at = put_place(at, row, column);
			follows = true;
			if (!pen || memcmp(pen->upper, cell->upper, 3) != 0)
				at = put_colour(at, "\033[38;2", cell->upper);
			if (!pen || memcmp(pen->lower, cell->lower, 3) != 0)
				at = put_colour(at, "\033[48;2", cell->lower);
			pen = cell;
			at = stpcpy(at, "▀");
		}
	}
	return at;
}

size_t blocks_draw(struct blocks *blocks, const uint8_t *rgb, unsigned width, unsigned height,
		   unsigned picture_width, unsigned picture_height)
{
	struct blocks_cell *shown = blocks->cells;
	char *at = blocks->text;

	if (blocks->columns == 0 || blocks->rows == 0)
		return 0;
	blocks_fit(blocks, picture_width, picture_height, &blocks->width, &blocks->height);
	blocks->left = (blocks->columns - blocks->width) / 2;
	blocks->top = (blocks->rows * 2 - blocks->height) / 2;
	blocks_scale(blocks, rgb, width, height);
	if (blocks->blank) {
		at = stpcpy(at, CLEAR);
		/* Terminals clear to colours of their own: no cell is what it shall be. */
		for (size_t i = 0; i < (size_t)blocks->columns * blocks->rows; i++)
			shown[i].upper[0] = (uint8_t)~blocks->wanted[i].upper[0];
		blocks->blank = false;
	}
	at = blocks_write(blocks, at);
	at = stpcpy(at, RESET);
	blocks->cells = blocks->wanted;
	blocks->wanted = shown;
	return (size_t)(at - blocks->text);
}
