/* SPDX-License-Identifier: MIT */
/*
 * The cases of msg-split and msg-join are those of ircdocs/parser-tests (Daniel Oaks; CC0, some of
 * them by grawity under WTFPL v2, Mozilla and SaberUK in the public domain), written as tables.
 */
#include "common/message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct tag {
	const char *name, *value;
};

struct atoms {
	struct tag tags[6];
	const char *source, *command;
	const char *parameters[5];
};

static void check_split(const char *input, const struct atoms *atoms)
{
	struct message message;
	size_t len = strlen(input), n = 0;
	char *line = malloc(len + 1), value[512];

	assert_non_null(line);
	memcpy(line, input, len);
	assert_int_equal(message_parse(line, len, &message), 0);
	assert_string_equal(message.source, atoms->source != NULL ? atoms->source : "");
	assert_string_equal(message.command, atoms->command);
	for (; atoms->parameters[n] != NULL; n++)
		assert_string_equal(message.parameters[n], atoms->parameters[n]);
	assert_int_equal(message.n_parameters, n);
	assert_null(message.parameters[n]);
	for (const struct tag *tag = atoms->tags; tag->name != NULL; tag++) {
		assert_true(message_tag(&message, tag->name, value, sizeof(value)));
		assert_string_equal(value, tag->value);
	}
	assert_false(message_tag(&message, "another", value, sizeof(value)));
	free(line);
}

/* Commands in capitals, where the vectors have them small: they are made so. */
static const struct {
	const char *input;
	struct atoms atoms;
} split_cases[] = {
	{"foo bar baz asdf", {.command = "FOO", .parameters = {"bar", "baz", "asdf"}}},
	{":coolguy foo bar baz asdf",
	 {.source = "coolguy", .command = "FOO", .parameters = {"bar", "baz", "asdf"}}},
	{"foo bar baz :asdf quux", {.command = "FOO", .parameters = {"bar", "baz", "asdf quux"}}},
	{"foo bar baz :", {.command = "FOO", .parameters = {"bar", "baz", ""}}},
	{"foo bar baz ::asdf", {.command = "FOO", .parameters = {"bar", "baz", ":asdf"}}},
	{":coolguy foo bar baz :asdf quux",
	 {.source = "coolguy", .command = "FOO", .parameters = {"bar", "baz", "asdf quux"}}},
	{":coolguy foo bar baz :  asdf quux ",
	 {.source = "coolguy", .command = "FOO", .parameters = {"bar", "baz", "  asdf quux "}}},
	{":coolguy PRIVMSG bar :lol :) ",
	 {.source = "coolguy", .command = "PRIVMSG", .parameters = {"bar", "lol :) "}}},
	{":coolguy foo bar baz :",
	 {.source = "coolguy", .command = "FOO", .parameters = {"bar", "baz", ""}}},
	{":coolguy foo bar baz :  ",
	 {.source = "coolguy", .command = "FOO", .parameters = {"bar", "baz", "  "}}},
	{"@a=b;c=32;k;rt=ql7 foo",
	 {.tags = {{"a", "b"}, {"c", "32"}, {"k", ""}, {"rt", "ql7"}}, .command = "FOO"}},
	{"@a=b\\\\and\\nk;c=72\\s45;d=gh\\:764 foo",
	 {.tags = {{"a", "b\\and\nk"}, {"c", "72 45"}, {"d", "gh;764"}}, .command = "FOO"}},
	{"@c;h=;a=b :quux ab cd",
	 {.tags = {{"c", ""}, {"h", ""}, {"a", "b"}},
	  .source = "quux",
	  .command = "AB",
	  .parameters = {"cd"}}},
	{":src JOIN #chan", {.source = "src", .command = "JOIN", .parameters = {"#chan"}}},
	{":src JOIN :#chan", {.source = "src", .command = "JOIN", .parameters = {"#chan"}}},
	{":src AWAY", {.source = "src", .command = "AWAY"}},
	{":src AWAY ", {.source = "src", .command = "AWAY"}},
	{":cool\tguy foo bar baz",
	 {.source = "cool\tguy", .command = "FOO", .parameters = {"bar", "baz"}}},
	{":coolguy!ag@net\x03"
	 "5w\x03ork.admin PRIVMSG foo :bar baz",
	 {.source = "coolguy!ag@net\x03"
		    "5w\x03ork.admin",
	  .command = "PRIVMSG",
	  .parameters = {"foo", "bar baz"}}},
	{":coolguy!~ag@n\x02"
	 "et\x03"
	 "05w\x0fork.admin PRIVMSG foo :bar baz",
	 {.source = "coolguy!~ag@n\x02"
		    "et\x03"
		    "05w\x0fork.admin",
	  .command = "PRIVMSG",
	  .parameters = {"foo", "bar baz"}}},
	{"@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4= :irc.example.com COMMAND "
	 "param1 param2 :param3 param3",
	 {.tags = {{"tag1", "value1"},
		   {"tag2", ""},
		   {"vendor1/tag3", "value2"},
		   {"vendor2/tag4", ""}},
	  .source = "irc.example.com",
	  .command = "COMMAND",
	  .parameters = {"param1", "param2", "param3 param3"}}},
	{":irc.example.com COMMAND param1 param2 :param3 param3",
	 {.source = "irc.example.com",
	  .command = "COMMAND",
	  .parameters = {"param1", "param2", "param3 param3"}}},
	{"@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4 COMMAND param1 param2 "
	 ":param3 param3",
	 {.tags = {{"tag1", "value1"},
		   {"tag2", ""},
		   {"vendor1/tag3", "value2"},
		   {"vendor2/tag4", ""}},
	  .command = "COMMAND",
	  .parameters = {"param1", "param2", "param3 param3"}}},
	{"COMMAND", {.command = "COMMAND"}},
	{"@foo=\\\\\\\\\\:\\\\s\\s\\r\\n COMMAND",
	 {.tags = {{"foo", "\\\\;\\s \r\n"}}, .command = "COMMAND"}},
	{":gravel.mozilla.org 432  #momo :Erroneous Nickname: Illegal characters",
	 {.source = "gravel.mozilla.org",
	  .command = "432",
	  .parameters = {"#momo", "Erroneous Nickname: Illegal characters"}}},
	{":gravel.mozilla.org MODE #tckk +n ",
	 {.source = "gravel.mozilla.org", .command = "MODE", .parameters = {"#tckk", "+n"}}},
	{":services.esper.net MODE #foo-bar +o foobar  ",
	 {.source = "services.esper.net",
	  .command = "MODE",
	  .parameters = {"#foo-bar", "+o", "foobar"}}},
	{"@tag1=value\\\\ntest COMMAND",
	 {.tags = {{"tag1", "value\\ntest"}}, .command = "COMMAND"}},
	{"@tag1=value\\1 COMMAND", {.tags = {{"tag1", "value1"}}, .command = "COMMAND"}},
	{"@tag1=value1\\ COMMAND", {.tags = {{"tag1", "value1"}}, .command = "COMMAND"}},
	{"@tag1=1;tag2=3;tag3=4;tag1=5 COMMAND",
	 {.tags = {{"tag1", "5"}, {"tag2", "3"}, {"tag3", "4"}}, .command = "COMMAND"}},
	{"@tag1=1;tag2=3;tag3=4;tag1=5;vendor/tag2=8 COMMAND",
	 {.tags = {{"tag1", "5"}, {"tag2", "3"}, {"tag3", "4"}, {"vendor/tag2", "8"}},
	  .command = "COMMAND"}},
	{":SomeOp MODE #channel :+i",
	 {.source = "SomeOp", .command = "MODE", .parameters = {"#channel", "+i"}}},
	{":SomeOp MODE #channel +oo SomeUser :AnotherUser",
	 {.source = "SomeOp",
	  .command = "MODE",
	  .parameters = {"#channel", "+oo", "SomeUser", "AnotherUser"}}},
};

static void test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(split_cases) / sizeof(split_cases[0]); i++)
		check_split(split_cases[i].input, &split_cases[i].atoms);
}

static void write_atoms(const struct atoms *atoms, char *to, size_t size)
{
	struct message_writer writer;

	message_writer_init(&writer, to, size);
	for (const struct tag *tag = atoms->tags; tag->name != NULL; tag++)
		message_write_tag(&writer, tag->name, tag->value);
	message_write_command(&writer, atoms->source, atoms->command);
	for (size_t i = 0; atoms->parameters[i] != NULL; i++) {
		if (atoms->parameters[i + 1] == NULL)
			message_write_text(&writer, atoms->parameters[i]);
		else
			message_write_word(&writer, atoms->parameters[i]);
	}
	to[message_write_end(&writer) - 2] = '\0'; /* without CR LF */
	assert_false(writer.cut);
}

/* Of several forms that match, ours: with a colon before the last parameter. */
static void test_join(void **state)
{
	static const struct {
		struct atoms atoms;
		const char *line;
	} cases[] = {
		{{.command = "foo", .parameters = {"bar", "baz", "asdf"}}, "foo bar baz :asdf"},
		{{.source = "src", .command = "AWAY"}, ":src AWAY"},
		{{.source = "src", .command = "AWAY", .parameters = {""}}, ":src AWAY :"},
		{{.source = "coolguy", .command = "foo", .parameters = {"bar", "baz", "asdf"}},
		 ":coolguy foo bar baz :asdf"},
		{{.command = "foo", .parameters = {"bar", "baz", "asdf quux"}},
		 "foo bar baz :asdf quux"},
		{{.command = "foo", .parameters = {"bar", "baz", ""}}, "foo bar baz :"},
		{{.command = "foo", .parameters = {"bar", "baz", ":asdf"}}, "foo bar baz ::asdf"},
		{{.source = "coolguy", .command = "foo", .parameters = {"bar", "baz", "asdf quux"}},
		 ":coolguy foo bar baz :asdf quux"},
		{{.source = "coolguy",
		  .command = "foo",
		  .parameters = {"bar", "baz", "  asdf quux "}},
		 ":coolguy foo bar baz :  asdf quux "},
		{{.source = "coolguy", .command = "PRIVMSG", .parameters = {"bar", "lol :) "}},
		 ":coolguy PRIVMSG bar :lol :) "},
		{{.source = "coolguy", .command = "foo", .parameters = {"bar", "baz", ""}},
		 ":coolguy foo bar baz :"},
		{{.source = "coolguy", .command = "foo", .parameters = {"bar", "baz", "  "}},
		 ":coolguy foo bar baz :  "},
		{{.source = "coolguy", .command = "foo", .parameters = {"b\tar", "baz"}},
		 ":coolguy foo b\tar :baz"},
		{{.tags = {{"asd", ""}},
		  .source = "coolguy",
		  .command = "foo",
		  .parameters = {"bar", "baz", "  "}},
		 "@asd :coolguy foo bar baz :  "},
		{{.tags = {{"asd", NULL}},
		  .source = "coolguy",
		  .command = "foo",
		  .parameters = {"bar", "baz", "  "}},
		 "@asd :coolguy foo bar baz :  "},
		{{.tags = {{"a", "b\\and\nk"}, {"d", "gh;764"}}, .command = "foo"},
		 "@a=b\\\\and\\nk;d=gh\\:764 foo"},
		{{.tags = {{"a", "b\\and\nk"}, {"d", "gh;764"}},
		  .command = "foo",
		  .parameters = {"par1", "par2"}},
		 "@a=b\\\\and\\nk;d=gh\\:764 foo par1 :par2"},
		{{.tags = {{"foo", "\\\\;\\s \r\n"}}, .command = "COMMAND"},
		 "@foo=\\\\\\\\\\:\\\\s\\s\\r\\n COMMAND"},
	};
	char line[MESSAGE_MAX_LINE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_atoms(&cases[i].atoms, line, sizeof(line));
		assert_string_equal(line, cases[i].line);
	}
}

static void test_what_is_no_message(void **state)
{
	static const struct {
		const char *line;
		size_t len;
		int error;
		const char *command;
	} cases[] = {
		{"", 0, -ENODATA, ""},	      {"   ", 3, -ENODATA, ""},
		{"@tag", 4, -EINVAL, ""},     {":source", 7, -EINVAL, ""},
		{":source ", 8, -EINVAL, ""}, {"PRIV-MSG", 8, -EINVAL, ""},
		{"12A", 3, -EINVAL, ""},      {"A\0B", 3, -EINVAL, ""},
		{"A B\rC", 5, -EINVAL, ""},   {"privmsg #a :\xc3", 13, -EILSEQ, "PRIVMSG"},
		{"\xff", 1, -EILSEQ, ""},     {"@a=\xff PING", 9, -EILSEQ, "PING"},
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct message message;

		memcpy(line, cases[i].line, cases[i].len);
		assert_int_equal(message_parse(line, cases[i].len, &message), cases[i].error);
		assert_string_equal(message.command, cases[i].command);
	}
}

static int parse_sized(size_t tags_len, size_t rest_len)
{
	char *line = malloc(tags_len + rest_len + 1);
	struct message message;

	assert_non_null(line);
	memset(line, 'a', tags_len + rest_len);
	if (tags_len > 0) {
		line[0] = '@';
		line[tags_len - 1] = ' ';
	}
	memcpy(line + tags_len, "PING ", 5);
	int error = message_parse(line, tags_len + rest_len, &message);
	free(line);
	return error;
}

static void test_limits_of_tags_and_of_the_rest(void **state)
{
	(void)state;
	assert_int_equal(parse_sized(0, MESSAGE_MAX_LINE - 2), 0);
	assert_int_equal(parse_sized(0, MESSAGE_MAX_LINE - 1), -E2BIG);
	assert_int_equal(parse_sized(MESSAGE_MAX_TAGS, MESSAGE_MAX_LINE - 2), 0);
	assert_int_equal(parse_sized(MESSAGE_MAX_TAGS + 1, 10), -E2BIG);
	assert_int_equal(parse_sized(10, MESSAGE_MAX_LINE - 1), -E2BIG);
}

static void test_fifteenth_parameter_takes_the_rest(void **state)
{
	char line[] = "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17",
	     again[] = "X 1 2 3 4 5 6 7 8 "
		       "9 10 11 12 13 14 :15 16";
	struct message message;

	(void)state;
	assert_int_equal(message_parse(line, strlen(line), &message), 0);
	assert_int_equal(message.n_parameters, MESSAGE_MAX_PARAMETERS);
	assert_string_equal(message.parameters[14], "15 16 :17");
	assert_int_equal(message_parse(again, strlen(again), &message), 0);
	assert_string_equal(message.parameters[14], "15 16");
}

static void test_only_client_tags_are_passed_on(void **state)
{
	static const struct {
		const char *line, *passed;
	} cases[] = {
		{"@+a=b;label=x;+c TAGMSG", "+a=b;+c"},
		{"@label=x TAGMSG", ""},
		{"TAGMSG", ""},
		{"@+ TAGMSG", ""},
		{"@+=x;+e$=1;;+draft/reply=a\\sb TAGMSG", "+draft/reply=a\\sb"},
		{"@+example.com/a=1;msgid=forged;time=1 TAGMSG", "+example.com/a=1"},
	};
	char line[128], passed[MESSAGE_MAX_CLIENT_TAGS];
	struct message message;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(line, cases[i].line);
		assert_int_equal(message_parse(line, strlen(line), &message), 0);
		assert_int_equal(message_client_tags(&message, passed), strlen(cases[i].passed));
		assert_string_equal(passed, cases[i].passed);
	}
}

static void test_text_too_long_is_cut_between_characters(void **state)
{
	char to[24];
	struct message_writer writer;

	(void)state;
	message_writer_init(&writer, to, sizeof(to));
	message_write_command(&writer, "a", "PRIVMSG"); /* 10 bytes */
	message_write_text(&writer, "123456789\xe2\x82\xac");
	assert_int_equal(message_write_end(&writer), 23);
	assert_memory_equal(to, ":a PRIVMSG :123456789\r\n", 23);
	assert_true(writer.cut);
}

/* What people typed is repeated to them in errors: it can't add parameters. */
static void test_what_is_no_word_isnt_written_as_one(void **state)
{
	static const char *const words[] = {"", " ", "a b", ":a", "a "};
	char to[64];
	struct message_writer writer;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		message_writer_init(&writer, to, sizeof(to));
		message_write_command(&writer, NULL, "401");
		message_write_word(&writer, words[i]);
		to[message_write_end(&writer)] = '\0';
		assert_string_equal(to, "401 *\r\n");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_what_is_no_message),
		cmocka_unit_test(test_limits_of_tags_and_of_the_rest),
		cmocka_unit_test(test_fifteenth_parameter_takes_the_rest),
		cmocka_unit_test(test_only_client_tags_are_passed_on),
		cmocka_unit_test(test_text_too_long_is_cut_between_characters),
		cmocka_unit_test(test_what_is_no_word_isnt_written_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
