/* SPDX-License-Identifier: MIT */
#include "chat/extban.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_what_people_type_is_completed(void **state)
{
	static const struct {
		const char *text, *mask; /* NULL: refused */
	} cases[] = {
		{"dan", "dan!*@*"},
		{"~d@host", "*!~d@host"},
		{"~a:dan", "~a:dan"},
		{"~A:Dan", "~a:Dan"},
		{"~a:d*", "~a:d*"},
		{"~m:dan", "~m:dan!*@*"},
		{"~M:*.example.org", "~m:*!*@*.example.org"},
		{"~m:~a:dan", "~m:~a:dan"},
		{"~m:~A:dan", "~m:~a:dan"},
		{"~r:Some?body*", "~r:Some?body*"},
		{"~R:a:b", "~r:a:b"},
		{"~!a:*", "~!a:*"},
		{"~!A:dan", "~!a:dan"},
		{"~m:~!a:*", "~m:~!a:*"},
		{"~m:~!R:*bot*", "~m:~!r:*bot*"},
		/* A nick may begin so. */
		{"~!d@host", "~!d@host"},
		{"~!m:dan", NULL},
		{"~!m:~a:dan", NULL},
		{"~!a:", NULL},
		{"~!x:dan", NULL},
		{"~r:", NULL},
		{"~r:a b", NULL},
		{"~a:", NULL},
		{"~m:", NULL},
		{"~a:a,b", NULL},
		{"~a:a b", NULL},
		{"~a:dan!d@host", NULL},
		{"~a:~a:dan", NULL},
		{"~a:~m:dan", NULL},
		{"~m:~m:dan", NULL},
		{"~m:~x:dan", NULL},
		{"~x:dan", NULL},
		{"", NULL},
	};
	char mask[MASK_MAX], longest[MASK_MAX + 4] = "~m:~a:";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int result = extban_complete(cases[i].text, mask);

		assert_int_equal(result, cases[i].mask != NULL ? 0 : -EINVAL);
		if (result == 0)
			assert_string_equal(mask, cases[i].mask);
	}
	memset(longest + 6, 'x', MASK_MAX - 6);
	assert_int_equal(extban_complete(longest, mask), -ENAMETOOLONG);
	longest[MASK_MAX - 1] = '\0';
	assert_int_equal(extban_complete(longest, mask), 0);
}

static void test_whom_they_are_about(void **state)
{
	static const struct extban_who dan = {.source = "dan!~d@host.example.org",
					      .account = "Daniel",
					      .real = "Dan the Man"},
				       guest = {.source = "eve!~e@elsewhere",
						.account = "",
						.real = "Eve"};
	static const struct {
		const char *mask;
		bool dan, guest, mutes;
	} cases[] = {
		{"dan!*@*", true, false, false},
		{"*!*@*.example.org", true, false, false},
		{"*!*@*", true, true, false},
		{"~a:daniel", true, false, false},
		{"~a:dan", false, false, false},
		{"~a:dan*", true, false, false},
		{"~a:*", true, false, false},
		{"~r:dan?the?*", true, false, false},
		{"~!r:dan?the?*", false, true, false},
		{"~!a:*", false, true, false},
		{"~!a:daniel", false, true, false},
		{"~m:~!a:*", false, true, true},
		{"~m:~r:eve", false, true, true},
		{"~m:dan!*@*", true, false, true},
		{"~m:*!*@elsewhere", false, true, true},
		{"~m:~a:DANIEL", true, false, true},
		{"~m:~a:*", true, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (extban_match(cases[i].mask, &dan) != cases[i].dan ||
		    extban_match(cases[i].mask, &guest) != cases[i].guest ||
		    extban_mutes(cases[i].mask) != cases[i].mutes)
			fail_msg("%s", cases[i].mask);
	}
}

static void test_an_address_is_seen_by_those_masks_that_may(void **state)
{
	struct extban_who dan = {.source = "dan!~d@cloak.v4", .account = ""};

	(void)state;
	assert_false(extban_match("*!*@192.0.2.*", &dan));
	dan.true_source = "dan!~d@192.0.2.7";
	assert_true(extban_match("*!*@192.0.2.*", &dan));
	assert_true(extban_match("*!*@cloak.v4", &dan));
	assert_false(extban_match("*!*@192.0.3.*", &dan));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_people_type_is_completed),
		cmocka_unit_test(test_whom_they_are_about),
		cmocka_unit_test(test_an_address_is_seen_by_those_masks_that_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
