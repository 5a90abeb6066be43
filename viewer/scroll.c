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
	struct slice rest = slice_from(line->said.text);
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
static int make_line(struct scroll *scroll, const struct scroll_said *said,
		     struct scroll_line **ret_line)
{
	size_t text_size = strlen(said->text) + 1, id_size = strlen(said->id) + 1;
	struct scroll_line *line = malloc(sizeof(*line) + text_size + id_size);

	if (scroll->lines == NULL)
		scroll->lines = calloc(SCROLL_MAX_LINES, sizeof(struct scroll_line *));
	if (line == NULL || scroll->lines == NULL) {
		free(line);
		return -ENOMEM;
	}
	memcpy(line->memory, said->text, text_size);
	memcpy(line->memory + text_size, said->id, id_size);
	line->said = *said;
	line->said.text = line->memory;
	line->said.id = line->memory + text_size;
	line->seen_last = false;
	*ret_line = line;
	return 0;
}

int scroll_add(struct scroll *scroll, const struct scroll_said *said, unsigned width)
{
	struct scroll_line *line;
	int error = make_line(scroll, said, &line);

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

/* The rows from the at-th line on, as far as the lowest that is shown. */
static size_t rows_below(const struct scroll *scroll, size_t at, unsigned width)
{
	size_t below = 0;

	for (size_t i = at; i < scroll->n && below < scroll->up; i++)
		below += count_rows(line_at(scroll, i), width);
	return below;
}

int scroll_insert(struct scroll *scroll, size_t at, const struct scroll_said *said, unsigned width)
{
	size_t up = scroll->up, below = rows_below(scroll, at, width);
	int error;

	if (scroll->n == SCROLL_MAX_LINES)
		return -ENOSPC;
	error = scroll_add(scroll, said, width);
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

int scroll_replace(struct scroll *scroll, const char *id, int look, const char *text,
		   unsigned width)
{
	size_t i = scroll->n, head_len, size, old_rows;
	struct scroll_line **place, *line;
	struct scroll_said said;
	char *whole;
	int error;

	while (i > 0 && (*id == '\0' || strcmp(line_at(scroll, i - 1)->said.id, id) != 0))
		i--;
	if (i == 0)
		return -ENOENT;
	place = &scroll->lines[(scroll->first + i - 1) % SCROLL_MAX_LINES];
	said = (*place)->said;
	head_len = said.head_len;
	size = head_len + strlen(text) + 1;
	whole = malloc(size);
	if (whole == NULL)
		return -ENOMEM;
	memcpy(whole, said.text, head_len);
	memcpy(whole + head_len, text, size - head_len);
	said.text = whole;
	said.look = look;
	error = make_line(scroll, &said, &line);
	free(whole);
	if (error < 0)
		return error;
	line->seen_last = (*place)->seen_last;
	old_rows = count_rows(*place, width);
	if (scroll->up > 0 && rows_below(scroll, i, width) < scroll->up)
		scroll->up = scroll->up + count_rows(line, width) > old_rows
				     ? scroll->up + count_rows(line, width) - old_rows
				     : 0;
	free(*place);
	*place = line;
	return 0;
}

size_t scroll_behind(const struct scroll *scroll, int look)
{
	size_t at = scroll->n;

	while (at > 0 && line_at(scroll, at - 1)->said.look != look)
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

	while (n > 0 && line_at(scroll, n - 1)->said.time_ms > time_ms)
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

/* A row's text, without the line feed that ends it. */
static struct slice without_end(struct slice text, size_t len)
{
	return (struct slice){text.data, len > 0 && text.data[len - 1] == '\n' ? len - 1 : len};
}

/* Puts a line's rows where they stand: its last one is `below` rows over the newest. */
static void place_line(const struct scroll_line *line, size_t n_rows, size_t below,
		       const struct scroll *scroll, unsigned width, unsigned height,
		       struct scroll_row *rows)
{
	struct slice rest = slice_from(line->said.text);

	for (size_t i = 0; i < n_rows; i++) {
		size_t len = cells_wrap(rest, width), over = below + n_rows - 1 - i;

		if (over >= scroll->up && over - scroll->up < height)
			rows[height - 1 - (over - scroll->up)] =
				(struct scroll_row){line, without_end(rest, len), i == 0};
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
