/* SPDX-License-Identifier: MIT */
#include "viewer/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool takes(struct people *people, const char *text)
{
	struct message message;
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	assert_int_equal(message_parse(line, strlen(line), &message), 0);
	return people_take(people, &message, 0);
}

static void test_colours_come_and_go(void **state)
{
	struct people people = {0};

	(void)state;
	assert_int_equal(people_colour(&people, "bob"), -1);
	assert_true(takes(&people, ":s 761 dan bob color * :#Ff0001"));
	assert_false(takes(&people, ":s 761 dan bob color * :#ff0001"));
	assert_true(takes(&people, ":s 761 dan * color * :#00ff00"));
	assert_true(takes(&people, ":s 761 dan ann color * :#000000"));
	assert_int_equal(people_colour(&people, "BOB"), 0xff0001);
	assert_int_equal(people_colour(&people, "dan"), 0x00ff00);
	assert_int_equal(people_colour(&people, "ann"), 0);
	assert_true(takes(&people, ":s 766 dan bob color :Key not set"));
	assert_int_equal(people_colour(&people, "bob"), -1);
	/* What is no colour is as good as none. */
	assert_true(takes(&people, ":s 761 dan ann color * :red"));
	assert_int_equal(people_colour(&people, "ann"), -1);
	assert_int_equal(people.n, 1);
	people_finish(&people);
}

static void test_what_the_server_tells_later_is_asked_for_then(void **state)
{
	struct people people = {0};
	char target[PEOPLE_TARGET_SIZE], line[64];

	(void)state;
	assert_false(takes(&people, ":s 774 dan #cam 4 :Try again later"));
	assert_false(takes(&people, ":s 774 dan *ALL 0 :Try again later"));
	assert_false(people_due(&people, 999999, target));
	assert_true(people_due(&people, 1000000, target));
	assert_string_equal(target, "*ALL");
	/* Once, and at the last time that was said. */
	assert_false(takes(&people, ":s 774 dan #CAM 6 :Try again later"));
	assert_false(people_due(&people, 5999999, target));
	assert_true(people_due(&people, 6000000, target));
	assert_false(people_due(&people, INT64_MAX, target));
	/* What is no time, and no target. */
	assert_false(takes(&people, ":s 774 dan #cam 99999999999999999999 :x"));
	assert_true(people_due(&people, (int64_t)PEOPLE_MAX_WAIT_S * 1000000, target));
	assert_false(takes(&people, ":s 774 dan :a b"));
	assert_false(takes(&people, ":s 774 dan :"));
	assert_int_equal(people.n_later, 0);
	for (int i = 0; i < 2 * PEOPLE_MAX_LATER; i++) {
		snprintf(line, sizeof(line), ":s 774 dan #r%d 0 :x", i);
		takes(&people, line);
	}
	assert_int_equal(people.n_later, PEOPLE_MAX_LATER);
	people_finish(&people);
	assert_false(people_due(&people, INT64_MAX, target));
}

static void test_a_colour_stays_with_who_is_called_otherwise(void **state)
{
	struct people people = {0};

	(void)state;
	takes(&people, ":s 761 dan bob color * :#ff0000");
	takes(&people, ":s 761 dan eve color * :#00ff00");
	assert_true(takes(&people, ":bob!b@h NICK rob"));
	assert_int_equal(people_colour(&people, "bob"), -1);
	assert_int_equal(people_colour(&people, "rob"), 0xff0000);
	/* Who takes a nick takes no colour with it. */
	takes(&people, ":guest!g@h NICK eve");
	assert_int_equal(people_colour(&people, "eve"), -1);
	assert_true(takes(&people, ":rob!b@h QUIT :bye"));
	assert_false(takes(&people, ":rob!b@h QUIT :bye"));
	assert_int_equal(people.n, 0);
	people_finish(&people);
}

static void test_other_messages_say_nothing(void **state)
{
	static const char *const lines[] = {
		":s 761 dan bob status * :#ff0000",
		":s 761 dan bob color",
		":s 766 dan bob",
		":s 760 dan bob color * :#ff0000",
		":bob!b@h PRIVMSG dan :#ff0000",
		"NICK",
	};
	struct people people = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(takes(&people, lines[i]));
	assert_int_equal(people.n, 0);
}

static void test_they_are_found_among_many(void **state)
{
	struct people people = {0};
	char line[64];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(line, sizeof(line), ":s 761 dan n%d color * :#%06x", i * 7 % 500,
			 i * 7 % 500);
		assert_true(takes(&people, line));
	}
	for (int i = 0; i < 500; i++) {
		snprintf(line, sizeof(line), "N%d", i);
		assert_int_equal(people_colour(&people, line), i);
	}
	people_finish(&people);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colours_come_and_go),
		cmocka_unit_test(test_what_the_server_tells_later_is_asked_for_then),
		cmocka_unit_test(test_a_colour_stays_with_who_is_called_otherwise),
		cmocka_unit_test(test_other_messages_say_nothing),
		cmocka_unit_test(test_they_are_found_among_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
