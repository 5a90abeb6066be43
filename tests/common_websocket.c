/* SPDX-License-Identifier: MIT */
#include "common/websocket.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- the handshake ---- */

#define ASKS                                                                                       \
	"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static void parse(const char *text, struct http_head *ret_head)
{
	assert_int_equal(http_parse_request(text, strlen(text), ret_head), strlen(text));
}

static void test_handshake(void **state)
{
	static const struct {
		const char *request;
		int result;
	} cases[] = {
		{ASKS KEY VERSION "\r\n", 0},
		{"GET / HTTP/1.1\r\nHost: a\r\n" KEY VERSION "\r\n", -ENOENT},
		{"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" KEY VERSION "\r\n", -ENOENT},
		{"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION
		 "\r\n",
		 -ENOENT},
		{"POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY
			 VERSION "\r\n",
		 -ENOENT},
		{"GET / HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY
			 VERSION "\r\n",
		 -ENOENT},
		{ASKS KEY "\r\n", -EPROTONOSUPPORT},
		{ASKS KEY "Sec-WebSocket-Version: 8\r\n\r\n", -EPROTONOSUPPORT},
		{ASKS VERSION "\r\n", -EBADMSG},
		{ASKS VERSION "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n", -EBADMSG},
		{ASKS VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n\r\n", -EBADMSG},
	};
	char accept[WEBSOCKET_ACCEPT_SIZE];
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(cases[i].request, &head);
		if (websocket_accept(&head, accept) != cases[i].result)
			fail_msg("case %zu", i);
	}
	/* The example of section 1.3. */
	parse(cases[0].request, &head);
	websocket_accept(&head, accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void test_first_offer_that_is_known_is_taken(void **state)
{
	static const char *const names[] = {"one", "two", NULL};
	static const struct {
		const char *fields, *name;
	} cases[] = {
		{"", NULL},
		{"Sec-WebSocket-Protocol: three\r\n", NULL},
		{"Sec-WebSocket-Protocol: one\r\n", "one"},
		{"Sec-WebSocket-Protocol: two , one\r\n", "two"},
		{"Sec-WebSocket-Protocol: three,\tone\r\n", "one"},
		{"Sec-WebSocket-Protocol: three\r\nSec-WebSocket-Protocol: two\r\n", "two"},
		{"Sec-WebSocket-Protocol: ONE, onetwo\r\n", NULL},
	};
	struct http_head head;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), ASKS "%s\r\n", cases[i].fields);
		parse(text, &head);
		const char *name = websocket_protocol(&head, names);
		if (name != cases[i].name &&
		    (name == NULL || cases[i].name == NULL || strcmp(name, cases[i].name) != 0))
			fail_msg("case %zu", i);
	}
}

/* ---- frames ---- */

struct text {
	char data[512];
	size_t len;
};

/* Reads a client's bytes in pieces of `cut`, and writes down what was understood: "T(Hello)". */
static int read_all(const char *bytes, size_t len, size_t cut, struct text *ret)
{
	static const char names[] = {[WEBSOCKET_TEXT] = 'T',
				     [WEBSOCKET_BINARY] = 'B',
				     [WEBSOCKET_CLOSE] = 'C',
				     [WEBSOCKET_PING] = 'P',
				     [WEBSOCKET_PONG] = 'p'};
	struct websocket_reader reader = {0};
	struct websocket_part part;
	bool under_way = false;
	char piece[512];

	*ret = (struct text){0};
	for (size_t at = 0; at < len; at += cut) {
		size_t n = len - at < cut ? len - at : cut, used = 0, done = 0;

		memcpy(piece, bytes + at, n);
		for (int result = 1; result != 0; done += used) {
			result = websocket_read(&reader, piece + done, n - done, &used, &part);
			if (result < 0)
				return result;
			if (result == 0)
				continue;
			bool control = part.kind >= WEBSOCKET_CLOSE;
			ret->len += (size_t)snprintf(ret->data + ret->len, 8, "%.1s%s",
						     control || !under_way ? &names[part.kind] : "",
						     control || !under_way ? "(" : "");
			memcpy(ret->data + ret->len, part.data.data, part.data.len);
			ret->len += part.data.len;
			if (part.end)
				ret->data[ret->len++] = ')';
			under_way = control ? under_way : !part.end;
		}
		assert_int_equal(done, n);
	}
	return 0;
}

#define MASK "\x37\xfa\x21\x3d"
#define HELLO MASK "\x7f\x9f\x4d\x51\x58"
#define BYTES(text) text, sizeof(text) - 1

static void test_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *understood; /* NULL: malformed */
	} cases[] = {
		/* Section 5.7's examples. */
		{BYTES("\x81\x85" HELLO), "T(Hello)"},
		{BYTES("\x82\x85" HELLO), "B(Hello)"},
		{BYTES("\x8a\x85" HELLO), "p(Hello)"},
		{BYTES("\x81\x80" MASK), "T()"},
		{BYTES("\x89\x80" MASK), "P()"},
		{BYTES("\x88\x80" MASK), "C()"},
		{BYTES("\x81\x85" HELLO "\x81\x85" HELLO), "T(Hello)T(Hello)"},
		{BYTES("\x01\x85" HELLO "\x80\x85" HELLO), "T(HelloHello)"},
		{BYTES("\x02\x80" MASK "\x00\x85" HELLO "\x80\x80" MASK), "B(Hello)"},
		{BYTES("\x01\x80" MASK "\x80\x80" MASK), "T()"},
		{BYTES("\x81\x85" HELLO "\x88\x80" MASK), "T(Hello)C()"},
		{BYTES("\x81"), ""},
		{BYTES("\x81\x85\x37"), ""},
		/* a server's */
		{BYTES("\x81\x05Hello"), NULL},
		/* reserved bits, reserved kinds */
		{BYTES("\xc1\x85" HELLO), NULL},
		{BYTES("\x91\x85" HELLO), NULL},
		{BYTES("\x83\x85" HELLO), NULL},
		{BYTES("\x8b\x85" HELLO), NULL},
		{BYTES("\x8f\x85" HELLO), NULL},
		/* control frames in pieces, or too long */
		{BYTES("\x09\x85" HELLO), NULL},
		{BYTES("\x89\xfe\x00\x7e" MASK), NULL},
		/* a message in a message, the rest of none */
		{BYTES("\x01\x85" HELLO "\x81\x85" HELLO), NULL},
		{BYTES("\x80\x85" HELLO), NULL},
		{BYTES("\x81\x85" HELLO "\x80\x85" HELLO), NULL},
		/* lengths */
		{BYTES("\x81\xfe\x00\x05" HELLO), NULL},
		{BYTES("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05" HELLO), NULL},
		{BYTES("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff" HELLO), NULL},
		{BYTES("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00" HELLO), NULL},
		{BYTES("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" HELLO), "T(Hello"},
		{BYTES("\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00" HELLO), "T(Hello"},
	};
	struct text text;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t cut = 1; cut <= cases[i].len; cut++) {
			int result = read_all(cases[i].bytes, cases[i].len, cut, &text);

			if (cases[i].understood == NULL
				    ? result != -EBADMSG
				    : result != 0 || strcmp(text.data, cases[i].understood) != 0)
				fail_msg("case %zu in pieces of %zu: %d, %s", i, cut, result,
					 text.data);
		}
	}
}

/* And the message around it goes on. */
static void test_control_frame_between_fragments_is_whole(void **state)
{
	static const char bytes[] = "\x01\x85" HELLO "\x89\x85" HELLO "\x80\x85" HELLO;
	struct text text;

	(void)state;
	for (size_t cut = 1; cut < sizeof(bytes); cut++) {
		assert_int_equal(read_all(bytes, sizeof(bytes) - 1, cut, &text), 0);
		assert_string_equal(text.data, "T(HelloP(Hello)Hello)");
	}
}

static void test_close_payloads(void **state)
{
	static const struct {
		const char *payload;
		size_t len;
		bool valid;
	} cases[] = {
		{BYTES(""), true},
		{BYTES("\x03"), false},
		{BYTES("\x03\xe8"), true},
		{BYTES("\x03\xe8"
		       "bye \xe2\x82\xac"),
		 true},
		{BYTES("\x03\xe8\xe2\x82"), false},
		{BYTES("\x03\xe7"), false},
		{BYTES("\x03\xec"), false},
		{BYTES("\x03\xed"), false},
		{BYTES("\x03\xee"), false},
		{BYTES("\x03\xef"), true},
		{BYTES("\x03\xf7"), false},
		{BYTES("\x07\xd0"), false},
		{BYTES("\x0b\xb8"), true},
		{BYTES("\x13\x87"), true},
		{BYTES("\x13\x88"), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (websocket_close_valid((struct slice){cases[i].payload, cases[i].len}) !=
		    cases[i].valid)
			fail_msg("case %zu", i);
	}
}

static void test_heads_of_a_server(void **state)
{
	static const struct {
		enum websocket_kind kind;
		uint64_t len;
		const char *head;
		size_t head_len;
	} cases[] = {
		{WEBSOCKET_TEXT, 0, BYTES("\x81\x00")},
		{WEBSOCKET_TEXT, 5, BYTES("\x81\x05")},
		{WEBSOCKET_BINARY, 125, BYTES("\x82\x7d")},
		{WEBSOCKET_BINARY, 126, BYTES("\x82\x7e\x00\x7e")},
		{WEBSOCKET_BINARY, 256, BYTES("\x82\x7e\x01\x00")},
		{WEBSOCKET_BINARY, 65535, BYTES("\x82\x7e\xff\xff")},
		{WEBSOCKET_BINARY, 65536, BYTES("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00")},
		{WEBSOCKET_CLOSE, 2, BYTES("\x88\x02")},
	};
	char head[WEBSOCKET_MAX_HEAD];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = websocket_head(head, cases[i].kind, cases[i].len);

		assert_int_equal(len, cases[i].head_len);
		assert_memory_equal(head, cases[i].head, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_first_offer_that_is_known_is_taken),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_control_frame_between_fragments_is_whole),
		cmocka_unit_test(test_close_payloads),
		cmocka_unit_test(test_heads_of_a_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
