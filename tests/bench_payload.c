/* SPDX-License-Identifier: MIT */
#include "bench/payload.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const size_t sizes[] = {PAYLOAD_MIN_SIZE, 65, 66, 67, 71, 72, 1000, 8192, 8193};

enum { N_SIZES = sizeof(sizes) / sizeof(*sizes), MAX_SIZE = 8193 };

/* Hands payload over in pieces of `piece` bytes. */
static int check(const uint8_t *payload, size_t len, size_t expected, size_t piece, bool summing,
		 uint64_t *ret_number)
{
	struct payload_check state;

	payload_check_begin(&state, expected, summing);
	for (size_t at = 0; at < len; at += piece)
		payload_check_data(&state, payload + at, len - at < piece ? len - at : piece);
	return payload_check_end(&state, ret_number);
}

static void test_looks_like_a_jpeg(void **state)
{
	uint8_t payload[PAYLOAD_MIN_SIZE];

	(void)state;
	payload_fill(payload, sizeof(payload), 5);
	assert_memory_equal(payload, "\xff\xd8", 2);
	assert_memory_equal(payload + sizeof(payload) - 2, "\xff\xd9", 2);
}

static void test_same_number_makes_the_same_bytes(void **state)
{
	uint8_t a[1000], b[1000];

	(void)state;
	payload_fill(a, sizeof(a), 7);
	payload_fill(b, sizeof(b), 7);
	assert_memory_equal(a, b, sizeof(a));
	payload_fill(b, sizeof(b), 8);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void test_whole_payload_is_right_however_it_is_cut(void **state)
{
	static const size_t pieces[] = {1, 2, 3, 7, 8, 9, 23, 24, 25, 63, MAX_SIZE};
	uint8_t payload[MAX_SIZE];

	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		payload_fill(payload, sizes[i], 1000 + i);
		for (size_t j = 0; j < sizeof(pieces) / sizeof(*pieces); j++) {
			for (int summing = 0; summing < 2; summing++) {
				uint64_t number = 0;

				assert_int_equal(check(payload, sizes[i], sizes[i], pieces[j],
						       summing, &number),
						 0);
				assert_int_equal(number, 1000 + i);
			}
		}
	}
}

static void test_each_changed_byte_is_seen(void **state)
{
	uint8_t payload[200];
	uint64_t number;

	(void)state;
	payload_fill(payload, sizeof(payload), 3);
	for (size_t i = 16; i < sizeof(payload); i++) {
		payload[i] ^= 0x40;
		assert_int_equal(
			check(payload, sizeof(payload), sizeof(payload), 64, true, &number),
			-EBADMSG);
		payload[i] ^= 0x40;
	}
}

static void test_swapped_words_are_seen(void **state)
{
	uint8_t payload[200], word[8];
	uint64_t number;

	(void)state;
	payload_fill(payload, sizeof(payload), 3);
	memcpy(word, payload + 40, 8);
	memcpy(payload + 40, payload + 80, 8);
	memcpy(payload + 80, word, 8);
	assert_int_equal(check(payload, sizeof(payload), sizeof(payload), 64, true, &number),
			 -EBADMSG);
}

static void test_middle_may_be_skipped_but_not_the_ends(void **state)
{
	uint8_t payload[1000];
	struct payload_check check;
	uint64_t number;

	(void)state;
	payload_fill(payload, sizeof(payload), 7);
	payload_check_begin(&check, sizeof(payload), false);
	assert_int_equal(payload_check_blind(&check), 0);
	payload_check_data(&check, payload, PAYLOAD_HEAD_SIZE);
	assert_int_equal(payload_check_blind(&check),
			 sizeof(payload) - PAYLOAD_HEAD_SIZE - PAYLOAD_TAIL_SIZE);
	payload_check_skip(&check, 100);
	payload_check_skip(&check, payload_check_blind(&check));
	assert_int_equal(payload_check_blind(&check), 0);
	assert_int_equal(payload_check_end(&check, &number), -EBADMSG);
	payload_check_data(&check, payload + sizeof(payload) - PAYLOAD_TAIL_SIZE,
			   PAYLOAD_TAIL_SIZE);
	assert_int_equal(payload_check_end(&check, &number), 0);
	assert_int_equal(number, 7);

	payload_check_begin(&check, sizeof(payload), true);
	payload_check_data(&check, payload, PAYLOAD_HEAD_SIZE);
	assert_int_equal(payload_check_blind(&check), 0); /* a sum needs all */
}

static void test_wrong_size_is_torn_without_a_checksum_too(void **state)
{
	uint8_t payload[300];
	uint64_t number;

	(void)state;
	payload_fill(payload, sizeof(payload), 3);
	assert_int_equal(check(payload, 299, 300, 64, false, &number), -EBADMSG);
	assert_int_equal(check(payload, 300, 299, 64, false, &number), -EBADMSG);
	assert_int_equal(check(payload, 0, 300, 64, false, &number), -EBADMSG);
	assert_int_equal(check(payload, 10, 300, 64, true, &number), -EBADMSG);
}

static void test_end_of_another_frame_is_torn(void **state)
{
	uint8_t payload[300];
	uint64_t number;

	(void)state;
	payload_fill(payload, sizeof(payload), 3);
	payload[299] = 0;
	assert_int_equal(check(payload, 300, 300, 300, false, &number), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks_like_a_jpeg),
		cmocka_unit_test(test_same_number_makes_the_same_bytes),
		cmocka_unit_test(test_whole_payload_is_right_however_it_is_cut),
		cmocka_unit_test(test_each_changed_byte_is_seen),
		cmocka_unit_test(test_swapped_words_are_seen),
		cmocka_unit_test(test_middle_may_be_skipped_but_not_the_ends),
		cmocka_unit_test(test_wrong_size_is_torn_without_a_checksum_too),
		cmocka_unit_test(test_end_of_another_frame_is_torn),
	};

	return cmocka_run_group_tests_name("bench_payload", tests, NULL, NULL);
}
