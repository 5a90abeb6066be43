/* SPDX-License-Identifier: MIT */
/*
 * A line on its way to clients: immutable, shared by all who are sent it, counted by reference in
 * the one thread there is. Several that go out together are a chain: who has the first has them all.
 */
#ifndef SPILLWAY_LINE_H
#define SPILLWAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { LINE_MAX_HEAD = 4, LINE_PIECES = 2 };

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

/* Returns a reference to a line of data, which is copied, and ends with CR LF; NULL without memory. */
struct line *line_create(const char *data, size_t len);
/* The same of bytes that aren't a line of IRC, and go out as they are. */
struct line *line_create_raw(const char *data, size_t len);
/* Returns another reference. */
struct line *line_share(struct line *line);
/* With those behind it. Accepts NULL. */
void line_release(struct line *line);

/* What goes out, in up to LINE_PIECES pieces, which are borrowed: how many. */
size_t line_pieces(struct line *line, enum line_form form, struct iovec ret_pieces[LINE_PIECES]);
/* Their length. */
size_t line_size(const struct line *line, enum line_form form);

#endif
