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

/* All that is left, as it would be sent. */
static void expect(const struct outbox *outbox, const char *text)
{
	struct iovec pieces[64];
	char all[256];
	size_t len = 0, n = outbox_pieces(outbox, pieces, 64);

	for (size_t i = 0; i < n; i++) {
		memcpy(all + len, pieces[i].iov_base, pieces[i].iov_len);
		len += pieces[i].iov_len;
	}
	all[len] = '\0';
	assert_string_equal(all, text);
	assert_int_equal(outbox->bytes, len);
}

static void test_lines_go_in_order_however_much_is_taken(void **state)
{
	struct outbox outbox = {0};

	(void)state;
	add(&outbox, "one ");
	add(&outbox, "two ");
	add(&outbox, "three ");
	expect(&outbox, "one two three ");
	outbox_sent(&outbox, 1);
	expect(&outbox, "ne two three ");
	outbox_sent(&outbox, 3);
	expect(&outbox, "two three ");
	outbox_sent(&outbox, 6);
	expect(&outbox, "ree ");
	add(&outbox, "four");
	expect(&outbox, "ree four");
	outbox_sent(&outbox, 8);
	expect(&outbox, "");
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
	expect(&outbox, expected);
	outbox_finish(&outbox);
}

static void test_pieces_are_bounded(void **state)
{
	struct outbox outbox = {0};
	struct iovec pieces[2];

	(void)state;
	for (int i = 0; i < 5; i++)
		add(&outbox, "x");
	assert_int_equal(outbox_pieces(&outbox, pieces, 2), 2);
	outbox_finish(&outbox);
}

static void test_line_that_was_begun_stays(void **state)
{
	struct outbox outbox = {0};

	(void)state;
	add(&outbox, "begun");
	add(&outbox, "waits");
	outbox_sent(&outbox, 2);
	outbox_drop(&outbox, 1);
	expect(&outbox, "gun");
	outbox_drop(&outbox, 0);
	expect(&outbox, "");
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
			outbox_sent(&outbox, taken);
			expect(&outbox, cases[i].all + taken);
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
		cmocka_unit_test(test_pieces_are_bounded),
		cmocka_unit_test(test_line_that_was_begun_stays),
		cmocka_unit_test(test_line_is_shared),
		cmocka_unit_test(test_forms_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
