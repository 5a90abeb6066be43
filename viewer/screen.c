/* SPDX-License-Identifier: MIT */
#define NCURSES_NOMACROS 1
#include "viewer/screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/casemap.h"
#include "viewer/cells.h"
#include "viewer/tint.h"

enum {
	PAIR_ERROR = 1,
	PAIR_ADDRESSED,
	PAIR_ANNOUNCEMENT,
	PAIR_NICKS, /* the first of several */
	N_NICK_PAIRS = 5,
	PAIR_MARKS = PAIR_NICKS + N_NICK_PAIRS,		  /* of ROSTER_MARKS */
	PAIR_COLOURS = PAIR_MARKS + sizeof(ROSTER_MARKS), /* the first of TINT_COLOURS */
	ESCAPE_DELAY_MS = 25, /* between ESC and the rest of a key's sequence */
};

static SCREEN *terminal; /* NULL: closed */
static struct termios before;

/* ---- the terminal ---- */

/* What ncurses would do at the end, in case there is none: by calls that a handler may make. CAN
 * ends a sequence that was cut. */
static void crashed(int number)
{
	static const char leave[] =
		"\030\033[?2004l\033[m\033[?7h\033[?25h\033[?1l\033>\033[?1049l";

	if (write(STDOUT_FILENO, leave, sizeof(leave) - 1) > 0)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raise(number); /* the handler is gone */
}

static void catch_crashes(void (*handler)(int))
{
	static const int numbers[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
	struct sigaction action = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

static void choose_colours(void)
{
	static const short colours[N_NICK_PAIRS] = {COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE,
						    COLOR_MAGENTA, COLOR_CYAN};
	static const short marks[sizeof(ROSTER_MARKS) - 1] = {COLOR_MAGENTA, COLOR_RED, COLOR_GREEN,
							      COLOR_CYAN, COLOR_YELLOW};

	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_ERROR, COLOR_RED, -1);
	init_pair(PAIR_ADDRESSED, COLOR_YELLOW, -1);
	init_pair(PAIR_ANNOUNCEMENT, COLOR_CYAN, -1);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		init_pair((short)((size_t)PAIR_MARKS + i), marks[i], -1);
	for (int i = 0; i < N_NICK_PAIRS; i++)
		init_pair((short)(PAIR_NICKS + i), colours[i], -1);
}

/* Bracketed paste, as terminals have it that are like xterm; others don't know it, and ignore
 * it. */
static void tell_pastes(bool on)
{
	fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
	fflush(stdout);
}

int screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0)
		return -ENOTTY;
	setlocale(LC_CTYPE, "");
	/* The chat is UTF-8, and so are the terminals of today. */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	terminal = newterm(NULL, stdout, stdin);
	if (terminal == NULL)
		return -ENOTTY;
	catch_crashes(crashed);
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	define_key("\033[200~", SCREEN_PASTE_BEGINS);
	define_key("\033[201~", SCREEN_PASTE_ENDS);
	tell_pastes(true);
	choose_colours();
	return 0;
}

void screen_close(void)
{
	if (terminal == NULL)
		return;
	tell_pastes(false);
	endwin();
	delscreen(terminal);
	terminal = NULL;
	catch_crashes(SIG_DFL);
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
	    is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
}

void screen_suspend(void)
{
	tell_pastes(false);
	endwin();
	raise(SIGSTOP);
	tell_pastes(true);
	screen_resize();
	screen_redraw();
}

void screen_redraw(void)
{
	clearok(curscr, TRUE);
	wrefresh(curscr);
}

void screen_ring(void)
{
	beep();
}

int screen_key(wint_t *ret_key)
{
	int answer = wget_wch(stdscr, ret_key);

	return answer == ERR ? 0 : answer == KEY_CODE_YES ? 2 : 1;
}

/* ---- where things are ---- */

static unsigned columns(void)
{
	return (unsigned)getmaxx(stdscr);
}

static unsigned height(void)
{
	return (unsigned)getmaxy(stdscr);
}

bool screen_has_pane(void)
{
	return columns() >= SCREEN_PANE_COLUMNS;
}

unsigned screen_text_width(bool pane)
{
	unsigned all = columns(), taken = SCREEN_TIME_WIDTH + (pane ? SCREEN_PANE_WIDTH : 0);

	return all > taken ? all - taken : 1;
}

/* But for the two bars and the line that is typed. */
unsigned screen_text_height(void)
{
	unsigned rows = height() > 3 ? height() - 3 : 1;

	return rows < SCROLL_MAX_ROWS ? rows : SCROLL_MAX_ROWS;
}

/* ---- drawing ---- */

static void put(unsigned row, unsigned column, unsigned width, struct slice text)
{
	wmove(stdscr, (int)row, (int)column);
	waddnstr(stdscr, text.data, (int)cells_fit(text, width));
}

static void use(attr_t attributes, int pair)
{
	wattr_set(stdscr, attributes, (short)(has_colors() ? pair : 0), NULL);
}

static void put_bar(unsigned row, const char *text)
{
	use(WA_REVERSE, 0);
	wmove(stdscr, (int)row, 0);
	for (unsigned i = 0; i < columns(); i++)
		waddch(stdscr, ' ');
	put(row, 0, columns(), slice_from(text));
	use(WA_NORMAL, 0);
}

/* The nearest that there is to a colour; 0: none will do. */
static int colour_pair(int colour)
{
	int nearest = has_colors() ? tint_nearest(colour, COLORS) : -1;

	if (nearest < 0 || PAIR_COLOURS + nearest >= COLOR_PAIRS)
		return 0;
	init_pair((short)(PAIR_COLOURS + nearest), (short)nearest, -1);
	return PAIR_COLOURS + nearest;
}

/* What goes before a line's text has a colour that is its author's own: the one that he has chosen,
 * or one by his nick. */
static int nick_pair(const struct scroll_line *line)
{
	char head[ROSTER_NICK_SIZE + 8];
	int pair = line->said.colour > 0 ? colour_pair(line->said.colour - 1) : 0;

	if (pair > 0)
		return pair;
	snprintf(head, sizeof(head), "%.*s", (int)line->said.head_len, line->said.text);
	return (int)(PAIR_NICKS + casemap_hash(head) % N_NICK_PAIRS);
}

static const struct {
	attr_t attributes;
	int pair;
} looks[] = {
	[SCREEN_SAID] = {WA_NORMAL, 0},
	[SCREEN_OWN] = {WA_NORMAL, 0},
	[SCREEN_ADDRESSED] = {WA_BOLD, PAIR_ADDRESSED},
	[SCREEN_EVENT] = {WA_DIM, 0},
	[SCREEN_ERROR] = {WA_NORMAL, PAIR_ERROR},
	[SCREEN_GAP] = {WA_BOLD, PAIR_ERROR},
	[SCREEN_ANNOUNCED] = {WA_BOLD, PAIR_ANNOUNCEMENT},
};

static void put_row(unsigned row, const struct scroll_row *what, unsigned width)
{
	const struct scroll_line *line = what->line;
	attr_t mark = line->seen_last ? WA_UNDERLINE : WA_NORMAL;
	time_t time = (time_t)(line->said.time_ms / 1000);
	struct tm parts;
	char clock[8] = "";

	if (what->first) {
		localtime_r(&time, &parts);
		strftime(clock, sizeof(clock), "%H:%M", &parts);
	}
	use(WA_DIM | mark, 0);
	put(row, 0, SCREEN_TIME_WIDTH, slice_from(clock));
	use(looks[line->said.look].attributes | mark, looks[line->said.look].pair);
	put(row, SCREEN_TIME_WIDTH, width, what->text);
	if (what->first && line->said.head_len > 0 && line->said.head_len <= what->text.len) {
		use(WA_BOLD | mark, line->said.look == SCREEN_OWN ? 0 : nick_pair(line));
		put(row, SCREEN_TIME_WIDTH, width,
		    (struct slice){line->said.text, line->said.head_len});
	}
	use(WA_NORMAL, 0);
}

/* Those whose greatest mark this is; ' ': none. */
static unsigned put_members(const struct roster *roster, char mark, unsigned row)
{
	unsigned left = columns() - SCREEN_PANE_WIDTH, last = screen_text_height();
	const char text[2] = {mark, '\0'}, *at = strchr(ROSTER_MARKS, mark);

	for (size_t i = 0; i < roster->n && row <= last; i++) {
		const struct roster_member *member = &roster->members[i];

		if ((*member->marks != '\0' ? *member->marks : ' ') != mark)
			continue;
		if (at != NULL)
			use(WA_BOLD, PAIR_MARKS + (int)(at - ROSTER_MARKS));
		put(row, left + 2, 1, slice_from(text));
		use(WA_NORMAL, 0);
		put(row++, left + 3, SCREEN_PANE_WIDTH - 3, slice_from(member->nick));
	}
	return row;
}

/* The greatest first. */
static void put_pane(const struct roster *roster)
{
	unsigned left = columns() - SCREEN_PANE_WIDTH, last = screen_text_height(), row;

	for (row = 1; row <= last; row++)
		put(row, left, 1, slice_from("│"));
	row = 1;
	for (const char *mark = ROSTER_MARKS " "; *mark != '\0'; mark++)
		row = put_members(roster, *mark, row);
}

/* The ends of lines, of which what was pasted may have several, are shown as a character of the
 * same width. */
static void put_typed(unsigned row, unsigned column, unsigned width, struct slice text)
{
	struct slice line;

	while (slice_split(&text, '\n', &line)) {
		unsigned taken = cells_width(line);

		put(row, column, width, line);
		if (taken >= width || text.data == NULL)
			return;
		put(row, column + taken, 1, slice_from("↵"));
		column += taken + 1;
		width -= taken + 1;
	}
}

/* Shows the part around the cursor, which is put there. */
static void put_input(const struct screen_content *content)
{
	const struct editor *editor = content->editor;
	struct slice prompt = slice_from(content->prompt), text = {editor->text, editor->len};
	unsigned row = height() - 1, left = cells_width(prompt), room;
	size_t start = 0;

	if (left + 10 > columns())
		prompt.len = left = 0;
	room = columns() - left - 1;
	while (cells_width((struct slice){text.data + start, editor->cursor - start}) > room)
		start = cells_behind(text, start);
	put(row, 0, left, prompt);
	put_typed(row, left, room, (struct slice){text.data + start, text.len - start});
	wmove(stdscr, (int)row,
	      (int)(left + cells_width((struct slice){text.data + start, editor->cursor - start})));
}

void screen_draw(const struct screen_content *content)
{
	static struct scroll_row rows[SCROLL_MAX_ROWS];
	bool pane = content->roster != NULL;
	unsigned width = screen_text_width(pane), n = screen_text_height();
	char bar[SCREEN_BAR_SIZE];

	if (terminal == NULL)
		return;
	werase(stdscr);
	if (height() >= 4) {
		scroll_rows(content->scroll, width, n, rows);
		for (unsigned i = 0; i < n; i++) {
			if (rows[i].line != NULL)
				put_row(i + 1, &rows[i], width);
		}
		if (pane)
			put_pane(content->roster);
		snprintf(bar, sizeof(bar), " %s  %s", content->place, content->topic);
		put_bar(0, bar);
		snprintf(bar, sizeof(bar), " %s%s", content->rooms,
			 content->scroll->up > 0 ? "  (older lines: PgDn)" : "");
		put_bar(height() - 2, bar);
	}
	put_input(content);
	wrefresh(stdscr);
}
