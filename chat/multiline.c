/* SPDX-License-Identifier: MIT */
#include "chat/multiline.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define MARKS "\n\r"

void multiline_finish(struct multiline *multiline)
{
	free(multiline->text);
	*multiline = (struct multiline){0};
}

/* ---- putting together ---- */

/* With a byte for a mark, one for a NUL, and one for the cut of multiline_complete(). */
static int make_room(struct multiline *multiline, size_t len)
{
	size_t needed = multiline->len + len + 3, size = 2 * needed;

	if (needed <= multiline->size)
		return 0;
	if (size > MULTILINE_TEXT_SIZE)
		size = MULTILINE_TEXT_SIZE;
	assert(size >= needed);
	char *text = realloc(multiline->text, size);
	if (text == NULL)
		return -ENOMEM;
	multiline->text = text;
	multiline->size = size;
	return 0;
}

int multiline_add(struct multiline *multiline, const char *line, bool joins)
{
	bool first = multiline->n_lines == 0;
	size_t len = strlen(line), bytes = len + (first || joins ? 0 : 1);
	int error;

	if (joins && len == 0)
		return -EINVAL;
	if (multiline->n_lines == MULTILINE_MAX_LINES)
		return -E2BIG;
	if (multiline->bytes + bytes > MULTILINE_MAX_BYTES)
		return -EFBIG;
	error = make_room(multiline, len);
	if (error < 0)
		return error;
	if (!first)
		multiline->text[multiline->len++] = joins ? MULTILINE_JOIN : MULTILINE_BREAK;
	memcpy(multiline->text + multiline->len, line, len + 1);
	multiline->len += len;
	multiline->bytes += bytes;
	multiline->n_lines++;
	return 0;
}

/* How much of a line fits into max bytes. */
static size_t fit(struct slice line, size_t max)
{
	size_t len = line.len <= max ? line.len : utf8_fit(line, max);

	if (len == line.len)
		return len;
	for (size_t i = len; i > len / 2; i--) {
		if (line.data[i - 1] == ' ')
			return i;
	}
	return len > 0 ? len : max;
}

int multiline_complete(struct multiline *multiline)
{
	char *text = multiline->text;
	size_t at;

	if (text == NULL || strspn(text, MARKS) == multiline->len)
		return -EINVAL;
	/* A line alone would be an ordinary message, and lose what doesn't fit there. */
	if (multiline->n_lines == 1 && multiline->len > MULTILINE_ALONE) {
		at = fit((struct slice){text, multiline->len}, MULTILINE_ALONE);
		memmove(text + at + 1, text + at, multiline->len - at + 1);
		text[at] = MULTILINE_JOIN;
		multiline->len++;
	}
	return 0;
}

/* ---- taking apart ---- */

bool multiline_is(const char *text)
{
	return strpbrk(text, MARKS) != NULL;
}

size_t multiline_count(const char *text)
{
	size_t n = 1;

	while ((text = strpbrk(text, MARKS)) != NULL) {
		text++;
		n++;
	}
	return n;
}

void multiline_join(const char *text, char to[MULTILINE_TEXT_SIZE])
{
	size_t len = 0;

	for (; *text != '\0' && len < MULTILINE_TEXT_SIZE - 1; text++) {
		if (*text != MULTILINE_JOIN)
			to[len++] = *text;
	}
	to[len] = '\0';
}

bool multiline_next(struct multiline_reader *reader, size_t max, struct multiline_piece *ret_piece)
{
	struct slice line = {reader->at, 0};
	const char *end;

	assert(max >= 4); /* the longest character of UTF-8 */
	if (reader->at == NULL)
		return false;
	line.len = strcspn(reader->at, MARKS);
	end = line.data + line.len;
	line.len = fit(line, max);
	*ret_piece = (struct multiline_piece){line, reader->joins};
	if (line.data + line.len < end) {
		reader->at = line.data + line.len;
		reader->joins = true;
	} else {
		reader->joins = *end == MULTILINE_JOIN;
		reader->at = *end != '\0' ? end + 1 : NULL;
	}
	return true;
}
