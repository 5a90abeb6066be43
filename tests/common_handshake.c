/* SPDX-License-Identifier: MIT */
#include "common/handshake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(status, fields) "HTTP/1.1 " status "\r\n" fields "\r\n"
#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n"

/* ---- the request ---- */

static void test_request_is_exact(void **state)
{
	static const struct {
		struct url url;
		const char *method, *key, *rendition;
		unsigned wait_s;
		const char *line, *host, *authorization;
	} cases[] = {
		{{"localhost", "7070", "cam", ""},
		 "POST",
		 "",
		 NULL,
		 0,
		 "POST /cam",
		 "localhost:7070",
		 ""},
		{{"::1", "99", "a/b", "takeover=1"},
		 "POST",
		 "0123456789abcdef",
		 NULL,
		 0,
		 "POST /a/b?takeover=1",
		 "[::1]:99",
		 "Authorization: Bearer 0123456789abcdef\r\n"},
		{{"::1", "7070", "a/cam", ""}, "GET", "", NULL, 0, "GET /a/cam", "[::1]:7070", ""},
		{{"host", "80", "cam", "x=1"},
		 "GET",
		 "secret",
		 "240p",
		 20,
		 "GET /cam?x=1&rendition=240p&wait=20",
		 "host:80",
		 "Authorization: Bearer secret\r\n"},
		{{"host", "80", "cam", ""}, "GET", "", NULL, 20, "GET /cam?wait=20", "host:80", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct handshake_request request = {cases[i].method,    &cases[i].url,
							  cases[i].key,	      "program/1",
							  cases[i].rendition, cases[i].wait_s};
		char text[HANDSHAKE_MAX_REQUEST], expected[HANDSHAKE_MAX_REQUEST];
		int len = snprintf(expected, sizeof(expected),
				   "%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"
				   "Upgrade: spillway/1\r\nUser-Agent: program/1\r\n%s\r\n",
				   cases[i].line, cases[i].host, cases[i].authorization);

		assert_int_equal(handshake_request(&request, text), len);
		assert_string_equal(text, expected);
	}
}

static void test_what_would_break_the_request_is_refused(void **state)
{
	static const struct url url = {"host", "80", "cam", ""},
				bad = {"host", "80", "cam", "x=\r\nA: b"};
	static const struct {
		const struct url *url;
		const char *key, *rendition;
	} cases[] = {
		{&bad, "", NULL},	 {&url, "a b", NULL},  {&url, "a\r\nX: y", NULL},
		{&url, "a\n", NULL},	 {&url, "\x80", NULL}, {&url, "\t", NULL},
		{&url, "", "240p&key="}, {&url, "", "24\n"},
	};
	char text[HANDSHAKE_MAX_REQUEST];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct handshake_request request = {
			"GET", cases[i].url, cases[i].key, "program/1", cases[i].rendition, 0};

		assert_int_equal(handshake_request(&request, text), -EINVAL);
	}
}

static void test_too_long_a_key_is_refused(void **state)
{
	static const struct url url = {"host", "80", "cam", ""};
	char text[HANDSHAKE_MAX_REQUEST], key[HANDSHAKE_MAX_REQUEST + 1];
	const struct handshake_request request = {"GET", &url, key, "program/1", NULL, 0};

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	assert_int_equal(handshake_request(&request, text), -EINVAL);
}

/* ---- the answer ---- */

static const char no_upgrade[] =
	"it doesn't speak spillway/1; a proxy in front of it must pass Upgrade";

static const struct {
	const char *answer;
	int status;
	bool upgraded, ends; /* ends: only the end of the connection completes it */
	const char *sentence;
} answers[] = {
	{HEAD("101 Switching Protocols", "Connection: upgrade\r\nUpgrade: spillway/1\r\n"), 101,
	 true, false, ""},
	{HEAD("100 Continue", "") HEAD("103 Early Hints", "Link: x\r\n")
		 HEAD("101 Switching Protocols", "Upgrade: Spillway/1\r\n"),
	 101, true, false, ""},
	{HEAD("101 Switching Protocols", "Upgrade: websocket\r\n"), 101, false, false, no_upgrade},
	{HEAD("200 OK", "Content-Type: text/html\r\n"), 200, false, false, no_upgrade},
	{HEAD("200 OK", "Transfer-Encoding: chunked\r\n"), 200, false, false, no_upgrade},
	{HEAD("401 Unauthorized", PLAIN "Content-Length: 18\r\n") "The key is wrong.\n", 401, false,
	 false, "The key is wrong"},
	{HEAD("404 Not Found", PLAIN "Content-Length: 16\r\n") "No such stream.\n", 404, false,
	 false, "No such stream"},
	{HEAD("409 Conflict", PLAIN "Content-Length: 5\r\n") "Busy.", 409, false, false, "Busy"},
	{HEAD("401 Unauthorized", PLAIN "Transfer-Encoding: chunked\r\n") "5\r\nA key\r\n"
									  "a\r\n is missed\r\n"
									  "0\r\n\r\n",
	 401, false, false, "A key is missed"},
	{HEAD("413 Too Large", PLAIN) "Too large.\nReally.", 413, false, true, "Too large"},
	{HEAD("503 Service Unavailable", PLAIN) "Full\x1b[2J up\nmore", 503, false, true,
	 "Full [2J up"},
	{HEAD("503 Full", PLAIN "Content-Length: 9\r\n") "\033[31mred\t", 503, false, false,
	 "[31mred"},
	{HEAD("502 Bad Gateway", "Content-Type: text/html\r\nContent-Length: 6\r\n") "<html>", 502,
	 false, false, "Bad Gateway"},
	{HEAD("403 Forbidden", "Content-Type: text/html\r\nContent-Length: 14\r\n") "<h1>Hello</"
										    "h1>",
	 403, false, false, "Forbidden"},
	{HEAD("400 Bad Request", "Content-Length: 0\r\n"), 400, false, false, "Bad Request"},
	{HEAD("404 ", "Content-Length: 0\r\n"), 404, false, false, "Not Found"},
	{HEAD("415 ", "Content-Length: 0\r\n"), 415, false, false, "Unsupported Media Type"},
};

/* What is said of a whole answer, and that no beginning of it is taken for one. */
static void test_answers_are_told_in_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const char *text = answers[i].answer;
		struct handshake_answer answer;

		for (size_t len = 0; len < strlen(text); len++)
			assert_int_equal(handshake_answer(text, len, false, &answer), 0);
		assert_int_equal(handshake_answer(text, strlen(text), false, &answer),
				 !answers[i].ends);
		assert_int_equal(handshake_answer(text, strlen(text), true, &answer), 1);
		assert_int_equal(answer.status, answers[i].status);
		assert_int_equal(answer.upgraded, answers[i].upgraded);
		assert_string_equal(answer.sentence, answers[i].sentence);
		if (answer.upgraded)
			assert_int_equal(answer.head_len, strlen(text));
	}
}

static void test_bytes_behind_the_agreement_are_left(void **state)
{
	static const char text[] =
		HEAD("101 Switching Protocols", "Upgrade: spillway/1\r\n") "\0\0\0\0";
	struct handshake_answer answer;

	(void)state;
	assert_int_equal(handshake_answer(text, sizeof(text) - 1, false, &answer), 1);
	assert_true(answer.upgraded);
	assert_int_equal(answer.head_len, sizeof(text) - 1 - 4);
}

static void test_what_is_no_http_is_an_error(void **state)
{
	static const struct {
		const char *text;
		bool ended;
	} cases[] = {
		{"SSH-2.0-OpenSSH_9.2p1\r\n", false}, {"", true},
		{"HTTP/1.1 200 OK\r\n", true},	      {"HTTP/1.1 101 Switching", true},
		{HEAD("100 Continue", ""), true},
	};
	struct handshake_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(handshake_answer(cases[i].text, strlen(cases[i].text),
						  cases[i].ended, &answer),
				 -EBADMSG);
}

static void fill(char to[HANDSHAKE_MAX_ANSWER], const char *start)
{
	memset(to, 'x', HANDSHAKE_MAX_ANSWER);
	memcpy(to, start, strlen(start));
}

static void test_endless_answer_is_cut_or_refused(void **state)
{
	static char endless[HANDSHAKE_MAX_ANSWER];
	struct handshake_answer answer;

	(void)state;
	fill(endless, "HTTP/1.1 200 OK\r\nX: ");
	assert_int_equal(handshake_answer(endless, sizeof(endless) - 1, false, &answer), 0);
	assert_int_equal(handshake_answer(endless, sizeof(endless), false, &answer), -EMSGSIZE);
	fill(endless, HEAD("400 No", PLAIN));
	assert_int_equal(handshake_answer(endless, sizeof(endless) - 1, false, &answer), 0);
	assert_int_equal(handshake_answer(endless, sizeof(endless), false, &answer), 1);
	assert_int_equal(strlen(answer.sentence), HANDSHAKE_MAX_SENTENCE - 1);
	fill(endless, HEAD("400 No", PLAIN "Transfer-Encoding: chunked\r\n") "ffff\r\n");
	assert_int_equal(handshake_answer(endless, sizeof(endless), false, &answer), 1);
	assert_int_equal(strlen(answer.sentence), HANDSHAKE_MAX_SENTENCE - 1);
}

static void test_a_status_says_whether_to_try_again(void **state)
{
	static const struct {
		int status;
		enum handshake_verdict verdict;
	} cases[] = {
		{101, HANDSHAKE_REFUSED}, {200, HANDSHAKE_REFUSED}, {301, HANDSHAKE_REFUSED},
		{400, HANDSHAKE_REFUSED}, {401, HANDSHAKE_REFUSED}, {403, HANDSHAKE_REFUSED},
		{404, HANDSHAKE_RETRY},	  {408, HANDSHAKE_RETRY},   {409, HANDSHAKE_BUSY},
		{413, HANDSHAKE_REFUSED}, {415, HANDSHAKE_REFUSED}, {429, HANDSHAKE_RETRY},
		{500, HANDSHAKE_RETRY},	  {501, HANDSHAKE_RETRY},   {503, HANDSHAKE_RETRY},
		{504, HANDSHAKE_RETRY},	  {599, HANDSHAKE_RETRY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(handshake_verdict(cases[i].status, false), cases[i].verdict);
		assert_int_equal(handshake_verdict(cases[i].status, true), cases[i].verdict);
	}
}

static void test_only_a_relay_s_bad_gateway_is_for_good(void **state)
{
	static const struct {
		const char *fields, *body;
		bool explained;
	} cases[] = {
		{PLAIN, "vod/film: the file is empty\n", true},
		{PLAIN, "Bad Gateway\n", false},
		{PLAIN, "", false},
		{"Content-Type: text/html\r\n", "<h1>502 Bad Gateway</h1>", false},
		{"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct handshake_answer answer;
		char text[256];
		int len = snprintf(text, sizeof(text), HEAD("502 Bad Gateway", "%s") "%s",
				   cases[i].fields, cases[i].body);

		assert_int_equal(handshake_answer(text, (size_t)len, true, &answer), 1);
		assert_int_equal(answer.explained, cases[i].explained);
		assert_int_equal(handshake_verdict(answer.status, answer.explained),
				 cases[i].explained ? HANDSHAKE_REFUSED : HANDSHAKE_RETRY);
	}
}

static void test_redirects_stay_at_the_relay(void **state)
{
	static const struct {
		const char *status, *location, *stream;
	} cases[] = {
		{"307", "/vod/film~x7k2", "vod/film~x7k2"},
		{"307", "/vod/film~x7k2?wait=3", "vod/film~x7k2"},
		{"307", "//elsewhere/cam", ""},
		{"307", "http://elsewhere/cam", ""},
		{"307", "/../cam", ""},
		{"307", "", ""},
		{"302", "/cam", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct handshake_answer answer;
		char text[256];
		int len = snprintf(text, sizeof(text),
				   "HTTP/1.1 %s \r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
				   cases[i].status, cases[i].location);

		assert_int_equal(handshake_answer(text, (size_t)len, false, &answer), 1);
		assert_string_equal(answer.stream, cases[i].stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redirects_stay_at_the_relay),
		cmocka_unit_test(test_request_is_exact),
		cmocka_unit_test(test_what_would_break_the_request_is_refused),
		cmocka_unit_test(test_too_long_a_key_is_refused),
		cmocka_unit_test(test_answers_are_told_in_a_sentence),
		cmocka_unit_test(test_bytes_behind_the_agreement_are_left),
		cmocka_unit_test(test_what_is_no_http_is_an_error),
		cmocka_unit_test(test_endless_answer_is_cut_or_refused),
		cmocka_unit_test(test_a_status_says_whether_to_try_again),
		cmocka_unit_test(test_only_a_relay_s_bad_gateway_is_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
