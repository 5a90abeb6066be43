/* SPDX-License-Identifier: MIT */
/*
 * A viewer on a link that carries less than half of its stream, beside one without a limit: as
 * bench/link.sh measures them, in network namespaces. Here it counts what they got; the ages are
 * printed, and are the bench's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static bool have_namespaces(void)
{
	return geteuid() == 0 &&
	       system("ip netns add spillway-probe 2>/dev/null && ip netns del spillway-probe "
		      "&& test -c /dev/net/tun && command -v jq curl >/dev/null") == 0;
}

static long long number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void check_result(const char *line)
{
	json_t *result = json_loads(line, 0, NULL);
	const json_t *slow = json_object_get(result, "slow");
	const json_t *fast = json_object_get(result, "fast");

	print_message("%s", line);
	assert_int_equal(number(fast, "dropped"), 0);
	assert_true(number(fast, "frames") > 0);
	assert_int_equal(number(slow, "repeated"), 0);
	assert_int_equal(number(slow, "reordered"), 0);
	assert_true(number(slow, "frames") > 0);
	assert_true(number(slow, "frames") < number(fast, "frames"));
	assert_true(number(slow, "dropped") > 0);
	json_decref(result);
}

/* With each congestion control that the kernel has. */
static void check_link(const char *io, unsigned rtt_ms)
{
	char command[128], line[4096];
	int n = 0;

	if (!have_namespaces()) {
		print_message("no network namespaces here (it takes root, ip, /dev/net/tun, jq)\n");
		skip();
	}
	snprintf(command, sizeof(command), "bench/link.sh -s 4 -i %s -r %u", io, rtt_ms);
	FILE *out = popen(command, "r");
	assert_non_null(out);
	for (; fgets(line, sizeof(line), out) != NULL; n++)
		check_result(line);
	assert_int_equal(pclose(out), 0);
	assert_true(n > 0);
}

static void test_slow_viewer_loses_frames_and_nobody_else_does_uring(void **state)
{
	(void)state;
	check_link("uring", 0);
}

static void test_slow_viewer_loses_frames_and_nobody_else_does_epoll(void **state)
{
	(void)state;
	check_link("epoll", 0);
}

static void test_slow_viewer_far_away_loses_frames_and_nobody_else_does(void **state)
{
	(void)state;
	check_link("auto", 100);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_viewer_loses_frames_and_nobody_else_does_uring),
		cmocka_unit_test(test_slow_viewer_loses_frames_and_nobody_else_does_epoll),
		cmocka_unit_test(test_slow_viewer_far_away_loses_frames_and_nobody_else_does),
	};
	char *folder = argc > 0 ? realpath(argv[0], NULL) : NULL;

	/* DIR/tests/it_link: the programs are in DIR. */
	for (int i = 0; folder != NULL && i < 2; i++) {
		char *slash = folder;

		for (char *c = folder; *c != '\0'; c++)
			slash = *c == '/' ? c : slash;
		*slash = '\0';
	}
	if (folder != NULL)
		setenv("BUILD", folder, 1);
	free(folder);
	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
