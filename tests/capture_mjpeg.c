/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "capture/mjpeg.h"

enum { SIDE = 64 };

struct jpeg {
	unsigned char *data;
	unsigned long len;
};

static void encode(struct jpeg *jpeg)
{
	tjhandle coder = tjInitCompress();
	uint8_t pixels[SIDE * SIDE * 3];

	for (size_t i = 0; i < sizeof pixels; i++)
		pixels[i] = (uint8_t)(i * 7 + i / 100);
	*jpeg = (struct jpeg){0};
	assert_int_equal(tjCompress2(coder, pixels, SIDE, 0, SIDE, TJPF_RGB, &jpeg->data,
				     &jpeg->len, TJSAMP_422, 80, 0),
			 0);
	tjDestroy(coder);
}

/* Without the segments DHT: what a camera gives. */
static uint8_t *strip_tables(const struct jpeg *jpeg, size_t *ret_len)
{
	uint8_t *to = malloc(jpeg->len + 100);
	size_t at = 2, len = 2;

	memcpy(to, jpeg->data, 2);
	while (jpeg->data[at + 1] != 0xda) {
		size_t segment = 2 + ((size_t)jpeg->data[at + 2] << 8 | jpeg->data[at + 3]);

		if (jpeg->data[at + 1] != 0xc4) {
			memcpy(to + len, jpeg->data + at, segment);
			len += segment;
		}
		at += segment;
	}
	memcpy(to + len, jpeg->data + at, jpeg->len - at);
	*ret_len = len + jpeg->len - at;
	return to;
}

static void decode(const uint8_t *data, size_t len, uint8_t pixels[SIDE * SIDE * 3])
{
	tjhandle coder = tjInitDecompress();

	assert_int_equal(tjDecompress2(coder, data, len, pixels, SIDE, 0, SIDE, TJPF_RGB,
				       TJFLAG_STOPONWARNING),
			 0);
	tjDestroy(coder);
}

static void test_whole_picture_is_taken_as_it_is(void **state)
{
	struct mjpeg_outline outline;
	struct jpeg jpeg;

	(void)state;
	encode(&jpeg);
	assert_int_equal(mjpeg_look(jpeg.data, jpeg.len, &outline), 0);
	assert_int_equal(outline.len, jpeg.len);
	assert_int_equal(outline.width, SIDE);
	assert_int_equal(outline.height, SIDE);
	assert_false(outline.lacks_tables);

	uint8_t *copy = malloc(jpeg.len + MJPEG_TABLES_SIZE);

	assert_int_equal(mjpeg_copy(&outline, jpeg.data, copy), jpeg.len);
	assert_memory_equal(copy, jpeg.data, jpeg.len);
	free(copy);
	tjFree(jpeg.data);
}

static void test_rubbish_behind_the_picture_is_cut_off(void **state)
{
	struct mjpeg_outline outline;
	struct jpeg jpeg;

	(void)state;
	encode(&jpeg);

	size_t len = 2 * jpeg.len;
	uint8_t *buffer = malloc(len);

	memset(buffer, 0, len);
	memcpy(buffer, jpeg.data, jpeg.len);
	memcpy(buffer + jpeg.len + 10, jpeg.data, jpeg.len - 10); /* an older picture's rest */
	assert_int_equal(mjpeg_look(buffer, len, &outline), 0);
	assert_int_equal(outline.len, jpeg.len);
	free(buffer);
	tjFree(jpeg.data);
}

static void test_missing_huffman_tables_are_added(void **state)
{
	uint8_t expected[SIDE * SIDE * 3], seen[SIDE * SIDE * 3];
	struct mjpeg_outline outline;
	struct jpeg jpeg;
	size_t len;

	(void)state;
	encode(&jpeg);

	uint8_t *stripped = strip_tables(&jpeg, &len);
	uint8_t *copy = malloc(len + MJPEG_TABLES_SIZE);

	assert_true(len < jpeg.len);
	assert_int_equal(mjpeg_look(stripped, len, &outline), 0);
	assert_true(outline.lacks_tables);
	len = mjpeg_copy(&outline, stripped, copy);
	decode(jpeg.data, jpeg.len, expected);
	decode(copy, len, seen);
	assert_memory_equal(seen, expected, sizeof seen);
	free(copy);
	free(stripped);
	tjFree(jpeg.data);
}

static void test_damaged_pictures_are_refused(void **state)
{
	struct mjpeg_outline outline;
	struct jpeg jpeg;

	(void)state;
	encode(&jpeg);
	assert_int_equal(mjpeg_look(jpeg.data, jpeg.len - 1, &outline), -EBADMSG);
	assert_int_equal(mjpeg_look(jpeg.data, 0, &outline), -EBADMSG);
	assert_int_equal(mjpeg_look(jpeg.data + 1, jpeg.len - 1, &outline), -EBADMSG);
	jpeg.data[3] = 0xd8;
	assert_int_equal(mjpeg_look(jpeg.data, jpeg.len, &outline), -EBADMSG);
	tjFree(jpeg.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_picture_is_taken_as_it_is),
		cmocka_unit_test(test_rubbish_behind_the_picture_is_cut_off),
		cmocka_unit_test(test_missing_huffman_tables_are_added),
		cmocka_unit_test(test_damaged_pictures_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
