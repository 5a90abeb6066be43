/* SPDX-License-Identifier: MIT */
#include "tests/sim_picture.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { AT_IDS = 6, AT_SIZE = 27, NOISE = 1 << 21, BYTES_OF_A_PIXEL = 32 };

static const uint8_t opening[] = {0xff, 0xd8, 0xff, 0xfe, 0x00, 0x12};
static const uint8_t outline[] = {
	0xff, 0xc0, 0x00, 0x0b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x11, 0x00, /* SOF0 */
	0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3f, 0x00,		      /* SOS */
};
static const uint8_t closing[] = {0xff, 0xd9};

static uint8_t noise[NOISE]; /* without 0xff, which would be a marker */

/* Before main(), so that child processes needn't. */
__attribute__((constructor)) static void make_noise(void)
{
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof(noise); i++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		noise[i] = (uint8_t)(1 + (random >> 40) % 254);
	}
	/* What a multipart parser has to look at twice. */
	for (size_t i = 100; i + 8 < sizeof(noise); i += 1009)
		memcpy(noise + i, "\r\n--", 4);
}

static const uint8_t *noise_of(uint32_t serial)
{
	return noise + serial * UINT32_C(2654435761) % (NOISE - SIM_PICTURE_MAX);
}

static void write_ids(uint8_t *to, uint32_t serial, uint32_t length)
{
	const uint32_t ids[] = {UINT32_C(0x53504c57), serial, length,
				(serial ^ length) * UINT32_C(2246822519)};

	memcpy(to, ids, sizeof(ids));
}

/* The larger the picture, the more bytes it has. */
static void write_outline(uint8_t *to, uint32_t length)
{
	uint32_t pixels = 1 + length / BYTES_OF_A_PIXEL;
	uint8_t size[] = {(uint8_t)(pixels >> 8), (uint8_t)pixels, (uint8_t)(pixels >> 8),
			  (uint8_t)pixels};

	memcpy(to, outline, sizeof(outline));
	memcpy(to + AT_SIZE - (SIM_PICTURE_HEAD - sizeof(outline)), size, sizeof(size));
}

void sim_picture_write(uint8_t *to, uint32_t serial, uint32_t length)
{
	memcpy(to, opening, sizeof(opening));
	write_ids(to + AT_IDS, serial, length);
	write_outline(to + SIM_PICTURE_HEAD - sizeof(outline), length);
	memcpy(to + SIM_PICTURE_HEAD, noise_of(serial),
	       length - SIM_PICTURE_HEAD - sizeof(closing));
	memcpy(to + length - sizeof(closing), closing, sizeof(closing));
}

static bool read_head(struct sim_picture *picture)
{
	uint8_t ids[16], expected[sizeof(outline)];

	memcpy(&picture->serial, picture->head + AT_IDS + 4, 4);
	memcpy(&picture->length, picture->head + AT_IDS + 8, 4);
	write_ids(ids, picture->serial, picture->length);
	write_outline(expected, picture->length);
	return memcmp(picture->head, opening, sizeof(opening)) == 0 &&
	       memcmp(picture->head + AT_IDS, ids, sizeof(ids)) == 0 &&
	       memcmp(picture->head + SIM_PICTURE_HEAD - sizeof(outline), expected,
		      sizeof(expected)) == 0 &&
	       picture->length >= SIM_PICTURE_MIN && picture->length <= SIM_PICTURE_MAX;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

int sim_picture_read(struct sim_picture *picture, const uint8_t *data, size_t len, size_t *ret_used)
{
	size_t at = 0;

	*ret_used = 0;
	if (picture->got < SIM_PICTURE_HEAD) {
		at = least(len, SIM_PICTURE_HEAD - picture->got);
		memcpy(picture->head + picture->got, data, at);
		picture->got += (uint32_t)at;
		*ret_used = at;
		if (picture->got < SIM_PICTURE_HEAD)
			return 0;
		if (!read_head(picture))
			return -EBADMSG;
	}
	uint32_t noise_end = picture->length - (uint32_t)sizeof(closing);
	if (picture->got < noise_end) {
		size_t n = least(len - at, noise_end - picture->got);

		if (memcmp(data + at, noise_of(picture->serial) + picture->got - SIM_PICTURE_HEAD,
			   n) != 0)
			return -EBADMSG;
		picture->got += (uint32_t)n;
		at += n;
	}
	for (; at < len && picture->got >= noise_end && picture->got < picture->length; at++) {
		if (data[at] != closing[picture->got++ - noise_end])
			return -EBADMSG;
	}
	*ret_used = at;
	return picture->got == picture->length;
}
