/* SPDX-License-Identifier: MIT */
#include "chat/outbox.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void add(struct outbox *outbox, const char *text)
{
	struct line *line = line_create_raw(text, strlen(text));

	assert_non_null(line);
	assert_int_equal(outbox_add(outbox, line), 0);
	line_release(line);
}

/* What goes out next. */
static void expect(struct outbox *outbox, const char *text)
{
	struct bundle bundle = {0};
	struct slice next;

	assert_int_equal(outbox_next(outbox, &bundle, &next), 0);
	bundle_clear(&bundle);
	assert_int_equal(next.len, strlen(text));
	assert_memory_equal(next.data, text, next.len);
}

/* The same, which is all that is left. */
static void expect_all(struct outbox *outbox, const char *text)
{
	assert_int_equal(outbox->bytes, strlen(text));
	if (*text != '\0')
		expect(outbox, text);
	else
		assert_int_equal(outbox->n, 0);
}

static void test_lines_go_in_order_however_much_is_taken(void **state)
{
	struct outbox outbox = {0};

	(void)state;
	add(&outbox, "one ");
	add(&outbox, "two ");
	add(&outbox, "three ");
	expect_all(&outbox, "one two three ");
	outbox_sent(&outbox, 1);
	expect_all(&outbox, "ne two three ");
	outbox_sent(&outbox, 3);
	expect_all(&outbox, "two three ");
	outbox_sent(&outbox, 6);
	add(&outbox, "four ");
	expect(&outbox, "ree ");
	add(&outbox, "five");
	outbox_sent(&outbox, 4);
	expect_all(&outbox, "four five");
	outbox_sent(&outbox, 9);
	expect_all(&outbox, "");
	outbox_finish(&outbox);
}

static void test_ring_grows_in_any_position(void **state)
{
	struct outbox outbox = {0};
	char text[16], expected[256] = "";

	(void)state;
	for (int i = 0; i < 5; i++)
		add(&outbox, "x");
	outbox_sent(&outbox, 4);
	strcpy(expected, "x");
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "%d,", i);
		strcat(expected, text);
		add(&outbox, text);
	}
	expect_all(&outbox, expected);
	outbox_finish(&outbox);
}

static void test_what_goes_out_at_once_is_bounded(void **state)
{
	enum { LONG = BUNDLE_MAX_BYTES / 3 };
	struct outbox outbox = {0};
	struct bundle bundle = {0};
	static char text[BUNDLE_MAX_BYTES + 2];
	struct slice next;

	(void)state;
	for (int i = 0; i < BUNDLE_MAX_LINES + 2; i++)
		add(&outbox, "x");
	assert_int_equal(outbox_next(&outbox, &bundle, &next), 0);
	assert_int_equal(next.len, BUNDLE_MAX_LINES);
	outbox_sent(&outbox, BUNDLE_MAX_LINES);
	expect_all(&outbox, "xx");
	outbox_sent(&outbox, 2);

	memset(text, 'x', LONG);
	for (int i = 0; i < 4; i++)
		add(&outbox, text);
	assert_int_equal(outbox_next(&outbox, &bundle, &next), 0);
	assert_int_equal(next.len, 3 * LONG);
	outbox_sent(&outbox, 3 * LONG);
	assert_int_equal(outbox.bytes, LONG);

	/* one that is too long is no reason to stop */
	memset(text, 'x', BUNDLE_MAX_BYTES + 1);
	outbox_drop(&outbox, false);
	add(&outbox, text);
	assert_int_equal(outbox_next(&outbox, &bundle, &next), 0);
	assert_int_equal(next.len, BUNDLE_MAX_BYTES + 1);
	bundle_clear(&bundle);
	outbox_finish(&outbox);
}

static void test_those_who_get_the_same_share_it(void **state)
{
	static const enum line_form forms[] = {LINE_PLAIN, LINE_PLAIN, LINE_TEXT, LINE_TEXT};
	struct line *a = line_create("A\r\n", 3), *b = line_create("B\r\n", 3);
	struct outbox outboxes[5] = {0};
	struct bundle bundle = {0};
	struct slice next[5];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		outbox_set_form(&outboxes[i], i < 4 ? forms[i] : LINE_PLAIN);
		outbox_add(&outboxes[i], a);
		outbox_add(&outboxes[i], i < 4 ? b : a);
		assert_int_equal(outbox_next(&outboxes[i], &bundle, &next[i]), 0);
	}
	assert_ptr_equal(next[0].data, next[1].data);
	assert_ptr_not_equal(next[1].data, next[2].data);
	assert_ptr_equal(next[2].data, next[3].data);
	assert_memory_equal(next[1].data, "A\r\nB\r\n", 6);
	assert_memory_equal(next[3].data,
			    "\x81\x01"
			    "A"
			    "\x81\x01"
			    "B",
			    6);
	assert_memory_equal(next[4].data, "A\r\nA\r\n", 6);
	bundle_clear(&bundle);
	for (size_t i = 0; i < 5; i++)
		outbox_finish(&outboxes[i]);
	assert_int_equal(a->references, 1);
	assert_int_equal(b->references, 1);
	line_release(a);
	line_release(b);
}

static void test_line_that_was_begun_stays(void **state)
{
	struct outbox outbox = {0};

	(void)state;
	add(&outbox, "begun");
	add(&outbox, "waits");
	outbox_sent(&outbox, 2);
	outbox_drop(&outbox, true);
	expect_all(&outbox, "gun");
	outbox_drop(&outbox, false);
	expect_all(&outbox, "");
	add(&outbox, "another");
	expect_all(&outbox, "another");
	outbox_finish(&outbox);
}

static void test_line_is_shared(void **state)
{
	struct outbox a = {0}, b = {0};
	struct line *line = line_create_raw("x", 1);

	(void)state;
	outbox_add(&a, line);
	outbox_add(&b, line);
	assert_int_equal(line->references, 3);
	outbox_sent(&a, 1);
	outbox_finish(&b);
	assert_int_equal(line->references, 1);
	outbox_finish(&a);
	line_release(line);
}

static void test_forms_of_a_line(void **state)
{
	static const struct {
		enum line_form form;
		const char *all;
	} cases[] = {
		{LINE_PLAIN, "PING a\r\nrawPING a\r\n"},
		{LINE_TEXT, "\x81\x06PING araw\x81\x06PING a"},
		{LINE_BINARY, "\x82\x06PING araw\x82\x06PING a"},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t taken = 0; taken <= strlen(cases[i].all); taken++) {
			struct line *line = line_create("PING a\r\n", 8);
			struct outbox outbox = {0};

			outbox_set_form(&outbox, cases[i].form);
			outbox_add(&outbox, line);
			add(&outbox, "raw");
			outbox_add(&outbox, line);
			line_release(line);
			expect_all(&outbox, cases[i].all);
			outbox_sent(&outbox, taken);
			expect_all(&outbox, cases[i].all + taken);
			outbox_finish(&outbox);
			assert_int_equal(outbox.form, cases[i].form);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_go_in_order_however_much_is_taken),
		cmocka_unit_test(test_ring_grows_in_any_position),
		cmocka_unit_test(test_what_goes_out_at_once_is_bounded),
		cmocka_unit_test(test_those_who_get_the_same_share_it),
		cmocka_unit_test(test_line_that_was_begun_stays),
		cmocka_unit_test(test_line_is_shared),
		cmocka_unit_test(test_forms_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
