/* SPDX-License-Identifier: MIT */
#include "common/multipart.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* What the parser said: "{LENGTH}" for a part that begins, its data, "|" for its end, "." for the
 * closing boundary line, "!" and the error. */
struct transcript {
	char text[8192];
	size_t len;
};

static void write_down(struct transcript *transcript, struct slice text)
{
	assert_true(transcript->len + text.len < sizeof(transcript->text));
	memcpy(transcript->text + transcript->len, text.data, text.len);
	transcript->len += text.len;
	transcript->text[transcript->len] = '\0';
}

static void write_event(struct transcript *transcript, const struct multipart *multipart,
			enum multipart_event event, struct slice data)
{
	char text[128];

	switch (event) {
	case MULTIPART_MORE:
		return;
	case MULTIPART_BEGIN:
		snprintf(text, sizeof(text), "{%" PRId64 "}", multipart->content_length);
		break;
	case MULTIPART_DATA:
		assert_true(data.len > 0);
		write_down(transcript, data);
		return;
	case MULTIPART_PART:
		strcpy(text, "|");
		break;
	case MULTIPART_END:
		strcpy(text, ".");
		break;
	case MULTIPART_MALFORMED:
		snprintf(text, sizeof(text), "!%s", multipart->error);
		break;
	}
	assert_null(data.data);
	write_down(transcript, slice_from(text));
}

/* Feeds body in pieces of `piece` bytes. */
static void transcribe(const char *boundary, struct slice body, size_t piece,
		       struct transcript *ret_transcript)
{
	struct multipart multipart;
	enum multipart_event event = MULTIPART_MORE;

	ret_transcript->len = 0;
	ret_transcript->text[0] = '\0';
	assert_int_equal(multipart_init(&multipart, slice_from(boundary)), 0);
	for (size_t at = 0; at < body.len && event == MULTIPART_MORE; at += piece) {
		size_t len = body.len - at < piece ? body.len - at : piece;
		char *copy = malloc(len); /* so that a sanitizer sees a step beyond it */
		struct slice input = {copy, len}, data;

		assert_non_null(copy);
		memcpy(copy, body.data + at, len);
		while ((event = multipart_next(&multipart, &input, &data)) != MULTIPART_MORE) {
			write_event(ret_transcript, &multipart, event, data);
			if (event == MULTIPART_MALFORMED)
				break;
		}
		assert_true(event == MULTIPART_MALFORMED || input.len == 0);
		free(copy);
	}
}

static void assert_says(const char *boundary, struct slice body, const char *expected)
{
	static struct transcript transcript;

	for (size_t piece = body.len; piece > 0; piece--) {
		transcribe(boundary, body, piece, &transcript);
		if (strcmp(transcript.text, expected) != 0)
			fail_msg("in pieces of %zu:\n%s\nsays\n%s\nnot\n%s", piece, body.data,
				 transcript.text, expected);
	}
}

struct parts_case {
	const char *body, *says;
};

static void assert_cases(const struct parts_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_says("b", slice_from(cases[i].body), cases[i].says);
}

static void test_parts_with_a_length(void **state)
{
	static const struct parts_case cases[] = {
		{"--b\r\nContent-Length: 5\r\n\r\nhello\r\n--b\r\n", "{5}hello|"},
		{"--b\r\nContent-length: 1\r\n\r\nx\r\n--b\r\nCONTENT-LENGTH:1\r\n\r\ny",
		 "{1}x|{1}y|"},
		{"--b\r\nContent-Length: 0\r\n\r\n\r\n--b--\r\n", "{0}|."},
		{"--b\r\nContent-Length:      2\r\n\r\nxy\r\n--b--", "{2}xy|."},
		{"--b\r\nContent-Length : 1\r\n\r\nx", "{1}x|"},
		/* the boundary line itself is data where the length says so */
		{"--b\r\nContent-Length: 8\r\n\r\n\r\n--b\r\nx\r\n--b--", "{8}\r\n--b\r\nx|."},
		{"--b\r\nContent-Length: 5\r\n\r\nhell", "{5}hell"},
		/* more or fewer empty lines than there should be */
		{"--b\r\nContent-Length: 1\r\n\r\nx--b--", "{1}x|."},
		{"--b\r\nContent-Length: 1\r\n\r\nx\r\n\r\n\r\n--b--", "{1}x|."},
	};

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_a_wrong_length_is_malformed(void **state)
{
	static const struct parts_case cases[] = {
		{"--b\r\nContent-Length: 4\r\n\r\nhello\r\n--b\r\n",
		 "{4}hell|!a part's Content-Length is wrong"},
		{"--b\r\nContent-Length: 10\r\n\r\nhello\r\n--b\r\nContent-Length: 5\r\n\r\nx",
		 "{10}hello\r\n--b|!a part's Content-Length is wrong"},
		{"--b\r\nContent-Length: 16\r\n\r\nhello\r\n--b\r\nContent-Length: 5\r\n\r\nx",
		 "{16}hello\r\n--b\r\nCont|!a part's Content-Length is wrong"},
		{"--b\r\nContent-Length: 1\r\n\r\nx\r\n--c\r\n",
		 "{1}x|!a part's Content-Length is wrong"},
		{"--b\r\nContent-Length: x\r\n\r\n", "!a part's Content-Length is not a number"},
		{"--b\r\nContent-Length:\r\n\r\n", "!a part's Content-Length is not a number"},
		{"--b\r\nContent-Length: -1\r\n\r\n", "!a part's Content-Length is not a number"},
		{"--b\r\nContent-Length: 9223372036854775808\r\n\r\n",
		 "!a part's Content-Length is not a number"},
		{"--b\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		 "!a part has two Content-Lengths"},
	};

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_parts_without_a_length_end_at_the_boundary(void **state)
{
	static const struct parts_case cases[] = {
		{"--b\r\nContent-Type: image/jpeg\r\n\r\nhello\r\n--b\r\n", "{-1}hello|"},
		{"--b\r\n\r\nhello\r\n--b\r\n\r\nworld\r\n--b--\r\n", "{-1}hello|{-1}world|."},
		{"--b\r\n\r\nhello\r\n--b--", "{-1}hello|."},
		{"--b\r\n\r\n\r\n--b--", "{-1}|."},
		{"--b\r\nX: y\r\n\r\n--b--", "{-1}|."},
		{"--b\r\n\r\nx\r\n--b \t \r\n\r\ny\r\n--b--", "{-1}x|{-1}y|."},
		{"--b\r\n\r\nhello", "{-1}hello"},
		{"--b\r\n\r\nhello\r\n--b", "{-1}hello"},
	};

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_what_only_looks_like_a_boundary_is_data(void **state)
{
	static const struct parts_case cases[] = {
		{"--b\r\n\r\n\r\n\r\n-\r\n--\r\n--c\r\n--b--", "{-1}\r\n\r\n-\r\n--\r\n--c|."},
		{"--b\r\n\r\n\r\r\n\n\r\n--b--", "{-1}\r\r\n\n|."},
		{"--b\r\n\r\nx\r\n--bc\r\n--b-\r\n--b x\r\n--b\r\r\n--b--",
		 "{-1}x\r\n--bc\r\n--b-\r\n--b x\r\n--b\r|."},
		{"--b\r\n\r\nx--b\r\n--b--", "{-1}x--b|."},
		{"--b\r\n\r\n--c\r\n--b--", "{-1}--c|."},
		{"--b\r\n\r\n\r--b\r\n--b--", "{-1}\r--b|."},
		{"--b\r\n\r\nx\r\n--b                 \r\n--b--",
		 "{-1}x\r\n--b                 |."},
		{"--b\r\n\r\nx\r\n--b                \r\n\r\ny\r\n--b--", "{-1}x|{-1}y|."},
	};

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_lf_alone_ends_lines_too(void **state)
{
	static const struct parts_case cases[] = {
		{"--b\nContent-Length: 1\n\nx\n--b\n\ny\n--b--\n", "{1}x|{-1}y|."},
		{"--b\n\nx\n\n--b\n\n\n--b--", "{-1}x\n|{-1}|."},
		{"\n--b\nX: y\r\n\nx\r\n--b\n\r\ny\n--b--", "{-1}x|{-1}y|."},
	};

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_preamble_and_epilogue_are_ignored(void **state)
{
	static const struct parts_case cases[] = {
		{"\r\n--b\r\n\r\nx\r\n--b--\r\nbye\r\n--b\r\n\r\n", "{-1}x|."},
		{"This is\r\n--c\r\na multipart message.\r\n--b\r\n\r\nx\r\n--b--", "{-1}x|."},
		{"x--b\r\n--b--", "."},
		{"--b--", "."},
		{"--b--\r\n--b\r\n\r\n", "."},
	};

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_a_long_preamble_is_malformed(void **state)
{
	static char body[MULTIPART_MAX_PREAMBLE + 16];

	(void)state;
	memset(body, '-', MULTIPART_MAX_PREAMBLE + 1);
	strcpy(body + MULTIPART_MAX_PREAMBLE, "\r\n--b--");
	for (size_t piece = 1; piece < sizeof(body); piece += 97) {
		struct transcript transcript;

		transcribe("b", slice_from(body), piece, &transcript);
		assert_string_equal(transcript.text, ".");
	}
	strcpy(body + MULTIPART_MAX_PREAMBLE, "-\r\n--b--");
	for (size_t piece = 1; piece < sizeof(body); piece += 97) {
		struct transcript transcript;

		transcribe("b", slice_from(body), piece, &transcript);
		assert_string_equal(transcript.text, "!there is no boundary line before a part");
	}
}

static void test_header_lines_are_bounded_and_have_colons(void **state)
{
	static const struct parts_case cases[] = {
		{"--b\r\nhello\r\n\r\n", "!a part's header has no colon"},
		{"--b\r\nX: y\r\n folded\r\n\r\nx", "{-1}x"},
		{"--b\r\nX: " X64 X64 X64 X64 X64 X64 X64 X64 "\r\n\r\n",
		 "!a line of a part's headers is too long"},
	};
	char body[MULTIPART_MAX_HEADER + 128] = "--b\r\n";

	(void)state;
	assert_cases(cases, sizeof(cases) / sizeof(cases[0]));
	while (strlen(body) + strlen(X64) < MULTIPART_MAX_HEADER)
		strcat(body, "X: " X64 "\r\n");
	assert_says("b", slice_from(body), "");
	strcat(body, "X: " X64 "\r\n");
	assert_says("b", slice_from(body), "!a part's headers are too long");
}

static void test_boundaries_that_have_their_hyphens_already(void **state)
{
	(void)state;
	/* as the standard has it */
	assert_says("--b", slice_from("----b\r\n\r\nx\r\n--b\r\n----b--"), "{-1}x\r\n--b|.");
	/* as cameras have it */
	assert_says("--b", slice_from("--b\r\n\r\nx\r\n--b--"), "{-1}x|.");
	assert_says("--b", slice_from("--b\r\n\r\n----b\r\n--b--"), "{-1}----b|.");
	assert_says("--b", slice_from("--b--"), ".");
	assert_says("--b", slice_from("--b\r\nContent-Length: 1\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b"),
		    "{1}x|{-1}y");
	assert_says("--", slice_from("----\r\n\r\nx\r\n--\r\n------"), "{-1}x\r\n--|.");
	assert_says("----", slice_from("----\r\n\r\nx\r\n------"), "{-1}x|.");
}

static void test_the_longest_boundary(void **state)
{
	(void)state;
	assert_says(X64 "123456",
		    slice_from("--" X64 "123456\r\n\r\nx\r\n--" X64 "12345\r\n--" X64 "123456--"),
		    "{-1}x\r\n--" X64 "12345|.");
}

static void test_boundaries_are_checked(void **state)
{
	struct multipart multipart;

	(void)state;
	assert_int_equal(multipart_init(&multipart, (struct slice){0}), -EINVAL);
	assert_int_equal(multipart_init(&multipart, slice_from("")), -EINVAL);
	assert_int_equal(multipart_init(&multipart, slice_from(X64 "1234567")), -EINVAL);
	assert_int_equal(multipart_init(&multipart, slice_from("a\nb")), -EINVAL);
	assert_int_equal(multipart_init(&multipart, slice_from("a\xff")), -EINVAL);
	assert_int_equal(multipart_init(&multipart, slice_from("gc0p4Jq0M2Yt08j34c0p?=/ '()")), 0);
}

static void test_timestamps(void **state)
{
	static const struct {
		const char *value;
		int64_t timestamp_us;
	} cases[] = {
		{"1484045672.012345", 1484045672012345},
		{"1484045672.5", 1484045672500000},
		{"1484045672", 1484045672000000},
		{"1484045672.", 1484045672000000},
		{"0.0000019", 1},
		{"9223372036853.999999", 9223372036853999999},
		{"9223372036854.0", -1},
		{"-1.0", -1},
		{".5", -1},
		{"1.5x", -1},
		{"1.5.5", -1},
		{"yesterday", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct multipart multipart;
		struct slice input, data;
		char body[256];

		snprintf(body, sizeof(body), "--b\r\nX-Timestamp: %s\r\n\r\nx\r\n--b\r\n\r\n",
			 cases[i].value);
		input = slice_from(body);
		assert_int_equal(multipart_init(&multipart, slice_from("b")), 0);
		assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_BEGIN);
		assert_true(multipart.timestamp_us == cases[i].timestamp_us);
		assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_DATA);
		assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_PART);
		assert_true(multipart.timestamp_us == cases[i].timestamp_us);
		assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_BEGIN);
		assert_true(multipart.timestamp_us == -1);
	}
}

static void test_a_part_ends_with_its_last_byte(void **state)
{
	struct slice input = slice_from("--b\r\nContent-Length: 1\r\n\r\nx"), data;
	struct multipart multipart;

	(void)state;
	multipart_init(&multipart, slice_from("b"));
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_BEGIN);
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_DATA);
	assert_int_equal(input.len, 0);
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_PART);
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_MORE);
}

static void test_data_is_not_copied(void **state)
{
	struct slice input = slice_from("--b\r\n\r\nhello\r\n--b\r\n"), data;
	const char *hello = input.data + 7;
	struct multipart multipart;

	(void)state;
	multipart_init(&multipart, slice_from("b"));
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_BEGIN);
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_DATA);
	assert_ptr_equal(data.data, hello);
	assert_int_equal(data.len, 5);
}

static void test_malformed_is_final(void **state)
{
	struct slice input = slice_from("--b\r\nx\r\n--b\r\n\r\n"), data;
	struct multipart multipart;

	(void)state;
	multipart_init(&multipart, slice_from("b"));
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_MALFORMED);
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_MALFORMED);
}

static void test_no_input_is_no_event(void **state)
{
	struct slice input = {0}, data;
	struct multipart multipart;

	(void)state;
	multipart_init(&multipart, slice_from("b"));
	assert_int_equal(multipart_next(&multipart, &input, &data), MULTIPART_MORE);
}

static void test_the_boundary_parameter(void **state)
{
	static const struct {
		const char *content_type, *boundary;
	} cases[] = {
		{"multipart/x-mixed-replace;boundary=ffmpeg", "ffmpeg"},
		{"multipart/x-mixed-replace; boundary=--myboundary", "--myboundary"},
		{"multipart/x-mixed-replace; boundary=\"a b\"", "a b"},
		{"Multipart/Mixed ; charset=x; BOUNDARY = b ; x=y", "b"},
		{"multipart/mixed; x=\"; boundary=no\"; boundary=yes", "yes"},
		{"multipart/mixed; x=\"\\\"; boundary=no\"; boundary=yes", "yes"},
		{"multipart/mixed;;boundary=b", "b"},
		{"multipart/mixed; boundary=a; boundary=b", "a"},
		{"multipart/mixed; boundary=a=b", "a=b"},
		{"multipart/mixed; boundary=", NULL},
		{"multipart/mixed; boundary=\"\"", NULL},
		{"multipart/mixed; boundary", NULL},
		{"multipart/mixed; boundary=\"b", NULL},
		{"multipart/mixed; boundary=\"", NULL},
		{"multipart/mixed; boundary=\"a\\b\"", NULL},
		{"multipart/mixed; xboundary=b", NULL},
		{"multipart/mixed", NULL},
		{"image/jpeg; boundary=b", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice boundary = multipart_boundary(slice_from(cases[i].content_type));

		if (!cases[i].boundary)
			assert_null(boundary.data);
		else if (!slice_equal(boundary, cases[i].boundary))
			fail_msg("%s: %.*s", cases[i].content_type, (int)boundary.len,
				 boundary.data);
	}
	assert_null(multipart_boundary((struct slice){0}).data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_with_a_length),
		cmocka_unit_test(test_a_wrong_length_is_malformed),
		cmocka_unit_test(test_parts_without_a_length_end_at_the_boundary),
		cmocka_unit_test(test_what_only_looks_like_a_boundary_is_data),
		cmocka_unit_test(test_lf_alone_ends_lines_too),
		cmocka_unit_test(test_preamble_and_epilogue_are_ignored),
		cmocka_unit_test(test_a_long_preamble_is_malformed),
		cmocka_unit_test(test_header_lines_are_bounded_and_have_colons),
		cmocka_unit_test(test_boundaries_that_have_their_hyphens_already),
		cmocka_unit_test(test_the_longest_boundary),
		cmocka_unit_test(test_boundaries_are_checked),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_a_part_ends_with_its_last_byte),
		cmocka_unit_test(test_data_is_not_copied),
		cmocka_unit_test(test_malformed_is_final),
		cmocka_unit_test(test_no_input_is_no_event),
		cmocka_unit_test(test_the_boundary_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
