/* SPDX-License-Identifier: MIT */
#include "common/jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Pieces of pictures. They are joined as text, so their lengths are those of the literals. */
#define SOI "\xff\xd8"
#define EOI "\xff\xd9"
#define APP0 "\xff\xe0\x00\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
#define COM "\xff\xfe\x00\x02"
#define SOF_OF(code) "\xff" code "\x00\x0b\x08\x01\xe0\x02\x80\x01\x01\x11\x00" /* 640 × 480 */
#define SOF SOF_OF("\xc0")
#define DHT "\xff\xc4\x00\x04\x00\x00"
#define SOS "\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"

struct picture {
	const char *name;
	const char *data;
	size_t len;
	int r;
	size_t rest; /* bytes that don't belong to it any more, when r is 1 */
};

#define PICTURE(name, data, r, rest)                                                               \
	{                                                                                          \
		name, data, sizeof(data) - 1, r, rest                                              \
	}

/* Scans in pieces of `piece` bytes. */
static int scan(const struct picture *picture, size_t piece, struct jpeg_scan *ret_scan,
		size_t *ret_used)
{
	int r = 0;

	*ret_scan = (struct jpeg_scan){0};
	*ret_used = 0;
	for (size_t at = 0; at < picture->len && r == 0; at += piece) {
		size_t used, len = picture->len - at < piece ? picture->len - at : piece;

		r = jpeg_scan(ret_scan, (const uint8_t *)picture->data + at, len, &used);
		assert_true(used <= len && (r != 0 || used == len));
		*ret_used += used;
	}
	return r;
}

static void assert_pictures(const struct picture *pictures, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t piece = pictures[i].len; piece > 0; piece--) {
			struct jpeg_scan jpeg;
			size_t used;
			int r = scan(&pictures[i], piece, &jpeg, &used);

			if (r != pictures[i].r)
				fail_msg("%s in pieces of %zu: %d", pictures[i].name, piece, r);
			if (r != 1)
				continue;
			if (used != pictures[i].len - pictures[i].rest)
				fail_msg("%s in pieces of %zu: %zu bytes", pictures[i].name, piece,
					 used);
			assert_int_equal(jpeg.width, 640);
			assert_int_equal(jpeg.height, 480);
		}
	}
}

static void test_pictures_end_where_they_end(void **state)
{
	static const struct picture pictures[] = {
		PICTURE("baseline", SOI APP0 DHT SOF SOS "data" EOI, 1, 0),
		PICTURE("the next picture", SOI SOF SOS "data" EOI SOI SOF, 1, 2 + 13),
		PICTURE("rubbish behind it", SOI SOF SOS "data" EOI "\0\0\0", 1, 3),
		PICTURE("no entropy-coded data", SOI SOF SOS EOI, 1, 0),
		PICTURE("stuffing", SOI SOF SOS "a\xff\x00\xd9\xff\x00" EOI, 1, 0),
		PICTURE("restarts", SOI SOF SOS "a\xff\xd0\xff\xd7z" EOI, 1, 0),
		PICTURE("fill before EOI", SOI SOF SOS "a\xff\xff\xff" EOI, 1, 0),
		PICTURE("fill before a restart", SOI SOF SOS "a\xff\xff\xd1z" EOI, 1, 0),
		PICTURE("fill between segments", SOI "\xff\xff" SOF "\xff" SOS "a" EOI, 1, 0),
		PICTURE("TEM and RST between segments",
			SOI "\xff\x01\xff\xd0" SOF "\xff\x01" SOS "a" EOI, 1, 0),
		PICTURE("TEM in a scan", SOI SOF SOS "a\xff\x01z" EOI, 1, 0),
		PICTURE("empty comment", SOI COM SOF COM SOS "a" EOI, 1, 0),
		PICTURE("progressive",
			SOI SOF_OF("\xc2") DHT SOS "a\xff\x00z" DHT SOS "b\xff\xd0z" SOS "c" EOI, 1,
			0),
		PICTURE("arithmetic", SOI SOF_OF("\xc9") "\xff\xcc\x00\x04\x00\x10" SOS "a" EOI, 1,
			0),
		PICTURE("DNL behind the first scan", SOI SOF SOS "a\xff\xdc\x00\x04\x01\xe0" EOI, 1,
			0),
		PICTURE("unfinished", SOI SOF SOS "data\xff", 0, 0),
		PICTURE("unfinished segment", SOI "\xff\xe0\xff\xff" EOI, 0, 0),
	};

	(void)state;
	assert_pictures(pictures, sizeof(pictures) / sizeof(pictures[0]));
}

static void test_thumbnail_does_not_end_the_picture(void **state)
{
	static const struct picture pictures[] = {
		PICTURE("EXIF",
			SOI "\xff\xe1\x00\x24"
			    "Exif\0\0" SOI SOF SOS "a" EOI SOF SOS "data" EOI,
			1, 0),
		PICTURE("EOI alone", SOI "\xff\xe1\x00\x06" EOI EOI SOF SOS "data" EOI, 1, 0),
		PICTURE("EOI in a comment behind a scan",
			SOI SOF SOS "a\xff\xfe\x00\x04" EOI SOS "b" EOI, 1, 0),
	};

	(void)state;
	assert_pictures(pictures, sizeof(pictures) / sizeof(pictures[0]));
}

static void test_what_is_no_picture_is_refused(void **state)
{
	static const struct picture pictures[] = {
		PICTURE("text", "GIF89a", -EBADMSG, 0),
		PICTURE("half a start", "\xff\xd9", -EBADMSG, 0),
		PICTURE("fill before the start", "\xff\xff\xd8", -EBADMSG, 0),
		PICTURE("data behind SOI", SOI "data", -EBADMSG, 0),
		PICTURE("data between segments", SOI APP0 "\0" SOF, -EBADMSG, 0),
		PICTURE("stuffing between segments", SOI "\xff\x00", -EBADMSG, 0),
		PICTURE("a second start", SOI SOI, -EBADMSG, 0),
		PICTURE("a start within a scan", SOI SOF SOS "a" SOI, -EBADMSG, 0),
		PICTURE("a reserved marker", SOI "\xff\x02", -EBADMSG, 0),
		PICTURE("a reserved marker in a scan", SOI SOF SOS "a\xff\xbf", -EBADMSG, 0),
		PICTURE("only tables", SOI DHT EOI, -EBADMSG, 0),
		PICTURE("no scan", SOI SOF EOI, -EBADMSG, 0),
		PICTURE("no frame", SOI DHT SOS, -EBADMSG, 0),
		PICTURE("two frames", SOI SOF SOF, -EBADMSG, 0),
		PICTURE("a segment shorter than its length", SOI "\xff\xe0\x00\x01", -EBADMSG, 0),
		PICTURE("a frame without components",
			SOI "\xff\xc0\x00\x08\x08\x01\xe0\x02\x80\x00", -EBADMSG, 0),
		PICTURE("no width", SOI "\xff\xc0\x00\x0b\x08\x01\xe0\x00\x00\x01\x01\x11\x00",
			-EBADMSG, 0),
		PICTURE("no height", SOI "\xff\xc0\x00\x0b\x08\x00\x00\x02\x80\x01\x01\x11\x00",
			-EBADMSG, 0),
	};

	(void)state;
	assert_pictures(pictures, sizeof(pictures) / sizeof(pictures[0]));
}

static void test_pictures_back_to_back(void **state)
{
	static const char data[] = SOI SOF SOS "a" EOI SOI SOF SOS "bb" EOI SOI SOF SOS "ccc" EOI;
	const uint8_t *at = (const uint8_t *)data;
	size_t left = sizeof(data) - 1, used;

	(void)state;
	for (size_t i = 1; i <= 3; i++) {
		struct jpeg_scan jpeg = {0};

		assert_int_equal(jpeg_scan(&jpeg, at, left, &used), 1);
		assert_int_equal(used, sizeof(SOI SOF SOS EOI) - 1 + i);
		at += used;
		left -= used;
	}
	assert_int_equal(left, 0);
}

static void test_size_is_read_without_the_picture(void **state)
{
	static const struct {
		const char *name, *data;
		size_t len;
		int r;
	} rows[] = {
#define ROW(name, data, r) {name, data, sizeof(data) - 1, r}
		ROW("a whole picture", SOI APP0 DHT SOF SOS "data" EOI, 0),
		ROW("only its beginning", SOI APP0 SOF, 0),
		ROW("what follows doesn't matter", SOI SOF "rubbish", 0),
		ROW("not that of a thumbnail",
		    SOI "\xff\xe1\x00\x15" SOI
			"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
			"\0\0\0\0" SOF,
		    0),
		ROW("nothing", "", -EBADMSG),
		ROW("cut before it", SOI APP0, -EBADMSG),
		ROW("cut in it", SOI "\xff\xc0\x00\x0b\x08\x01\xe0\x02", -EBADMSG),
		ROW("no width", SOI "\xff\xc0\x00\x0b\x08\x01\xe0\x00\x00\x01\x01\x11\x00",
		    -EBADMSG),
		ROW("a scan without it", SOI SOS "data", -EBADMSG),
		ROW("no picture", "GIF89a", -EBADMSG),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint16_t width = 1, height = 2;
		int r = jpeg_size((const uint8_t *)rows[i].data, rows[i].len, &width, &height);

		if (r != rows[i].r || width != (r == 0 ? 640 : 1) || height != (r == 0 ? 480 : 2))
			fail_msg("%s: %d, %u x %u", rows[i].name, r, width, height);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures_end_where_they_end),
		cmocka_unit_test(test_thumbnail_does_not_end_the_picture),
		cmocka_unit_test(test_what_is_no_picture_is_refused),
		cmocka_unit_test(test_pictures_back_to_back),
		cmocka_unit_test(test_size_is_read_without_the_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
