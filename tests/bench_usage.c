/* SPDX-License-Identifier: MIT */
#include "bench/usage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

static void test_process_time_is_user_and_system_together(void **state)
{
	(void)state;
	assert_int_equal(usage_parse_stat("4711 (relay) S 1 4711 4711 0 -1 4194304 1093 0 0 0 "
					  "250 340 7 8 20 0 1 0 87654 5095424 512\n"),
			 590);
}

static void test_name_of_a_program_confuses_nobody(void **state)
{
	(void)state;
	assert_int_equal(
		usage_parse_stat("4711 (a) R 9 9 (b) S 1 4711 4711 0 -1 4194304 1093 0 0 0 "
				 "1 2 7 8 20 0 1 0 87654 5095424 512\n"),
		3);
}

static void test_resident_memory_is_in_bytes(void **state)
{
	(void)state;
	assert_int_equal(
		usage_parse_smaps("55d0c0000000-7ffd0000 ---p 00000000 00:00 0    [rollup]\n"
				  "Rss:                2384 kB\n"
				  "Pss:                 617 kB\n"),
		2384 * 1024);
}

static const char proc_stat[] = "cpu  100 20 3 4000 50 6 7 8 0 0\n"
				"cpu0 90 10 2 3000 25 3 4 4 0 0\n"
				"cpu1 10 10 1 1000 25 3 3 4 0 0\n"
				"cpu10 1 1 1 1 1 1 1 1 0 0\n"
				"intr 12345 0 0\n"
				"ctxt 99\n";

static void test_cpu_is_told_by_processes_and_interrupts(void **state)
{
	static const struct {
		int cpu;
		int64_t process, interrupt;
	} cases[] = {
		{USAGE_ALL_CPUS, 123, 13},
		{0, 102, 7},
		{1, 21, 6},
		{10, 3, 2},
	};
	struct usage_cpu usage;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(usage_parse_cpu(proc_stat, cases[i].cpu, &usage), 0);
		assert_int_equal(usage.process_us, cases[i].process);
		assert_int_equal(usage.interrupt_us, cases[i].interrupt);
	}
	assert_int_equal(usage_parse_cpu(proc_stat, 2, &usage), -ENODEV);
}

static void test_nonsense_is_told(void **state)
{
	struct usage_cpu usage;

	(void)state;
	assert_int_equal(usage_parse_stat(""), -EBADMSG);
	assert_int_equal(usage_parse_stat("1 (x) S 1"), -EBADMSG);
	assert_int_equal(usage_parse_smaps(""), -EBADMSG);
	assert_int_equal(usage_parse_smaps("x\nRss: many kB\n"), -EBADMSG);
	assert_int_equal(usage_parse_cpu("cpu0 a b c\n", 0, &usage), -EBADMSG);
}

static void test_this_process_can_be_looked_at(void **state)
{
	struct usage_cpu usage;

	(void)state;
	assert_true(usage_process_us(getpid()) >= 0);
	assert_true(usage_resident_bytes(getpid()) > 0);
	assert_int_equal(usage_cpu(USAGE_ALL_CPUS, &usage), 0);
	assert_true(usage.process_us > 0);
	assert_int_equal(usage_process_us(-1), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_time_is_user_and_system_together),
		cmocka_unit_test(test_name_of_a_program_confuses_nobody),
		cmocka_unit_test(test_resident_memory_is_in_bytes),
		cmocka_unit_test(test_cpu_is_told_by_processes_and_interrupts),
		cmocka_unit_test(test_nonsense_is_told),
		cmocka_unit_test(test_this_process_can_be_looked_at),
	};

	return cmocka_run_group_tests_name("bench_usage", tests, NULL, NULL);
}
