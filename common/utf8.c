/* SPDX-License-Identifier: MIT */
#include "common/utf8.h"

#include <stdint.h>

size_t utf8_len(const char *text, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && i < left; i++) {
		uint32_t code = bytes[0] & (unsigned char)~forms[i].mask;

		if ((bytes[0] & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t j = 1; j <= i; j++) {
			if ((bytes[j] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (bytes[j] & 0x3f);
		}
		if (code < forms[i].min || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return 0;
		return i + 1;
	}
	return 0;
}

bool utf8_valid(struct slice text)
{
	for (size_t at = 0; at < text.len;) {
		size_t n = utf8_len(text.data + at, text.len - at);

		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

size_t utf8_fit(struct slice text, size_t max)
{
	size_t len = text.len < max ? text.len : max;

	while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	return len;
}
