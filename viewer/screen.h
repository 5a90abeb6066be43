/* SPDX-License-Identifier: MIT */
/*
 * The chat on a terminal, by ncurses: a topic, what was said, who is there, the rooms, and the line
 * that is typed. There is one of these at a time, as a process has one terminal.
 */
#ifndef SPILLWAY_SCREEN_H
#define SPILLWAY_SCREEN_H

#include <stdbool.h>
#include <wchar.h>

#include "viewer/editor.h"
#include "viewer/roster.h"
#include "viewer/scroll.h"

enum {
	SCREEN_TIME_WIDTH = 6,	  /* "09:56 " */
	SCREEN_PANE_WIDTH = 20,	  /* of the list of members, with its border */
	SCREEN_PANE_COLUMNS = 72, /* a terminal so wide has one */
	SCREEN_BAR_SIZE = 1024,
};

/* Codes of keys besides those of curses: what is typed between them was pasted. */
enum { SCREEN_PASTE_BEGINS = 01000, SCREEN_PASTE_ENDS };

enum screen_look {
	SCREEN_SAID,
	SCREEN_OWN,
	SCREEN_ADDRESSED, /* to the user */
	SCREEN_EVENT,
	SCREEN_ERROR,
	SCREEN_GAP, /* something is missing here */
	SCREEN_ANNOUNCED,
};

/* What is shown; all is borrowed. */
struct screen_content {
	const char *place, *topic, *prompt;
	const char *rooms;	     /* for the lower bar */
	const struct roster *roster; /* NULL: no list of members */
	const struct scroll *scroll;
	const struct editor *editor;
};

/* -ENOTTY: standard input or output is no terminal, or none that is known. */
int screen_open(void);
/* The terminal is as it was before; may be called again. */
void screen_close(void);
/* The size may have changed. */
void screen_resize(void);
/* Gives the terminal back until the shell continues us. */
void screen_suspend(void);
void screen_draw(const struct screen_content *content);
/* All is written again, since something else has written there. */
void screen_redraw(void);
void screen_ring(void);
/* The next key that waits: 1: a character, 2: a key's code (curses.h), 0: none. */
int screen_key(wint_t *ret_key);

/* The room for what was said. */
unsigned screen_text_width(bool pane);
unsigned screen_text_height(void);
/* Whether there is room for a list of members. */
bool screen_has_pane(void);

#endif
