/* SPDX-License-Identifier: MIT */
#include "viewer/top_view.h"

#include <stdio.h>
#include <string.h>

#include "viewer/human.h"

/* ---- columns ---- */

static const struct table_column stream_columns[] = {
	{"STREAM", "name", table_string, false},       {"STATE", "state", table_string, false},
	{"VIEWERS", "viewers", table_count, true},     {"FPS", "fps", table_decimal, true},
	{"KBIT/S", "kbps", table_count, true},	       {"OUT/S", "out_bits", table_bits, true},
	{"DROPS/S", "drop_fps", table_decimal, true},  {"LATELY OUT", "spark", table_string, false},
	{"PUBLISHER", "address", table_string, false}, {"DROPPED", "dropped", table_count, true},
	{"WHY", "reasons", table_string, false},       {.title = NULL},
};

static const struct table_column viewer_columns[] = {
	{"ID", "id", table_count, true},
	{"STREAM", "stream", table_string, false},
	{"LAG", "lag_ms", table_milliseconds, true},
	{"FRAMES", "lag_frames", table_count, true},
	{"AGE", "age_ms", table_milliseconds, true},
	{"FPS", "sent_fps", table_decimal, true},
	{"DROPS/S", "drop_fps", table_decimal, true},
	{"STATE", "state", table_string, false},
	{"ADDRESS", "address", table_string, false},
	{"TRANSPORT", "transport", table_string, false},
	{"RTT", "rtt_ms", table_milliseconds, true},
	{"DROPPED", "dropped", table_count, true},
	{"WHY", "reasons", table_string, false},
	{.title = NULL},
};

static const struct table_column worker_columns[] = {
	{"WORKER", "worker", table_count, true},
	{"STREAMS", "streams", table_count, true},
	{"VIEWERS", "viewers", table_count, true},
	{"CONNECTIONS", "connections", table_count, true},
	{"FPS", "out_fps", table_decimal, true},
	{"SILENT", "silent_ms", table_milliseconds, true},
	{.title = NULL},
};

const struct table_column *const top_columns[TOP_LISTS] = {
	[TOP_STREAMS] = stream_columns,
	[TOP_VIEWERS] = viewer_columns,
	[TOP_WORKERS] = worker_columns,
};

const char *const top_titles[TOP_LISTS] = {
	[TOP_STREAMS] = "streams",
	[TOP_VIEWERS] = "viewers",
	[TOP_WORKERS] = "workers",
};

void top_view_init(struct top_view *view)
{
	*view = (struct top_view){.kick_viewer = -1};
	for (int list = 0; list < TOP_LISTS; list++)
		view->places[list].id = -1;
	view->places[TOP_VIEWERS].column = 2; /* by lag */
	view->places[TOP_VIEWERS].falls = true;
}

json_t *top_view_rows(const struct top_view *view, const struct top_model *model,
		      enum top_list list)
{
	const struct top_place *place = &view->places[list];
	const struct top_choice choice = {
		.key = top_columns[list][place->column].key,
		.falls = place->falls,
		.filter = view->filter,
		.stream = list == TOP_VIEWERS ? view->stream : "",
	};

	return top_model_rows(model, list, &choice);
}

/* ---- the rows and the window on them ---- */

static long long row_id(const json_t *row)
{
	const json_t *id = json_object_get(row, "id");

	if (id == NULL)
		id = json_object_get(row, "worker");
	return (long long)json_integer_value(id);
}

static void select_row(struct top_place *place, const json_t *rows, size_t at)
{
	size_t n = json_array_size(rows);

	place->at = n == 0 ? 0 : at < n ? at : n - 1;
	place->id = n == 0 ? -1 : row_id(json_array_get(rows, place->at));
}

/* The row keeps its selection wherever it goes; so that the window goes with it. */
static void fit_place(struct top_place *place, const json_t *rows, unsigned height)
{
	size_t n = json_array_size(rows), found = place->at;

	for (size_t i = 0; i < n && place->id >= 0; i++) {
		if (row_id(json_array_get(rows, i)) == place->id)
			found = i;
	}
	/* What was at the top before anything was selected stays the top. */
	select_row(place, rows, place->id < 0 ? 0 : found);
	if (height == 0 || n <= height)
		place->first = 0;
	else if (place->at < place->first)
		place->first = place->at;
	else if (place->at >= place->first + height)
		place->first = place->at - height + 1;
	if (height > 0 && n > height && place->first > n - height)
		place->first = n - height;
}

static unsigned least(size_t a, unsigned b)
{
	return a < b ? (unsigned)a : b;
}

/* Each list has a line for its titles; where there is no room for all, there is one for the
 * focus. */
static void share_lines(struct top_view *view, json_t *const rows[TOP_LISTS], unsigned lines)
{
	unsigned left = lines > TOP_LISTS ? lines - TOP_LISTS : 0;
	unsigned *heights = view->heights;

	memset(view->heights, 0, sizeof(view->heights));
	if (left < 2 * TOP_LISTS) {
		heights[view->focus] = lines > 1 ? lines - 1 : 0;
		return;
	}
	for (int list = 0; list < TOP_LISTS; list++)
		heights[list] = least(json_array_size(rows[list]),
				      list == TOP_WORKERS ? left / 6 : left / 3);
	/* What is left goes to the focus first, then to the viewers, then to the streams. */
	const enum top_list order[] = {view->focus, TOP_VIEWERS, TOP_STREAMS, TOP_WORKERS};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		unsigned taken = heights[0] + heights[1] + heights[2];

		heights[order[i]] =
			least(json_array_size(rows[order[i]]), heights[order[i]] + left - taken);
	}
}

void top_view_fit(struct top_view *view, json_t *const rows[TOP_LISTS], unsigned lines)
{
	share_lines(view, rows, lines);
	for (int list = 0; list < TOP_LISTS; list++)
		fit_place(&view->places[list], rows[list], view->heights[list]);
}

/* ---- keys ---- */

typedef void key_press(struct top_view *view, const json_t *rows);

static struct top_place *place_of(struct top_view *view)
{
	return &view->places[view->focus];
}

static void move(struct top_view *view, const json_t *rows, long by)
{
	struct top_place *place = place_of(view);
	long at = (long)place->at + by;

	select_row(place, rows, at > 0 ? (size_t)at : 0);
}

static void press_up(struct top_view *view, const json_t *rows)
{
	move(view, rows, -1);
}

static void press_down(struct top_view *view, const json_t *rows)
{
	move(view, rows, 1);
}

static void press_page_up(struct top_view *view, const json_t *rows)
{
	move(view, rows, -(long)view->heights[view->focus]);
}

static void press_page_down(struct top_view *view, const json_t *rows)
{
	move(view, rows, (long)view->heights[view->focus]);
}

static void press_home(struct top_view *view, const json_t *rows)
{
	select_row(place_of(view), rows, 0);
}

static void press_end(struct top_view *view, const json_t *rows)
{
	select_row(place_of(view), rows, SIZE_MAX);
}

static void press_tab(struct top_view *view, const json_t *rows)
{
	(void)rows;
	view->focus = (enum top_list)((view->focus + 1) % TOP_LISTS);
}

static void tell_order(struct top_view *view)
{
	const struct top_place *place = place_of(view);

	snprintf(view->message, sizeof(view->message), "%s by %s, the %s first",
		 top_titles[view->focus], top_columns[view->focus][place->column].title,
		 place->falls ? "greatest" : "smallest");
}

static void press_sort(struct top_view *view, const json_t *rows)
{
	struct top_place *place = place_of(view);

	(void)rows;
	if (top_columns[view->focus][++place->column].title == NULL)
		place->column = 0;
	/* Of numbers the greatest matter. */
	place->falls = top_columns[view->focus][place->column].right;
	tell_order(view);
}

static void press_sort_back(struct top_view *view, const json_t *rows)
{
	struct top_place *place = place_of(view);

	(void)rows;
	if (place->column == 0) {
		while (top_columns[view->focus][place->column].title != NULL)
			place->column++;
	}
	place->column--;
	place->falls = top_columns[view->focus][place->column].right;
	tell_order(view);
}

static void press_reverse(struct top_view *view, const json_t *rows)
{
	(void)rows;
	place_of(view)->falls = !place_of(view)->falls;
	tell_order(view);
}

static void press_filter(struct top_view *view, const json_t *rows)
{
	(void)rows;
	view->prompt = TOP_PROMPT_FILTER;
}

/* From a stream to its viewers. */
static void press_enter(struct top_view *view, const json_t *rows)
{
	const char *name = json_string_value(
		json_object_get(json_array_get(rows, place_of(view)->at), "name"));

	if (view->focus != TOP_STREAMS || name == NULL)
		return;
	snprintf(view->stream, sizeof(view->stream), "%s", name);
	view->focus = TOP_VIEWERS;
}

/* Back to everything. */
static void press_escape(struct top_view *view, const json_t *rows)
{
	(void)rows;
	view->stream[0] = view->filter[0] = '\0';
}

static void press_kick(struct top_view *view, const json_t *rows)
{
	const char *name = json_string_value(
		json_object_get(json_array_get(rows, place_of(view)->at), "name"));

	view->asked[0] = '\0';
	if (view->focus == TOP_STREAMS && name != NULL)
		snprintf(view->asked, sizeof(view->asked), "%s", name);
	if (view->asked[0] != '\0' || (view->focus == TOP_VIEWERS && json_array_size(rows) > 0))
		view->prompt = TOP_PROMPT_KICK;
	else
		snprintf(view->message, sizeof(view->message),
			 "only viewers, and streams' publishers, can be disconnected; Tab goes to "
			 "them");
}

static void press_pause(struct top_view *view, const json_t *rows)
{
	(void)rows;
	view->paused = !view->paused;
	snprintf(view->message, sizeof(view->message), "%s",
		 view->paused ? "paused; p goes on" : "");
}

static void press_quit(struct top_view *view, const json_t *rows)
{
	(void)rows;
	view->ended = true;
}

static const struct {
	unsigned key;
	key_press *press;
} keys[] = {
	{TOP_KEY_UP, press_up},
	{TOP_KEY_DOWN, press_down},
	{TOP_KEY_PAGE_UP, press_page_up},
	{TOP_KEY_PAGE_DOWN, press_page_down},
	{TOP_KEY_HOME, press_home},
	{TOP_KEY_END, press_end},
	{TOP_KEY_TAB, press_tab},
	{TOP_KEY_ENTER, press_enter},
	{TOP_KEY_ESCAPE, press_escape},
	{'s', press_sort},
	{'S', press_sort_back},
	{'r', press_reverse},
	{'/', press_filter},
	{'k', press_kick},
	{'p', press_pause},
	{' ', press_pause},
	{'q', press_quit},
};

/* A filter is typed; the lists follow. */
static void type_filter(struct top_view *view, unsigned key)
{
	size_t len = strlen(view->filter);

	if (key == TOP_KEY_ENTER || key == TOP_KEY_ESCAPE)
		view->prompt = TOP_NO_PROMPT;
	if (key == TOP_KEY_ESCAPE)
		view->filter[0] = '\0';
	if (key == TOP_KEY_BACKSPACE && len > 0)
		view->filter[len - 1] = '\0';
	if (key >= ' ' && key < 0x7f && len + 1 < sizeof(view->filter)) {
		view->filter[len] = (char)key;
		view->filter[len + 1] = '\0';
	}
}

void top_view_key(struct top_view *view, json_t *const rows[TOP_LISTS], unsigned key)
{
	if (view->prompt == TOP_PROMPT_FILTER) {
		type_filter(view, key);
		return;
	}
	view->message[0] = '\0';
	if (view->prompt == TOP_PROMPT_KICK) {
		if ((key == 'y' || key == 'Y') && view->asked[0] != '\0')
			memcpy(view->kick_publisher, view->asked, sizeof(view->asked));
		else if (key == 'y' || key == 'Y')
			view->kick_viewer = view->places[TOP_VIEWERS].id;
		view->prompt = TOP_NO_PROMPT;
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].key == key)
			keys[i].press(view, rows[view->focus]);
	}
}

/* ---- the lines around the lists ---- */

/* What there is to say of the relay, line by line; what isn't there is left out, with its words. */
static const struct {
	unsigned line;
	const char *before, *key;
	table_text *text;
	const char *after;
} parts[] = {
	{0, "spillway-relay ", "version", table_string, ""},
	{0, ", process ", "pid", table_count, ""},
	{0, ", up ", "uptime_s", table_seconds, ""},
	{0, ", on ", "io", table_string, ""},
	{1, "", "streams", table_count, " streams, "},
	{1, "", "viewers", table_count, " viewers, "},
	{1, "", "publishers", table_count, " publishers, "},
	{1, "", "connections", table_count, " connections"},
	{1, "; processors ", "cpu", table_decimal, ""},
	{2, "in ", "in_fps", table_decimal, " frames/s, "},
	{2, "", "in_bits", table_bits, "/s; "},
	{2, "out ", "out_fps", table_decimal, " frames/s, "},
	{2, "", "out_bits", table_bits, "/s "},
	{2, "", "spark", table_string, ""},
	{2, "; dropped ", "drop_fps", table_decimal, "/s"},
	{2, ": ", "reasons", table_string, ""},
};

void top_view_head(const struct top_model *model, unsigned line, char to[TOP_LINE_SIZE])
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char text[TABLE_CELL_SIZE] = "";

		if (parts[i].line == line)
			parts[i].text(model->stats, parts[i].key, text);
		if (text[0] != '\0' && len < TOP_LINE_SIZE)
			len += (size_t)snprintf(to + len, TOP_LINE_SIZE - len, "%s%s%s",
						parts[i].before, text, parts[i].after);
	}
}

void top_view_foot(const struct top_view *view, char to[TOP_LINE_SIZE])
{
	const char *stream = view->stream, *filter = view->filter;

	if (view->prompt == TOP_PROMPT_FILTER)
		snprintf(to, TOP_LINE_SIZE, "show only what contains: %s_", filter);
	else if (view->prompt == TOP_PROMPT_KICK && view->asked[0] != '\0')
		snprintf(to, TOP_LINE_SIZE, "disconnect the publisher of %s? (y/n)", view->asked);
	else if (view->prompt == TOP_PROMPT_KICK)
		snprintf(to, TOP_LINE_SIZE, "disconnect viewer %lld? (y/n)",
			 view->places[TOP_VIEWERS].id);
	else if (view->message[0] != '\0')
		snprintf(to, TOP_LINE_SIZE, "%s", view->message);
	else if (stream[0] != '\0' || filter[0] != '\0')
		snprintf(to, TOP_LINE_SIZE, "only%s%s%s%s%s; Esc shows all",
			 stream[0] != '\0' ? " viewers of " : "", stream,
			 stream[0] != '\0' && filter[0] != '\0' ? "," : "",
			 filter[0] != '\0' ? " what contains " : "", filter);
	else
		snprintf(to, TOP_LINE_SIZE,
			 "q quit  Tab next list  s S r order  / filter  Enter viewers of it  "
			 "k disconnect  p pause");
}
