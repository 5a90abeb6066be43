/* SPDX-License-Identifier: MIT */
/*
 * A message of several lines (IRCv3 draft/multiline): put together of those that come, and taken
 * apart for who is told. Pure.
 *
 * It is one text: between two of its lines stands a MULTILINE_BREAK, and a MULTILINE_JOIN where its
 * sender cut a line that goes on. Neither can be in a line of IRC. A text without either is an
 * ordinary message.
 */
#ifndef SPILLWAY_MULTILINE_H
#define SPILLWAY_MULTILINE_H

#include "common/slice.h"

#define MULTILINE_BREAK '\n'
#define MULTILINE_JOIN '\r'

enum {
	MULTILINE_MAX_BYTES = 8192, /* of the text, breaks included; joins aren't counted */
	MULTILINE_MAX_LINES = 32,   /* that come */
	MULTILINE_ALONE =
		350, /* bytes of a line that goes out in one piece, whoever says it, and where */
	MULTILINE_TEXT_SIZE = MULTILINE_MAX_BYTES + MULTILINE_MAX_LINES + 2,
};

/* The same as the capability and errors say it. */
#define MULTILINE_BYTES_TEXT "8192"
#define MULTILINE_LINES_TEXT "32"
#define MULTILINE_LIMITS "max-bytes=" MULTILINE_BYTES_TEXT ",max-lines=" MULTILINE_LINES_TEXT

/* ---- putting together ---- */

struct multiline {  /* start with {0} */
	char *text; /* with a NUL; NULL: nothing came yet */
	size_t len, size;
	size_t bytes, n_lines;
};

void multiline_finish(struct multiline *multiline);
/* A line, or with `joins` the rest of the one before. -EFBIG: too many bytes. -E2BIG: too many
 * lines. -EINVAL: a rest that is empty. -ENOMEM. Nothing has changed then. */
int multiline_add(struct multiline *multiline, const char *line, bool joins);
/* All have come. -EINVAL: all are blank. */
int multiline_complete(struct multiline *multiline);

/* ---- taking apart ---- */

bool multiline_is(const char *text);
/* How many lines came. */
size_t multiline_count(const char *text);
/* The text without joins: where its lines go on, nothing stands between. */
void multiline_join(const char *text, char to[MULTILINE_TEXT_SIZE]);

struct multiline_piece {
	struct slice text; /* borrowed from the text; may be empty */
	bool joins;	   /* the rest of the one before */
};

struct multiline_reader { /* start with {text}, which is borrowed */
	const char *at;	  /* NULL: behind the end */
	bool joins;
};

/* The next piece, of up to max bytes: a line that is longer is cut, behind a blank if it can be.
 * False at the end. */
bool multiline_next(struct multiline_reader *reader, size_t max, struct multiline_piece *ret_piece);

#endif
