/* SPDX-License-Identifier: MIT */
#define NCURSES_NOMACROS 1
#include "viewer/top_screen.h"

#include <curses.h>
#include <string.h>

#include "viewer/cells.h"
#include "viewer/screen.h"

static unsigned height(void)
{
	return (unsigned)getmaxy(stdscr);
}

unsigned top_screen_lines(void)
{
	return height() > TOP_HEAD + 1 ? height() - TOP_HEAD - 1 : 0;
}

/* The whole width has the attributes. */
static void put_line(unsigned row, attr_t attributes, const char *text)
{
	unsigned width = (unsigned)getmaxx(stdscr);
	struct slice line = slice_from(text);

	wattr_set(stdscr, attributes, 0, NULL);
	wmove(stdscr, (int)row, 0);
	waddnstr(stdscr, text, (int)cells_fit(line, width));
	for (unsigned i = cells_width(line); i < width && attributes != WA_NORMAL; i++)
		waddch(stdscr, ' ');
	wattr_set(stdscr, WA_NORMAL, 0, NULL);
}

/* Its titles, and the rows of its window. Returns the line behind it. */
static unsigned put_list(const struct top_view *view, enum top_list list, const json_t *rows,
			 unsigned at)
{
	const struct top_place *place = &view->places[list];
	const struct table_column *columns = top_columns[list];
	unsigned widths[TABLE_MAX_COLUMNS];
	char line[TABLE_LINE_SIZE];

	table_measure(columns, rows, widths);
	table_line(columns, widths, NULL, line);
	put_line(at++, list == view->focus ? WA_REVERSE | WA_BOLD : WA_BOLD, line);
	for (size_t i = place->first; i < place->first + view->heights[list]; i++) {
		bool selected = list == view->focus && i == place->at;

		if (i >= json_array_size(rows))
			break;
		table_line(columns, widths, json_array_get(rows, i), line);
		put_line(at++, selected ? WA_REVERSE : WA_NORMAL, line);
	}
	return at;
}

void top_screen_draw(const struct top_view *view, const struct top_model *model,
		     json_t *const rows[TOP_LISTS], const char *trouble)
{
	char line[TOP_LINE_SIZE];
	unsigned at = TOP_HEAD;

	werase(stdscr);
	for (unsigned i = 0; i < TOP_HEAD; i++) {
		top_view_head(model, i, line);
		put_line(i, WA_NORMAL, line);
	}
	if (trouble[0] != '\0') {
		snprintf(line, sizeof(line), "%.*s; trying again", (int)sizeof(line) - 32, trouble);
		put_line(0, WA_BOLD, line);
	}
	for (int list = 0; list < TOP_LISTS; list++) {
		if (view->heights[list] > 0 || (int)view->focus == list)
			at = put_list(view, (enum top_list)list, rows[list], at);
	}
	top_view_foot(view, line);
	put_line(height() - 1, WA_REVERSE, line);
	wmove(stdscr, (int)height() - 1, 0);
	wrefresh(stdscr);
}

/* ---- keys ---- */

#define CTRL(letter) ((letter)&0x1f)

static const struct {
	bool coded;
	wint_t key;
	unsigned means;
} keys[] = {
	{true, KEY_UP, TOP_KEY_UP},	    {true, KEY_DOWN, TOP_KEY_DOWN},
	{true, KEY_PPAGE, TOP_KEY_PAGE_UP}, {true, KEY_NPAGE, TOP_KEY_PAGE_DOWN},
	{true, KEY_HOME, TOP_KEY_HOME},	    {true, KEY_END, TOP_KEY_END},
	{true, KEY_ENTER, TOP_KEY_ENTER},   {true, KEY_BACKSPACE, TOP_KEY_BACKSPACE},
	{false, CTRL('M'), TOP_KEY_ENTER},  {false, CTRL('J'), TOP_KEY_ENTER},
	{false, CTRL('I'), TOP_KEY_TAB},    {false, CTRL('H'), TOP_KEY_BACKSPACE},
	{false, 0x7f, TOP_KEY_BACKSPACE},   {false, CTRL('['), TOP_KEY_ESCAPE},
};

bool top_screen_key(unsigned *ret_key)
{
	wint_t key;
	int kind = screen_key(&key);

	*ret_key = 0;
	if (kind == 0)
		return false;
	if (kind == 1 && key == CTRL('L'))
		screen_redraw();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].coded == (kind == 2) && keys[i].key == key)
			*ret_key = keys[i].means;
	}
	if (*ret_key == 0 && kind == 1 && key >= ' ' && key < 0x7f)
		*ret_key = (unsigned)key;
	return true;
}
