/* SPDX-License-Identifier: MIT */
/*
 * How the chat meets its user: as lines, for scripts, or on a terminal's screen. A kind of face is
 * one file and one row below; it takes what was typed, and shows what happens.
 */
#ifndef SPILLWAY_FACE_H
#define SPILLWAY_FACE_H

#include "viewer/chatter.h"

struct face {
	const struct face_type *type;
	struct chatter *chatter;
};

struct face_type {
	/* Takes what standard input has, by chatter_input(). -errno; -ENOTTY: no terminal, or none
	 * that it knows. */
	int (*open)(struct chatter *chatter, struct face **ret_face);
	void (*event)(struct face *face, const struct talk_event *event);
	/* What the program itself has to say. */
	void (*notice)(struct face *face, const char *sentence, bool is_error);
	/* The next line that is typed is a secret: not shown and not kept; given to
	 * chatter_answer(). */
	void (*ask)(struct face *face, const char *prompt);
	/* Rooms, the place, answers or the connection are others than before. */
	void (*changed)(struct face *face);
	/* A room was read elsewhere, up to room->read_ms. */
	void (*read)(struct face *face, struct talk_room *room);
	/* A room with a view goes. */
	void (*closing)(struct face *face, struct talk_room *room);
	void (*signal)(struct face *face, int number); /* SIGWINCH, SIGTSTP */
	/* Nothing is taken and shown any more: its operations end soon, the terminal is as it
	 * was. */
	void (*cancel)(struct face *face);
	bool (*busy)(const struct face *face);
	void (*close)(struct face *face); /* when it isn't busy; frees it */
};

extern const struct face_type face_lines, face_screen;

#endif
