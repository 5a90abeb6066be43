/* SPDX-License-Identifier: MIT */
#include "common/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct item {
	char name;
	struct list link;
};

static void add(struct list *list, struct item *item, char name)
{
	item->name = name;
	list_init(&item->link);
	list_add_tail(list, &item->link);
}

/* Forward and backward the list must hold the items named, in that order. */
static void assert_holds(struct list *list, const char *names)
{
	struct list *link;
	char forward[8] = "", backward[8] = "";
	size_t n = 0, len = strlen(names);

	list_each (link, list)
		forward[n++] = list_item(link, struct item, link)->name;
	assert_string_equal(forward, names);
	for (link = list->prev; link != list; link = link->prev)
		backward[--n] = list_item(link, struct item, link)->name;
	assert_memory_equal(backward, names, len);
}

static void test_items_stay_in_the_order_they_came(void **state)
{
	struct list list;
	struct item a, b, c;

	(void)state;
	list_init(&list);
	assert_true(list_empty(&list));
	add(&list, &a, 'a');
	add(&list, &b, 'b');
	add(&list, &c, 'c');
	assert_false(list_empty(&list));
	assert_holds(&list, "abc");
}

static void test_removing_twice_is_harmless(void **state)
{
	struct list list;
	struct item a, b, c;

	(void)state;
	list_init(&list);
	add(&list, &a, 'a');
	add(&list, &b, 'b');
	add(&list, &c, 'c');
	list_remove(&b.link);
	assert_true(list_empty(&b.link));
	list_remove(&b.link);
	assert_holds(&list, "ac");
	list_add_tail(&list, &b.link);
	assert_holds(&list, "acb");
	list_remove(&a.link);
	list_remove(&c.link);
	list_remove(&b.link);
	assert_true(list_empty(&list));
}

static void test_items_may_go_while_walking(void **state)
{
	struct list list, *link, *after;
	struct item items[4];

	(void)state;
	list_init(&list);
	for (int i = 0; i < 4; i++)
		add(&list, &items[i], (char)('a' + i));
	list_each_safe (link, after, &list) {
		struct item *item = list_item(link, struct item, link);

		if (item->name == 'b' || item->name == 'd') {
			list_remove(link);
			/* What it stands in may be freed at once. */
			memset(item, 0xff, sizeof(*item));
		}
	}
	assert_holds(&list, "ac");
}

static void test_all_move_behind_what_is_there(void **state)
{
	struct list from, to;
	struct item a, b, c;

	(void)state;
	list_init(&from);
	list_init(&to);
	list_move_all(&from, &to);
	assert_true(list_empty(&to));
	add(&to, &a, 'a');
	add(&from, &b, 'b');
	add(&from, &c, 'c');
	list_move_all(&from, &to);
	assert_true(list_empty(&from));
	assert_holds(&to, "abc");
	list_move_all(&to, &from);
	assert_holds(&from, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items_stay_in_the_order_they_came),
		cmocka_unit_test(test_removing_twice_is_harmless),
		cmocka_unit_test(test_items_may_go_while_walking),
		cmocka_unit_test(test_all_move_behind_what_is_there),
	};

	return cmocka_run_group_tests_name("common_list", tests, NULL, NULL);
}
