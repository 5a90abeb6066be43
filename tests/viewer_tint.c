/* SPDX-License-Identifier: MIT */
#include "viewer/tint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_the_nearest_colour(void **state)
{
	static const struct {
		int colour, of_256, of_8;
	} cases[] = {
		{0xff0000, 196, 1}, {0x00ff00, 46, 2},	{0xffff00, 226, 3},
		{0x0000ff, 21, 4},  {0xffffff, 231, 7}, {0x5f87af, 67, 7},
		{0xff8700, 208, 3}, {0x000000, -1, -1}, {0x4f4f4f, -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tint_nearest(cases[i].colour, 256), cases[i].of_256);
		assert_int_equal(tint_nearest(cases[i].colour, 8), cases[i].of_8);
	}
}

static void test_all_are_in_the_cube(void **state)
{
	(void)state;
	for (int part = 0; part < 256; part++) {
		int colour = tint_nearest(part << 16 | 0xff00 | part, TINT_COLOURS);

		assert_in_range(colour, TINT_CUBE, TINT_CUBE + TINT_CUBE_SIZE - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_nearest_colour),
		cmocka_unit_test(test_all_are_in_the_cube),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
