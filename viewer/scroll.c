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

int scroll_add(struct scroll *scroll, int64_t time_s, int look, size_t head_len, const char *text,
	       unsigned width)
{
	size_t size = strlen(text) + 1;
	struct scroll_line *line = malloc(sizeof(*line) + size);

	if (scroll->lines == NULL)
		scroll->lines = calloc(SCROLL_MAX_LINES, sizeof(struct scroll_line *));
	if (line == NULL || scroll->lines == NULL) {
		free(line);
		return -ENOMEM;
	}
	*line = (struct scroll_line){.time_s = time_s, .look = look, .head_len = head_len};
	memcpy(line->text, text, size);
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

void scroll_mark(struct scroll *scroll)
{
	for (size_t i = 0; i < scroll->n; i++)
		line_at(scroll, i)->seen_last = false;
	if (scroll->n > 0)
		line_at(scroll, scroll->n - 1)->seen_last = true;
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
