/* SPDX-License-Identifier: MIT */
#include "common/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_a_strangers_sentence_does_nothing_to_the_terminal(void **state)
{
	static const struct {
		const char *sentence, *text;
	} cases[] = {
		{"", ""},
		{"Grüße, 世界 😀", "Grüße, 世界 😀"},
		{"a\033[2Jb\r\nc\177", "a [2Jb  c"},
		{"a\xc2\x9b"
		 "b",
		 "a b"},		 /* CSI as one character */
		{"\xff\xc3", "??"},	 /* no UTF-8 */
		{"\xc0\xaf", "??"},	 /* overlong */
		{"\xed\xa0\x80", "???"}, /* a surrogate */
		{"\xe4\xb8", "??"},	 /* cut */
		{" \tboth ends. \t\n", "both ends."},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sentence_clean(slice_from(cases[i].sentence), text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void test_a_long_sentence_is_cut_between_characters(void **state)
{
	char text[6];

	(void)state;
	sentence_clean(slice_from("abcdé"), text, sizeof(text));
	assert_string_equal(text, "abcd");
	sentence_clean(slice_from("abcdefgh"), text, sizeof(text));
	assert_string_equal(text, "abcde");
}

static void test_first_line_stands_inside_another_sentence(void **state)
{
	static const struct {
		const char *sentence, *text;
	} cases[] = {
		{"", ""},
		{"The stream is not there.\n", "The stream is not there"},
		{"One.\r\nTwo.", "One"},
		{"Grüße … .. ", "Grüße …"},
		{"\033One\033", "One"},
		{"\nTwo", ""},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sentence_first(slice_from(cases[i].sentence), text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_strangers_sentence_does_nothing_to_the_terminal),
		cmocka_unit_test(test_a_long_sentence_is_cut_between_characters),
		cmocka_unit_test(test_first_line_stands_inside_another_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
