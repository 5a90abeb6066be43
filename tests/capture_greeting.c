/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/greeting.h"

static struct url url_of(const char *text)
{
	struct url url;
	const char *why;

	assert_int_equal(url_parse(text, &url, &why), 0);
	return url;
}

static void test_request_is_exact(void **state)
{
	static const struct {
		const char *url, *key, *expected;
	} rows[] = {
		{"localhost/cam", NULL,
		 "POST /cam HTTP/1.1\r\nHost: localhost:7070\r\nConnection: Upgrade\r\n"
		 "Upgrade: spillway/1\r\nUser-Agent: spillway-capture/" SPILLWAY_VERSION
		 "\r\n\r\n"},
		{"[::1]:99/a/b?takeover=1", "0123456789abcdef",
		 "POST /a/b?takeover=1 HTTP/1.1\r\nHost: [::1]:99\r\nConnection: Upgrade\r\n"
		 "Upgrade: spillway/1\r\nUser-Agent: spillway-capture/" SPILLWAY_VERSION
		 "\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct url url = url_of(rows[i].url);
		char request[GREETING_MAX_REQUEST];

		assert_int_equal(greeting_write(request, &url, rows[i].key),
				 strlen(rows[i].expected));
		assert_string_equal(request, rows[i].expected);
	}
}

static void test_key_cannot_add_headers(void **state)
{
	static const char *const keys[] = {"a\r\nX: y", "a b", "a\n", "\x80", "\t"};
	struct url url = url_of("localhost/cam");
	char request[GREETING_MAX_REQUEST], long_key[GREETING_MAX_REQUEST + 1];

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		assert_int_equal(greeting_write(request, &url, keys[i]), -EINVAL);
	memset(long_key, 'k', sizeof long_key - 1);
	long_key[sizeof long_key - 1] = '\0';
	assert_int_equal(greeting_write(request, &url, long_key), -EINVAL);
}

#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n"

static const struct {
	const char *reply;
	int result; /* once the other side has ended; before that 0 where it needs the end */
	bool needs_end;
	int status;
	enum greeting_verdict verdict;
	const char *text;
} replies[] = {
	{"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: spillway/1\r\n\r\n",
	 1, false, 101, GREETING_OPEN, ""},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
	 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: Spillway/1\r\n\r\n",
	 1, false, 101, GREETING_OPEN, ""},
	{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 1, true, 101,
	 GREETING_REFUSED, "Switching Protocols"},
	{"HTTP/1.1 401 Unauthorized\r\n" PLAIN "Content-Length: 18\r\n\r\nThe key is wrong.\n", 1,
	 false, 401, GREETING_REFUSED, "The key is wrong"},
	{"HTTP/1.1 413 Too Large\r\n" PLAIN "\r\nToo large.\nReally.", 1, true, 413,
	 GREETING_REFUSED, "Too large"},
	{"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 1, false, 400, GREETING_REFUSED,
	 "Bad Request"},
	{"HTTP/1.1 415 \r\nContent-Length: 0\r\n\r\n", 1, false, 415, GREETING_REFUSED,
	 "Unsupported Media Type"},
	{"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n"
	 "<h1>Hello</h1>",
	 1, false, 403, GREETING_REFUSED, "Forbidden"},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1, false, 200, GREETING_REFUSED,
	 "OK"},
	{"HTTP/1.1 409 Conflict\r\n" PLAIN "Content-Length: 5\r\n\r\nBusy.", 1, false, 409,
	 GREETING_BUSY, "Busy"},
	{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 1, false, 404, GREETING_RETRY,
	 "Not Found"},
	{"HTTP/1.1 503 Full\r\n" PLAIN "Content-Length: 9\r\n\r\n\033[31mred\t", 1, false, 503,
	 GREETING_RETRY, "?[31mred?"},
	{"SSH-2.0-OpenSSH_9.2p1\r\n", -EBADMSG, false, 0, GREETING_REFUSED, ""},
	{"HTTP/1.1 101 Switching", -EBADMSG, true, 0, GREETING_REFUSED, ""},
};

enum { N_REPLIES = sizeof replies / sizeof replies[0] };

static void test_replies_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_REPLIES; i++) {
		size_t len = strlen(replies[i].reply);
		struct greeting_reply reply;

		assert_int_equal(greeting_read(replies[i].reply, len, false, &reply),
				 replies[i].needs_end ? 0 : replies[i].result);
		assert_int_equal(greeting_read(replies[i].reply, len, true, &reply),
				 replies[i].result);
		if (replies[i].result < 0)
			continue;
		assert_int_equal(reply.status, replies[i].status);
		assert_int_equal(reply.verdict, replies[i].verdict);
		assert_string_equal(reply.text, replies[i].text);
		if (reply.verdict == GREETING_OPEN)
			assert_int_equal(reply.used, len);
	}
}

static void test_part_of_a_reply_is_not_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_REPLIES; i++)
		for (size_t len = 0; replies[i].result == 1 && len < strlen(replies[i].reply);
		     len++) {
			struct greeting_reply reply;
			int result = greeting_read(replies[i].reply, len, false, &reply);

			assert_true(result == 0 || (result == 1 && reply.verdict != GREETING_OPEN));
		}
}

static void test_bytes_behind_the_agreement_are_left(void **state)
{
	static const char reply_and_more[] =
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: spillway/1\r\n\r\n\0\0\0\0";
	struct greeting_reply reply;

	(void)state;
	assert_int_equal(greeting_read(reply_and_more, sizeof reply_and_more - 1, false, &reply),
			 1);
	assert_int_equal(reply.used, sizeof reply_and_more - 1 - 4);
}

static void test_endless_reply_is_refused(void **state)
{
	static char endless[GREETING_MAX_REPLY];
	struct greeting_reply reply;

	(void)state;
	memset(endless, 'x', sizeof endless);
	memcpy(endless, "HTTP/1.1 200 OK\r\nX: ", 20);
	assert_int_equal(greeting_read(endless, sizeof endless - 1, false, &reply), 0);
	assert_int_equal(greeting_read(endless, sizeof endless, false, &reply), -EMSGSIZE);
	/* A body without end is cut. */
	memset(endless, 'x', sizeof endless);
	memcpy(endless, "HTTP/1.1 400 No\r\nContent-Type: text/plain\r\n\r\n", 45);
	assert_int_equal(greeting_read(endless, sizeof endless, false, &reply), 1);
	assert_int_equal(strlen(reply.text), GREETING_TEXT_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_is_exact),
		cmocka_unit_test(test_key_cannot_add_headers),
		cmocka_unit_test(test_replies_are_understood),
		cmocka_unit_test(test_part_of_a_reply_is_not_an_answer),
		cmocka_unit_test(test_bytes_behind_the_agreement_are_left),
		cmocka_unit_test(test_endless_reply_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
