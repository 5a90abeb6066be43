/* SPDX-License-Identifier: MIT */
#include "chat/owners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char cam[] = "cam", den[] = "den", door[] = "den/door", dan[] = "Dan", eve[] = "eve";
static struct stream_rule items[] = {
	{.name = cam, .owner = dan}, {.name = den, .owner = eve}, {.name = door}};
static const struct stream_rules streams = {items, sizeof(items) / sizeof(*items)};

static void test_owner_is_of_the_stream_and_what_is_below(void **state)
{
	static const struct {
		const char *room, *owner;
	} rows[] = {
		{"#cam", "Dan"},      {"#CAM", "Dan"},	     {"#cam/240p", "Dan"},
		{"#Cam/240P", "Dan"}, {"#den", "eve"},	     {"#den/x/y", "eve"},
		{"#den/door", NULL},  {"#den/door/x", NULL}, {"#camera", NULL},
		{"#other", NULL},     {"#", NULL},	     {"#cam/\xc3\xa4", NULL},
		{"#cam/", NULL},      {"#cam//x", NULL},     {"#cam/.jpg", NULL},
	};
	char room[200] = "#cam/";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *owner = owners_find(&streams, rows[i].room);

		if (rows[i].owner == NULL ? owner != NULL
					  : owner == NULL || strcmp(owner, rows[i].owner) != 0)
			fail_msg("%s: %s", rows[i].room, owner != NULL ? owner : "none");
	}
	/* Longer than any room's name. */
	while (strlen(room) < sizeof(room) - 2)
		strcat(room, "x/");
	assert_null(owners_find(&streams, room));
}

static void test_owner_is_who_has_the_account(void **state)
{
	(void)state;
	assert_true(owners_has(&streams, "#cam", "dan"));
	assert_true(owners_has(&streams, "#cam", "DAN"));
	assert_false(owners_has(&streams, "#cam", "eve"));
	assert_false(owners_has(&streams, "#cam", ""));
	assert_false(owners_has(&streams, "#other", ""));
	assert_false(owners_has(&streams, "#other", "dan"));
}

static void test_owners_are_compared_by_section(void **state)
{
	static char den_door[] = "den/door", other_dan[] = "Dan", none[] = "none";
	struct stream_rule others[] = {
		{.name = cam, .owner = other_dan}, {.name = den, .owner = eve}, {.name = den_door}};
	struct stream_rules compared = {others, 3};

	(void)state;
	assert_true(owners_equal(&streams, &compared));
	compared.n = 2;
	assert_false(owners_equal(&streams, &compared));
	assert_false(owners_equal(&compared, &streams));
	compared.n = 3;
	others[2].owner = none;
	assert_false(owners_equal(&streams, &compared));
	others[2].owner = NULL;
	others[1].name = none;
	assert_false(owners_equal(&streams, &compared));
	/* What the chat doesn't use. */
	others[1] = (struct stream_rule){.name = den, .owner = eve, .title = none};
	assert_true(owners_equal(&streams, &compared));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner_is_of_the_stream_and_what_is_below),
		cmocka_unit_test(test_owner_is_who_has_the_account),
		cmocka_unit_test(test_owners_are_compared_by_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
