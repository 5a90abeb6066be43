/* SPDX-License-Identifier: MIT */
#include "common/sentence.h"

#include <string.h>

#include "common/utf8.h"

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
		size_t n = utf8_len(from, text.len - at);

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
