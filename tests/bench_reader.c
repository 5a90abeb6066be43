/* SPDX-License-Identifier: MIT */
#include "bench/reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/opener.h"

enum { MAX_STREAM = 2048, MAX_STORY = 1024 };

static const struct reader_transport *const native = &reader_transports[0];
static const struct reader_transport *const multipart = &reader_transports[1];

struct stream {
	char bytes[MAX_STREAM];
	size_t len;
};

static void append(struct stream *stream, const void *bytes, size_t len)
{
	assert_true(stream->len + len <= MAX_STREAM);
	memcpy(stream->bytes + stream->len, bytes, len);
	stream->len += len;
}

static void append_record(struct stream *stream, uint8_t type, uint16_t track, int64_t capture_us,
			  const char *payload)
{
	struct wire_header header = {
		.length = (uint32_t)strlen(payload),
		.type = type,
		.track = track,
		.capture_us = capture_us,
	};
	uint8_t bytes[WIRE_HEADER_SIZE];

	wire_encode(&header, bytes);
	append(stream, bytes, sizeof(bytes));
	append(stream, payload, strlen(payload));
}

static int start(struct reader *reader, const struct reader_transport *transport, const char *head)
{
	struct http_head response;

	assert_int_equal(http_parse_response(head, strlen(head), &response), (int)strlen(head));
	return reader_init(reader, transport, &response);
}

/* What happens, as text: "[CAPTURE payload]" for each frame, "." at the end, "!" for nonsense. */
static void read_all(struct reader *reader, const struct stream *stream, size_t piece, char *story)
{
	size_t n = 0;

	for (size_t at = 0; at < stream->len; at += piece) {
		struct slice input = {stream->bytes + at,
				      stream->len - at < piece ? stream->len - at : piece};
		enum reader_event event;
		struct slice data;

		while ((event = reader_next(reader, &input, &data)) != READER_MORE) {
			assert_true(n + data.len + 32 < MAX_STORY);
			if (event == READER_BEGIN)
				n += (size_t)sprintf(story + n, "[%lld ",
						     (long long)reader->capture_us);
			else if (event == READER_DATA)
				n += (size_t)sprintf(story + n, "%.*s", (int)data.len, data.data);
			else if (event == READER_FRAME)
				n += (size_t)sprintf(story + n, "]");
			else
				n += (size_t)sprintf(story + n, event == READER_END ? "." : "!");
			if (event >= READER_END)
				return;
		}
		assert_int_equal(input.len, 0);
	}
}

static void assert_story(const struct reader_transport *transport, const char *head,
			 const struct stream *stream, const char *expected)
{
	for (size_t piece = 1; piece <= stream->len; piece++) {
		struct reader reader;
		char story[MAX_STORY] = "";

		assert_int_equal(start(&reader, transport, head), 0);
		read_all(&reader, stream, piece, story);
		assert_string_equal(story, expected);
	}
}

#define SWITCHING                                                                                  \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: spillway/1\r\n\r\n"
#define MIXED "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b0und\r\n\r\n"

static void test_native_frames_are_found_however_they_are_cut(void **state)
{
	struct stream stream = {0};

	(void)state;
	append_record(&stream, WIRE_FRAME, 0, 111, "first");
	append_record(&stream, WIRE_FRAME, 0, 222, "");
	append_record(&stream, WIRE_FRAME, 0, 333, "third");
	assert_story(native, SWITCHING, &stream, "[111 first][222 ][333 third]");
}

static void test_native_records_that_are_no_frames_are_skipped(void **state)
{
	struct stream stream = {0};

	(void)state;
	append_record(&stream, WIRE_PING, 0, 0, "");
	append_record(&stream, 0x70, 0, 0, "from the future");
	append_record(&stream, WIRE_FRAME, 3, 5, "sound");
	append_record(&stream, WIRE_FRAME, 0, 6, "picture");
	assert_story(native, SWITCHING, &stream, "[6 picture]");
}

static void test_native_end_is_told_after_its_reason(void **state)
{
	struct stream stream = {0};

	(void)state;
	append_record(&stream, WIRE_FRAME, 0, 1, "a");
	append_record(&stream, WIRE_END, 0, 0, "that was it");
	assert_story(native, SWITCHING, &stream, "[1 a].");
}

static void test_native_nonsense_is_malformed(void **state)
{
	struct stream stream = {0};

	(void)state;
	append_record(&stream, WIRE_FRAME, 0, 1, "a");
	append_record(&stream, 0, 0, 0, "");
	assert_story(native, SWITCHING, &stream, "[1 a]!");
}

static void test_multipart_frames_are_found_however_they_are_cut(void **state)
{
	static const char text[] = "--b0und\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n"
				   "X-Timestamp: 1.000002\r\n\r\none\r\n"
				   "--b0und\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n"
				   "X-Timestamp: 1.500000\r\n\r\ntwo\r\n"
				   "--b0und--\r\n";
	struct stream stream = {0};

	(void)state;
	append(&stream, text, sizeof(text) - 1);
	assert_story(multipart, MIXED, &stream, "[1000002 one][1500000 two].");
}

static void test_native_payload_may_be_skipped(void **state)
{
	struct stream stream = {0};
	struct reader reader;
	struct slice data, input;

	(void)state;
	append_record(&stream, WIRE_FRAME, 0, 1, "skipped");
	append_record(&stream, WIRE_FRAME, 0, 2, "b");
	assert_int_equal(start(&reader, native, SWITCHING), 0);
	assert_int_equal(reader_blind(&reader), 0);
	input = (struct slice){stream.bytes, WIRE_HEADER_SIZE};
	assert_int_equal(reader_next(&reader, &input, &data), READER_BEGIN);
	assert_int_equal(reader_blind(&reader), 7);
	reader_skip(&reader, 7);
	assert_int_equal(reader_blind(&reader), 0);
	input = (struct slice){stream.bytes + WIRE_HEADER_SIZE + 7, WIRE_HEADER_SIZE + 1};
	assert_int_equal(reader_next(&reader, &input, &data), READER_FRAME);
	assert_int_equal(reader_next(&reader, &input, &data), READER_BEGIN);
	assert_int_equal(reader.capture_us, 2);
}

static void test_multipart_looks_at_every_byte(void **state)
{
	struct reader reader;

	(void)state;
	assert_int_equal(start(&reader, multipart, MIXED), 0);
	assert_int_equal(reader_blind(&reader), 0);
}

static void test_request_names_the_stream(void **state)
{
	char request[READER_REQUEST_SIZE];

	(void)state;
	for (size_t i = 0; reader_transport_names[i] != NULL; i++) {
		size_t len = reader_transports[i].request(request, "bench17");

		if (reader_transports[i].status == OPENER_ANYTHING)
			continue; /* it isn't HTTP */
		assert_int_equal(len, strlen(request));
		assert_memory_equal(request, "GET /bench17", 12);
		assert_string_equal(request + len - 4, "\r\n\r\n");
	}
}

static void test_response_of_another_kind_is_refused(void **state)
{
	struct reader reader;

	(void)state;
	assert_int_equal(start(&reader, native,
			       "HTTP/1.1 101 Switching Protocols\r\n"
			       "Upgrade: websocket\r\n\r\n"),
			 -EBADMSG);
	assert_int_equal(
		start(&reader, multipart, "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n"),
		-EBADMSG);
}

static void test_names_and_transports_are_in_the_same_order(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; reader_transport_names[i] != NULL; i++)
		assert_string_equal(reader_transports[i].name, reader_transport_names[i]);
	assert_int_equal(i, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_native_frames_are_found_however_they_are_cut),
		cmocka_unit_test(test_native_records_that_are_no_frames_are_skipped),
		cmocka_unit_test(test_native_end_is_told_after_its_reason),
		cmocka_unit_test(test_native_nonsense_is_malformed),
		cmocka_unit_test(test_multipart_frames_are_found_however_they_are_cut),
		cmocka_unit_test(test_native_payload_may_be_skipped),
		cmocka_unit_test(test_multipart_looks_at_every_byte),
		cmocka_unit_test(test_request_names_the_stream),
		cmocka_unit_test(test_response_of_another_kind_is_refused),
		cmocka_unit_test(test_names_and_transports_are_in_the_same_order),
	};

	return cmocka_run_group_tests_name("bench_reader", tests, NULL, NULL);
}
