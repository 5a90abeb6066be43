/* SPDX-License-Identifier: MIT */
/* The cases of mask-match and userhost-split are those of ircdocs/parser-tests (Daniel Oaks,
 * CC0). */
#include "chat/mask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_match(void **state)
{
	static const struct {
		const char *mask, *matches[4], *fails[5];
	} cases[] = {
		{"*@127.0.0.1",
		 {"coolguy!ab@127.0.0.1", "cooldud3!~bc@127.0.0.1"},
		 {"coolguy!ab@127.0.0.5", "cooldud3!~d@124.0.0.1"}},
		{"cool*@*",
		 {"coolguy!ab@127.0.0.1", "cooldud3!~bc@127.0.0.1", "cool132!ab@example.com"},
		 {"koolguy!ab@127.0.0.5", "cooodud3!~d@124.0.0.1"}},
		{"cool!*@*",
		 {"cool!guyab@127.0.0.1", "cool!~dudebc@127.0.0.1", "cool!312ab@example.com"},
		 {"coolguy!ab@127.0.0.1", "cooldud3!~bc@127.0.0.1", "koolguy!ab@127.0.0.5",
		  "cooodud3!~d@124.0.0.1"}},
		{"cool!?username@*",
		 {"cool!ausername@127.0.0.1", "cool!~username@127.0.0.1"},
		 {"cool!username@127.0.0.1"}},
		{"cool!a?*@*", {"cool!ab@127.0.0.1", "cool!abc@127.0.0.1"}, {"cool!a@127.0.0.1"}},
		{"cool[guy]!*@*",
		 {"cool[guy]!guy@127.0.0.1", "cool[guy]!a@example.com"},
		 {"coolg!ab@127.0.0.1", "cool[!ac@127.0.1.1"}},
		/* ours */
		{"DAN!*@*", {"dan!a@b", "Dan!a@b"}, {"dann!a@b", ""}},
		{"*", {"", "anything"}, {NULL}},
		{"", {""}, {"a"}},
		{"a?b",
		 {"axb", "a\xe2\x82\xac"
			 "b"},
		 {"ab", "axxb"}},
		{"*a*b*", {"ab", "xaxbx", "aab"}, {"ba", "a", "b"}},
		{"*aab", {"aaab", "aab", "aabaab"}, {"aaba"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t j = 0; cases[i].matches[j] != NULL; j++) {
			if (!mask_match(cases[i].mask, cases[i].matches[j]))
				fail_msg("%s, %s", cases[i].mask, cases[i].matches[j]);
		}
		for (size_t j = 0; cases[i].fails[j] != NULL; j++) {
			if (mask_match(cases[i].mask, cases[i].fails[j]))
				fail_msg("%s, not %s", cases[i].mask, cases[i].fails[j]);
		}
	}
}

static void test_split(void **state)
{
	static const struct {
		const char *source, *nick, *user, *host;
	} cases[] = {
		{"coolguy!ag@127.0.0.1", "coolguy", "ag", "127.0.0.1"},
		{"coolguy!~ag@localhost", "coolguy", "~ag", "localhost"},
		{"coolguy@127.0.0.1", "coolguy", "", "127.0.0.1"},
		{"coolguy!ag", "coolguy", "ag", ""},
		{"coolguy!ag@net\x03"
		 "5w\x03ork.admin",
		 "coolguy", "ag",
		 "net\x03"
		 "5w\x03ork.admin"},
		{"coolguy!~ag@n\x02"
		 "et\x03"
		 "05w\x0fork.admin",
		 "coolguy", "~ag",
		 "n\x02"
		 "et\x03"
		 "05w\x0fork.admin"},
		{"coolguy", "coolguy", "", ""},
		{"", "", "", ""},
	};
	struct slice nick, user, host;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mask_split(cases[i].source, &nick, &user, &host);
		assert_true(slice_equal(nick, cases[i].nick));
		assert_true(slice_equal(user, cases[i].user));
		assert_true(slice_equal(host, cases[i].host));
	}
}

static void test_what_people_type_is_completed(void **state)
{
	static const struct {
		const char *text, *mask;
	} cases[] = {
		{"dan", "dan!*@*"},
		{"dan!", "dan!*@*"},
		{"dan!d", "dan!d@*"},
		{"d@host", "*!d@host"},
		{"dan!d@host", "dan!d@host"},
		{"!@", "*!*@*"},
		{"*.example.org", "*!*@*.example.org"},
		{"2001:db8::*", "*!*@2001:db8::*"},
		{"*", "*!*@*"},
	};
	char mask[MASK_MAX], longest[MASK_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(mask_complete(cases[i].text, mask), 0);
		assert_string_equal(mask, cases[i].mask);
	}
	assert_int_equal(mask_complete("", mask), -EINVAL);
	assert_int_equal(mask_complete("a b", mask), -EINVAL);
	memset(longest, 'x', MASK_MAX);
	longest[MASK_MAX] = '\0';
	assert_int_equal(mask_complete(longest, mask), -ENAMETOOLONG);
	longest[MASK_MAX - 1] = '\0';
	assert_int_equal(mask_complete(longest, mask), -ENAMETOOLONG);
	longest[MASK_MAX - 5] = '\0';
	assert_int_equal(mask_complete(longest, mask), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_what_people_type_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
