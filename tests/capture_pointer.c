/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/pointer.h"

enum { WIDTH = 10, HEIGHT = 8, STRIDE = WIDTH * 4 + 8 };

/* 3 x 2 dots, of which the second of the first line points, and the last is transparent. */
static const uint32_t dots[] = {0xff000001, 0xff000002, 0xff000003,
				0xff000004, 0xff000005, 0x00000000};
static const struct pointer arrow = {3, 2, 1, 0, dots};

/* Draws it on black memory of just the right size, and reads back the blues. */
static void draw(int x, int y, uint8_t ret_blues[HEIGHT][WIDTH])
{
	uint8_t *memory = calloc(HEIGHT, STRIDE); /* whoever writes outside is caught by ASan */
	struct pointer_canvas canvas = {
		{32, false, 0xff0000, 0xff00, 0xff}, memory, STRIDE, WIDTH, HEIGHT};

	assert_non_null(memory);
	pointer_draw(&arrow, x, y, &canvas);
	for (size_t row = 0; row < HEIGHT; row++) {
		for (size_t column = 0; column < WIDTH; column++)
			ret_blues[row][column] = memory[row * STRIDE + column * 4];
		for (size_t i = (size_t)WIDTH * 4; i < STRIDE; i++)
			assert_int_equal(memory[row * STRIDE + i], 0);
	}
	free(memory);
}

static void test_it_points_at_its_place(void **state)
{
	static const uint8_t expected[HEIGHT][WIDTH] = {
		[3] = {[4] = 1, [5] = 2, [6] = 3},
		[4] = {[4] = 4, [5] = 5},
	};
	uint8_t seen[HEIGHT][WIDTH];

	(void)state;
	draw(5, 3, seen);
	assert_memory_equal(seen, expected, sizeof seen);
}

static void test_it_is_cut_off_at_every_edge(void **state)
{
	static const struct {
		int x, y;
		bool seen;
		uint8_t expected[HEIGHT][WIDTH];
	} rows[] = {
		{0, 0, true, {{2, 3}, {5}}},
		{-1, -1, true, {{0}}},
		{0, -1, true, {{5}}},
		{WIDTH - 1, HEIGHT - 1, true, {[HEIGHT - 1] = {[WIDTH - 2] = 1, [WIDTH - 1] = 2}}},
		{WIDTH, HEIGHT - 1, true, {[HEIGHT - 1] = {[WIDTH - 1] = 1}}},
		{WIDTH + 1, 2, false, {{0}}},
		{3, HEIGHT, false, {{0}}},
		{-2, 3, false, {{0}}},
		{3, -2, false, {{0}}},
		{-32767, -32767, false, {{0}}},
		{32767, 32767, false, {{0}}},
	};
	uint8_t seen[HEIGHT][WIDTH];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		draw(rows[i].x, rows[i].y, seen);
		assert_memory_equal(seen, rows[i].expected, sizeof seen);
		assert_true(pointer_is_seen(&arrow, rows[i].x, rows[i].y, WIDTH, HEIGHT) ==
			    rows[i].seen);
	}
}

static void test_what_is_larger_than_the_picture_fills_it(void **state)
{
	uint32_t many[40 * 40];
	struct pointer large = {40, 40, 20, 20, many};
	uint8_t pixels[4 * 4 * 4] = {0};
	struct pointer_canvas canvas = {{32, false, 0xff0000, 0xff00, 0xff}, pixels, 16, 4, 4};

	(void)state;
	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		many[i] = 0xff808080;
	pointer_draw(&large, 2, 2, &canvas);
	for (size_t i = 0; i < sizeof pixels; i++)
		assert_int_equal(pixels[i], i % 4 == 3 ? 0 : 0x80);
}

static void test_no_shape_is_not_seen(void **state)
{
	const struct pointer none = {0};

	(void)state;
	assert_false(pointer_is_seen(&none, 2, 2, WIDTH, HEIGHT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_points_at_its_place),
		cmocka_unit_test(test_it_is_cut_off_at_every_edge),
		cmocka_unit_test(test_what_is_larger_than_the_picture_fills_it),
		cmocka_unit_test(test_no_shape_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
