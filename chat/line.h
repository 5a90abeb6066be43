/* SPDX-License-Identifier: MIT */
/*
 * A line on its way to clients: immutable, shared by all who are sent it, counted by reference in
 * the one thread there is. Several that go out together are a chain: who has the first has them
 * all.
 */
#ifndef SPILLWAY_LINE_H
#define SPILLWAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_HEAD = 4, LINE_END_LEN = 2 /* CR LF */ };

/* How a connection has its lines: with CR LF, or each as a WebSocket message without. */
enum line_form { LINE_PLAIN, LINE_TEXT, LINE_BINARY };

struct line {
	struct line *next; /* the one behind it, a reference; NULL: none */
	uint32_t references, len;
	bool raw; /* the same in all forms */
	uint8_t head_len;
	char heads[2][LINE_MAX_HEAD]; /* of LINE_TEXT and LINE_BINARY */
	char data[];
};

/* Returns a reference to a line of data, which is copied, and ends with CR LF; NULL without
 * memory. */
struct line *line_create(const char *data, size_t len);
/* The same of bytes that aren't a line of IRC, and go out as they are. */
struct line *line_create_raw(const char *data, size_t len);
/* The same with data that is still to be written. */
struct line *line_create_room(size_t len);
/* Returns another reference. */
static inline struct line *line_share(struct line *line)
{
	line->references++;
	return line;
}

/* With those behind it. Accepts NULL. */
void line_release(struct line *line);

/* Whether data is all that goes out. */
static inline bool line_is_whole(const struct line *line, enum line_form form)
{
	return form == LINE_PLAIN || line->raw;
}

/* How many bytes go out. */
static inline size_t line_size(const struct line *line, enum line_form form)
{
	return line_is_whole(line, form) ? line->len : line->head_len + line->len - LINE_END_LEN;
}

/* Writes them; how many. */
size_t line_write(const struct line *line, enum line_form form, char *to);

#endif
