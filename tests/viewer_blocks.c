/* SPDX-License-Identifier: MIT */
/* What is drawn is read back by a terminal of a few lines, and compared with the picture. */
#include "viewer/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLUMNS = 40, ROWS = 12 };

struct screen {
	struct blocks_cell cells[ROWS][COLUMNS];
	struct blocks_cell pen;
	unsigned row, column;
	unsigned printed; /* characters since the last screen_read() */
};

static void screen_sequence(struct screen *screen, const char *at, char final)
{
	unsigned n[5] = {0};

	if (final == 'H') {
		assert_int_equal(sscanf(at, "%u;%uH", &n[0], &n[1]), 2);
		screen->row = n[0] - 1;
		screen->column = n[1] - 1;
	} else if (final == 'J') {
		memset(screen->cells, 0x55, sizeof(screen->cells));
	} else if (*at != '0') {
		uint8_t *colour;

		assert_int_equal(sscanf(at, "%u;%u;%u;%u;%um", &n[0], &n[1], &n[2], &n[3], &n[4]),
				 5);
		assert_true((n[0] == 38 || n[0] == 48) && n[1] == 2);
		colour = n[0] == 38 ? screen->pen.upper : screen->pen.lower;
		for (int i = 0; i < 3; i++) {
			assert_in_range(n[2 + i], 0, 255);
			colour[i] = (uint8_t)n[2 + i];
		}
	}
}

static void screen_read(struct screen *screen, const char *text, size_t len)
{
	size_t i = 0;

	screen->printed = 0;
	while (i < len) {
		if (text[i] == '\033') {
			size_t start = i + 2;

			assert_int_equal(text[i + 1], '[');
			for (i = start; text[i] < '@'; i++)
				;
			screen_sequence(screen, text + start, text[i]);
			i++;
		} else {
			assert_memory_equal(text + i, "▀", 3);
			assert_true(screen->row < ROWS && screen->column < COLUMNS);
			screen->cells[screen->row][screen->column++] = screen->pen;
			screen->printed++;
			i += 3;
		}
	}
}

static const uint8_t *pixel(const struct screen *screen, unsigned x, unsigned y)
{
	const struct blocks_cell *cell = &screen->cells[y / 2][x];

	return y % 2 ? cell->lower : cell->upper;
}

static void assert_black(const uint8_t *colour)
{
	assert_int_equal(colour[0] | colour[1] | colour[2], 0);
}

static void test_each_pixel_is_half_a_character(void **state)
{
	static uint8_t rgb[COLUMNS * ROWS * 2 * 3];
	static struct screen screen;
	struct blocks blocks = {0};
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rgb); i++)
		rgb[i] = (uint8_t)(i * 7919 >> 3);
	assert_int_equal(blocks_resize(&blocks, COLUMNS, ROWS), 0);
	len = blocks_draw(&blocks, rgb, COLUMNS, ROWS * 2, COLUMNS, ROWS * 2);
	assert_true(len <= blocks.text_size);
	screen_read(&screen, blocks.text, len);
	for (unsigned y = 0; y < ROWS * 2; y++)
		for (unsigned x = 0; x < COLUMNS; x++)
			assert_memory_equal(pixel(&screen, x, y), rgb + (y * COLUMNS + x) * 3, 3);
	blocks_finish(&blocks);
}

static void test_only_what_changed_is_drawn(void **state)
{
	static uint8_t rgb[COLUMNS * ROWS * 2 * 3];
	static struct screen screen;
	struct blocks blocks = {0};
	size_t len;

	(void)state;
	assert_int_equal(blocks_resize(&blocks, COLUMNS, ROWS), 0);
	len = blocks_draw(&blocks, rgb, COLUMNS, ROWS * 2, COLUMNS, ROWS * 2);
	screen_read(&screen, blocks.text, len);
	assert_int_equal(screen.printed, COLUMNS * ROWS); /* black, too */
	assert_black(pixel(&screen, 3, 3));

	len = blocks_draw(&blocks, rgb, COLUMNS, ROWS * 2, COLUMNS, ROWS * 2);
	screen_read(&screen, blocks.text, len);
	assert_int_equal(screen.printed, 0);

	rgb[(5 * COLUMNS + 7) * 3] = 200;
	rgb[(5 * COLUMNS + 8) * 3 + 1] = 100;
	rgb[(20 * COLUMNS + 39) * 3 + 2] = 50;
	len = blocks_draw(&blocks, rgb, COLUMNS, ROWS * 2, COLUMNS, ROWS * 2);
	screen_read(&screen, blocks.text, len);
	assert_int_equal(screen.printed, 3);
	assert_int_equal(pixel(&screen, 7, 5)[0], 200);
	assert_int_equal(pixel(&screen, 8, 5)[1], 100);
	assert_int_equal(pixel(&screen, 39, 20)[2], 50);
	blocks_finish(&blocks);
}

static void test_a_picture_keeps_its_proportions(void **state)
{
	static const struct {
		unsigned width, height, shown_width, shown_height;
	} cases[] = {
		{1280, 720, 40, 22}, {720, 1280, 13, 24}, {10, 6, 40, 24},
		{40, 24, 40, 24},    {65500, 1, 40, 1},	  {1, 65500, 1, 24},
	};
	struct blocks blocks = {0};

	(void)state;
	assert_int_equal(blocks_resize(&blocks, COLUMNS, ROWS), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned width, height;

		blocks_fit(&blocks, cases[i].width, cases[i].height, &width, &height);
		assert_int_equal(width, cases[i].shown_width);
		assert_int_equal(height, cases[i].shown_height);
	}
	blocks_finish(&blocks);
}

static void test_a_larger_picture_is_averaged_amid_black(void **state)
{
	enum { SIZE = 240 };
	static uint8_t rgb[SIZE * SIZE * 3];
	static struct screen screen;
	struct blocks blocks = {0};
	size_t len;

	(void)state;
	for (size_t i = 0; i < SIZE * SIZE; i++) /* a fine chequer of 0 and 200 */
		memset(rgb + i * 3, (i + i / SIZE) % 2 ? 200 : 0, 3);
	assert_int_equal(blocks_resize(&blocks, COLUMNS, ROWS), 0);
	len = blocks_draw(&blocks, rgb, SIZE, SIZE, SIZE, SIZE);
	screen_read(&screen, blocks.text, len);
	assert_black(pixel(&screen, 0, 0));
	assert_black(pixel(&screen, 7, 10));
	assert_int_equal(pixel(&screen, 8, 0)[0], 100);
	assert_int_equal(pixel(&screen, 31, 23)[2], 100);
	assert_black(pixel(&screen, 32, 23));
	blocks_finish(&blocks);
}

static void test_sizes_at_the_limits_are_drawn(void **state)
{
	static const struct {
		unsigned columns, rows;
	} sizes[] = {{0, 0}, {0, 5}, {5, 0}, {1, 1}, {100000, 100000}};
	static const uint8_t rgb[3] = {9, 9, 9};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct blocks blocks = {0};

		assert_int_equal(blocks_resize(&blocks, sizes[i].columns, sizes[i].rows), 0);
		assert_true(blocks.columns <= BLOCKS_MAX_COLUMNS && blocks.rows <= BLOCKS_MAX_ROWS);
		assert_true(blocks_draw(&blocks, rgb, 1, 1, 1, 1) <= blocks.text_size);
		blocks_finish(&blocks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_pixel_is_half_a_character),
		cmocka_unit_test(test_only_what_changed_is_drawn),
		cmocka_unit_test(test_a_picture_keeps_its_proportions),
		cmocka_unit_test(test_a_larger_picture_is_averaged_amid_black),
		cmocka_unit_test(test_sizes_at_the_limits_are_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
