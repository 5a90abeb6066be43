/* SPDX-License-Identifier: MIT */
#include "chat/mode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "+o dan", "-k", "?x" for an unknown one, "!o" for one that lacks its parameter. */
static void describe(const struct mode_change *changes, size_t n, char *to, size_t size)
{
	size_t len = 0;

	*to = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct mode_change *change = &changes[i];

		len += (size_t)snprintf(to + len, size - len, "%s%c%c%s%s", i > 0 ? " " : "",
					change->problem == MODE_UNKNOWN		  ? '?'
					: change->problem == MODE_LACKS_PARAMETER ? '!'
					: change->add				  ? '+'
										  : '-',
					change->letter, change->parameter != NULL ? "=" : "",
					change->parameter != NULL ? change->parameter : "");
		assert_true(len < size);
	}
}

static void test_mode_strings(void **state)
{
	static const struct {
		const char *words[7], *changes;
	} cases[] = {
		{{"+o", "dan"}, "+o=dan"},
		{{"o", "dan"}, "+o=dan"},
		{{"+o-v", "dan", "eve"}, "+o=dan -v=eve"},
		{{"+ov", "dan"}, "+o=dan !v"},
		{{"+imnst"}, "+i +m +n +s +t"},
		{{"-i+m-n"}, "-i +m -n"},
		{{"b"}, "+b"},
		{{"+b-b", "a!*@*"}, "+b=a!*@* -b"},
		{{"+k", "key"}, "+k=key"},
		{{"-k", "key"}, "-k=key"},
		{{"-k"}, "-k"},
		{{"+k"}, "!k"},
		{{"+l", "5"}, "+l=5"},
		{{"-l+o", "dan"}, "-l +o=dan"},
		{{"+l"}, "!l"},
		{{"+qa", "dan", "eve"}, "+q=dan +a=eve"},
		{{"+x-i"}, "?x -i"},
		{{"+"}, ""},
		{{""}, ""},
		{{"+vvvv", "a", "b", "c", "d"}, "+v=a +v=b +v=c +v=d"},
		/* What is over MODES is left out. */
		{{"+vvvvv", "a", "b", "c", "d", "e"}, "+v=a +v=b +v=c +v=d"},
	};
	struct mode_change changes[MODE_MAX_CHANGES];
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char copies[7][16], *words[7];
		size_t n = 0;

		for (; n < 7 && cases[i].words[n] != NULL; n++) {
			strcpy(copies[n], cases[i].words[n]);
			words[n] = copies[n];
		}
		describe(changes, mode_parse(mode_of_rooms, words, n, changes), text, sizeof(text));
		assert_string_equal(text, cases[i].changes);
	}
}

static void test_changes_are_bounded(void **state)
{
	struct mode_change changes[MODE_MAX_CHANGES];
	char letters[500], *words[] = {letters};

	(void)state;
	memset(letters, 'i', sizeof(letters) - 1);
	letters[sizeof(letters) - 1] = '\0';
	assert_int_equal(mode_parse(mode_of_rooms, words, 1, changes), MODE_MAX_CHANGES);
}

static void test_user_modes_are_flags(void **state)
{
	struct mode_change changes[MODE_MAX_CHANGES];
	char plus[] = "+iwx", nick[] = "dan", *words[] = {plus, nick}, text[64];

	(void)state;
	describe(changes, mode_parse(mode_of_users, words, 2, changes), text, sizeof(text));
	assert_string_equal(text, "+i +w ?x");
}

static void test_texts(void **state)
{
	char text[MODE_TEXT_SIZE];

	(void)state;
	mode_text(mode_of_rooms, ROOM_MODE_TOPIC | ROOM_MODE_INSIDE | ROOM_MODE_KEY, text);
	assert_string_equal(text, "+knt");
	mode_text(mode_of_users, 0, text);
	assert_string_equal(text, "+");
	mode_marks(MEMBER_OPERATOR | MEMBER_VOICE, true, text);
	assert_string_equal(text, "@+");
	mode_marks(MEMBER_OPERATOR | MEMBER_VOICE, false, text);
	assert_string_equal(text, "@");
	mode_marks(0, true, text);
	assert_string_equal(text, "");
	assert_int_equal(mode_of_mark('@'), MEMBER_OPERATOR);
	assert_int_equal(mode_of_mark('+'), MEMBER_VOICE);
	assert_int_equal(mode_of_mark('~'), MEMBER_OWNER);
	assert_int_equal(mode_of_mark('&'), MEMBER_ADMIN);
	assert_int_equal(mode_of_mark('#'), 0);
	assert_int_equal(mode_greatest(MEMBER_VOICE | MEMBER_ADMIN | MEMBER_OPERATOR),
			 MEMBER_ADMIN);
	assert_int_equal(mode_greatest(0), 0);
	assert_int_equal(mode_of_list(ROOM_BANS)->letter, 'b');
	assert_int_equal(mode_of_list(ROOM_INVITED)->letter, 'I');
	mode_letters(mode_of_rooms, MODE_FLAG, text);
	assert_string_equal(text, "Rimnst");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode_strings),
		cmocka_unit_test(test_changes_are_bounded),
		cmocka_unit_test(test_user_modes_are_flags),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
