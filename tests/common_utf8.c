/* SPDX-License-Identifier: MIT */
#include "common/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_validity(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"\xc3\xa4", true},
		{"\xe2\x82\xac", true},
		{"\xf0\x9f\x98\x80", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\xef\xbf\xbf", true},
		{"\x80", false},
		{"a\xc3", false},
		{"\xc3(", false},
		{"\xe2\x82", false},
		{"\xe2\x82"
		 "a",
		 false},
		{"\xc0\xaf", false},	     /* overlong */
		{"\xe0\x80\xaf", false},     /* overlong */
		{"\xed\xa0\x80", false},     /* a surrogate */
		{"\xf4\x90\x80\x80", false}, /* over U+10FFFF */
		{"\xff", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (utf8_valid(slice_from(cases[i].text)) != cases[i].valid)
			fail_msg("case %zu", i);
	}
}

static void test_no_character_is_cut(void **state)
{
	static const struct {
		const char *text;
		size_t max, fit;
	} cases[] = {
		{"abc", 2, 2},		{"abc", 3, 3},		{"abc", 9, 3},
		{"a\xc3\xa4", 2, 1},	{"a\xc3\xa4", 3, 3},	{"\xe2\x82\xac", 2, 0},
		{"\xe2\x82\xac", 3, 3}, {"\xe2\x82\xac", 0, 0}, {"", 5, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(utf8_fit(slice_from(cases[i].text), cases[i].max), cases[i].fit);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_validity),
		cmocka_unit_test(test_no_character_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
