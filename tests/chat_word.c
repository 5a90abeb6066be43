/* SPDX-License-Identifier: MIT */
#include "chat/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_words_are_found(void **state)
{
	static const struct {
		const char *mask, *found[8], *missed[8];
	} cases[] = {
		{"spam",
		 {"spam", "SpAm!", "no spam here", "spam-free", "eat,spam", "(spam)", "spam\x01"},
		 {"spammer", "myspam", "spa m", "", "spam_x", "sp\xc3\xa4m"}},
		{"SPAM", {"spam"}, {"span"}},
		{"spam*", {"spam", "spammer", "the spammer", "spam and eggs"}, {"myspam", "spa"}},
		{"*spam*", {"spam", "myspammer", "xspam", "a b xspamx c"}, {"sp am", "spa"}},
		{"buy*now",
		 {"buy now", "please BUY it now!", "buynow"},
		 {"now buy", "buy nowhere", "xbuy now"}},
		{"f?o",
		 {"foo", "f\xc3\xb6o", "f\xe2\x82\xaco bar", "f o"},
		 {"fo", "fooo", "foooo"}},
		{"f??", {"f\xc3\xb6\xc3\xb6", "foo"}, {"f\xc3\xb6", "fo", "fooo"}},
		{"?", {"a", "a b", "!"}, {"", "ab", "\xc3\xb6\xc3\xb6"}},
		{"*?*", {"a", "ab"}, {""}},
		{"b\xc3\xb6se", {"b\xc3\xb6se", "so b\xc3\xb6se."}, {"bose", "b\xc3\xb6ser"}},
		{"$$$", {"cash $$$", "$$$", "cash$$$", "$$$$"}, {"$$", "$ $$"}},
		{"http*", {"see http://x/", "https"}, {"xhttp"}},
		{"a**b***c", {"a b c", "abc", "axxb yyc"}, {"acb", "cba"}},
		/* Styles hide nothing: bold, colours, hexadecimal colours. */
		{"spam",
		 {"s\x02pam",
		  "\x03"
		  "04spam",
		  "sp\x03"
		  "4,12am",
		  "\x04"
		  "ff0000spam\x0f",
		  "spam\x02",
		  "sp\x03"
		  "am"},
		 {"s\x03"
		  "pxam",
		  "\x02", "\x03"}},
		{"?????????????????????????????????????????????????????????????*?",
		 {"12345678901234567890123456789012345678901234567890123456789012"},
		 {"1234567890123456789012345678901234567890123456789012345678901"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(word_valid(cases[i].mask));
		for (size_t j = 0; cases[i].found[j] != NULL; j++) {
			if (!word_found(cases[i].mask, cases[i].found[j]))
				fail_msg("%s in '%s'", cases[i].mask, cases[i].found[j]);
		}
		for (size_t j = 0; cases[i].missed[j] != NULL; j++) {
			if (word_found(cases[i].mask, cases[i].missed[j]))
				fail_msg("%s not in '%s'", cases[i].mask, cases[i].missed[j]);
		}
	}
}

static void test_what_is_no_word_is_refused(void **state)
{
	static const char *const words[] = {
		"",
		"*",
		"**",
		"a b",
		"a,b",
		":a",
		"a\x02",
		"\x7f",
		"\xc3",
		"\tword",
		"1234567890123456789012345678901234567890123456789012345678901234",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (word_valid(words[i]))
			fail_msg("'%s'", words[i]);
	}
	assert_true(word_valid("123456789012345678901234567890123456789012345678901234567890123"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_found),
		cmocka_unit_test(test_what_is_no_word_is_refused),
	};

	return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
