/* SPDX-License-Identifier: MIT */
#include "common/slice.h"

#include <errno.h>
#include <string.h>

struct slice slice_from(const char *text)
{
	return (struct slice){text, strlen(text)};
}

bool slice_equal(struct slice a, const char *text)
{
	return a.len == strlen(text) && (a.len == 0 || memcmp(a.data, text, a.len) == 0);
}

static unsigned char lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool slice_starts_nocase(struct slice a, const char *text)
{
	size_t i;

	for (i = 0; i < a.len && text[i]; i++) {
		if (lower(a.data[i]) != lower(text[i]))
			return false;
	}
	return text[i] == '\0';
}

bool slice_equal_nocase(struct slice a, const char *text)
{
	return a.len == strlen(text) && slice_starts_nocase(a, text);
}

bool slice_ends(struct slice a, const char *text)
{
	size_t len = strlen(text);

	return a.len >= len && (len == 0 || memcmp(a.data + (a.len - len), text, len) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice a)
{
	while (a.len > 0 && is_blank(a.data[a.len - 1]))
		a.len--;
	while (a.len > 0 && is_blank(a.data[0])) {
		a.data++;
		a.len--;
	}
	return a;
}

bool slice_split(struct slice *rest, char separator, struct slice *ret_part)
{
	const char *end;

	if (!rest->data)
		return false;
	*ret_part = *rest;
	end = rest->len > 0 ? memchr(rest->data, separator, rest->len) : NULL;
	if (!end) {
		*rest = (struct slice){0};
		return true;
	}
	ret_part->len = (size_t)(end - rest->data);
	rest->data = end + 1;
	rest->len -= ret_part->len + 1;
	return true;
}

int slice_number(struct slice a, unsigned long long max, unsigned long long *ret_number)
{
	unsigned long long number = 0;
	bool over = false;

	if (a.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < a.len; i++) {
		unsigned digit = (unsigned char)a.data[i] - (unsigned)'0';

		if (digit > 9)
			return -EINVAL;
		over = over || digit > max || number > (max - digit) / 10;
		if (!over)
			number = number * 10 + digit;
	}
	if (over)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

int slice_copy(struct slice a, char *to, size_t size)
{
	if (a.len >= size)
		return -ENAMETOOLONG;
	if (a.len > 0)
		memcpy(to, a.data, a.len);
	to[a.len] = '\0';
	return 0;
}
