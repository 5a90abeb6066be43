/* SPDX-License-Identifier: MIT */
#include "viewer/reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_BYTES = 300000 };

static const uint32_t lengths[] = {10, 0, 70000, 1, 65536 - 32, 300000, 0, 500};
enum { RECORDS = sizeof(lengths) / sizeof(lengths[0]) };

/* Records whose payload is their number, again and again. */
static uint8_t *make_records(size_t *ret_len)
{
	uint8_t *bytes = malloc(1 << 20);
	size_t len = 0;

	for (uint32_t i = 0; i < RECORDS; i++) {
		struct wire_header header = {
			.type = WIRE_FRAME, .length = lengths[i], .sequence = i, .pts_us = i};

		wire_encode(&header, bytes + len);
		memset(bytes + len + WIRE_HEADER_SIZE, (int)i, lengths[i]);
		len += WIRE_HEADER_SIZE + lengths[i];
	}
	*ret_len = len;
	return bytes;
}

static void take_all(struct reader *reader, uint32_t *taken)
{
	struct wire_header header;
	const uint8_t *payload;

	while (reader_next(reader, &header, &payload) == 1) {
		assert_int_equal(header.sequence, *taken);
		assert_int_equal(header.length, lengths[*taken]);
		for (uint32_t i = 0; i < header.length; i++)
			assert_int_equal(payload[i], *taken);
		(*taken)++;
	}
}

static void test_records_come_whole_however_the_bytes_come(void **state)
{
	static const size_t pieces[] = {1, 7, 31, 32, 33, 4096, 1 << 20};
	size_t len;
	uint8_t *bytes = make_records(&len);

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct reader reader;
		uint32_t taken = 0;

		assert_int_equal(reader_init(&reader, MAX_BYTES), 0);
		for (size_t at = 0; at < len;) {
			uint8_t *to;
			size_t room, n;

			reader_room(&reader, &to, &room);
			assert_true(room > 0);
			n = room < pieces[i] ? room : pieces[i];
			n = n < len - at ? n : len - at;
			memcpy(to, bytes + at, n);
			reader_received(&reader, n);
			at += n;
			take_all(&reader, &taken);
		}
		assert_int_equal(taken, RECORDS);
		reader_finish(&reader);
	}
	free(bytes);
}

static void test_bytes_behind_the_answer_are_records_too(void **state)
{
	struct reader reader;
	uint32_t taken = 0;
	size_t len;
	uint8_t *bytes = make_records(&len), *to;
	size_t room;

	(void)state;
	assert_int_equal(reader_init(&reader, MAX_BYTES), 0);
	reader_feed(&reader, (const char *)bytes, 32 + 10 + 32 + 20);
	take_all(&reader, &taken);
	assert_int_equal(taken, 2);
	reader_room(&reader, &to, &room);
	assert_int_equal(room, WIRE_HEADER_SIZE - 20);
	reader_finish(&reader);
	free(bytes);
}

static void test_a_record_over_the_limit_is_refused_before_it_has_a_buffer(void **state)
{
	struct wire_header header = {.type = WIRE_FRAME, .length = MAX_BYTES + 1};
	uint8_t bytes[WIRE_HEADER_SIZE];
	const uint8_t *payload;
	struct reader reader;

	(void)state;
	assert_int_equal(reader_init(&reader, MAX_BYTES), 0);
	wire_encode(&header, bytes);
	reader_feed(&reader, (const char *)bytes, sizeof(bytes));
	assert_int_equal(reader_next(&reader, &header, &payload), -EMSGSIZE);
	assert_int_equal(reader.size, READER_INITIAL_SIZE);
	reader_finish(&reader);
}

static void test_what_is_no_record_is_an_error(void **state)
{
	static const char bytes[WIRE_HEADER_SIZE]; /* type 0 */
	struct wire_header header;
	const uint8_t *payload;
	struct reader reader;

	(void)state;
	assert_int_equal(reader_init(&reader, MAX_BYTES), 0);
	reader_feed(&reader, bytes, sizeof(bytes));
	assert_int_equal(reader_next(&reader, &header, &payload), -EBADMSG);
	reader_finish(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_whole_however_the_bytes_come),
		cmocka_unit_test(test_bytes_behind_the_answer_are_records_too),
		cmocka_unit_test(test_a_record_over_the_limit_is_refused_before_it_has_a_buffer),
		cmocka_unit_test(test_what_is_no_record_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
