/* SPDX-License-Identifier: MIT */
/*
 * On a terminal: each room and each private conversation has a view of its own, and there is one for
 * what belongs to none. The screen shows the place's, and is drawn once a turn of the loop at most.
 */
#include "viewer/face.h"

#include <curses.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/list.h"
#include "common/sentence.h"
#include "viewer/cells.h"
#include "viewer/screen.h"
#include "viewer/slash.h"

struct view {
	struct scroll scroll;
	int64_t newest_ms; /* the time of the latest message */
	unsigned unread;
	bool addressed; /* some of it to the user */
};

enum { MAX_FAILURES = 3 };

struct terminal {
	struct face face;
	struct io_op readable, due; /* keys; to be drawn */
	bool cancelled;
	bool alt;	   /* ESC was the last key */
	unsigned failures; /* of waiting for keys, one behind the other */
	struct view home;  /* of what belongs to no room */
	struct editor editor;
};

static struct terminal *terminal_of(struct face *face)
{
	return list_item(face, struct terminal, face);
}

/* ---- views ---- */

static struct view *view_of(struct terminal *terminal, struct talk_room *room)
{
	if (room == NULL)
		return &terminal->home;
	if (room->view == NULL)
		room->view = calloc(1, sizeof(struct view));
	return room->view != NULL ? room->view : &terminal->home;
}

static struct view *place_view(struct terminal *terminal)
{
	return view_of(terminal, terminal->face.chatter->place);
}

static bool has_pane(const struct terminal *terminal)
{
	const struct talk_room *place = terminal->face.chatter->place;

	return place != NULL && place->is_room && screen_has_pane();
}

static unsigned text_width(const struct terminal *terminal)
{
	return screen_text_width(has_pane(terminal));
}

/* "0:chat 1:#cam 2:#dog(3!)": numbers for Alt, unread lines, and '!' where some are to the user. */
static void write_rooms(struct terminal *terminal, char *to, size_t size)
{
	struct chatter *chatter = terminal->face.chatter;
	size_t len = 0;

	for (size_t i = 0; i <= chatter->talk.n_rooms && len < size; i++) {
		struct talk_room *room = i > 0 ? chatter->talk.rooms[i - 1] : NULL;
		const struct view *view = view_of(terminal, room);
		bool here = room == chatter->place;
		char unread[32] = "";

		if (view->unread > 0)
			snprintf(unread, sizeof(unread), "(%u%s)", view->unread,
				 view->addressed ? "!" : "");
		len += (size_t)snprintf(to + len, size - len, "%s%s%zu:%s%s%s", i > 0 ? " " : "",
					here ? "[" : "", i, room != NULL ? room->name : "chat",
					unread, here ? "]" : "");
	}
}

static void draw(struct io_op *op, int result)
{
	struct terminal *terminal = list_item(op, struct terminal, due);
	struct chatter *chatter = terminal->face.chatter;
	struct talk_room *place = chatter->place;
	struct view *view = place_view(terminal);
	char rooms[SCREEN_BAR_SIZE], prompt[LINK_NICK_SIZE + 32];

	(void)result;
	if (terminal->cancelled) {
		chatter_settle(chatter);
		return;
	}
	view->unread = 0;
	view->addressed = false;
	write_rooms(terminal, rooms, sizeof(rooms));
	snprintf(prompt, sizeof(prompt), "%s%s> ",
		 chatter->link.state == LINK_UP ? "" : "(not connected) ", chatter->link.nick);
	screen_draw(&(struct screen_content){
		.place = place != NULL ? place->name : chatter->options->host,
		.topic = place != NULL ? place->topic : "",
		.prompt = prompt,
		.rooms = rooms,
		.roster = has_pane(terminal) ? &place->roster : NULL,
		.scroll = &view->scroll,
		.editor = &terminal->editor,
	});
}

static void draw_soon(struct terminal *terminal)
{
	struct io *io = terminal->face.chatter->io;

	if (!terminal->cancelled && !io_busy(&terminal->due))
		io_timer(io, &terminal->due, io_now_us(io), draw);
}

/* Goes to a room; NULL: to where what belongs to none is shown. */
static void go_to(struct terminal *terminal, struct talk_room *room)
{
	struct chatter *chatter = terminal->face.chatter;

	if (room == chatter->place)
		return;
	scroll_mark(&place_view(terminal)->scroll);
	chatter->place = room;
	draw_soon(terminal);
}

/* ---- what happens ---- */

static const struct {
	const char *before, *alone, *between; /* around who; `alone` where there is no text */
	enum screen_look look;
	bool counts; /* as unread */
} forms[TALK_KINDS] = {
	[TALK_MESSAGE] = {"<", ">", "> ", SCREEN_SAID, true},
	[TALK_ACTION] = {"* ", "", " ", SCREEN_SAID, true},
	[TALK_NOTICE] = {"-", "-", "- ", SCREEN_SAID, true},
	[TALK_JOIN] = {"", " is here now", " ", SCREEN_EVENT, false},
	[TALK_PART] = {"", " leaves", " leaves: ", SCREEN_EVENT, false},
	[TALK_QUIT] = {"", " leaves the chat", " leaves the chat: ", SCREEN_EVENT, false},
	[TALK_KICK] = {"", "", " throws out ", SCREEN_EVENT, true},
	[TALK_NICK] = {"", "", " is now called ", SCREEN_EVENT, false},
	[TALK_TOPIC] = {"", " clears the topic", " sets the topic: ", SCREEN_EVENT, false},
	[TALK_MODE] = {"", "", " sets the mode ", SCREEN_EVENT, false},
	[TALK_NAMES] = {"", "", "here: ", SCREEN_EVENT, false},
	[TALK_INFO] = {"", "", "", SCREEN_EVENT, false},
	[TALK_ERROR] = {"", "", "", SCREEN_ERROR, false},
	[TALK_GAP] = {"", "", "", SCREEN_GAP, true},
};

static enum screen_look look_of(const struct talk_event *what)
{
	if (forms[what->kind].look != SCREEN_SAID)
		return forms[what->kind].look;
	return what->own ? SCREEN_OWN : what->addressed ? SCREEN_ADDRESSED : SCREEN_SAID;
}

static void show(struct terminal *terminal, struct view *view, int64_t time_ms,
		 enum screen_look look, size_t head_len, char *text)
{
	cells_clean(text);
	if (head_len > strlen(text))
		head_len = 0;
	scroll_add(&view->scroll, time_ms, (int)look, head_len, text, text_width(terminal));
	draw_soon(terminal);
}

static void notice(struct face *face, const char *sentence, bool is_error)
{
	struct terminal *terminal = terminal_of(face);
	char text[LINK_MAX_SENTENCE + 128];

	if (terminal->cancelled)
		return;
	sentence_clean(slice_from(sentence), text, sizeof(text));
	show(terminal, place_view(terminal), time(NULL) * INT64_C(1000),
	     is_error ? SCREEN_ERROR : SCREEN_EVENT, 0, text);
}

/* A line of the history goes where it belongs: to the top, or behind the gap. */
static void show_above(struct terminal *terminal, struct view *view, const struct talk_event *what,
		       enum screen_look look, size_t head_len, char *text)
{
	struct scroll *scroll = &view->scroll;
	size_t at = what->when == TALK_IN_GAP ? scroll_behind(scroll, SCREEN_GAP) : 0;

	cells_clean(text);
	if (head_len > strlen(text))
		head_len = 0;
	if (scroll_insert(scroll, at + what->number, what->time_ms, (int)look, head_len, text,
			  text_width(terminal)) == -ENOSPC &&
	    what->number == 0)
		notice(&terminal->face, "there is no room for more lines in this view", true);
	draw_soon(terminal);
}

/* Whether it is to be counted where nobody looks. */
static bool is_new(const struct talk_event *what)
{
	if (what->own || !forms[what->kind].counts)
		return false;
	if (what->when == TALK_CONTEXT)
		return what->room->read_ms != 0 && what->time_ms > what->room->read_ms;
	return what->when == TALK_NOW || what->when == TALK_MISSED;
}

static void count(struct terminal *terminal, struct view *view, const struct talk_event *what)
{
	bool elsewhere = view != place_view(terminal);

	if (look_of(what) != SCREEN_EVENT && what->time_ms > view->newest_ms)
		view->newest_ms = what->time_ms;
	if (!is_new(what))
		return;
	if (elsewhere)
		view->unread++;
	if (what->addressed) {
		view->addressed = elsewhere;
		screen_ring();
	}
}

static void event(struct face *face, const struct talk_event *what)
{
	struct terminal *terminal = terminal_of(face);
	struct view *view =
		what->room != NULL ? view_of(terminal, what->room) : place_view(terminal);
	char text[TALK_TEXT_SIZE + ROSTER_NICK_SIZE + 64];
	enum screen_look look = look_of(what);
	const char *between =
		*what->text != '\0' ? forms[what->kind].between : forms[what->kind].alone;
	const char *who = what->who;
	int head_len;

	if (terminal->cancelled)
		return;
	if (what->kind == TALK_TOPIC && *who == '\0')
		between = "the topic: ";
	if (what->kind == TALK_INFO || what->kind == TALK_ERROR || what->kind == TALK_GAP)
		who = "";
	head_len = snprintf(text, sizeof(text), "%s%s%.1s", forms[what->kind].before, who, between);
	snprintf(text + head_len, sizeof(text) - (size_t)head_len, "%s%s",
		 *between != '\0' ? between + 1 : "", what->text);
	if (forms[what->kind].look != SCREEN_SAID)
		head_len = 0;
	count(terminal, view, what);
	if (what->when == TALK_EARLIER || what->when == TALK_IN_GAP)
		show_above(terminal, view, what, look, (size_t)head_len, text);
	else
		show(terminal, view, what->time_ms, look, (size_t)head_len, text);
	if (what->when == TALK_CONTEXT && what->room->read_ms != 0)
		scroll_mark_time(&view->scroll, what->room->read_ms);
}

static void read_elsewhere(struct face *face, struct talk_room *room)
{
	struct terminal *terminal = terminal_of(face);
	struct view *view = view_of(terminal, room);

	if (view == place_view(terminal))
		return;
	scroll_mark_time(&view->scroll, room->read_ms);
	if (room->read_ms >= view->newest_ms) {
		view->unread = 0;
		view->addressed = false;
	}
	draw_soon(terminal);
}

/* Who presses a key sits there, and has seen what the screen shows. */
static void mark_read(struct terminal *terminal)
{
	struct talk_room *place = terminal->face.chatter->place;
	const struct view *view = place_view(terminal);

	if (place != NULL && view->scroll.up == 0)
		chatter_read(terminal->face.chatter, place, view->newest_ms);
}

static void changed(struct face *face)
{
	draw_soon(terminal_of(face));
}

static void closing(struct face *face, struct talk_room *room)
{
	struct view *view = room->view;

	scroll_finish(&view->scroll);
	free(view);
	room->view = NULL;
	draw_soon(terminal_of(face));
}

/* ---- keys ---- */

struct completing {
	struct terminal *terminal;
	size_t n; /* candidates to be passed over */
};

/* Whether this is the one that is wanted. */
static bool offer(struct completing *completing, const char *start, const char *name,
		  const char *before, const char *behind, char ret_word[EDITOR_MAX_WORD])
{
	size_t len = strlen(before);

	if (strncmp(start, before, len) != 0 ||
	    strncasecmp(name, start + len, strlen(start + len)) != 0 || completing->n-- > 0)
		return false;
	return snprintf(ret_word, EDITOR_MAX_WORD, "%s%s%s", before, name, behind) <
	       EDITOR_MAX_WORD;
}

/* Commands at the beginning of a line, rooms, and who is in this one. */
static bool candidate(void *context, const char *start, bool first, size_t number,
		      char ret_word[EDITOR_MAX_WORD])
{
	struct completing completing = {context, number};
	const struct chatter *chatter = completing.terminal->face.chatter;

	if (first && *start == '/') {
		for (const struct slash_row *row = slash_table; row->name != NULL; row++) {
			if (offer(&completing, start, row->name, "/", " ", ret_word))
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < chatter->talk.n_rooms && *start == '#'; i++) {
		if (offer(&completing, start, chatter->talk.rooms[i]->name, "", " ", ret_word))
			return true;
	}
	for (size_t i = 0; chatter->place != NULL && i < chatter->place->roster.n; i++) {
		if (offer(&completing, start, chatter->place->roster.members[i].nick, "",
			  first ? ": " : " ", ret_word))
			return true;
	}
	return false;
}

static void key_enter(struct terminal *terminal)
{
	char line[EDITOR_MAX + 1];

	editor_take(&terminal->editor, line);
	place_view(terminal)->scroll.up = 0;
	chatter_input(terminal->face.chatter, line);
}

static void key_complete(struct terminal *terminal)
{
	editor_complete(&terminal->editor, candidate, terminal);
}

static void page(struct terminal *terminal, int direction)
{
	unsigned rows = screen_text_height();

	scroll_move(&place_view(terminal)->scroll, direction * (long)(rows > 1 ? rows - 1 : 1),
		    text_width(terminal), rows);
}

static void key_page_up(struct terminal *terminal)
{
	page(terminal, 1);
}

static void key_page_down(struct terminal *terminal)
{
	page(terminal, -1);
}

/* The next room, or the one before, around the end. */
static void turn(struct terminal *terminal, bool back)
{
	const struct chatter *chatter = terminal->face.chatter;
	size_t n = chatter->talk.n_rooms + 1, at = 0;

	for (size_t i = 1; i < n; i++) {
		if (chatter->talk.rooms[i - 1] == chatter->place)
			at = i;
	}
	at = (at + (back ? n - 1 : 1)) % n;
	go_to(terminal, at > 0 ? chatter->talk.rooms[at - 1] : NULL);
}

static void key_next(struct terminal *terminal)
{
	turn(terminal, false);
}

static void key_previous(struct terminal *terminal)
{
	turn(terminal, true);
}

static void key_redraw(struct terminal *terminal)
{
	(void)terminal;
	screen_redraw();
}

/* To where something unread is; first what is to the user. */
static void key_unread(struct terminal *terminal)
{
	const struct chatter *chatter = terminal->face.chatter;
	struct talk_room *best = NULL;

	for (size_t i = 0; i < chatter->talk.n_rooms; i++) {
		const struct view *view = view_of(terminal, chatter->talk.rooms[i]);

		if (view->unread > 0 &&
		    (best == NULL || (view->addressed && !view_of(terminal, best)->addressed)))
			best = chatter->talk.rooms[i];
	}
	if (best != NULL)
		go_to(terminal, best);
}

enum { KEY_ALT = 1 << 24, KEY_CODED = 1 << 25 };
#define CTRL(letter) ((letter)&0x1f)

static const struct {
	unsigned key;
	int action;				  /* of the editor; -1: none, but … */
	void (*press)(struct terminal *terminal); /* … this */
} keys[] = {
	{KEY_CODED | KEY_LEFT, EDITOR_LEFT, NULL},
	{KEY_CODED | KEY_RIGHT, EDITOR_RIGHT, NULL},
	{KEY_CODED | KEY_UP, EDITOR_OLDER, NULL},
	{KEY_CODED | KEY_DOWN, EDITOR_NEWER, NULL},
	{KEY_CODED | KEY_HOME, EDITOR_HOME, NULL},
	{KEY_CODED | KEY_END, EDITOR_END, NULL},
	{KEY_CODED | KEY_BACKSPACE, EDITOR_BACKSPACE, NULL},
	{KEY_CODED | KEY_DC, EDITOR_DELETE, NULL},
	{CTRL('A'), EDITOR_HOME, NULL},
	{CTRL('E'), EDITOR_END, NULL},
	{CTRL('B'), EDITOR_LEFT, NULL},
	{CTRL('F'), EDITOR_RIGHT, NULL},
	{CTRL('D'), EDITOR_DELETE, NULL},
	{CTRL('H'), EDITOR_BACKSPACE, NULL},
	{0x7f, EDITOR_BACKSPACE, NULL},
	{CTRL('W'), EDITOR_CUT_WORD, NULL},
	{CTRL('U'), EDITOR_CUT_HOME, NULL},
	{CTRL('K'), EDITOR_CUT_END, NULL},
	{CTRL('Y'), EDITOR_PASTE, NULL},
	{KEY_ALT | 'b', EDITOR_WORD_LEFT, NULL},
	{KEY_ALT | 'f', EDITOR_WORD_RIGHT, NULL},
	{CTRL('M'), -1, key_enter},
	{CTRL('J'), -1, key_enter},
	{KEY_CODED | KEY_ENTER, -1, key_enter},
	{CTRL('I'), -1, key_complete},
	{KEY_CODED | KEY_PPAGE, -1, key_page_up},
	{KEY_CODED | KEY_NPAGE, -1, key_page_down},
	{CTRL('N'), -1, key_next},
	{CTRL('P'), -1, key_previous},
	{CTRL('L'), -1, key_redraw},
	{KEY_ALT | 'a', -1, key_unread},
};

static void type_character(struct terminal *terminal, wint_t character)
{
	char text[MB_LEN_MAX + 1];
	mbstate_t state = {0};
	size_t len = wcrtomb(text, (wchar_t)character, &state);

	/* What isn't to be shown isn't typed either. */
	if (len != (size_t)-1 && wcwidth((wchar_t)character) >= 0)
		editor_type(&terminal->editor, text, len);
}

static void press(struct terminal *terminal, unsigned key)
{
	const struct talk *talk = &terminal->face.chatter->talk;
	unsigned number = key - (KEY_ALT | '0');

	mark_read(terminal);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].key != key)
			continue;
		if (keys[i].press != NULL)
			keys[i].press(terminal);
		else
			editor_do(&terminal->editor, (enum editor_action)keys[i].action);
		return;
	}
	if (number <= 9 && number <= talk->n_rooms)
		go_to(terminal, number > 0 ? talk->rooms[number - 1] : NULL);
	else if (key < KEY_ALT && key >= ' ')
		type_character(terminal, key);
}

static void typed(struct io_op *op, int result)
{
	struct terminal *terminal = list_item(op, struct terminal, readable);
	struct chatter *chatter = terminal->face.chatter;
	wint_t key;
	int kind, n = 0;

	while (!terminal->cancelled && result > 0 && (kind = screen_key(&key)) != 0) {
		n++;
		if (kind == 1 && key == CTRL('[')) {
			terminal->alt = true;
			continue;
		}
		press(terminal, key | (kind == 2 ? (unsigned)KEY_CODED : 0) |
					(terminal->alt ? (unsigned)KEY_ALT : 0));
		terminal->alt = false;
	}
	if (terminal->cancelled) {
		chatter_settle(chatter);
		return;
	}
	/* When we go on after Ctrl-Z, io_uring's poll of the terminal ends with -EINVAL, once (Linux
	 * 6.18). */
	terminal->failures = result < 0 ? terminal->failures + 1 : 0;
	/* Ready, and nothing there: the terminal has gone. */
	if (terminal->failures == MAX_FAILURES ||
	    (n == 0 && result > 0 && (result & (POLLHUP | POLLERR)) != 0)) {
		chatter_stop(chatter);
		return;
	}
	draw_soon(terminal);
	io_poll(chatter->io, &terminal->readable, STDIN_FILENO, POLLIN, typed);
}

/* ---- from start to end ---- */

static int open_terminal(struct chatter *chatter, struct face **ret_face)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	int error = terminal != NULL ? screen_open() : -ENOMEM;

	if (error < 0) {
		free(terminal);
		return error;
	}
	terminal->face = (struct face){.type = &face_screen, .chatter = chatter};
	*ret_face = &terminal->face;
	draw_soon(terminal);
	io_poll(chatter->io, &terminal->readable, STDIN_FILENO, POLLIN, typed);
	return 0;
}

static void signal_came(struct face *face, int number)
{
	struct terminal *terminal = terminal_of(face);

	if (terminal->cancelled)
		return;
	if (number == SIGTSTP)
		screen_suspend();
	else
		screen_resize();
	scroll_move(&place_view(terminal)->scroll, 0, text_width(terminal), screen_text_height());
	draw_soon(terminal);
}

/* The terminal is given back at once: the good-bye to the server may take a moment. */
static void cancel(struct face *face)
{
	struct terminal *terminal = terminal_of(face);

	terminal->cancelled = true;
	screen_close();
	io_cancel(face->chatter->io, &terminal->readable);
	io_cancel(face->chatter->io, &terminal->due);
}

static bool busy(const struct face *face)
{
	const struct terminal *terminal = (const struct terminal *)(const void *)face;

	return io_busy(&terminal->readable) || io_busy(&terminal->due);
}

static void close_terminal(struct face *face)
{
	struct terminal *terminal = terminal_of(face);

	screen_close();
	scroll_finish(&terminal->home.scroll);
	editor_finish(&terminal->editor);
	free(terminal);
}

const struct face_type face_screen = {
	.open = open_terminal,
	.event = event,
	.notice = notice,
	.changed = changed,
	.read = read_elsewhere,
	.closing = closing,
	.signal = signal_came,
	.cancel = cancel,
	.busy = busy,
	.close = close_terminal,
};
