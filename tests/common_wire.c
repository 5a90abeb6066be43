/* SPDX-License-Identifier: MIT */
#include "common/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the vectors
 * ------------------------------------------------------------------------------- */

#define VECTORS "tests/wire_vectors.txt"
#define MANUAL "common/spillway-wire.7"

enum { HEX_SIZE = 2 * WIRE_HEADER_SIZE, MAX_VECTORS = 64, MAX_LINE = 512 };

struct vector {
	char line[MAX_LINE];
	uint8_t bytes[WIRE_HEADER_SIZE];
	bool is_error;
	struct wire_header header;
};

static struct vector vectors[MAX_VECTORS];
static size_t n_vectors;

static void parse_fields(const char *text, struct wire_header *ret_header)
{
	int end = -1;

	sscanf(text,
	       "length=%" SCNu32 " type=0x%2" SCNx8 " flags=0x%2" SCNx8 " track=%" SCNu16
	       " sequence=%" SCNu64 " presentation=%" SCNd64 " capture=%" SCNd64 "%n",
	       &ret_header->length, &ret_header->type, &ret_header->flags, &ret_header->track,
	       &ret_header->sequence, &ret_header->pts_us, &ret_header->capture_us, &end);
	assert_true(end > 0);
	assert_int_equal(text[end], '\0');
}

static void parse_vector(const char *line, struct vector *ret_vector)
{
	snprintf(ret_vector->line, sizeof(ret_vector->line), "%s", line);
	assert_int_equal(strspn(line, "0123456789abcdef"), HEX_SIZE);
	assert_int_equal(line[HEX_SIZE], ' ');
	for (size_t i = 0; i < WIRE_HEADER_SIZE; i++)
		assert_int_equal(sscanf(line + 2 * i, "%2" SCNx8, &ret_vector->bytes[i]), 1);
	line += HEX_SIZE + 1;
	ret_vector->is_error = strncmp(line, "error: ", 7) == 0;
	if (!ret_vector->is_error)
		parse_fields(line, &ret_vector->header);
}

static int read_vectors(void **state)
{
	FILE *file = fopen(VECTORS, "re");
	char line[MAX_LINE];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		assert_non_null(strchr(line, '\n'));
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		assert_true(n_vectors < MAX_VECTORS);
		parse_vector(line, &vectors[n_vectors++]);
	}
	fclose(file);
	return n_vectors > 0 ? 0 : -1;
}

static void test_vectors_decode(void **state)
{
	struct wire_header header;

	(void)state;
	for (size_t i = 0; i < n_vectors; i++) {
		const struct vector *vector = &vectors[i];

		print_message("%s\n", vector->line);
		if (vector->is_error) {
			assert_int_equal(wire_decode(vector->bytes, &header), -EBADMSG);
			continue;
		}
		assert_int_equal(wire_decode(vector->bytes, &header), 0);
		assert_int_equal(header.length, vector->header.length);
		assert_int_equal(header.type, vector->header.type);
		assert_int_equal(header.flags, vector->header.flags);
		assert_int_equal(header.track, vector->header.track);
		assert_int_equal(header.sequence, vector->header.sequence);
		assert_int_equal(header.pts_us, vector->header.pts_us);
		assert_int_equal(header.capture_us, vector->header.capture_us);
	}
}

static void test_vectors_encode(void **state)
{
	uint8_t bytes[WIRE_HEADER_SIZE];

	(void)state;
	for (size_t i = 0; i < n_vectors; i++) {
		if (vectors[i].is_error)
			continue;
		memset(bytes, 0xaa, sizeof(bytes));
		wire_encode(&vectors[i].header, bytes);
		assert_memory_equal(bytes, vectors[i].bytes, sizeof(bytes));
	}
}

/* ---- the manual page
 * --------------------------------------------------------------------------- */

/* All white space becomes one space. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0';) {
		size_t space = strspn(at, " \t\n");

		if (space > 0)
			*to++ = ' ';
		else
			*to++ = *at;
		at += space > 0 ? space : 1;
	}
	*to = '\0';
}

static char *read_manual(void)
{
	FILE *file = fopen(MANUAL, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	squeeze(text);
	return text;
}

static void test_manual_shows_each_vector(void **state)
{
	char *manual = read_manual();
	size_t shown = 0;

	(void)state;
	for (size_t i = 0; i < n_vectors; i++) {
		print_message("%s\n", vectors[i].line);
		assert_non_null(strstr(manual, vectors[i].line));
	}
	/* And none besides. */
	for (const char *at = manual; *at != '\0';) {
		size_t len = strspn(at, "0123456789abcdef");

		shown += len == HEX_SIZE;
		at += len > 0 ? len : 1;
	}
	assert_int_equal(shown, n_vectors);
	free(manual);
}

/* ---- what no single vector shows
 * --------------------------------------------------------------- */

static void test_bytes_are_in_network_order(void **state)
{
	const struct wire_header header = {.length = 0x01020304,
					   .type = 0x05,
					   .flags = 0x06,
					   .track = 0x0708,
					   .sequence = 0x090a0b0c0d0e0f10,
					   .pts_us = 0x1112131415161718,
					   .capture_us = 0x191a1b1c1d1e1f20};
	uint8_t bytes[WIRE_HEADER_SIZE];

	(void)state;
	wire_encode(&header, bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], i + 1);
}

static void test_only_type_zero_is_no_type(void **state)
{
	struct wire_header header = {.length = 1};
	uint8_t bytes[WIRE_HEADER_SIZE];

	(void)state;
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		header.type = (uint8_t)type;
		wire_encode(&header, bytes);
		assert_int_equal(wire_decode(bytes, &header), type == 0 ? -EBADMSG : 0);
	}
}

static void test_unknown_flags_are_errors_on_known_types_only(void **state)
{
	static const struct {
		uint8_t type, flags;
	} types[] = {
		{WIRE_FRAME, WIRE_KEY | WIRE_DISCONTINUITY},
		{WIRE_PING, 0},
		{WIRE_PONG, 0},
		{WIRE_END, WIRE_RETURN},
		{0x02, UINT8_MAX},
		{0x13, UINT8_MAX},
	};
	uint8_t bytes[WIRE_HEADER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (unsigned flags = 0; flags <= UINT8_MAX; flags++) {
			struct wire_header header = {.type = types[i].type,
						     .flags = (uint8_t)flags};

			wire_encode(&header, bytes);
			assert_int_equal(wire_decode(bytes, &header),
					 (flags & ~(unsigned)types[i].flags) != 0 ? -EBADMSG : 0);
		}
	}
}

static void test_refused_header_leaves_the_result_alone(void **state)
{
	static const uint8_t bytes[WIRE_HEADER_SIZE] = {0};
	struct wire_header header = {.sequence = 5};

	(void)state;
	assert_int_equal(wire_decode(bytes, &header), -EBADMSG);
	assert_int_equal(header.sequence, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_decode),
		cmocka_unit_test(test_vectors_encode),
		cmocka_unit_test(test_manual_shows_each_vector),
		cmocka_unit_test(test_bytes_are_in_network_order),
		cmocka_unit_test(test_only_type_zero_is_no_type),
		cmocka_unit_test(test_unknown_flags_are_errors_on_known_types_only),
		cmocka_unit_test(test_refused_header_leaves_the_result_alone),
	};

	return cmocka_run_group_tests_name("common_wire", tests, read_vectors, NULL);
}
