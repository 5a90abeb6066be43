/* SPDX-License-Identifier: MIT */
#include "bench/ingest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "bench/metacube.h"
#include "bench/opener.h"
#include "common/http.h"

static const struct ingest *const all[] = {
	&ingest_native, &ingest_metacube, &ingest_put, &ingest_multipart, &ingest_rtmp,
};

/* Where an answer is awaited, a request was made; where the server asks, an answer is given. */
static void test_each_greeting_is_what_a_server_expects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint8_t bytes[INGEST_GREETING_SIZE];
		size_t len = all[i]->greeting(bytes, "bench0");
		struct http_head head;

		assert_true(len > 0 && len <= sizeof(bytes));
		if (all[i]->asked)
			assert_int_equal(http_parse_response((char *)bytes, len, &head), len);
		else if (all[i]->status != OPENER_NOTHING)
			assert_int_equal(http_parse_request((char *)bytes, len, &head), len);
	}
}

static void test_heads_and_tails_fit(void **state)
{
	const struct wire_header frame = {.length = 8 << 20, .pts_us = INT64_C(1) << 50};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint8_t bytes[INGEST_HEAD_SIZE];

		if (all[i]->head != NULL)
			assert_true(all[i]->head(bytes, &frame) <= sizeof(bytes));
		if (all[i]->tail != NULL)
			assert_true(strlen(all[i]->tail) <= INGEST_TAIL_SIZE);
	}
}

/* As cubemap took them. */
static void test_metacube_block_begins_as_cubemap_wants(void **state)
{
	uint8_t head[METACUBE_HEAD_SIZE];

	(void)state;
	metacube_head(head, 8224);
	assert_memory_equal(head, "cube!map\0\0  \0\0\224\262", sizeof(head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_greeting_is_what_a_server_expects),
		cmocka_unit_test(test_heads_and_tails_fit),
		cmocka_unit_test(test_metacube_block_begins_as_cubemap_wants),
	};

	return cmocka_run_group_tests_name("bench_ingest", tests, NULL, NULL);
}
