/* SPDX-License-Identifier: MIT */
/* Between face_screen.c, what a terminal shows, and face_keys.c, what is typed there. */
#ifndef SPILLWAY_FACE_TERMINAL_H
#define SPILLWAY_FACE_TERMINAL_H

#include "viewer/editor.h"
#include "viewer/face.h"
#include "viewer/scroll.h"

struct view {
	struct scroll scroll;
	int64_t newest_ms; /* the time of the latest message */
	unsigned unread;
	bool addressed; /* some of it to the user */
};

struct terminal {
	struct face face;
	struct io_op readable, due; /* keys; to be drawn */
	bool cancelled;
	bool alt;	   /* ESC was the last key */
	bool pastes;	   /* what comes was pasted */
	unsigned failures; /* of waiting for keys, one behind the other */
	struct view home;  /* of what belongs to no room */
	struct editor editor;
	char prompt[64];      /* of a secret that is asked for; "": none is */
	struct editor secret; /* as it is typed, unseen */
};

/* Of a room, or, with NULL, of what belongs to none. */
struct view *terminal_view(struct terminal *terminal, struct talk_room *room);
struct view *terminal_place_view(struct terminal *terminal);
unsigned terminal_text_width(const struct terminal *terminal);
/* Once a turn of the loop. */
void terminal_draw_soon(struct terminal *terminal);
/* Goes to a room; NULL: to where what belongs to none is shown. */
void terminal_go_to(struct terminal *terminal, struct talk_room *room);

/* A key: a character or a code of curses, with what was pressed with it. */
enum { TERMINAL_KEY_ALT = 1 << 24, TERMINAL_KEY_CODED = 1 << 25 };
#define TERMINAL_CTRL(letter) ((letter)&0x1f)
void terminal_press(struct terminal *terminal, unsigned key);

#endif
