/* SPDX-License-Identifier: MIT */
#include "tests/harness_picture.h"

#include <sodium.h>
#include <string.h>
#include <turbojpeg.h>

/* The number stands there as 16 bits: cells of 10 x 60 pixels, white for 1; and once more below,
 * the other way round, so that a picture made of two isn't taken for one. */
enum { WIDTH = 160, HEIGHT = 120, CELLS = 16, QUALITY = 80, MAX_COMMENT = 65533 };

static void draw(unsigned char pixels[HEIGHT][WIDTH], unsigned number)
{
	for (unsigned y = 0; y < HEIGHT; y++) {
		for (unsigned x = 0; x < WIDTH; x++) {
			unsigned bit = number >> (CELLS - 1 - x * CELLS / WIDTH) & 1;

			pixels[y][x] = (y < HEIGHT / 2 ? bit : !bit) ? 220 : 30;
		}
	}
}

struct picture picture_make(struct harness *harness, unsigned number)
{
	unsigned char pixels[HEIGHT][WIDTH], *jpeg = NULL;
	unsigned long len = 0;
	tjhandle coder = tjInitCompress();

	assert_non_null(coder);
	assert_true(number < 1u << CELLS);
	draw(pixels, number);
	assert_int_equal(tjCompress2(coder, pixels[0], WIDTH, WIDTH, HEIGHT, TJPF_GRAY, &jpeg, &len,
				     TJSAMP_GRAY, QUALITY, 0),
			 0);
	char *data = harness_alloc(harness, len);
	memcpy(data, jpeg, len);
	tjFree(jpeg);
	tjDestroy(coder);
	return (struct picture){data, len};
}

/* A segment of COM has FF FE and two bytes of length, which count themselves. */
struct picture picture_make_sized(struct harness *harness, unsigned number, size_t len)
{
	struct picture plain = picture_make(harness, number);
	unsigned char *data = harness_alloc(harness, len), *at = data + 2;
	size_t left = len - plain.len;
	uint32_t random = number * 2654435761u + 1;

	assert_true(len >= plain.len + 4);
	memcpy(data, plain.data, 2);
	while (left > 0) {
		size_t segment = left > MAX_COMMENT + 2 ? MAX_COMMENT + 2 : left;

		if (left - segment > 0 && left - segment < 4) /* no room for another's head */
			segment -= 4;
		at[0] = 0xff;
		at[1] = 0xfe;
		at[2] = (unsigned char)((segment - 2) >> 8);
		at[3] = (unsigned char)(segment - 2);
		for (size_t i = 4; i < segment; i++) {
			random = random * 1664525u + 1013904223u;
			at[i] = (unsigned char)(random >> 24);
		}
		at += segment;
		left -= segment;
	}
	memcpy(at, plain.data + 2, plain.len - 2);
	return (struct picture){(char *)data, len};
}

static int read_row(const unsigned char row[WIDTH])
{
	int number = 0;

	for (unsigned cell = 0; cell < CELLS; cell++)
		number = number << 1 | (row[cell * WIDTH / CELLS + WIDTH / CELLS / 2] > 128);
	return number;
}

int picture_number(const void *data, size_t len)
{
	unsigned char pixels[HEIGHT][WIDTH];
	tjhandle coder = tjInitDecompress();
	int width, height, sampling, space;

	assert_non_null(coder);
	bool read =
		tjDecompressHeader3(coder, data, len, &width, &height, &sampling, &space) == 0 &&
		width == WIDTH && height == HEIGHT &&
		tjDecompress2(coder, data, len, pixels[0], WIDTH, WIDTH, HEIGHT, TJPF_GRAY,
			      TJFLAG_STOPONWARNING) == 0;
	tjDestroy(coder);
	if (!read)
		return -1;
	int above = read_row(pixels[HEIGHT / 4]), below = read_row(pixels[HEIGHT * 3 / 4]);
	return above == (~below & ((1 << CELLS) - 1)) ? above : -1;
}

bool picture_equal(struct picture picture, const void *data, size_t len)
{
	return picture.len == len && memcmp(picture.data, data, len) == 0;
}

void picture_hash(const void *data, size_t len, char ret_hash[PICTURE_HASH_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, data, len);
	sodium_bin2hex(ret_hash, PICTURE_HASH_SIZE, hash, sizeof(hash));
}
