/* SPDX-License-Identifier: MIT */
/*
 * Lines that make a message, and the message taken apart again: nothing is lost, and no piece is
 * too long. An input's lines are those that come; one that begins with 0x01 goes on from the one
 * before.
 */
#include "chat/multiline.h"
#include "common/utf8.h"
#include "tests/fuzz.h"

/* The lines again, as their pieces make them. */
static void check(const char *text, size_t max, const char *joined)
{
	struct multiline_reader reader = {.at = text};
	struct multiline_piece piece;
	char again[MULTILINE_TEXT_SIZE];
	size_t len = 0;
	bool first = true;

	while (multiline_next(&reader, max, &piece)) {
		assert(piece.text.len <= max);
		assert(utf8_valid(piece.text));
		if (!first && !piece.joins)
			again[len++] = MULTILINE_BREAK;
		assert(len + piece.text.len < sizeof(again));
		memcpy(again + len, piece.text.data, piece.text.len);
		len += piece.text.len;
		first = false;
	}
	again[len] = '\0';
	assert(strcmp(again, joined) == 0);
}

static void add(struct multiline *multiline, struct slice line)
{
	bool joins = line.len > 0 && *line.data == 1;
	char *text = strndup(line.data + joins, line.len - joins);
	struct multiline before = *multiline;

	assert(text != NULL);
	if (utf8_valid(slice_from(text)) && !multiline_is(text) &&
	    multiline_add(multiline, text, joins) < 0)
		assert(multiline->n_lines == before.n_lines && multiline->len == before.len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_cuts cuts = fuzz_cuts(data, size);
	struct slice rest = {(const char *)data, size}, line;
	struct multiline multiline = {0};
	char joined[MULTILINE_TEXT_SIZE];

	while (slice_split(&rest, '\n', &line))
		add(&multiline, line);
	if (multiline_complete(&multiline) == 0) {
		assert(multiline.bytes <= MULTILINE_MAX_BYTES);
		assert(strlen(multiline.text) == multiline.len);
		multiline_join(multiline.text, joined);
		assert(strlen(joined) == multiline.bytes);
		check(multiline.text, 4 + fuzz_cut(&cuts, 400), joined);
	}
	multiline_finish(&multiline);
	return 0;
}
