/* SPDX-License-Identifier: MIT */
#include "common/slice.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_comparisons_see_length_and_case(void **state)
{
	struct slice host = slice_from("Host");

	(void)state;
	assert_true(slice_equal(host, "Host"));
	assert_false(slice_equal(host, "host"));
	assert_false(slice_equal(host, "Hos"));
	assert_false(slice_equal(host, "Hosts"));
	assert_true(slice_equal_nocase(host, "hOST"));
	assert_false(slice_equal_nocase(host, "hos"));
	assert_false(slice_equal_nocase(host, "hosts"));
	assert_true(slice_starts_nocase(host, "hO"));
	assert_true(slice_starts_nocase(host, ""));
	assert_false(slice_starts_nocase(host, "hosts"));
	assert_true(slice_ends(host, "st"));
	assert_false(slice_ends(host, "ST"));
	assert_false(slice_ends(host, "aHost"));
}

static void test_only_ascii_letters_lose_their_case(void **state)
{
	(void)state;
	assert_false(slice_equal_nocase(slice_from("["), "{"));
	assert_false(slice_equal_nocase(slice_from("@"), "`"));
	assert_false(slice_equal_nocase(slice_from("\xc4"), "\xe4"));
}

static void test_nothing_is_equal_to_the_empty_text(void **state)
{
	struct slice nothing = {0};

	(void)state;
	assert_true(slice_equal(nothing, ""));
	assert_true(slice_equal_nocase(nothing, ""));
	assert_true(slice_ends(nothing, ""));
	assert_false(slice_equal(nothing, "x"));
	assert_null(slice_trim(nothing).data);
}

static void test_trim_takes_spaces_and_tabs_only(void **state)
{
	(void)state;
	assert_true(slice_equal(slice_trim(slice_from(" \t a b\t ")), "a b"));
	assert_true(slice_equal(slice_trim(slice_from(" \t ")), ""));
	assert_true(slice_equal(slice_trim(slice_from("\na\r")), "\na\r"));
}

static void test_split_gives_empty_parts_too(void **state)
{
	static const struct {
		const char *text;
		const char *parts[4];
	} cases[] = {
		{"", {""}},
		{"a", {"a"}},
		{"a,b", {"a", "b"}},
		{",", {"", ""}},
		{"a,,b", {"a", "", "b"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice rest = slice_from(cases[i].text), part;
		size_t n = 0;

		while (slice_split(&rest, ',', &part))
			assert_true(slice_equal(part, cases[i].parts[n++]));
		assert_true(n == 4 || !cases[i].parts[n]);
		assert_null(rest.data);
	}
}

static void test_numbers_are_digits_within_the_limit(void **state)
{
	static const struct {
		const char *text;
		unsigned long long max;
		int r;
		unsigned long long number;
	} cases[] = {
		{"0", 0, 0, 0},
		{"007", 7, 0, 7},
		{"599", 599, 0, 599},
		{"600", 599, -ERANGE, 0},
		{"18446744073709551615", ULLONG_MAX, 0, ULLONG_MAX},
		{"18446744073709551616", ULLONG_MAX, -ERANGE, 0},
		{"99999999999999999999999999", ULLONG_MAX, -ERANGE, 0},
		{"99999999999999999999999999x", ULLONG_MAX, -EINVAL, 0},
		{"1", 0, -ERANGE, 0},
		{"", 9, -EINVAL, 0},
		{"+1", 9, -EINVAL, 0},
		{"-1", 9, -EINVAL, 0},
		{" 1", 9, -EINVAL, 0},
		{"1 ", 9, -EINVAL, 0},
		{"0x1", 9, -EINVAL, 0},
		{"1,1", 99, -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned long long number = 0;

		assert_int_equal(slice_number(slice_from(cases[i].text), cases[i].max, &number),
				 cases[i].r);
		assert_true(number == cases[i].number);
	}
}

static void test_a_copy_needs_room_for_its_end(void **state)
{
	char to[4] = "xyz";

	(void)state;
	assert_int_equal(slice_copy(slice_from("abcd"), to, sizeof(to)), -ENAMETOOLONG);
	assert_string_equal(to, "xyz");
	assert_int_equal(slice_copy(slice_from("abc"), to, sizeof(to)), 0);
	assert_string_equal(to, "abc");
	assert_int_equal(slice_copy((struct slice){0}, to, sizeof(to)), 0);
	assert_string_equal(to, "");
	assert_int_equal(slice_copy(slice_from(""), to, 0), -ENAMETOOLONG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparisons_see_length_and_case),
		cmocka_unit_test(test_only_ascii_letters_lose_their_case),
		cmocka_unit_test(test_nothing_is_equal_to_the_empty_text),
		cmocka_unit_test(test_trim_takes_spaces_and_tabs_only),
		cmocka_unit_test(test_split_gives_empty_parts_too),
		cmocka_unit_test(test_numbers_are_digits_within_the_limit),
		cmocka_unit_test(test_a_copy_needs_room_for_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
