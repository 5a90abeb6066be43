/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/inbox.h"

static char stream[65536]; /* what the relay sends */
static size_t stream_len;

static void add(struct wire_header header, const char *payload)
{
	wire_encode(&header, (uint8_t *)stream + stream_len);
	stream_len += WIRE_HEADER_SIZE;
	if (payload != NULL)
		memcpy(stream + stream_len, payload, header.length);
	else
		memset(stream + stream_len, 0xff, header.length);
	stream_len += header.length;
	assert_true(stream_len <= sizeof stream);
}

/* Hands over the next bytes, as many as fit and `at_a_time` at most. */
static void receive(struct inbox *inbox, size_t *at, size_t at_a_time)
{
	size_t len;
	char *room = inbox_room(inbox, &len);

	assert_true(len > 0);
	if (len > at_a_time)
		len = at_a_time;
	if (len > stream_len - *at)
		len = stream_len - *at;
	memcpy(room, stream + *at, len);
	inbox->end += len;
	*at += len;
}

static void test_control_records_are_found_however_they_are_cut(void **state)
{
	static char largest[WIRE_MAX_CONTROL];
	static const size_t cuts[] = {1, 2, 31, 32, 33, 100, 4096, 100000};

	(void)state;
	memset(largest, 'x', sizeof largest);
	stream_len = 0;
	add((struct wire_header){.type = WIRE_PING, .sequence = 1}, "");
	add((struct wire_header){.type = WIRE_FRAME, .length = 30000}, NULL);
	add((struct wire_header){.type = WIRE_PONG, .sequence = 2, .length = 3}, "abc");
	add((struct wire_header){.type = 0x02, .length = 0}, "");
	add((struct wire_header){.type = 0x7f, .sequence = 3, .length = sizeof largest}, largest);
	add((struct wire_header){.type = WIRE_END, .sequence = 4, .length = 4}, "done");
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct inbox inbox = {0};
		uint64_t expected = 1;
		size_t at = 0;

		while (at < stream_len) {
			struct wire_header header;
			struct slice payload;
			int result;

			receive(&inbox, &at, cuts[i]);
			while ((result = inbox_record(&inbox, &header, &payload)) == 1) {
				assert_int_equal(header.sequence, expected++);
				assert_int_equal(payload.len, header.length);
				if (header.type == WIRE_END)
					assert_memory_equal(payload.data, "done", 4);
			}
			assert_int_equal(result, 0);
		}
		assert_int_equal(expected, 5);
	}
}

static void test_what_is_not_a_record_is_refused(void **state)
{
	struct inbox inbox = {0};
	struct wire_header header;
	struct slice payload;

	(void)state;
	memset(inbox.bytes, 0, WIRE_HEADER_SIZE); /* type 0 */
	inbox.end = WIRE_HEADER_SIZE;
	assert_int_equal(inbox_record(&inbox, &header, &payload), -EBADMSG);
}

static void test_bytes_before_the_records_can_be_taken(void **state)
{
	struct inbox inbox = {0};
	struct wire_header header;
	struct slice payload;
	size_t at = 0;

	(void)state;
	stream_len = 0;
	memcpy(stream, "greeting", 8);
	stream_len = 8;
	add((struct wire_header){.type = WIRE_PING, .sequence = 7}, "");
	receive(&inbox, &at, sizeof stream);
	assert_memory_equal(inbox_bytes(&inbox).data, "greeting", 8);
	inbox_take(&inbox, 8);
	assert_int_equal(inbox_record(&inbox, &header, &payload), 1);
	assert_int_equal(header.sequence, 7);
	assert_int_equal(inbox_bytes(&inbox).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control_records_are_found_however_they_are_cut),
		cmocka_unit_test(test_what_is_not_a_record_is_refused),
		cmocka_unit_test(test_bytes_before_the_records_can_be_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
