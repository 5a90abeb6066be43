/* SPDX-License-Identifier: MIT */
/* The cases of validate-hostname are those of ircdocs/parser-tests (Daniel Oaks, CC0). */
#include "chat/nick.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chat/room_name.h"
#include "common/casemap.h"

#define X8 "xxxxxxxx"
#define X32 X8 X8 X8 X8

struct validity {
	const char *text;
	bool valid;
};

static void check(bool (*valid)(const char *text), const struct validity *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (valid(cases[i].text) != cases[i].valid)
			fail_msg("%s", cases[i].text);
	}
}

static void test_nicks(void **state)
{
	static const struct validity cases[] = {
		{"dan", true},	       {"d", true},	 {"[dan]", true},  {"{dan}\\|^_`-", true},
		{"dan1", true},	       {"_1", true},	 {X32, true},	   {X32 "x", false},
		{"", false},	       {"1dan", false},	 {"-dan", false},  {"#dan", false},
		{":dan", false},       {"dan!x", false}, {"dan@x", false}, {"da n", false},
		{"d\xc3\xa4n", false}, {"dan*", false},	 {"d.n", false},   {"dan,x", false},
		{"~dan", false},
	};

	(void)state;
	check(nick_valid, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_hosts(void **state)
{
	static const struct validity cases[] = {
		{"irc.example.com", true},
		{"i.coolguy.net", true},
		{"irc-srv.net.uk", true},
		{"iRC.CooLguY.NeT", true},
		{"gsf.ds342.co.uk", true},
		{"324.net.uk", true},
		{"xn--bcher-kva.ch", true},
		{"-lol-.net.uk", false},
		{"-lol.net.uk", false},
		{"_irc._sctp.lol.net.uk", false},
		{"irc", false},
		{"com", false},
		{"", false},
		/* ours */
		{".a", false},
		{"a.", false},
		{"a..b", false},
		{"a.b-", false},
		{"a b.c", false},
		{X32 "." X8 X8 X8 "xxxxxx", true},
		{X32 "." X8 X8 X8 X8, false},
	};

	(void)state;
	check(nick_host_valid, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_room_names(void **state)
{
	static const struct validity cases[] = {
		{"#cam", true},
		{"#cam/240p", true},
		{"##", true},
		{"#\xc3\xa4", true},
		{"#" X32 X32 X32 X32, true},
		{"#" X32 X32 X32 X32 "x", false},
		{"#", false},
		{"", false},
		{"cam", false},
		{"&cam", false},
		{"#a b", false},
		{"#a,b", false},
		{"#a\a", false},
		{"#a*", false},
		{"#a?", false},
		{"#a\x7f", false},
		{"#\xc3", false},
	};

	(void)state;
	check(room_name_valid, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_user_names_are_cleaned(void **state)
{
	static const struct {
		const char *given, *user;
	} cases[] = {
		{"dan", "~dan"}, {"~dan", "~dan"},     {"d!a@n", "~dan"},
		{"d n", "~dn"},	 {X32, "~" X8 X8 "x"}, {"a.b-c_", "~a.b-c_"},
	};
	char user[NICK_USER_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(nick_clean_user(cases[i].given, user), 0);
		assert_string_equal(user, cases[i].user);
	}
	assert_int_equal(nick_clean_user("", user), -EINVAL);
	assert_int_equal(nick_clean_user("@!", user), -EINVAL);
}

static void test_case_doesnt_make_another_name(void **state)
{
	(void)state;
	assert_true(casemap_equal("Dan", "dAN"));
	assert_int_equal(casemap_hash("Dan"), casemap_hash("dAN"));
	assert_false(casemap_equal("dan", "dann"));
	assert_false(casemap_equal("dann", "dan"));
	/* rfc1459 would have these equal. */
	assert_false(casemap_equal("[a]", "{a}"));
	assert_false(casemap_equal("#\xc3\x84", "#\xc3\xa4"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nicks),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_room_names),
		cmocka_unit_test(test_user_names_are_cleaned),
		cmocka_unit_test(test_case_doesnt_make_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
