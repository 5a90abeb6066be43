/* SPDX-License-Identifier: MIT */
#include "common/sentence.h"

#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 character (RFC 3629) at the start of text; 0 where there is none. */
static size_t utf8_len(const unsigned char *text, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && i < left; i++) {
		uint32_t code = text[0] & (unsigned char)~forms[i].mask;

		if ((text[0] & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t j = 1; j <= i; j++) {
			if ((text[j] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text[j] & 0x3f);
		}
		if (code < forms[i].min || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return 0;
		return i + 1;
	}
	return 0;
}

/* U+0080 to U+009F are control characters of 8-bit terminals. */
static bool is_control(const unsigned char *text, size_t len)
{
	return len == 1 ? *text < ' ' || *text == 0x7f
			: len == 2 && text[0] == 0xc2 && text[1] < 0xa0;
}

void sentence_clean(struct slice text, char *to, size_t size)
{
	size_t len = 0;

	for (size_t at = 0; at < text.len;) {
		const char *from = text.data + at;
		size_t n = utf8_len((const unsigned char *)from, text.len - at);

		at += n > 0 ? n : 1;
		if (n == 0) {
			from = "?";
			n = 1;
		} else if (is_control((const unsigned char *)from, n)) {
			from = " ";
			n = 1;
		}
		if (len + n >= size)
			break;
		if (len == 0 && *from == ' ')
			continue;
		memcpy(to + len, from, n);
		len += n;
	}
	while (len > 0 && to[len - 1] == ' ')
		len--;
	to[len] = '\0';
}

void sentence_first(struct slice text, char *to, size_t size)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != '\n' && text.data[len] != '\r')
		len++;
	sentence_clean((struct slice){text.data, len}, to, size);
	len = strlen(to);
	while (len > 0 && (to[len - 1] == '.' || to[len - 1] == ' '))
		len--;
	to[len] = '\0';
}
