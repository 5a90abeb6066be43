/* SPDX-License-Identifier: MIT */
#include "bench/rtmp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { HANDSHAKE = 1 + 2 * 1536, MAX_STREAM = HANDSHAKE + 2048, MAX_FRAME = 1024 };

struct stream {
	uint8_t bytes[MAX_STREAM];
	size_t len;
};

static void append(struct stream *stream, const void *bytes, size_t len)
{
	assert_true(stream->len + len <= MAX_STREAM);
	memcpy(stream->bytes + stream->len, bytes, len);
	stream->len += len;
}

#define APPEND(stream, text) append(stream, text, sizeof(text) - 1)

static void begin(struct stream *stream)
{
	memset(stream, 0, sizeof(*stream));
	stream->bytes[0] = 3;
	stream->len = HANDSHAKE;
}

/* All that is found, in a row; or -EBADMSG. */
static int read_all(const struct stream *stream, size_t piece, char ret_frames[MAX_FRAME])
{
	struct rtmp rtmp;
	size_t n = 0;

	rtmp_init(&rtmp);
	for (size_t at = 0; at < stream->len; at += piece) {
		struct slice input = {(const char *)stream->bytes + at,
				      stream->len - at < piece ? stream->len - at : piece};
		struct slice data;

		do {
			if (rtmp_next(&rtmp, &input, &data) < 0)
				return -EBADMSG;
			if (data.len > 0)
				memcpy(ret_frames + n, data.data, data.len);
			n += data.len;
		} while (data.len > 0);
		assert_int_equal(input.len, 0);
	}
	ret_frames[n] = '\0';
	return (int)n;
}

static void test_frames_are_found_in_chunks(void **state)
{
	struct stream stream;
	char frames[MAX_FRAME];

	(void)state;
	begin(&stream);
	/* chunks of 4 bytes from now on */
	APPEND(&stream, "\x02\0\0\0\0\0\4\1\0\0\0\0\0\0\0\4");
	/* a command, which is of no interest, its second chunk behind the begin of a video
	 * message */
	APPEND(&stream, "\x03\0\0\0\0\0\6\x14\0\0\0\0comm");
	APPEND(&stream, "\x06\0\0\1\0\0\7\x09\1\0\0\0\x12one");
	APPEND(&stream, "\xc3"
			"an");
	APPEND(&stream, "\xc6"
			"two");
	/* with the head of the one before, but for time and length; then but for time; then all */
	APPEND(&stream, "\x46\0\0\2\0\0\4\x09\x12six");
	APPEND(&stream, "\x86\0\0\2\x12ten");
	APPEND(&stream, "\xc6\x12now");
	/* an extended time, which each chunk repeats */
	APPEND(&stream, "\x06\xff\xff\xff\0\0\6\x09\1\0\0\0\1\0\0\0\x12las");
	APPEND(&stream, "\xc6\1\0\0\0t.");
	for (size_t piece = 1; piece < 200; piece++) {
		assert_int_equal(read_all(&stream, piece, frames), 20);
		assert_string_equal(frames, "onetwosixtennowlast.");
	}
}

static void test_chunks_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{"\0\x40\0\0\0\0\0\4\1\0\0\0\0", 13},		    /* of a stream far up */
		{"\x3f\0\0\0\0\0\4\1\0\0\0\0", 12},		    /* the same */
		{"\x02\0\0\0\0\0\4\1\0\0\0\0\0\0\0\0", 16},	    /* chunks of 0 bytes */
		{"\x02\0\0\0\0\0\4\1\0\0\0\0\xff\xff\xff\xff", 16}, /* or of 4 GB */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct stream stream;
		char frames[MAX_FRAME];

		begin(&stream);
		append(&stream, cases[i].bytes, cases[i].len);
		assert_int_equal(read_all(&stream, 5, frames), -EBADMSG);
	}
}

/* What we say is RTMP, too: it comes out again. */
static void test_own_frame_is_found_again(void **state)
{
	struct stream stream = {0};
	uint8_t head[RTMP_VIDEO_HEAD_SIZE];
	char frames[MAX_FRAME];

	(void)state;
	assert_true(sizeof(stream.bytes) >= RTMP_GREETING_SIZE);
	stream.len = rtmp_greeting(stream.bytes, "bench0", true);
	rtmp_video_head(head, 0xfffffff, 600);
	append(&stream, head, sizeof(head));
	stream.len += 600; /* zeros */
	assert_int_equal(read_all(&stream, 100, frames), 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_are_found_in_chunks),
		cmocka_unit_test(test_chunks_that_make_no_sense_are_refused),
		cmocka_unit_test(test_own_frame_is_found_again),
	};

	return cmocka_run_group_tests_name("bench_rtmp", tests, NULL, NULL);
}
