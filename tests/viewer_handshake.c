/* SPDX-License-Identifier: MIT */
#include "viewer/handshake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(status, fields) "HTTP/1.1 " status "\r\n" fields "\r\n"

static void test_request_asks_for_the_native_format(void **state)
{
	const struct url url = {"::1", "7070", "a/cam", ""};
	const struct handshake_request request = {&url, "", NULL, 0};
	char text[1024];
	int len = handshake_request(&request, text, sizeof(text));

	(void)state;
	assert_int_equal(len, strlen(text));
	assert_string_equal(text, "GET /a/cam HTTP/1.1\r\n"
				  "Host: [::1]:7070\r\n"
				  "Connection: Upgrade\r\n"
				  "Upgrade: spillway/1\r\n"
				  "User-Agent: spillway/" SPILLWAY_VERSION "\r\n"
				  "\r\n");
}

static void test_request_carries_key_rendition_and_query(void **state)
{
	const struct url url = {"host", "80", "cam", "x=1"};
	const struct handshake_request request = {&url, "secret", "240p", 20};
	char text[1024];

	(void)state;
	assert_true(handshake_request(&request, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "GET /cam?x=1&rendition=240p&wait=20 HTTP/1.1\r\n"));
	assert_non_null(strstr(text, "\r\nAuthorization: Bearer secret\r\n"));
}

static void test_what_would_break_the_request_is_refused(void **state)
{
	const struct url url = {"host", "80", "cam", ""}, bad = {"host", "80", "cam", "x=\r\nA: b"};
	const struct handshake_request requests[] = {
		{&bad, "", NULL, 0},	    {&url, "a b", NULL, 0}, {&url, "a\r\nX: y", NULL, 0},
		{&url, "", "240p&key=", 0}, {&url, "", "24\n", 0},
	};
	const struct handshake_request good = {&url, "", NULL, 0};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		assert_int_equal(handshake_request(&requests[i], text, sizeof(text)), -EINVAL);
	assert_int_equal(handshake_request(&good, text, 20), -ENAMETOOLONG);
}

/* What is said of a whole answer, and that no beginning of it is taken for one. */
static void test_answers_are_told_in_a_sentence(void **state)
{
	static const struct {
		const char *answer;
		int status;
		bool upgraded, ends; /* ends: only the end of the connection completes it */
		const char *sentence;
	} cases[] = {
		{HEAD("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: spillway/1\r\n"),
		 101, true, false, ""},
		{HEAD("404 Not Found",
		      "Content-Type: text/plain\r\nContent-Length: 16\r\n") "No such stream.\n",
		 404, false, false, "No such stream"},
		{HEAD("401 Unauthorized",
		      "Content-Type: text/plain; charset=utf-8\r\n"
		      "Transfer-Encoding: chunked\r\n") "5\r\nA key\r\n"
							"a\r\n is missed\r\n0\r\n\r\n",
		 401, false, false, "A key is missed"},
		{HEAD("503 Service Unavailable",
		      "Content-Type: text/plain\r\n") "Full\x1b[2J up\nmore",
		 503, false, true, "Full [2J up"},
		{HEAD("502 Bad Gateway",
		      "Content-Type: text/html\r\nContent-Length: 6\r\n") "<html>",
		 502, false, false, "Bad Gateway"},
		{HEAD("404 ", "Content-Length: 0\r\n"), 404, false, false, "Not Found"},
		{HEAD("200 OK", "Content-Type: text/html\r\n"), 200, false, false,
		 "it doesn't speak spillway/1; a proxy in front of it must pass Upgrade"},
		{HEAD("101 Switching Protocols", "Upgrade: websocket\r\n"), 101, false, false,
		 "it doesn't speak spillway/1; a proxy in front of it must pass Upgrade"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].answer;
		struct handshake_answer answer;

		for (size_t len = 0; len < strlen(text); len++)
			assert_int_equal(handshake_answer(text, len, false, &answer), 0);
		assert_int_equal(handshake_answer(text, strlen(text), cases[i].ends, &answer), 1);
		assert_int_equal(answer.status, cases[i].status);
		assert_int_equal(answer.upgraded, cases[i].upgraded);
		assert_string_equal(answer.sentence, cases[i].sentence);
		if (answer.upgraded)
			assert_int_equal(answer.head_len, strlen(text));
	}
}

static void test_what_is_no_http_is_an_error(void **state)
{
	struct handshake_answer answer;

	(void)state;
	assert_int_equal(handshake_answer("SSH-2.0-x\r\n", 11, false, &answer), -EBADMSG);
	assert_int_equal(handshake_answer("", 0, true, &answer), -EBADMSG);
	assert_int_equal(handshake_answer("HTTP/1.1 200 OK\r\n", 17, true, &answer), -EBADMSG);
}

static void test_only_what_may_get_better_is_tried_again(void **state)
{
	(void)state;
	assert_true(handshake_may_retry(404));
	assert_true(handshake_may_retry(429));
	assert_true(handshake_may_retry(503));
	assert_false(handshake_may_retry(400));
	assert_false(handshake_may_retry(401));
	assert_false(handshake_may_retry(200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_asks_for_the_native_format),
		cmocka_unit_test(test_request_carries_key_rendition_and_query),
		cmocka_unit_test(test_what_would_break_the_request_is_refused),
		cmocka_unit_test(test_answers_are_told_in_a_sentence),
		cmocka_unit_test(test_what_is_no_http_is_an_error),
		cmocka_unit_test(test_only_what_may_get_better_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
