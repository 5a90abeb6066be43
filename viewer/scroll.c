/* SPDX-License-Identifier: MIT */
#include "viewer/scroll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cells.h"

void scroll_finish(struct scroll *scroll)
{
	for (size_t i = 0; i < scroll->n; i++)
		free(scroll->lines[(scroll->first + i) % SCROLL_MAX_LINES]);
	free(scroll->lines);
	*scroll = (struct scroll){0};
}

static struct scroll_line *line_at(const struct scroll *scroll, size_t i)
{
	return scroll->lines[(scroll->first + i) % SCROLL_MAX_LINES];
}

static size_t count_rows(const struct scroll_line *line, unsigned width)
{
	struct slice rest = slice_from(line->text);
	size_t n = 1;

	for (;;) {
		size_t len = cells_wrap(rest, width);

		if (len >= rest.len)
			return n;
		rest = (struct slice){rest.data + len, rest.len - len};
		n++;
	}
}

/* -ENOMEM. */
static int make_line(struct scroll *scroll, const struct scroll_line *what, const char *text,
		     struct scroll_line **ret_line)
{
	size_t size = strlen(text) + 1;
	struct scroll_line *line = malloc(sizeof(*line) + size);

	if (scroll->lines == NULL)
		scroll->lines = calloc(SCROLL_MAX_LINES, sizeof(struct scroll_line *));
	if (line == NULL || scroll->lines == NULL) {
		free(line);
		return -ENOMEM;
	}
	*line = *what;
	memcpy(line->text, text, size);
	*ret_line = line;
	return 0;
}

int scroll_add(struct scroll *scroll, int64_t time_ms, int look, size_t head_len, const char *text,
	       unsigned width)
{
	struct scroll_line *line;
	int error = make_line(
		scroll,
		&(struct scroll_line){.time_ms = time_ms, .look = look, .head_len = head_len}, text,
		&line);

	if (error < 0)
		return error;
	if (scroll->n == SCROLL_MAX_LINES) {
		free(scroll->lines[scroll->first]);
		scroll->first = (scroll->first + 1) % SCROLL_MAX_LINES;
		scroll->n--;
	}
	scroll->lines[(scroll->first + scroll->n++) % SCROLL_MAX_LINES] = line;
	if (scroll->up > 0)
		scroll->up += count_rows(line, width);
	return 0;
}

int scroll_insert(struct scroll *scroll, size_t at, int64_t time_ms, int look, size_t head_len,
		  const char *text, unsigned width)
{
	size_t below = 0, up = scroll->up;
	int error;

	if (scroll->n == SCROLL_MAX_LINES)
		return -ENOSPC;
	for (size_t i = at; i < scroll->n && below < up; i++)
		below += count_rows(line_at(scroll, i), width);
	error = scroll_add(scroll, time_ms, look, head_len, text, width);
	if (error < 0)
		return error;
	/* What comes in above the lowest row that is shown moves nothing. */
	if (below >= up)
		scroll->up = up;
	for (size_t i = scroll->n - 1; i > at; i--) {
		struct scroll_line **here = &scroll->lines[(scroll->first + i) % SCROLL_MAX_LINES];
		struct scroll_line **before =
			&scroll->lines[(scroll->first + i - 1) % SCROLL_MAX_LINES];
		struct scroll_line *line = *here;

		*here = *before;
		*before = line;
	}
	return 0;
}

size_t scroll_behind(const struct scroll *scroll, int look)
{
	size_t at = scroll->n;

	while (at > 0 && line_at(scroll, at - 1)->look != look)
		at--;
	return at;
}

static void mark_before(struct scroll *scroll, size_t n)
{
	for (size_t i = 0; i < scroll->n; i++)
		line_at(scroll, i)->seen_last = i + 1 == n;
}

void scroll_mark(struct scroll *scroll)
{
	mark_before(scroll, scroll->n);
}

void scroll_mark_time(struct scroll *scroll, int64_t time_ms)
{
	size_t n = scroll->n;

	while (n > 0 && line_at(scroll, n - 1)->time_ms > time_ms)
		n--;
	mark_before(scroll, n);
}

static size_t count_all(const struct scroll *scroll, unsigned width)
{
	size_t n = 0;

	for (size_t i = 0; i < scroll->n; i++)
		n += count_rows(line_at(scroll, i), width);
	return n;
}

void scroll_move(struct scroll *scroll, long rows, unsigned width, unsigned height)
{
	size_t there = count_all(scroll, width);
	size_t most = there > height ? there - height : 0;

	if (rows < 0)
		scroll->up -= (size_t)-rows < scroll->up ? (size_t)-rows : scroll->up;
	else
		scroll->up += (size_t)rows;
	if (scroll->up > most)
		scroll->up = most;
}

/* Puts a line's rows where they stand: its last one is `below` rows over the newest. */
static void place_line(const struct scroll_line *line, size_t n_rows, size_t below,
		       const struct scroll *scroll, unsigned width, unsigned height,
		       struct scroll_row *rows)
{
	struct slice rest = slice_from(line->text);

	for (size_t i = 0; i < n_rows; i++) {
		size_t len = cells_wrap(rest, width), over = below + n_rows - 1 - i;

		if (over >= scroll->up && over - scroll->up < height)
			rows[height - 1 - (over - scroll->up)] =
				(struct scroll_row){line, {rest.data, len}, i == 0};
		rest = (struct slice){rest.data + len, rest.len - len};
	}
}

void scroll_rows(const struct scroll *scroll, unsigned width, unsigned height,
		 struct scroll_row rows[SCROLL_MAX_ROWS])
{
	size_t below = 0;

	memset(rows, 0, SCROLL_MAX_ROWS * sizeof(rows[0]));
	for (size_t i = scroll->n; i > 0 && below < scroll->up + height; i--) {
		const struct scroll_line *line = line_at(scroll, i - 1);
		size_t n_rows = count_rows(line, width);

		place_line(line, n_rows, below, scroll, width, height, rows);
		below += n_rows;
	}
}
