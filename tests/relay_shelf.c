/* SPDX-License-Identifier: MIT */
#include "relay/shelf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct shelf shelf;
static struct shelf_catalogue *catalogue;

static int set_up(void **state)
{
	(void)state;
	shelf_init(&shelf);
	catalogue = shelf_add(&shelf, "vod");
	return catalogue != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	shelf_remove(&shelf, catalogue);
	shelf_finish(&shelf);
	return 0;
}

static int put(const char *slug, bool gone, size_t max)
{
	struct catalogue_entry entry = {.title = "A film", .gone = gone};

	snprintf(entry.slug, sizeof(entry.slug), "%s", slug);
	return shelf_put(&shelf, catalogue, &entry, max);
}

static enum shelf_place find(const char *name)
{
	return shelf_find(&shelf, slice_from(name));
}

static void test_entries_are_found_by_their_names(void **state)
{
	(void)state;
	assert_int_equal(put("b", false, 10), 0);
	assert_int_equal(put("a", false, 10), 0);
	assert_int_equal(put("ba", false, 10), 0);
	assert_int_equal(find("vod"), SHELF_CATALOGUE);
	assert_int_equal(find("vod/a"), SHELF_ENTRY);
	assert_int_equal(find("vod/b"), SHELF_ENTRY);
	assert_int_equal(find("vod/ba"), SHELF_ENTRY);
	assert_int_equal(find("vod/"), SHELF_NOWHERE);
	assert_int_equal(find("vod/c"), SHELF_NOWHERE);
	assert_int_equal(find("vod/b/240p"), SHELF_NOWHERE);
	assert_int_equal(find("vod/b~x"), SHELF_NOWHERE);
	assert_int_equal(find("vo"), SHELF_NOWHERE);
	assert_int_equal(find("vods/a"), SHELF_NOWHERE);
}

static void test_what_is_gone_makes_room(void **state)
{
	(void)state;
	assert_int_equal(put("a", false, 2), 0);
	assert_int_equal(put("b", false, 2), 0);
	assert_int_equal(put("c", false, 2), -ENOSPC);
	assert_int_equal(put("a", false, 2), 0); /* it is there already */
	assert_int_equal(put("a", true, 2), 0);
	assert_int_equal(put("a", true, 2), 0);
	assert_int_equal(find("vod/a"), SHELF_NOWHERE);
	assert_int_equal(put("c", false, 2), 0);
	shelf_clear(&shelf, catalogue);
	assert_int_equal(find("vod/b"), SHELF_NOWHERE);
	assert_int_equal(put("a", false, 1), 0);
}

static void test_catalogues_share_the_room(void **state)
{
	const struct catalogue_entry entry = {.slug = "a", .title = "A film"};
	struct shelf_catalogue *other = shelf_add(&shelf, "more/vod");

	(void)state;
	assert_int_equal(put("a", false, 1), 0);
	assert_int_equal(shelf_put(&shelf, other, &entry, 1), -ENOSPC);
	assert_int_equal(shelf_put(&shelf, other, &entry, 2), 0);
	assert_int_equal(find("more/vod/a"), SHELF_ENTRY);
	shelf_remove(&shelf, other);
	assert_int_equal(find("more/vod/a"), SHELF_NOWHERE);
	assert_int_equal(find("more/vod"), SHELF_NOWHERE);
	assert_int_equal(put("b", false, 2), 0);
}

static void test_entry_without_a_valid_name_is_refused(void **state)
{
	struct shelf_catalogue *deep = shelf_add(&shelf, "a/b/c/d");
	const struct catalogue_entry entry = {.slug = "a", .title = "A film"};

	(void)state;
	assert_int_equal(shelf_put(&shelf, deep, &entry, 10), -EBADMSG);
	shelf_remove(&shelf, deep);
}

static void test_listed_are_those_that_everybody_may_watch(void **state)
{
	struct stream_rule rules[] = {{.name = (char[]){"vod/a"}, .watch = WATCH_TOKEN}};
	const struct relay_config config = {.streams = {rules, 1},
					    .relay_rule = {.watch = WATCH_ANYONE}};
	json_t *list = json_array();

	(void)state;
	put("a", false, 10);
	put("b", false, 10);
	shelf_list(&shelf, &config, list);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "name")),
			    "vod/b");
	json_decref(list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entries_are_found_by_their_names, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_gone_makes_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_catalogues_share_the_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_entry_without_a_valid_name_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_listed_are_those_that_everybody_may_watch,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
