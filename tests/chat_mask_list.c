/* SPDX-License-Identifier: MIT */
#include "chat/mask_list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct mask_entry entry(const char *mask, int64_t expires_s)
{
	struct mask_entry made = {.set_s = 1, .expires_s = expires_s};

	strcpy(made.mask, mask);
	return made;
}

static int set(struct mask_list *list, const char *mask, int64_t expires_s)
{
	const struct mask_entry made = entry(mask, expires_s);

	return mask_list_set(list, &made);
}

static void test_each_mask_is_there_once(void **state)
{
	struct mask_list list;

	(void)state;
	mask_list_init(&list);
	assert_int_equal(set(&list, "dan!*@*", 0), 1);
	assert_int_equal(set(&list, "eve!*@*", 0), 1);
	assert_int_equal(set(&list, "DAN!*@*", 9), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(mask_list_find(&list, "dan!*@*")->expires_s, 9);
	assert_int_equal(mask_list_remove(&list, "Dan!*@*"), 0);
	assert_int_equal(mask_list_remove(&list, "dan!*@*"), -ENOENT);
	assert_null(mask_list_find(&list, "dan!*@*"));
	assert_int_equal(list.n, 1);
	mask_list_finish(&list);
	assert_int_equal(list.n, 0);
}

static void test_bans_and_mutes_are_told_apart(void **state)
{
	static const struct extban_who dan = {.source = "dan!~d@host", .account = "dan"},
				       eve = {.source = "eve!~e@host", .account = ""};
	struct mask_list list;

	(void)state;
	mask_list_init(&list);
	set(&list, "~m:~a:dan", 0);
	set(&list, "eve!*@*", 0);
	assert_null(mask_list_match(&list, &dan, false));
	assert_string_equal(mask_list_match(&list, &dan, true)->mask, "~m:~a:dan");
	assert_string_equal(mask_list_match(&list, &eve, false)->mask, "eve!*@*");
	assert_null(mask_list_match(&list, &eve, true));
	mask_list_finish(&list);
}

/* What is over by `now`, in turn, each with a blank behind it, and when the next is. */
static void test_what_is_over_is_found_and_when_the_next_is(void **state)
{
	static const struct {
		int64_t now_s, before_s, next_s;
		const char *over;
	} cases[] = {
		{9, 0, 10, ""},	  {10, 0, 20, "a!*@* "}, {20, 0, 30, "c!*@* d!*@* "},
		{29, 25, 25, ""}, {29, 0, 30, ""},	 {30, 0, 0, "b!*@* "},
		{99, 0, 0, ""},	  {99, 7, 7, ""},
	};
	const struct mask_entry *over;
	struct mask_list list;

	(void)state;
	mask_list_init(&list);
	set(&list, "a!*@*", 10);
	set(&list, "ever!*@*", 0);
	set(&list, "b!*@*", 30);
	set(&list, "c!*@*", 20);
	set(&list, "d!*@*", 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t next_s = cases[i].before_s;
		char all[256] = "";

		while ((over = mask_list_expired(&list, cases[i].now_s, &next_s)) != NULL) {
			strcat(strcat(all, over->mask), " ");
			mask_list_remove(&list, over->mask);
		}
		assert_string_equal(all, cases[i].over);
		assert_int_equal(next_s, cases[i].next_s);
	}
	assert_int_equal(list.n, 1);
	mask_list_finish(&list);
}

static void test_what_is_told_of_one(void **state)
{
	struct mask_entry ban = entry("dan!*@*", 0);

	(void)state;
	assert_string_equal(mask_list_text(&ban, 5).text, "");
	strcpy(ban.reason, "rude");
	assert_string_equal(mask_list_text(&ban, 5).text, ": rude");
	ban.expires_s = 605;
	assert_string_equal(mask_list_text(&ban, 5).text, " for 10m more: rude");
	/* Not swept out yet. */
	assert_string_equal(mask_list_text(&ban, 606).text, " for 0s more: rude");
	memset(ban.reason, 'x', MASK_LIST_MAX_REASON);
	assert_int_equal(strlen(mask_list_text(&ban, 5).text), 15 + MASK_LIST_MAX_REASON);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mask_is_there_once),
		cmocka_unit_test(test_bans_and_mutes_are_told_apart),
		cmocka_unit_test(test_what_is_over_is_found_and_when_the_next_is),
		cmocka_unit_test(test_what_is_told_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
