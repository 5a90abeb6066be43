/* SPDX-License-Identifier: MIT */
#include "viewer/metadata.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a link that notes what is sent ---- */

static char sent[1024];
static uint32_t last_label;

int link_send(struct link *link, const char *line, size_t len, uint32_t *ret_label)
{
	(void)link;
	if (last_label == 99)
		return -ENOBUFS;
	snprintf(sent, sizeof(sent), "%.*s", (int)len, line);
	*ret_label = ++last_label;
	return 0;
}

static struct link *make_link(unsigned caps)
{
	static struct link link;

	link.state = LINK_UP;
	link.caps = caps;
	last_label = 0;
	return &link;
}

/* ---- what comes of it ---- */

static char outcome[512];

/* Which question it was. */
#define NAME(text) ((void *)(uintptr_t)(text))

static void note(void *context, int error, const char *value)
{
	size_t len = strlen(outcome);

	snprintf(outcome + len, sizeof(outcome) - len, "%s %d %s;", (const char *)context, error,
		 value != NULL ? value : "-");
}

static bool takes(struct metadata_asked *asked, const char *text, uint32_t label)
{
	struct message message;
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	assert_int_equal(message_parse(line, strlen(line), &message), 0);
	return metadata_take(asked, &message, label);
}

static void expect(const char *text)
{
	assert_string_equal(outcome, text);
	outcome[0] = '\0';
}

static void test_answers_find_their_questions(void **state)
{
	struct metadata_asked asked = {0};
	struct link *link = make_link(LINK_CAP_METADATA);

	(void)state;
	assert_int_equal(metadata_get(&asked, link, "bob", "x/y", note, NAME("a")), 0);
	assert_string_equal(sent, "METADATA bob GET x/y\r\n");
	assert_int_equal(metadata_get(&asked, link, "eve", "x/y", note, NAME("b")), 0);
	assert_int_equal(metadata_set(&asked, link, "x/y", "a value", note, NAME("c")), 0);
	assert_string_equal(sent, "METADATA * SET x/y :a value\r\n");
	assert_int_equal(metadata_set(&asked, link, "x/y", NULL, note, NAME("d")), 0);
	assert_string_equal(sent, "METADATA * SET x/y\r\n");

	assert_true(takes(&asked, "BATCH +1 metadata eve", 2));
	assert_true(takes(&asked, ":s 761 dan eve x/y * :her value", 2));
	expect("b 0 her value;");
	assert_false(takes(&asked, ":s BATCH -1", 2));
	metadata_answered(&asked, 2);
	assert_true(takes(&asked, ":s 766 dan bob x/y :Key not set", 1));
	assert_true(takes(&asked, ":s 761 dan * x/y * :as it was changed", 3));
	assert_true(takes(&asked, ":s 766 dan * x/y :Key not set", 4));
	expect("a 0 -;c 0 as it was changed;d 0 -;");
	assert_int_equal(asked.n, 0);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line, *outcome;
	} cases[] = {
		{"FAIL METADATA INVALID_TARGET bob :nobody", "x -2 -;"},
		{"FAIL METADATA RATE_LIMITED * k 5 :wait", "x -11 -;"},
		{"FAIL METADATA KEY_NO_PERMISSION bob k :no", "x -13 -;"},
		{"WARN METADATA INVALID_KEY k :no", "x -13 -;"},
	};
	struct metadata_asked asked = {0};
	struct link *link = make_link(LINK_CAP_METADATA);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("x")), 0);
		assert_true(takes(&asked, cases[i].line, last_label));
		expect(cases[i].outcome);
	}
	assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("silence")), 0);
	metadata_answered(&asked, last_label);
	expect("silence -71 -;");
	assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("lost")), 0);
	assert_int_equal(metadata_get(&asked, link, "eve", "k", note, NAME("too")), 0);
	metadata_lost(&asked);
	expect("lost -104 -;too -104 -;");
}

static void test_what_isnt_asked_for_is_others_concern(void **state)
{
	struct metadata_asked asked = {0};
	struct link *link = make_link(LINK_CAP_METADATA);

	(void)state;
	assert_false(takes(&asked, ":s 761 dan bob k * :v", 0));
	assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("x")), 0);
	assert_false(takes(&asked, ":s 761 dan bob k * :v", 0));
	assert_false(takes(&asked, ":s 761 dan bob other * :v", 1));
	assert_false(takes(&asked, ":s 761 dan bob k :v", 1));
	assert_false(takes(&asked, "FAIL CHATHISTORY INVALID_TARGET :no", 1));
	assert_false(takes(&asked, ":eve!e@h PRIVMSG dan :hi", 1));
	expect("");
}

static void test_what_cant_be_asked(void **state)
{
	struct metadata_asked asked = {0};
	char *value = malloc(600);

	(void)state;
	memset(value, 'a', 599);
	value[599] = '\0';
	assert_int_equal(metadata_get(&asked, make_link(0), "bob", "k", note, NAME("x")), -ENOTSUP);
	struct link *link = make_link(LINK_CAP_METADATA);
	assert_int_equal(metadata_set(&asked, link, "k", value, note, NAME("x")), -EMSGSIZE);
	assert_int_equal(metadata_get(&asked, link, "bob", value, note, NAME("x")), -EMSGSIZE);
	last_label = 99;
	assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("x")), -ENOBUFS);
	last_label = 0;
	for (int i = 0; i < METADATA_MAX_ASKED; i++)
		assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("x")), 0);
	assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("x")), -ENOBUFS);
	link->state = LINK_RETRYING;
	asked.n = 0;
	assert_int_equal(metadata_get(&asked, link, "bob", "k", note, NAME("x")), -ENOTCONN);
	expect("");
	free(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_find_their_questions),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_what_isnt_asked_for_is_others_concern),
		cmocka_unit_test(test_what_cant_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
