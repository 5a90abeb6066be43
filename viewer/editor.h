/* SPDX-License-Identifier: MIT */
/* A line that is being typed: editing, history, completion. Pure. */
#ifndef SPILLWAY_EDITOR_H
#define SPILLWAY_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

enum {
	EDITOR_MAX = 8000, /* bytes of a line, or of several that were pasted */
	EDITOR_MAX_HISTORY = 100,
	EDITOR_MAX_WORD = 160, /* bytes of what completes a word, with the NUL */
};

enum editor_action {
	EDITOR_LEFT,
	EDITOR_RIGHT,
	EDITOR_WORD_LEFT,
	EDITOR_WORD_RIGHT,
	EDITOR_HOME,
	EDITOR_END,
	EDITOR_BACKSPACE,
	EDITOR_DELETE,
	EDITOR_CUT_WORD, /* before the cursor */
	EDITOR_CUT_HOME,
	EDITOR_CUT_END,
	EDITOR_PASTE, /* what was cut last */
	EDITOR_OLDER, /* lines of the history */
	EDITOR_NEWER,
};

struct editor { /* start with {0}; text, len and cursor to be read */
	char text[EDITOR_MAX + 1];
	size_t len, cursor; /* bytes */

	/* The rest is private. */
	char cut[EDITOR_MAX + 1];
	char *history[EDITOR_MAX_HISTORY];
	size_t n_history, shown;     /* `shown` is n_history for the new line */
	char *fresh;		     /* the new line, while an older one is shown */
	bool completes;		     /* Tab was the last key: */
	size_t word_start, word_len; /* what was typed of the word, … */
	char word[EDITOR_MAX_WORD];
	size_t turn; /* … and how often Tab followed */
};

/*
 * Gives the candidate of that number, in their order, which begins with `start`; false when there
 * are fewer. first: the word begins the line.
 */
typedef bool editor_candidate(void *context, const char *start, bool first, size_t number,
			      char ret_word[EDITOR_MAX_WORD]);

void editor_finish(struct editor *editor);
/* Types one character of UTF-8; nothing where there is no room. */
void editor_type(struct editor *editor, const char *character, size_t len);
void editor_do(struct editor *editor, enum editor_action action);
/* Completes the word before the cursor by the first candidate; when called again at once, by the
 * next ones in turn. */
void editor_complete(struct editor *editor, editor_candidate *candidate, void *context);
/* The line is done: it goes into the history and ret_line, and an empty one begins. */
void editor_take(struct editor *editor, char ret_line[EDITOR_MAX + 1]);

/* The same of a secret: nothing of it stays. */
void editor_take_secret(struct editor *editor, char ret_line[EDITOR_MAX + 1]);

#endif
