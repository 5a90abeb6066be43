/* SPDX-License-Identifier: MIT */
#include "viewer/cells.h"

#include <string.h>
#include <wchar.h>

#include "common/utf8.h"

/* The character at the start of text, of n bytes. */
static wchar_t decode(const char *text, size_t n)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned code = (unsigned char)*text & masks[n];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	return (wchar_t)code;
}

/* The next character's length, never 0, and its width. */
static size_t next(struct slice text, size_t at, unsigned *ret_width)
{
	size_t n = utf8_len(text.data + at, text.len - at);
	int width = n > 0 ? wcwidth(decode(text.data + at, n)) : 1;

	*ret_width = width < 0 ? 1 : (unsigned)width;
	return n > 0 ? n : 1;
}

unsigned cells_width(struct slice text)
{
	unsigned width, all = 0;

	for (size_t at = 0; at < text.len; all += width)
		at += next(text, at, &width);
	return all;
}

size_t cells_fit(struct slice text, unsigned width)
{
	unsigned all = 0, one;
	size_t at = 0;

	while (at < text.len) {
		size_t n = next(text, at, &one);

		if (all + one > width)
			break;
		all += one;
		at += n;
	}
	return at;
}

size_t cells_wrap(struct slice text, unsigned width)
{
	const char *end = memchr(text.data, '\n', text.len);
	size_t line = end != NULL ? (size_t)(end - text.data) : text.len;
	size_t len = cells_fit((struct slice){text.data, line}, width);

	if (len == line)
		return end != NULL ? len + 1 : len;
	if (text.data[len] == ' ')
		return len + 1;
	for (size_t at = len; at > 0; at--) {
		if (text.data[at - 1] == ' ')
			return at;
	}
	return len > 0 ? len : cells_behind(text, 0);
}

size_t cells_behind(struct slice text, size_t at)
{
	unsigned width;

	if (at >= text.len)
		return text.len;
	at += next(text, at, &width);
	while (at < text.len) {
		size_t n = next(text, at, &width);

		if (width > 0)
			break;
		at += n;
	}
	return at;
}

size_t cells_before(struct slice text, size_t at)
{
	size_t place = 0, behind;

	while ((behind = cells_behind(text, place)) < at)
		place = behind;
	return place;
}

static bool turns_direction(wchar_t c)
{
	return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

void cells_clean(char *text)
{
	size_t len = strlen(text), to = 0;

	for (size_t at = 0; at < len;) {
		size_t n = utf8_len(text + at, len - at);
		wchar_t c = n > 0 ? decode(text + at, n) : L'\0';

		if (n == 0 || (wcwidth(c) < 0 && c != L'\n')) {
			text[to++] = '?';
		} else if (!turns_direction(c)) {
			memmove(text + to, text + at, n);
			to += n;
		}
		at += n > 0 ? n : 1;
	}
	text[to] = '\0';
}
