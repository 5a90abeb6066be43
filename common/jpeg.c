/* SPDX-License-Identifier: MIT */
#include "common/jpeg.h"

#include <errno.h>
#include <string.h>

enum jpeg_state {
	START, /* this and the next three follow each other */
	SOI,
	MARKER_FF,
	MARKER,
	LENGTH_HIGH,
	LENGTH_LOW,
	SEGMENT,
	ENTROPY, /* behind a segment SOS */
	ENTROPY_FF,
};

enum {
	CODE_STUFFING = 0x00,
	CODE_SOI = 0xd8,
	CODE_FILL = 0xff,
	SOF_MIN_LENGTH = 11, /* with one component */
};

enum marker_kind { RESERVED, ALONE, PARAMETERS, FRAME, SCAN, END };

/* The kinds of T.81 table B.1: a code is of the first row whose last one isn't less. */
static const struct {
	uint8_t last;
	enum marker_kind kind;
} markers[] = {
	{0x00, RESERVED},   /* stuffing */
	{0x01, ALONE},	    /* TEM */
	{0xbf, RESERVED},   /* RES */
	{0xc3, FRAME},	    /* SOF0 to SOF3 */
	{0xc4, PARAMETERS}, /* DHT */
	{0xc7, FRAME},	    /* SOF5 to SOF7 */
	{0xc8, RESERVED},   /* JPG */
	{0xcb, FRAME},	    /* SOF9 to SOF11 */
	{0xcc, PARAMETERS}, /* DAC */
	{0xcf, FRAME},	    /* SOF13 to SOF15 */
	{0xd7, ALONE},	    /* RST0 to RST7 */
	{0xd8, RESERVED},   /* SOI: one is at the start only */
	{0xd9, END},	    /* EOI */
	{0xda, SCAN},	    /* SOS */
	{0xfe, PARAMETERS}, /* DQT, DRI, APPn, COM, … */
	{0xff, RESERVED},   /* fill */
};

static enum marker_kind marker_kind(uint8_t code)
{
	size_t i = 0;

	while (markers[i].last < code)
		i++;
	return markers[i].kind;
}

/* The byte behind an FF. 1 when the picture ends with it. */
static int take_marker(struct jpeg_scan *scan, uint8_t code)
{
	enum marker_kind kind = marker_kind(code);
	bool entropy = scan->state == ENTROPY_FF;

	if (code == CODE_FILL)
		return 0;
	if (kind == ALONE || (entropy && code == CODE_STUFFING)) {
		scan->state = entropy ? ENTROPY : MARKER_FF;
		return 0;
	}
	if (kind == END)
		return scan->scanned ? 1 : -EBADMSG;
	/* One frame, and it goes before its scans; more are for the hierarchical mode only. */
	if (kind == RESERVED || (kind == FRAME && scan->width > 0) ||
	    (kind == SCAN && scan->width == 0))
		return -EBADMSG;
	scan->marker = code;
	scan->state = LENGTH_HIGH;
	return 0;
}

static int end_segment(struct jpeg_scan *scan)
{
	enum marker_kind kind = marker_kind(scan->marker);

	if (kind == FRAME && (scan->width == 0 || scan->height == 0))
		return -EBADMSG;
	scan->scanned = scan->scanned || kind == SCAN;
	scan->state = kind == SCAN ? ENTROPY : MARKER_FF;
	return 0;
}

static int begin_segment(struct jpeg_scan *scan)
{
	int min = marker_kind(scan->marker) == FRAME ? SOF_MIN_LENGTH : (int)sizeof(scan->left);

	if (scan->left < min)
		return -EBADMSG;
	scan->left = (uint16_t)(scan->left - sizeof(scan->left));
	scan->at = 0;
	scan->state = SEGMENT;
	return scan->left > 0 ? 0 : end_segment(scan);
}

/* SOFn is precision, height, width, … (T.81 section B.2.2). */
static void take_size(struct jpeg_scan *scan, uint8_t byte, uint16_t at)
{
	if (at == 1 || at == 2)
		scan->height = (uint16_t)(scan->height << 8 | byte);
	else if (at == 3 || at == 4)
		scan->width = (uint16_t)(scan->width << 8 | byte);
}

static int take_segment(struct jpeg_scan *scan, const uint8_t *data, size_t len, size_t *ret_used)
{
	if (len > scan->left)
		len = scan->left;
	if (marker_kind(scan->marker) == FRAME) {
		for (size_t i = 0; i < len; i++)
			take_size(scan, data[i], scan->at++);
	}
	scan->left = (uint16_t)(scan->left - len);
	*ret_used = len;
	return scan->left > 0 ? 0 : end_segment(scan);
}

static size_t skip_entropy(struct jpeg_scan *scan, const uint8_t *data, size_t len)
{
	const uint8_t *ff = memchr(data, CODE_FILL, len);

	if (!ff)
		return len;
	scan->state = ENTROPY_FF;
	return (size_t)(ff - data) + 1;
}

static int take_byte(struct jpeg_scan *scan, uint8_t byte)
{
	static const uint8_t expected[] = {[START] = 0xff, [SOI] = CODE_SOI, [MARKER_FF] = 0xff};

	if (scan->state <= MARKER_FF) {
		if (byte != expected[scan->state])
			return -EBADMSG;
		scan->state++;
		return 0;
	}
	if (scan->state == LENGTH_HIGH) {
		scan->left = (uint16_t)(byte << 8);
		scan->state = LENGTH_LOW;
		return 0;
	}
	if (scan->state == LENGTH_LOW) {
		scan->left |= byte;
		return begin_segment(scan);
	}
	return take_marker(scan, byte);
}

static int take(struct jpeg_scan *scan, const uint8_t *data, size_t len, size_t *ret_used)
{
	*ret_used = 1;
	if (scan->state == SEGMENT)
		return take_segment(scan, data, len, ret_used);
	return take_byte(scan, *data);
}

int jpeg_scan(struct jpeg_scan *scan, const uint8_t *data, size_t len, size_t *ret_used)
{
	size_t used = 0;
	int r = 0;

	while (used < len && r == 0) {
		size_t n;

		if (scan->state == ENTROPY)
			n = skip_entropy(scan, data + used, len - used);
		else
			r = take(scan, data + used, len - used, &n);
		used += n;
	}
	*ret_used = used;
	return r;
}

int jpeg_size(const uint8_t *data, size_t len, uint16_t *ret_width, uint16_t *ret_height)
{
	struct jpeg_scan scan = {0};
	size_t used = 0, n;
	int r = 0;

	/* Behind a whole SOFn comes a marker. */
	while (used < len && r == 0 && (scan.width == 0 || scan.state != MARKER_FF)) {
		r = take(&scan, data + used, len - used, &n);
		used += n;
	}
	if (r < 0 || scan.width == 0 || scan.state != MARKER_FF)
		return -EBADMSG;
	*ret_width = scan.width;
	*ret_height = scan.height;
	return 0;
}
