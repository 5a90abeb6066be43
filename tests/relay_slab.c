/* SPDX-License-Identifier: MIT */
#include "relay/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { THINGS = 2000 };

static void test_things_are_zeroed_aligned_and_apart(void **state)
{
	static unsigned char *things[THINGS];
	struct slab slab;

	(void)state;
	slab_init(&slab, 200);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < THINGS; i++) {
			things[i] = slab_take(&slab);
			assert_non_null(things[i]);
			assert_int_equal((uintptr_t)things[i] % 64, 0);
			for (int byte = 0; byte < 200; byte++)
				assert_int_equal(things[i][byte], 0);
			memset(things[i], i & 0xff, 200);
		}
		for (int i = 0; i < THINGS; i++)
			assert_true(things[i][0] == (i & 0xff) && things[i][199] == (i & 0xff));
		for (int i = 0; i < THINGS; i++)
			slab_return(&slab, things[i * 7 % THINGS]);
	}
	slab_finish(&slab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_things_are_zeroed_aligned_and_apart),
	};
	return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
