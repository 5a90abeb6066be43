/* SPDX-License-Identifier: MIT */
#include "viewer/human.h"

#include <stdio.h>

static void human_scaled(double number, const char *unit, char to[HUMAN_SIZE])
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T"};
	size_t i = 0;

	while (number >= 999.95 && i + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
		number /= 1000;
		i++;
	}
	snprintf(to, HUMAN_SIZE, i == 0 ? "%.0f %s%s" : "%.1f %s%s", number, prefixes[i], unit);
}

void human_bytes(uint64_t bytes, char to[HUMAN_SIZE])
{
	human_scaled((double)bytes, "B", to);
}

void human_bits(double bits, char to[HUMAN_SIZE])
{
	human_scaled(bits, "bit", to);
}

void human_time(double seconds, char to[HUMAN_SIZE])
{
	static const struct {
		unsigned long large, small;
		const char *large_name, *small_name;
	} units[] = {
		{86400, 3600, "d", "h"},
		{3600, 60, "h", "min"},
		{60, 1, "min", "s"},
	};
	unsigned long whole;

	if (!(seconds > 0))
		seconds = 0;
	if (seconds > 1e9)
		seconds = 1e9;
	whole = (unsigned long)seconds;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (whole >= units[i].large) {
			snprintf(to, HUMAN_SIZE, "%lu %s %02lu %s", whole / units[i].large,
				 units[i].large_name, whole % units[i].large / units[i].small,
				 units[i].small_name);
			return;
		}
	snprintf(to, HUMAN_SIZE, "%.1f s", seconds);
}

void human_latency(uint64_t us, char to[HUMAN_SIZE])
{
	if (us < 1000000)
		snprintf(to, HUMAN_SIZE, "%.1f ms", (double)us / 1e3);
	else
		snprintf(to, HUMAN_SIZE, "%.2f s", (double)us / 1e6);
}

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

void human_sentence(struct slice sentence, char *to, size_t size)
{
	const unsigned char *text = (const unsigned char *)sentence.data;
	size_t left = sentence.len, len = 0;

	while (left > 0) {
		size_t n = utf8_len(text, left);
		/* U+0080 to U+009F are control characters of 8-bit terminals. */
		bool control = n == 1 ? *text < ' ' || *text == 0x7f
				      : n == 2 && text[0] == 0xc2 && text[1] < 0xa0;

		if (len + (n > 0 ? n : 1) >= size)
			break;
		if (n == 0 || control)
			to[len++] = n == 0 ? '?' : ' ';
		else
			for (size_t i = 0; i < n; i++)
				to[len++] = (char)text[i];
		text += n > 0 ? n : 1;
		left -= n > 0 ? n : 1;
	}
	while (len > 0 && to[len - 1] == ' ')
		len--;
	to[len] = '\0';
}
