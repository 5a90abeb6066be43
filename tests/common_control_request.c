/* SPDX-License-Identifier: MIT */
#include "common/control_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void handle(struct control_call *call, const json_t *request)
{
	(void)call;
	(void)request;
}

static const struct control_parameter kick[] = {
	{"nick", JSON_STRING, true},
	{"count", JSON_INTEGER, false},
	{0},
};
static const struct control_row rows[] = {
	{"stat", handle, NULL},
	{"kick", handle, kick},
	{"reload", handle, NULL},
	{0},
};

static void test_requests_are_found_and_refused(void **state)
{
	static const char no_request[] = "A request is a line of JSON with \"request\".";
	static const struct {
		const char *line;
		int row; /* -1: refused */
		const char *error;
	} cases[] = {
		{"{\"request\":\"stat\"}", 0, NULL},
		{" {\"more\": [1], \"request\" :\"reload\"} ", 2, NULL},
		{"{\"request\":\"kick\",\"nick\":\"dan\"}", 1, NULL},
		{"{\"request\":\"kick\",\"nick\":\"dan\",\"count\":3}", 1, NULL},
		{"{\"request\":\"kick\"}", -1, "The request kick needs \"nick\", which is a text."},
		{"{\"request\":\"kick\",\"nick\":null}", -1,
		 "The request kick needs \"nick\", which is a text."},
		{"{\"request\":\"kick\",\"nick\":\"dan\",\"count\":\"3\"}", -1,
		 "The request kick may have \"count\", which is a whole number."},
		{"{\"request\":\"kick\",\"nick\":\"d\\u0000n\"}", -1, no_request},
		{"{\"request\":\"Stat\"}", -1,
		 "There is no such request; there are stat, kick and reload."},
		{"{\"request\":7}", -1, no_request},
		{"{\"request\":\"stat\",\"request\":\"kick\"}", -1, no_request},
		{"{\"request\":\"stat\"}{}", -1, no_request},
		{"[\"request\"]", -1, no_request},
		{"", -1, no_request},
		{"\xff", -1, no_request},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char error[CONTROL_ERROR_SIZE] = "";
		json_t *request = NULL;
		const struct control_row *row = control_request_parse(
			rows, cases[i].line, strlen(cases[i].line), &request, error);

		if (cases[i].row >= 0) {
			assert_ptr_equal(row, &rows[cases[i].row]);
			assert_true(json_is_object(request));
			json_decref(request);
		} else {
			assert_null(row);
			assert_null(request);
			assert_string_equal(error, cases[i].error);
		}
	}
}

static void test_names_that_dont_fit_are_left_out(void **state)
{
	static const char name[] = "a-request-with-a-rather-long-name";
	struct control_row many[32] = {{0}};
	char error[CONTROL_ERROR_SIZE];
	json_t *request;

	(void)state;
	for (size_t i = 0; i < 31; i++)
		many[i] = (struct control_row){name, handle, NULL};
	assert_null(control_request_parse(many, "{\"request\":\"x\"}", 15, &request, error));
	assert_true(strlen(error) > CONTROL_ERROR_SIZE / 2);
	assert_int_equal(error[strlen(error) - 1], '.');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_are_found_and_refused),
		cmocka_unit_test(test_names_that_dont_fit_are_left_out),
	};
	return cmocka_run_group_tests_name("control_request", tests, NULL, NULL);
}
