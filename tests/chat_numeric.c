/* SPDX-License-Identifier: MIT */
#include "chat/numeric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_table_is_complete_and_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUMERICS; i++) {
		const struct numeric *numeric = &numeric_table[i];

		assert_int_equal(strlen(numeric->code), 3);
		assert_int_equal(strspn(numeric->code, "0123456789"), 3);
		assert_true(numeric->n_parameters > 0 || numeric->text != NULL);
		if (i > 0 && strcmp(numeric_table[i - 1].code, numeric->code) >= 0)
			fail_msg("%s", numeric->code);
	}
}

static void write_numeric(char *to, size_t size, enum numeric_id id, ...)
{
	struct message_writer writer;
	va_list parameters;

	message_writer_init(&writer, to, size);
	va_start(parameters, id);
	numeric_write(&writer, id, "chat.example.org", "dan", parameters);
	va_end(parameters);
	to[message_write_end(&writer)] = '\0';
}

static void test_lines(void **state)
{
	char line[MESSAGE_MAX_LINE + 1];

	(void)state;
	write_numeric(line, sizeof(line), RPL_UNAWAY);
	assert_string_equal(
		line, ":chat.example.org 305 dan :You are no longer marked as being away\r\n");
	write_numeric(line, sizeof(line), ERR_NICKNAMEINUSE, "eve", "Nickname is already in use");
	assert_string_equal(line, ":chat.example.org 433 dan eve :Nickname is already in use\r\n");
	write_numeric(line, sizeof(line), RPL_TOPIC, "#cam", "a garden");
	assert_string_equal(line, ":chat.example.org 332 dan #cam :a garden\r\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_complete_and_in_order),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
