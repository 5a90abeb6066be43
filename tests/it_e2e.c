/* SPDX-License-Identifier: MIT */
/* Private messages that nobody in between can read, spillway-e2e(7). */
#include <string.h>

#include "tests/harness.h"

enum { NO_LIBRARY = 77, NO_NODE = 127 };

/* Made from the manual alone, in another language. */
static void test_another_implementation_agrees_with_the_vectors(struct harness *h)
{
	struct program *check = program_start(h, "node", "tests/e2e_format.mjs", NULL);

	wait_for(program_has_ended(check));
	if (check->status == NO_LIBRARY || check->status == NO_NODE)
		harness_skip(h, program_log(check));
	assert_int_equal(check->status, 0);
	assert_non_null(strstr(program_output(check), "29 vectors\n"));
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST_ON(test_another_implementation_agrees_with_the_vectors, "epoll"),
	};

	return harness_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
