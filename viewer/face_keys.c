/* SPDX-License-Identifier: MIT */
/* What keys do on a terminal, and how words are completed. */
#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "viewer/face_terminal.h"
#include "viewer/screen.h"
#include "viewer/slash.h"

/* ---- completing ---- */

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

/* ---- keys ---- */

/* What is typed into now. */
static struct editor *editor_of(struct terminal *terminal)
{
	return *terminal->prompt != '\0' ? &terminal->secret : &terminal->editor;
}

static void key_enter(struct terminal *terminal)
{
	char line[EDITOR_MAX + 1];

	if (*terminal->prompt != '\0') {
		terminal->prompt[0] = '\0';
		editor_take_secret(&terminal->secret, line);
		chatter_answer(terminal->face.chatter, line);
		explicit_bzero(line, sizeof(line));
		return;
	}
	editor_take(&terminal->editor, line);
	terminal_place_view(terminal)->scroll.up = 0;
	chatter_input(terminal->face.chatter, line);
}

static void key_complete(struct terminal *terminal)
{
	if (*terminal->prompt == '\0')
		editor_complete(&terminal->editor, candidate, terminal);
}

static void page(struct terminal *terminal, int direction)
{
	unsigned rows = screen_text_height();

	scroll_move(&terminal_place_view(terminal)->scroll,
		    direction * (long)(rows > 1 ? rows - 1 : 1), terminal_text_width(terminal),
		    rows);
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
	terminal_go_to(terminal, at > 0 ? chatter->talk.rooms[at - 1] : NULL);
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
		const struct view *view = terminal_view(terminal, chatter->talk.rooms[i]);

		if (view->unread > 0 &&
		    (best == NULL ||
		     (view->addressed && !terminal_view(terminal, best)->addressed)))
			best = chatter->talk.rooms[i];
	}
	if (best != NULL)
		terminal_go_to(terminal, best);
}

/* The end of a line that is pasted is no Enter: all of it is said at once, by the key. */
static void key_paste_begins(struct terminal *terminal)
{
	terminal->pastes = true;
}

static void key_paste_ends(struct terminal *terminal)
{
	terminal->pastes = false;
}

static const struct {
	unsigned key;
	int action;				  /* of the editor; -1: none, but … */
	void (*press)(struct terminal *terminal); /* … this */
} keys[] = {
	{TERMINAL_KEY_CODED | KEY_LEFT, EDITOR_LEFT, NULL},
	{TERMINAL_KEY_CODED | KEY_RIGHT, EDITOR_RIGHT, NULL},
	{TERMINAL_KEY_CODED | KEY_UP, EDITOR_OLDER, NULL},
	{TERMINAL_KEY_CODED | KEY_DOWN, EDITOR_NEWER, NULL},
	{TERMINAL_KEY_CODED | KEY_HOME, EDITOR_HOME, NULL},
	{TERMINAL_KEY_CODED | KEY_END, EDITOR_END, NULL},
	{TERMINAL_KEY_CODED | KEY_BACKSPACE, EDITOR_BACKSPACE, NULL},
	{TERMINAL_KEY_CODED | KEY_DC, EDITOR_DELETE, NULL},
	{TERMINAL_CTRL('A'), EDITOR_HOME, NULL},
	{TERMINAL_CTRL('E'), EDITOR_END, NULL},
	{TERMINAL_CTRL('B'), EDITOR_LEFT, NULL},
	{TERMINAL_CTRL('F'), EDITOR_RIGHT, NULL},
	{TERMINAL_CTRL('D'), EDITOR_DELETE, NULL},
	{TERMINAL_CTRL('H'), EDITOR_BACKSPACE, NULL},
	{0x7f, EDITOR_BACKSPACE, NULL},
	{TERMINAL_CTRL('W'), EDITOR_CUT_WORD, NULL},
	{TERMINAL_CTRL('U'), EDITOR_CUT_HOME, NULL},
	{TERMINAL_CTRL('K'), EDITOR_CUT_END, NULL},
	{TERMINAL_CTRL('Y'), EDITOR_PASTE, NULL},
	{TERMINAL_KEY_ALT | 'b', EDITOR_WORD_LEFT, NULL},
	{TERMINAL_KEY_ALT | 'f', EDITOR_WORD_RIGHT, NULL},
	{TERMINAL_CTRL('M'), -1, key_enter},
	{TERMINAL_CTRL('J'), -1, key_enter},
	{TERMINAL_KEY_CODED | KEY_ENTER, -1, key_enter},
	{TERMINAL_CTRL('I'), -1, key_complete},
	{TERMINAL_KEY_CODED | SCREEN_PASTE_BEGINS, -1, key_paste_begins},
	{TERMINAL_KEY_CODED | SCREEN_PASTE_ENDS, -1, key_paste_ends},
	{TERMINAL_KEY_CODED | KEY_PPAGE, -1, key_page_up},
	{TERMINAL_KEY_CODED | KEY_NPAGE, -1, key_page_down},
	{TERMINAL_CTRL('N'), -1, key_next},
	{TERMINAL_CTRL('P'), -1, key_previous},
	{TERMINAL_CTRL('L'), -1, key_redraw},
	{TERMINAL_KEY_ALT | 'a', -1, key_unread},
};

static void type_character(struct terminal *terminal, wint_t character)
{
	char text[MB_LEN_MAX + 1];
	mbstate_t state = {0};
	size_t len = wcrtomb(text, (wchar_t)character, &state);

	/* What isn't to be shown isn't typed either. */
	if (len != (size_t)-1 && wcwidth((wchar_t)character) >= 0)
		editor_type(editor_of(terminal), text, len);
}

/* Nothing that is pasted is a key. A tab is a blank. A secret has no lines. */
static void paste_character(struct terminal *terminal, unsigned key)
{
	unsigned character = key & ~(unsigned)TERMINAL_KEY_ALT;

	if (character == '\r' || character == '\n') {
		if (*terminal->prompt == '\0')
			editor_type(&terminal->editor, "\n", 1);
	} else {
		type_character(terminal, character == '\t' ? ' ' : character);
	}
}

/* Who presses a key sits there, and has seen what the screen shows. */
static void mark_read(struct terminal *terminal)
{
	struct talk_room *place = terminal->face.chatter->place;
	const struct view *view = terminal_place_view(terminal);

	if (place != NULL && view->scroll.up == 0)
		chatter_read(terminal->face.chatter, place, view->newest_ms);
}

void terminal_press(struct terminal *terminal, unsigned key)
{
	const struct talk *talk = &terminal->face.chatter->talk;
	unsigned number = key - (TERMINAL_KEY_ALT | '0');

	mark_read(terminal);
	if (terminal->pastes && (key & TERMINAL_KEY_CODED) == 0) {
		paste_character(terminal, key);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].key != key)
			continue;
		if (keys[i].press != NULL)
			keys[i].press(terminal);
		else
			editor_do(editor_of(terminal), (enum editor_action)keys[i].action);
		return;
	}
	if (number <= 9 && number <= talk->n_rooms)
		terminal_go_to(terminal, number > 0 ? talk->rooms[number - 1] : NULL);
	else if (key < TERMINAL_KEY_ALT && key >= ' ')
		type_character(terminal, key);
}
