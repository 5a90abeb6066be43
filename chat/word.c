/* SPDX-License-Identifier: MIT */
#include "chat/word.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/casemap.h"
#include "common/utf8.h"

bool word_valid(const char *mask)
{
	size_t len = strlen(mask);

	for (const char *at = mask; *at != '\0'; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == ',')
			return false;
	}
	return len <= WORD_MAX && strspn(mask, "*") < len && *mask != ':' &&
	       utf8_valid(slice_from(mask));
}

/* All places in the mask at once, a bit each, which is set when what stands before that place fits
 * what was read. */
struct pattern {
	uint64_t by_byte[256]; /* what stands there takes this byte */
	uint64_t stars;	       /* '*' stands there */
	uint64_t behind_one;   /* '?' stands before */
	uint64_t end;
};

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Several '*' are one. */
static void compile(struct pattern *pattern, const char *mask)
{
	uint64_t bit = 1;

	memset(pattern, 0, sizeof(*pattern));
	for (size_t i = 0; mask[i] != '\0'; i++) {
		if (mask[i] == '*' && i > 0 && mask[i - 1] == '*')
			continue;
		if (mask[i] == '*') {
			pattern->stars |= bit;
		} else if (mask[i] == '?') {
			pattern->behind_one |= bit << 1;
			for (unsigned c = 0; c < 256; c++)
				pattern->by_byte[c] |= is_continuation((unsigned char)c) ? 0 : bit;
		} else {
			pattern->by_byte[(unsigned char)casemap_fold(mask[i])] |= bit;
		}
		bit <<= 1;
	}
	pattern->end = bit;
}

/* '*' may stand for nothing: the place behind it is reached with it. */
static uint64_t skip_stars(const struct pattern *pattern, uint64_t places)
{
	return places | (places & pattern->stars) << 1;
}

static uint64_t step(const struct pattern *pattern, uint64_t places, unsigned char c)
{
	uint64_t next = (places & pattern->by_byte[c]) << 1 | (places & pattern->stars);

	/* The rest of the character that '?' took. */
	if (is_continuation(c))
		next |= places & pattern->behind_one;
	return next;
}

static bool in_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c >= 0x80;
}

/* How many bytes here are a colour or a style. */
static size_t style_len(const char *at)
{
	static const char digits[] = "0123456789", hex_digits[] = "0123456789abcdefABCDEF";
	size_t len = 1, more;

	if (*at == 0x03) {
		more = strspn(at + 1, digits);
		len += more < 2 ? more : 2;
		more = at[len] == ',' && len > 1 ? strspn(at + len + 1, digits) : 0;
		return len + (more > 0 ? 1 + (more < 2 ? more : 2) : 0);
	}
	if (*at == 0x04)
		return strspn(at + 1, hex_digits) >= 6 ? 7 : 1;
	return strchr("\x02\x0f\x11\x16\x1d\x1e\x1f", *at) != NULL ? 1 : 0;
}

bool word_found(const char *mask, const char *text)
{
	struct pattern pattern;
	uint64_t places = 0;
	unsigned char last = ' ';
	size_t skipped;

	assert(strlen(mask) <= WORD_MAX);
	compile(&pattern, mask);
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char c = (unsigned char)casemap_fold(*at);

		while ((skipped = style_len(at)) > 0) {
			at += skipped;
			c = (unsigned char)casemap_fold(*at);
			if (c == '\0')
				return (places & pattern.end) != 0;
		}
		if (!in_word(last) || !in_word(c)) {
			if ((places & pattern.end) != 0)
				return true;
			places = skip_stars(&pattern, places | 1);
		}
		places = skip_stars(&pattern, step(&pattern, places, c));
		last = c;
	}
	return (places & pattern.end) != 0;
}
