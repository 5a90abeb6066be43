/* SPDX-License-Identifier: MIT */
/*
 * What was said, for looking back: the last lines, and which of their rows stand on a screen of
 * some size. No input or output.
 */
#ifndef SPILLWAY_SCROLL_H
#define SPILLWAY_SCROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

enum {
	SCROLL_MAX_LINES = 5000,
	SCROLL_MAX_ROWS = 500, /* of a screen */
};

/* What is added. */
struct scroll_said {
	int64_t time_ms;
	int look;	  /* the owner's: how it is shown */
	size_t head_len;  /* bytes at the beginning that say who */
	int colour;	  /* of these, 0xrrggbb and 1 more; 0: none of its own */
	const char *id;	  /* by which it is found again; "": by none */
	const char *text; /* valid UTF-8 without control characters, but for line feeds */
};

struct scroll_line {
	struct scroll_said said; /* its texts are the line's own */
	bool seen_last;		 /* what follows came while nobody looked */
	char memory[];		 /* for these texts */
};

struct scroll {			    /* start with {0} */
	struct scroll_line **lines; /* a ring, the oldest at `first` */
	size_t first, n;
	size_t up; /* rows between the newest one and the lowest that is shown */
};

struct scroll_row {
	const struct scroll_line *line; /* NULL: nothing stands here */
	struct slice text;		/* a piece of it */
	bool first;			/* of its line */
};

void scroll_finish(struct scroll *scroll);
/* Everything is copied. Who looks back goes on seeing the same, for lines so wide. -ENOMEM: the
 * line is lost. */
int scroll_add(struct scroll *scroll, const struct scroll_said *said, unsigned width);
/* The same before the line that is the at-th now, the oldest being the 0th. -ENOSPC: there are
 * SCROLL_MAX_LINES. */
int scroll_insert(struct scroll *scroll, size_t at, const struct scroll_said *said, unsigned width);
/* Another text behind the head of the line with that id, and another look. -ENOENT: there is none.
 * -ENOMEM. */
int scroll_replace(struct scroll *scroll, const char *id, int look, const char *text,
		   unsigned width);
/* Where to insert what belongs behind the latest line of that look: at the top where there is
 * none. */
size_t scroll_behind(const struct scroll *scroll, int look);
/* Nobody looks from now on: marks the newest line. */
void scroll_mark(struct scroll *scroll);
/* Marks the newest line of that time or before. */
void scroll_mark_time(struct scroll *scroll, int64_t time_ms);
/* Up, or down (negative), by so many rows, as far as there are lines. */
void scroll_move(struct scroll *scroll, long rows, unsigned width, unsigned height);
/* The rows that stand on a screen, from top to bottom; text is borrowed until the next change. */
void scroll_rows(const struct scroll *scroll, unsigned width, unsigned height,
		 struct scroll_row rows[SCROLL_MAX_ROWS]);

#endif
