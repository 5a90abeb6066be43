/* SPDX-License-Identifier: MIT */
/*
 * What the user of `spillway top` looks at: which list, in which order, which row; and what keys do
 * to that. Pure: top_screen.h shows it, top.c does what was asked for.
 */
#ifndef SPILLWAY_TOP_VIEW_H
#define SPILLWAY_TOP_VIEW_H

#include "common/name.h"
#include "viewer/table.h"
#include "viewer/top_model.h"

enum {
	TOP_HEAD = 3, /* lines above the lists */
	TOP_LINE_SIZE = 512,
	TOP_FILTER_SIZE = 64,
};

/* Characters are themselves. */
enum top_key {
	TOP_KEY_UP = 1 << 24,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_TAB,
	TOP_KEY_BACKSPACE,
	TOP_KEY_ESCAPE,
};

enum top_prompt { TOP_NO_PROMPT, TOP_PROMPT_FILTER, TOP_PROMPT_KICK };

struct top_place {
	size_t column; /* that the list is ordered by */
	bool falls;
	long long id; /* of the row that is selected; -1: none yet */
	size_t at;    /* its place: where it has gone, the next one takes it */
	size_t first; /* the row that is shown first */
};

struct top_view {
	enum top_list focus;
	struct top_place places[TOP_LISTS];
	unsigned heights[TOP_LISTS]; /* rows that are shown */
	char filter[TOP_FILTER_SIZE];
	char stream[NAME_MAX_BYTES + 1]; /* whose viewers are shown; "": all */
	enum top_prompt prompt;
	char message[TOP_LINE_SIZE]; /* the lower bar; "": the keys */
	bool paused, ended;
	char asked[NAME_MAX_BYTES + 1]; /* the stream that the prompt is about; "": a viewer */
	/* What is to be disconnected; the caller sets it to -1 and "" again. */
	long long kick_viewer;
	char kick_publisher[NAME_MAX_BYTES + 1]; /* that of this stream */
};

extern const struct table_column *const top_columns[TOP_LISTS];
extern const char *const top_titles[TOP_LISTS];

void top_view_init(struct top_view *view);
/* The rows of a list as the view has them: a reference to an array. */
json_t *top_view_rows(const struct top_view *view, const struct top_model *model,
		      enum top_list list);
/* What a key does. rows: top_view_rows() of each list (borrowed). */
void top_view_key(struct top_view *view, json_t *const rows[TOP_LISTS], unsigned key);
/* Fits the view to the rows there are now, and to so many lines for all lists. */
void top_view_fit(struct top_view *view, json_t *const rows[TOP_LISTS], unsigned lines);
/* A line above the lists, of TOP_HEAD. */
void top_view_head(const struct top_model *model, unsigned line, char to[TOP_LINE_SIZE]);
/* The lowest line. */
void top_view_foot(const struct top_view *view, char to[TOP_LINE_SIZE]);

#endif
