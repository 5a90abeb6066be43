/* SPDX-License-Identifier: MIT */
#include "bench/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/payload.h"

enum { SIZE = 300, RECORD = WIRE_HEADER_SIZE + SIZE, MAX_STREAM = 4 * RECORD, MAX_STORY = 256 };

/* Frames by number, each with a payload of SIZE bytes, one after another. */
static size_t make_stream(uint8_t *to, uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wire_header header = {
			.length = SIZE,
			.type = WIRE_FRAME,
			.flags = WIRE_KEY,
			.sequence = first + i,
			.capture_us = (int64_t)(1000 + first + i),
		};

		wire_encode(&header, to + i * RECORD);
		payload_fill(to + i * RECORD + WIRE_HEADER_SIZE, SIZE, first + i);
	}
	return n * RECORD;
}

/* What is found, as text: "N " for each whole frame, "torn " for another. */
static void read_all(const uint8_t *bytes, size_t len, size_t piece, char story[MAX_STORY])
{
	struct records records = {0};
	struct payload_check check;
	size_t n = 0;

	story[0] = '\0';
	for (size_t at = 0; at < len; at += piece) {
		struct slice input = {(const char *)bytes + at,
				      len - at < piece ? len - at : piece};
		enum records_event event;
		struct slice data;
		uint64_t number;

		while ((event = records_next(&records, &input, &data)) != RECORDS_MORE) {
			if (event == RECORDS_BEGIN) {
				payload_check_begin(&check, SIZE, true);
				continue;
			}
			if (event == RECORDS_DATA) {
				payload_check_data(&check, data.data, data.len);
				continue;
			}
			if (payload_check_end(&check, &number) < 0) {
				n += (size_t)snprintf(story + n, MAX_STORY - n, "torn ");
				continue;
			}
			assert_int_equal(records.header.sequence, number);
			assert_int_equal(records.header.capture_us, 1000 + number);
			n += (size_t)snprintf(story + n, MAX_STORY - n, "%d ", (int)number);
		}
		assert_int_equal(input.len, 0);
	}
}

static void test_frames_are_found_wherever_the_stream_begins(void **state)
{
	uint8_t bytes[MAX_STREAM];
	size_t len = make_stream(bytes, 7, 3);
	char story[MAX_STORY];

	(void)state;
	for (size_t piece = 1; piece < 2 * RECORD; piece += 13) {
		read_all(bytes, len, piece, story);
		assert_string_equal(story, "7 8 9 ");
	}
	for (size_t from = 1; from <= RECORD; from++) {
		read_all(bytes + from, len - from, 64, story);
		assert_string_equal(story, "8 9 ");
	}
}

static void test_gap_costs_the_frames_that_it_touches(void **state)
{
	static const struct {
		size_t from, len; /* what is missing */
		const char *story;
	} cases[] = {
		{0, RECORD, "1 2 3 "},
		{RECORD, RECORD, "0 2 3 "},
		{RECORD + 100, 50, "0 torn 3 "}, /* it takes some of the next */
		{RECORD + 4, 20, "0 2 3 "},	 /* its own head isn't there */
		{2 * RECORD - 10, RECORD,
		 "0 torn 3 "}, /* the next one's end is taken for its own */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t bytes[MAX_STREAM];
		size_t len = make_stream(bytes, 0, 4);
		size_t behind = cases[i].from + cases[i].len;
		char story[MAX_STORY];

		memmove(bytes + cases[i].from, bytes + behind, len - behind);
		for (size_t piece = 1; piece < RECORD; piece += 17) {
			read_all(bytes, len - cases[i].len, piece, story);
			assert_string_equal(story, cases[i].story);
		}
	}
}

static void test_other_bytes_are_skipped(void **state)
{
	uint8_t bytes[MAX_STREAM];
	char story[MAX_STORY];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 3 == 0 ? 0xff : i % 3 == 1 ? 0xd8 : 0);
	make_stream(bytes + 901, 5, 1);
	read_all(bytes, sizeof(bytes), 100, story);
	assert_string_equal(story, "5 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_are_found_wherever_the_stream_begins),
		cmocka_unit_test(test_gap_costs_the_frames_that_it_touches),
		cmocka_unit_test(test_other_bytes_are_skipped),
	};

	return cmocka_run_group_tests_name("bench_records", tests, NULL, NULL);
}
