/* SPDX-License-Identifier: MIT */
#include "viewer/slash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_commands_become_lines_of_irc(void **state)
{
	static const struct {
		const char *input, *place, *line;
	} cases[] = {
		{"/kick bob", "#cam", "KICK #cam bob\r\n"},
		{"/KICK  bob  for  shouting", "#cam", "KICK #cam bob :for  shouting\r\n"},
		{"/addadmin bob", "#cam", "MODE #cam +o bob\r\n"},
		{"/removeadmin bob", "#cam", "MODE #cam -o bob\r\n"},
		{"/ban bob", "#cam", "BAN #cam bob\r\n"},
		{"/ban bob 10m for shouting", "#cam", "BAN #cam bob :10m for shouting\r\n"},
		{"/unban bob", "#cam", "UNBAN #cam bob\r\n"},
		{"/mute bob 10m", "#cam", "MUTE #cam bob :10m\r\n"},
		{"/unmute bob", "#cam", "UNMUTE #cam bob\r\n"},
		{"/slow 30", "#cam", "SLOW #cam 30\r\n"},
		{"/slow OFF", "#cam", "SLOW #cam 0\r\n"},
		{"/announce We begin", "#cam", "ANNOUNCE #cam :We begin\r\n"},
		{"/announceall We begin", "", "ANNOUNCE :We begin\r\n"},
		{"/announcements", "", "ANNOUNCEMENTS\r\n"},
		{"/unannounce 7", "#cam", "UNANNOUNCE 7\r\n"},
		{"/audit 5", "#cam", "AUDIT #cam 5\r\n"},
		{"/role dan admin", "#cam", "ROLE #cam dan admin\r\n"},
		{"/purge bob", "#cam", "PURGE #cam bob\r\n"},
		{"/redact abc no", "#cam", "REDACT #cam abc :no\r\n"},
		{"/mode +lk 5 key", "#cam", "MODE #cam +lk 5 key\r\n"},
		{"/quote MODE #cam +i", "", "MODE #cam +i\r\n"},
		{"/set pronouns they / them", "", "METADATA * SET pronouns :they / them\r\n"},
		{"/set color", "#cam", "METADATA * SET color\r\n"},
		{"/join cam", "", "JOIN #cam\r\n"},
		{"/join #cam key", "#dog", "JOIN #cam key\r\n"},
		{"/part", "#cam", "PART #cam\r\n"},
		{"/topic", "#cam", "TOPIC #cam\r\n"},
		{"/topic : a b ", "#cam", "TOPIC #cam :: a b \r\n"},
		{"/nick eve", "", "NICK eve\r\n"},
		{"/quit", "", "QUIT\r\n"},
		{"/quit so long", "#cam", "QUIT :so long\r\n"},
		{"/listadmins", "#cam", "NAMES #cam\r\n"},
	};
	struct slash slash;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(slash_parse(cases[i].input, cases[i].place, &slash), 0);
		slash.line[slash.line_len] = '\0';
		assert_string_equal(slash.line, cases[i].line);
	}
}

static void test_lines_are_said_where_one_is(void **state)
{
	static const struct {
		const char *input, *place, *line;
	} cases[] = {
		{"hello", "#cam", "PRIVMSG #cam :hello\r\n"},
		{":) ", "bob", "PRIVMSG bob ::) \r\n"},
		{"//usr/bin", "#cam", "PRIVMSG #cam :/usr/bin\r\n"},
		{"/private bob  hi there", "#cam", "PRIVMSG bob :hi there\r\n"},
		{"/msg #dog hi", "", "PRIVMSG #dog :hi\r\n"},
		{"/me waves", "#cam", "PRIVMSG #cam :\001ACTION waves\001\r\n"},
	};
	struct slash slash;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(slash_parse(cases[i].input, cases[i].place, &slash), 0);
		assert_int_equal(slash.action, SLASH_SAY);
		assert_true(slash_say(&slash));
		slash.line[slash.line_len] = '\0';
		assert_string_equal(slash.line, cases[i].line);
		assert_false(slash_say(&slash));
	}
}

static void test_what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *input, *place, *part;
	} cases[] = {
		{"hello", "", "/join"},
		{"/kick", "#cam", "/kick NICK"},
		{"/kick bob", "", "no room"},
		{"/kick bob", "eve", "no room"},
		{"/private bob", "#cam", "/private NICK TEXT"},
		{"/frobnicate", "#cam", "/help"},
		{"/", "#cam", "/help"},
		{"/msg :x y", "#cam", "no name"},
	};
	struct slash slash;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(slash_parse(cases[i].input, cases[i].place, &slash) < 0);
		assert_non_null(strstr(slash.error, cases[i].part));
	}
}

static void test_what_a_command_is_to_do_can_be_said(void **state)
{
	static const struct {
		const char *input, *place, *deed, *member;
	} cases[] = {
		{"/kick bob for shouting", "#cam", "kick bob out of #cam", "bob"},
		{"/addadmin bob", "#cam", "make bob an operator of #cam", "bob"},
		{"/ban bob!*@*", "#cam", "ban bob!*@* from #cam", ""},
		{"/join dog", "#cam", "enter dog", ""},
		{"/announceall x", "", "announce anything in the whole chat", ""},
		{"hello", "#cam", "speak in #cam", ""},
		{"/private bob hi", "#cam", "write to bob", ""},
	};
	struct slash slash;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(slash_parse(cases[i].input, cases[i].place, &slash), 0);
		assert_string_equal(slash.deed, cases[i].deed);
		assert_string_equal(slash.member, cases[i].member);
	}
}

/* They are never part of the input. */
static void test_secrets_are_asked_for(void **state)
{
	static const struct {
		const char *input, *secrets[SLASH_MAX_PROMPTS], *line; /* NULL: an error */
	} cases[] = {
		{"/register", {"a b :c", "a b :c"}, "REGISTER * * :a b :c\r\n"},
		{"/password", {"old", "n e w", "n e w"}, "PASSWORD old :n e w\r\n"},
		{"/password", {"o l d", "new", "new"}, NULL},
		{"/password", {":old", "new", "new"}, NULL},
		{"/unregister", {"old"}, "UNREGISTER :old\r\n"},
		{"/oper dan", {"old"}, "OPER dan :old\r\n"},
	};
	struct slash slash;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(slash_parse(cases[i].input, "#cam", &slash), 0);
		assert_true(slash.asks);
		assert_int_equal(slash.line_len, 0);
		if (cases[i].line == NULL) {
			assert_true(slash_parse_secret(cases[i].input, "#cam", cases[i].secrets,
						       &slash) < 0);
			assert_null(strstr(slash.error, cases[i].secrets[0]));
			continue;
		}
		assert_int_equal(
			slash_parse_secret(cases[i].input, "#cam", cases[i].secrets, &slash), 0);
		assert_false(slash.asks);
		slash.line[slash.line_len] = '\0';
		assert_string_equal(slash.line, cases[i].line);
		assert_null(strstr(slash.deed, "old"));
	}
}

/* No character is cut, no blank lost, and each message fits with the longest source before it. */
static void test_long_text_becomes_several_messages(void **state)
{
	char input[4096] = "", all[4096] = "";
	struct slash slash;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(input, i % 7 == 0 ? "a " : "\xe2\x82\xac");
	assert_int_equal(slash_parse(input, "#cam", &slash), 0);
	while (slash_say(&slash)) {
		assert_true(slash.line_len <= MESSAGE_MAX_LINE - 118);
		slash.line[slash.line_len - 2] = '\0';
		assert_memory_equal(slash.line, "PRIVMSG #cam :", 14);
		strcat(all, slash.line + 14);
		n++;
	}
	assert_in_range(n, 2, 4);
	assert_string_equal(all, input);
}

static void test_several_lines_are_one_message_or_some(void **state)
{
	static const struct {
		const char *input;
		size_t max_bytes, max_lines;
		const char *lines; /* of all messages, without what they have all */
	} cases[] = {
		{"one\ntwo", 100, 10, "(one|two)"},
		{"\none\n\n  two\n\n", 100, 10, "(one||  two)"},
		{"one\ntwo\nthree", 100, 2, "(one|two)(three)"},
		{"one\ntwo\nthree", 7, 10, "(one|two)(three)"},
		{"one\ntwo\nthree", 6, 10, "(one)(two)(three)"},
		{"one\n\n\ntwo", 100, 2, "(one|)(two)"},
	};
	char lines[SLASH_BATCH_SIZE * 2], all[256];
	struct slash slash;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		*all = '\0';
		assert_int_equal(slash_parse(cases[i].input, "#cam", &slash), 0);
		assert_true(slash_is_several(&slash));
		while ((len = slash_say_several(&slash, cases[i].max_bytes, cases[i].max_lines,
						lines, sizeof(lines))) > 0) {
			char *rest = lines, *line;

			lines[len] = '\0';
			assert_string_equal(strsep(&rest, "\n"), "BATCH +m draft/multiline #cam\r");
			strcat(all, "(");
			while (strncmp(line = strsep(&rest, "\n"), "@batch=m PRIVMSG #cam :", 23) ==
			       0)
				sprintf(all + strlen(all), "%.*s|", (int)strcspn(line + 23, "\r"),
					line + 23);
			assert_string_equal(line, "BATCH -m\r");
			strcpy(all + strlen(all) - 1, ")");
		}
		assert_string_equal(all, cases[i].lines);
	}
	assert_int_equal(slash_parse("\none line\n", "#cam", &slash), 0);
	assert_false(slash_is_several(&slash));
	assert_int_equal(slash_parse("/me has\ntwo", "#cam", &slash), 0);
	assert_false(slash_is_several(&slash));
}

static void test_a_long_line_goes_on_in_the_next(void **state)
{
	char input[2001] = "", all[4096] = "", lines[8192], *rest = lines, *line;
	struct slash slash;
	size_t len, n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(input) - 1; i++)
		input[i] = i % 9 == 8 ? ' ' : 'x';
	assert_int_equal(slash_parse(input, "#cam", &slash), 0);
	len = slash_say_several(&slash, 4096, 32, lines, sizeof(lines));
	lines[len] = '\0';
	assert_string_equal(strsep(&rest, "\n"), "BATCH +m draft/multiline #cam\r");
	while (strcmp(line = strsep(&rest, "\n"), "BATCH -m\r") != 0) {
		const char *tags = n++ > 0 ? "@batch=m;draft/multiline-concat " : "@batch=m ";

		assert_memory_equal(line, tags, strlen(tags));
		assert_in_range(strlen(line), 100, MESSAGE_MAX_LINE - 90);
		strncat(all, strstr(line, " :") + 2, strcspn(strstr(line, " :") + 2, "\r"));
	}
	assert_in_range(n, 5, 8);
	assert_string_equal(all, input);
	assert_int_equal(slash_say_several(&slash, 4096, 32, lines, sizeof(lines)), 0);
	/* What is as long as that is said line by line where the server has nothing else. */
	assert_int_equal(slash_parse("one\n\ntwo\n", "#cam", &slash), 0);
	assert_true(slash_say(&slash));
	assert_memory_equal(slash.line, "PRIVMSG #cam :one\r\n", slash.line_len);
	assert_true(slash_say(&slash));
	assert_memory_equal(slash.line, "PRIVMSG #cam :two\r\n", slash.line_len);
	assert_false(slash_say(&slash));
}

static void test_names_of_commands_are_unique_and_sorted(void **state)
{
	(void)state;
	for (const struct slash_row *row = slash_table; row[1].name != NULL; row++)
		assert_true(strcmp(row->name, row[1].name) < 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_become_lines_of_irc),
		cmocka_unit_test(test_lines_are_said_where_one_is),
		cmocka_unit_test(test_what_is_wrong_is_said),
		cmocka_unit_test(test_what_a_command_is_to_do_can_be_said),
		cmocka_unit_test(test_secrets_are_asked_for),
		cmocka_unit_test(test_long_text_becomes_several_messages),
		cmocka_unit_test(test_several_lines_are_one_message_or_some),
		cmocka_unit_test(test_a_long_line_goes_on_in_the_next),
		cmocka_unit_test(test_names_of_commands_are_unique_and_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
