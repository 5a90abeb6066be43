/* SPDX-License-Identifier: MIT */
#include "common/http.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Decodes text in pieces of `piece` bytes: *ret_body is the body, *ret_used what was taken. */
static int decode(struct slice text, size_t piece, char ret_body[256], size_t *ret_used)
{
	struct http_chunked chunked = {0};
	size_t body_len = 0, end, used;
	struct slice data;
	int r = 1;

	*ret_used = 0;
	for (size_t at = 0; r == 1 && at < text.len; at = *ret_used) {
		end = (at / piece + 1) * piece;
		if (end > text.len)
			end = text.len;
		r = http_chunked_decode(&chunked, text.data + at, end - at, &used, &data);
		if (r < 0)
			break;
		assert_true(used > 0 && used <= end - at);
		if (data.len > 0)
			memcpy(ret_body + body_len, data.data, data.len);
		body_len += data.len;
		*ret_used += used;
	}
	ret_body[body_len] = '\0';
	return r;
}

static void test_chunks(void **state)
{
	static const struct {
		const char *text, *body,
			*rest; /* body NULL: malformed; rest NULL: more must come */
	} cases[] = {
		{"0\r\n\r\n", "", ""},
		{"5\r\nhello\r\n0\r\n\r\n", "hello", ""},
		{"5\r\nhello\r\n00000006\r\n world\r\n0\r\n\r\n", "hello world", ""},
		{"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", ""},
		{"3\r\n\r\n0\r\n0\r\n\r\n", "\r\n0", ""},
		{"1;a=b;c=\"d \xe9\"\r\nx\r\n0;last\r\n\r\n", "x", ""},
		{"1 \t;a\r\nx\r\n0\r\n\r\n", "x", ""},
		{"0\r\nX: y\r\nFade: out;\r\n\r\n", "", ""},
		{"0\r\n\r\nGET /", "", "GET /"},
		{"5\r\nhello\r\n0\r\n", "hello", NULL},
		{"5\r\nhel", "hel", NULL},
		{"000000000000001\r\nx\r\n0\r\n\r\n", "x", ""},
		{"0000000000000001\r\nx\r\n0\r\n\r\n", NULL, NULL},
		{"fffffffffffffff\r\nx", "x", NULL},
		{"ffffffffffffffff\r\nx", NULL, NULL},
		{"\r\n", NULL, NULL},
		{"g\r\n", NULL, NULL},
		{"-1\r\n", NULL, NULL},
		{"+1\r\nx\r\n", NULL, NULL},
		{" 1\r\nx\r\n", NULL, NULL},
		{"0x1\r\nx\r\n", NULL, NULL},
		{"1 \r\nx\r\n", NULL, NULL},
		{"1 1\r\nx\r\n", NULL, NULL},
		{"1\nx\n0\n\n", NULL, NULL},
		{"1\r\r\nx\r\n", NULL, NULL},
		{"1;a\nb\r\nx\r\n", NULL, NULL},
		{"1;a\rb\r\nx\r\n", NULL, NULL},
		{"1;\x01\r\nx\r\n", NULL, NULL},
		{"1\r\nxx\r\n", NULL, NULL},
		{"1\r\nx\n0\r\n\r\n", NULL, NULL},
		{"2\r\nx\r\n0\r\n\r\n", NULL, NULL},
		{"1\r\nx0\r\n\r\n", NULL, NULL},
		{"0\r\n\n", NULL, NULL},
		{"0\r\nX: y\n\r\n", NULL, NULL},
		{"0\r\n X: y\r\n\r\n", NULL, NULL},
		{"0\r\n;\r\n\r\n", NULL, NULL},
		{"0\r\nX: \x7f\r\n\r\n", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice text = slice_from(cases[i].text);

		for (size_t piece = 1; piece <= text.len; piece++) {
			int expected = !cases[i].body ? -EBADMSG : !cases[i].rest;
			char body[256];
			size_t used;
			int r = decode(text, piece, body, &used);

			if (r != expected)
				fail_msg("%s in pieces of %zu: %d", text.data, piece, r);
			if (r < 0)
				continue;
			assert_string_equal(body, cases[i].body);
			assert_string_equal(text.data + used, cases[i].rest ? cases[i].rest : "");
		}
	}
}

static void test_endless_size_lines_and_trailers_are_refused(void **state)
{
	static const char *const starts[] = {"1;", "1 ", "0\r\nX: ", "000000000000"};
	struct slice data;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct http_chunked chunked = {0};
		const char *start = starts[i], *last = start + strlen(start) - 1;
		int r = http_chunked_decode(&chunked, start, strlen(start), &used, &data);
		size_t n;

		for (n = 0; r == 1 && n < 5000; n++)
			r = http_chunked_decode(&chunked, last, 1, &used, &data);
		assert_int_equal(r, -EBADMSG);
	}
}

static void test_nothing_is_taken_behind_the_last_chunk(void **state)
{
	struct http_chunked chunked = {0};
	struct slice data;
	size_t used;

	(void)state;
	assert_int_equal(http_chunked_decode(&chunked, "0\r\n\r\n", 5, &used, &data), 0);
	assert_int_equal(http_chunked_decode(&chunked, "1\r\nx", 4, &used, &data), 0);
	assert_int_equal(used, 0);
	assert_null(data.data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_endless_size_lines_and_trailers_are_refused),
		cmocka_unit_test(test_nothing_is_taken_behind_the_last_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
