/* SPDX-License-Identifier: MIT */
#include "common/http.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GET "GET / HTTP/1.1\r\nHost: h\r\n"
#define PUT "PUT /cam HTTP/1.1\r\nHost: h\r\n"
#define OK "HTTP/1.1 200 OK\r\n"

static int request(const char *text, struct http_head *ret_head)
{
	return http_parse_request(text, strlen(text), ret_head);
}

static int response(const char *text, struct http_head *ret_head)
{
	return http_parse_response(text, strlen(text), ret_head);
}

static void assert_slice(struct slice slice, const char *text)
{
	if (!text)
		assert_null(slice.data);
	else if (!slice.data || !slice_equal(slice, text))
		fail_msg("'%.*s' is not '%s'", (int)slice.len, slice.data, text);
}

/* ---- heads ---- */

static void test_a_request_is_taken_apart(void **state)
{
	static const char text[] = "GET /cam.mjpg?key=abc HTTP/1.1\r\n"
				   "User-Agent: Lavf/59.27.100\r\n"
				   "Accept: */*\r\n"
				   "Icy-MetaData:1\r\n"
				   "X-Empty:\r\n"
				   "X-Blank: \t \r\n"
				   "X-Latin: caf\xe9 \r\n"
				   "Host: 127.0.0.1:18102\r\n"
				   "\r\n"
				   "body";
	struct http_head head;

	(void)state;
	assert_int_equal(request(text, &head), sizeof(text) - 1 - strlen("body"));
	assert_slice(head.method, "GET");
	assert_slice(head.path, "/cam.mjpg");
	assert_slice(head.query, "key=abc");
	assert_int_equal(head.status, 0);
	assert_int_equal(head.minor, 1);
	assert_int_equal(head.n_fields, 7);
	assert_slice(head.fields[0].name, "User-Agent");
	assert_slice(http_field(&head, "icy-metadata"), "1");
	assert_slice(http_field(&head, "X-Empty"), "");
	assert_slice(http_field(&head, "X-Blank"), "");
	assert_slice(http_field(&head, "X-Latin"), "caf\xe9");
	assert_slice(http_field(&head, "HOST"), "127.0.0.1:18102");
	assert_slice(http_field(&head, "X-None"), NULL);
	assert_int_equal(head.content_length, -1);
	assert_false(head.chunked);
}

static void test_a_response_is_taken_apart(void **state)
{
	struct http_head head;

	(void)state;
	assert_true(response("HTTP/1.0 404 Not Found\r\nContent-Length: 3\r\n\r\n", &head) > 0);
	assert_int_equal(head.status, 404);
	assert_slice(head.reason, "Not Found");
	assert_int_equal(head.minor, 0);
	assert_int_equal(head.content_length, 3);
	assert_true(response("HTTP/1.1 101 \r\nUpgrade: spillway/1\r\n\r\n", &head) > 0);
	assert_int_equal(head.status, 101);
	assert_slice(head.reason, "");
	assert_true(response("HTTP/1.1 200\r\n\r\n", &head) > 0);
	assert_int_equal(head.status, 200);
	assert_slice(head.reason, NULL);
}

static void test_targets(void **state)
{
	static const struct {
		const char *target, *host, *path, *query; /* path NULL: refused */
	} cases[] = {
		{"/", "h", "/", NULL},
		{"/?", "h", "/", ""},
		{"/a?b?c", "h", "/a", "b?c"},
		{"//a/../%20", "h", "//a/../%20", NULL},
		{"/{a}|b^", "h", "/{a}|b^", NULL},
		{"http://h/cam", "h", "/cam", NULL},
		{"HTTP://h:80/cam?x=y", "H:80", "/cam", "x=y"},
		{"http://h", "h", "/", NULL},
		{"http://h?x", "h", "/", "x"},
		{"http://[::1]:7070/cam", "[::1]:7070", "/cam", NULL},
		{"http://h/cam", "other", NULL, NULL},
		{"http://h/cam", "", NULL, NULL},
		{"http:///cam", "", NULL, NULL},
		{"http://u@h/cam", "h", NULL, NULL},
		{"http:/cam", "h", NULL, NULL},
		{"https://h/cam", "h", NULL, NULL},
		{"*", "h", NULL, NULL},
		{"h:80", "h", NULL, NULL},
		{"cam", "h", NULL, NULL},
		{"?x", "h", NULL, NULL},
		{"/a#b", "h", NULL, NULL},
		{"/?a#b", "h", NULL, NULL},
		{"/\x7f", "h", NULL, NULL},
		{"/\t", "h", NULL, NULL},
		{"/caf\xc3\xa9", "h", NULL, NULL},
		{"/\x01", "h", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_head head;
		char text[256];
		int r;

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].target,
			 cases[i].host);
		r = request(text, &head);
		if (!cases[i].path) {
			if (r != -EBADMSG)
				fail_msg("%s: %d", cases[i].target, r);
			continue;
		}
		if (r <= 0)
			fail_msg("%s: %d", cases[i].target, r);
		assert_slice(head.path, cases[i].path);
		assert_slice(head.query, cases[i].query);
	}
}

static void test_malformed_request_lines_are_refused(void **state)
{
	static const struct {
		const char *line;
		int r;
	} cases[] = {
		{"GET / HTTP/1.1", 1},
		{"M-SEARCH!# / HTTP/1.0", 1},
		{"GET / HTTP/1.2", -EPROTONOSUPPORT},
		{"GET / HTTP/2.0", -EPROTONOSUPPORT},
		{"PRI * HTTP/2.0", -EPROTONOSUPPORT},
		{"GET / HTTP/0.9", -EPROTONOSUPPORT},
		{"GET /", -EBADMSG},
		{"GET", -EBADMSG},
		{"GET / ", -EBADMSG},
		{"GET / http/1.1", -EBADMSG},
		{"GET / HTTP/1.10", -EBADMSG},
		{"GET / HTTP/1,1", -EBADMSG},
		{"GET / HTTP/1.", -EBADMSG},
		{"GET / HTTP/1.1 ", -EBADMSG},
		{"GET  / HTTP/1.1", -EBADMSG},
		{"GET /  HTTP/1.1", -EBADMSG},
		{"GET\t/ HTTP/1.1", -EBADMSG},
		{" GET / HTTP/1.1", -EBADMSG},
		{" / HTTP/1.1", -EBADMSG},
		{"G(T / HTTP/1.1", -EBADMSG},
		{"G\xc3T / HTTP/1.1", -EBADMSG},
		{"GET /a b HTTP/1.1", -EBADMSG},
		{"GET / HTTP/1.1\r", -EBADMSG},
		{"\x16\x03\x01\x02", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_head head;
		char text[256];
		int r;

		snprintf(text, sizeof(text), "%s\r\nHost: h\r\n\r\n", cases[i].line);
		r = request(text, &head);
		if ((r > 0) != (cases[i].r > 0) || (r <= 0 && r != cases[i].r))
			fail_msg("%s: %d", cases[i].line, r);
	}
}

static void test_malformed_status_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"HTTP/1.1",
		"HTTP/1.1 ",
		"HTTP/1.1 99 No",
		"HTTP/1.1 099 No",
		"HTTP/1.1 600 No",
		"HTTP/1.1 2000 No",
		"HTTP/1.1 20x No",
		"HTTP/1.1  200 OK",
		"HTTP/1.1 200 O\x01K",
		"HTTP/1.1\t200 OK",
		"ICY 200 OK",
		"http/1.1 200 OK",
	};
	struct http_head head;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "%s\r\n\r\n", lines[i]);
		if (response(text, &head) != -EBADMSG)
			fail_msg("%s", lines[i]);
	}
	assert_int_equal(response("HTTP/2.0 200 OK\r\n\r\n", &head), -EPROTONOSUPPORT);
}

static void test_malformed_fields_are_refused(void **state)
{
	static const char *const heads[] = {
		GET "X\r\n\r\n",
		GET ": x\r\n\r\n",
		GET "X : x\r\n\r\n",
		GET "X\t: x\r\n\r\n",
		GET " X: x\r\n\r\n",
		GET "X(: x\r\n\r\n",
		GET "X\xe9: x\r\n\r\n",
		GET "X: a\rb\r\n\r\n",
		GET "X: a\r\r\n\r\n",
		GET "X: \x01\r\n\r\n",
		GET "X: \x7f\r\n\r\n",
		GET "X: a\n\r\n",
		GET "X: a\r\n\n",
		"GET / HTTP/1.1\nHost: h\n\n",
		"GET / HTTP/1.1\r\n Host: h\r\n\r\n",
	};
	static const char nul[] = GET "X: a\0b\r\n\r\n";
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (request(heads[i], &head) != -EBADMSG)
			fail_msg("%s", heads[i]);
	}
	assert_int_equal(http_parse_request(nul, sizeof(nul) - 1, &head), -EBADMSG);
}

static void test_folded_header_is_refused(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(request(GET "X: a\r\n b\r\n\r\n", &head), -EBADMSG);
	assert_int_equal(request(GET "X: a\r\n\tb: c\r\n\r\n", &head), -EBADMSG);
	assert_int_equal(response(OK "X: a\r\n b\r\n\r\n", &head), -EBADMSG);
}

static void test_host_is_there_once(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(request("GET / HTTP/1.1\r\n\r\n", &head), -EBADMSG);
	assert_true(request("GET / HTTP/1.0\r\n\r\n", &head) > 0);
	assert_int_equal(request(GET "host: h\r\n\r\n", &head), -EBADMSG);
	assert_int_equal(request("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", &head), -EBADMSG);
	assert_true(request("GET / HTTP/1.1\r\nHost:\r\n\r\n", &head) > 0);
	assert_int_equal(request("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", &head), -EBADMSG);
	assert_int_equal(request("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", &head), -EBADMSG);
	assert_int_equal(request("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", &head), -EBADMSG);
	assert_int_equal(request("GET / HTTP/1.1\r\nHost: caf\xe9\r\n\r\n", &head), -EBADMSG);
}

static void test_the_length_of_a_body_has_one_reading(void **state)
{
	static const struct {
		const char *head;
		int64_t length; /* -2: refused */
		bool chunked;
	} cases[] = {
		{PUT "\r\n", -1, false},
		{PUT "Content-Length: 0\r\n\r\n", 0, false},
		{PUT "content-length:42\r\n\r\n", 42, false},
		{PUT "Content-Length: 9223372036854775807\r\n\r\n", INT64_MAX, false},
		{PUT "Transfer-Encoding: chunked\r\n\r\n", -1, true},
		{PUT "Transfer-Encoding: Chunked\r\n\r\n", -1, true},
		{PUT "Content-Length: 9223372036854775808\r\n\r\n", -2, false},
		{PUT "Content-Length:\r\n\r\n", -2, false},
		{PUT "Content-Length: -1\r\n\r\n", -2, false},
		{PUT "Content-Length: +1\r\n\r\n", -2, false},
		{PUT "Content-Length: 0x1\r\n\r\n", -2, false},
		{PUT "Content-Length: 1 1\r\n\r\n", -2, false},
		{PUT "Content-Length: 1, 1\r\n\r\n", -2, false},
		{PUT "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", -2, false},
		{PUT "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", -2, false},
		{PUT "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", -2, false},
		{PUT "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", -2, false},
		{PUT "Transfer-Encoding: chunked, chunked\r\n\r\n", -2, false},
		{PUT "Transfer-Encoding: gzip, chunked\r\n\r\n", -2, false},
		{PUT "Transfer-Encoding: identity\r\n\r\n", -2, false},
		{PUT "Transfer-Encoding: \x0b"
		     "chunked\r\n\r\n",
		 -2, false},
		{PUT "Transfer-Encoding:\r\n\r\n", -2, false},
		{"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", -2, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_head head;
		int r = request(cases[i].head, &head);

		if (r != (cases[i].length < -1 ? -EBADMSG : (int)strlen(cases[i].head)))
			fail_msg("%s: %d", cases[i].head, r);
		if (r > 0) {
			assert_true(head.content_length == cases[i].length);
			assert_true(head.chunked == cases[i].chunked);
		}
	}
}

static void test_a_head_may_come_in_pieces(void **state)
{
	static const char text[] = "\r\n" PUT "X: y\r\n\r\n";
	struct http_head head;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(http_parse_request(text, len, &head), 0);
	assert_int_equal(request(text, &head), sizeof(text) - 1);
	assert_int_equal(http_parse_request(NULL, 0, &head), 0);
	assert_int_equal(http_parse_response(NULL, 0, &head), 0);
}

static void test_one_empty_line_before_a_request_is_ignored(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(request("\r\n" GET "\r\n", &head), strlen("\r\n" GET "\r\n"));
	assert_int_equal(request("\r\n\r\n" GET "\r\n", &head), -EBADMSG);
	assert_int_equal(request("\n" GET "\r\n", &head), -EBADMSG);
	assert_int_equal(response("\r\n" OK "\r\n", &head), -EBADMSG);
}

static void test_a_malformed_line_is_reported_before_the_head_ends(void **state)
{
	struct http_head head;

	(void)state;
	assert_int_equal(request("GET /\r\n", &head), -EBADMSG);
	assert_int_equal(request("GET / HTTP/1.1\n", &head), -EBADMSG);
	assert_int_equal(request("GET / HTTP/3.0\r\n", &head), -EPROTONOSUPPORT);
	assert_int_equal(request(GET "X : y\r\n", &head), -EBADMSG);
	assert_int_equal(request(GET "Content-Length: x\r\n", &head), -EBADMSG);
	assert_int_equal(request(GET "X : y", &head), 0);
}

static void test_too_many_fields_are_refused(void **state)
{
	char text[1024] = "GET / HTTP/1.1\r\nHost: h\r\n";
	size_t len = strlen(text);
	struct http_head head;

	(void)state;
	for (int i = 1; i < HTTP_MAX_FIELDS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "X: %d\r\n", i);
	strcpy(text + len, "\r\n");
	assert_int_equal(request(text, &head), len + 2);
	assert_int_equal(head.n_fields, HTTP_MAX_FIELDS);
	strcpy(text + len, "X: y\r\n");
	assert_int_equal(request(text, &head), -E2BIG);
}

static void test_tokens_are_found_in_lists(void **state)
{
	struct http_head head;

	(void)state;
	assert_true(request(GET "Connection: keep-alive , upgrade\r\nConnection: X,,\r\n"
				"Upgrade: spillway/1\r\nX-Empty:\r\n\r\n",
			    &head) > 0);
	assert_true(http_field_has(&head, "connection", "Upgrade"));
	assert_true(http_field_has(&head, "Connection", "keep-alive"));
	assert_true(http_field_has(&head, "Connection", "x"));
	assert_false(http_field_has(&head, "Connection", "keep"));
	assert_false(http_field_has(&head, "Connection", "close"));
	assert_true(http_field_has(&head, "Upgrade", "spillway/1"));
	assert_false(http_field_has(&head, "Upgrade", "spillway"));
	assert_false(http_field_has(&head, "X-Empty", "x"));
	assert_false(http_field_has(&head, "X-None", "x"));
}

/* ---- queries, credentials, reasons ---- */

static void test_query_values_are_decoded(void **state)
{
	static const struct {
		const char *query, *name, *value;
		int r; /* when value is NULL */
	} cases[] = {
		{"key=abc", "key", "abc", 0},
		{"a=1&key=abc&b=2", "key", "abc", 0},
		{"key=1&key=2", "key", "1", 0},
		{"key=a%20b+c%2B", "key", "a b c+", 0},
		{"key=%c3%A9", "key", "\xc3\xa9", 0},
		{"key=a=b", "key", "a=b", 0},
		{"key=", "key", "", 0},
		{"key", "key", "", 0},
		{"&&early&", "early", "", 0},
		{"key=1234567", "key", "1234567", 0},
		{"", "key", NULL, -ENOENT},
		{"keys=1&ke=2&KEY=3&xkey=4", "key", NULL, -ENOENT},
		{"key=12345678", "key", NULL, -ENAMETOOLONG},
		{"key=%", "key", NULL, -EBADMSG},
		{"key=%2", "key", NULL, -EBADMSG},
		{"key=%2&x=0", "key", NULL, -EBADMSG},
		{"key=%2x", "key", NULL, -EBADMSG},
		{"key=%+2", "key", NULL, -EBADMSG},
		{"key=a%00b", "key", NULL, -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char to[8];
		int r = http_query(slice_from(cases[i].query), cases[i].name, to, sizeof(to));

		if (r != (cases[i].value ? (int)strlen(cases[i].value) : cases[i].r))
			fail_msg("%s: %d", cases[i].query, r);
		if (cases[i].value)
			assert_string_equal(to, cases[i].value);
	}
}

static void test_no_query_has_no_values(void **state)
{
	char to[8];

	(void)state;
	assert_int_equal(http_query((struct slice){0}, "key", to, sizeof(to)), -ENOENT);
	assert_int_equal(http_query(slice_from("key"), "key", to, 0), -ENAMETOOLONG);
}

static void test_credentials(void **state)
{
	static const struct {
		const char *value, *secret;
		int r; /* when secret is NULL */
	} cases[] = {
		{"Bearer abc-._~+/=", "abc-._~+/=", 0},
		{" bearer   abc ", "abc", 0},
		{"Basic dXNlcjpzZWNyZXQ=", "secret", 0},
		{"BASIC dXNlcjpzZWNyZXQ=", "secret", 0},
		{"Basic dTprZXk=", "key", 0},
		{"Basic OmE6Yg==", "a:b", 0},	    /* ":a:b" */
		{"Basic dXNlcjo=", "", 0},	    /* "user:" */
		{"Basic dXNlcg==", NULL, -EBADMSG}, /* "user" */
		{"Basic dTpr\tZXk=", NULL, -EBADMSG},
		{"Basic dTprZXk", NULL, -EBADMSG},
		{"Basic dTprZXk==", NULL, -EBADMSG},
		{"Basic dTprZXl=", NULL, -EBADMSG}, /* bits behind the end */
		{"Basic dToAeA==", NULL, -EBADMSG}, /* "u:\0x" */
		{"Basic dTp_eA==", NULL, -EBADMSG},
		{"Basic =", NULL, -EBADMSG},
		{"Basic", NULL, -EBADMSG},
		{"Basic ", NULL, -EBADMSG},
		{"Bearer", NULL, -EBADMSG},
		{"Bearer a b", NULL, -EBADMSG},
		{"Bearer a\"b", NULL, -EBADMSG},
		{"Bearer caf\xe9", NULL, -EBADMSG},
		{"", NULL, -EBADMSG},
		{"Digest username=\"u\"", NULL, -EPROTONOSUPPORT},
		{"Bearerabc", NULL, -EPROTONOSUPPORT},
		{"Bearer 12345678901", "12345678901", 0},
		{"Bearer 123456789012", NULL, -ENAMETOOLONG},
		{"Basic dToxMjM0NTY3ODkwMTI=", NULL, -ENAMETOOLONG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char to[12];
		int r = http_credentials(slice_from(cases[i].value), to, sizeof(to));

		if (r != (cases[i].secret ? (int)strlen(cases[i].secret) : cases[i].r))
			fail_msg("%s: %d", cases[i].value, r);
		if (cases[i].secret)
			assert_string_equal(to, cases[i].secret);
	}
}

static void test_long_credentials_are_refused(void **state)
{
	char value[2048] = "Basic ", to[8];

	(void)state;
	memset(value + 6, 'A', sizeof(value) - 7);
	assert_int_equal(http_credentials(slice_from(value), to, sizeof(to)), -ENAMETOOLONG);
	assert_int_equal(http_credentials((struct slice){0}, to, sizeof(to)), -EBADMSG);
}

static void test_reasons(void **state)
{
	(void)state;
	assert_string_equal(http_reason(101), "Switching Protocols");
	assert_string_equal(http_reason(404), "Not Found");
	assert_string_equal(http_reason(413), "Content Too Large");
	assert_string_equal(http_reason(299), "Unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_is_taken_apart),
		cmocka_unit_test(test_a_response_is_taken_apart),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_malformed_request_lines_are_refused),
		cmocka_unit_test(test_malformed_status_lines_are_refused),
		cmocka_unit_test(test_malformed_fields_are_refused),
		cmocka_unit_test(test_folded_header_is_refused),
		cmocka_unit_test(test_host_is_there_once),
		cmocka_unit_test(test_the_length_of_a_body_has_one_reading),
		cmocka_unit_test(test_a_head_may_come_in_pieces),
		cmocka_unit_test(test_one_empty_line_before_a_request_is_ignored),
		cmocka_unit_test(test_a_malformed_line_is_reported_before_the_head_ends),
		cmocka_unit_test(test_too_many_fields_are_refused),
		cmocka_unit_test(test_tokens_are_found_in_lists),
		cmocka_unit_test(test_query_values_are_decoded),
		cmocka_unit_test(test_no_query_has_no_values),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_long_credentials_are_refused),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
