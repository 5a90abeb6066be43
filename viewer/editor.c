/* SPDX-License-Identifier: MIT */
#include "viewer/editor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/cells.h"

void editor_finish(struct editor *editor)
{
	for (size_t i = 0; i < editor->n_history; i++)
		free(editor->history[i]);
	free(editor->fresh);
	*editor = (struct editor){0};
}

static struct slice all(const struct editor *editor)
{
	return (struct slice){editor->text, editor->len};
}

/* ---- changing ---- */

/* Puts text in place of the bytes from `from` to `to`; the cursor is behind it. False without
 * room. */
static bool replace(struct editor *editor, size_t from, size_t to, const char *text, size_t len)
{
	if (editor->len - (to - from) + len > EDITOR_MAX)
		return false;
	memmove(editor->text + from + len, editor->text + to, editor->len - to + 1);
	memcpy(editor->text + from, text, len);
	editor->len = editor->len - (to - from) + len;
	editor->cursor = from + len;
	return true;
}

static void cut(struct editor *editor, size_t from, size_t to)
{
	if (from == to)
		return;
	memcpy(editor->cut, editor->text + from, to - from);
	editor->cut[to - from] = '\0';
	replace(editor, from, to, "", 0);
}

static void set(struct editor *editor, const char *text)
{
	replace(editor, 0, editor->len, text, strlen(text));
}

void editor_type(struct editor *editor, const char *character, size_t len)
{
	editor->completes = false;
	replace(editor, editor->cursor, editor->cursor, character, len);
}

/* ---- moving ---- */

static size_t word_before(const struct editor *editor)
{
	size_t at = editor->cursor;

	while (at > 0 && editor->text[at - 1] == ' ')
		at--;
	while (at > 0 && editor->text[at - 1] != ' ')
		at--;
	return at;
}

static size_t word_behind(const struct editor *editor)
{
	size_t at = editor->cursor;

	while (at < editor->len && editor->text[at] == ' ')
		at++;
	while (at < editor->len && editor->text[at] != ' ')
		at++;
	return at;
}

static void left(struct editor *editor)
{
	editor->cursor = cells_before(all(editor), editor->cursor);
}

static void right(struct editor *editor)
{
	editor->cursor = cells_behind(all(editor), editor->cursor);
}

static void word_left(struct editor *editor)
{
	editor->cursor = word_before(editor);
}

static void word_right(struct editor *editor)
{
	editor->cursor = word_behind(editor);
}

static void home(struct editor *editor)
{
	editor->cursor = 0;
}

static void end(struct editor *editor)
{
	editor->cursor = editor->len;
}

static void backspace(struct editor *editor)
{
	replace(editor, cells_before(all(editor), editor->cursor), editor->cursor, "", 0);
}

static void delete (struct editor *editor)
{
	replace(editor, editor->cursor, cells_behind(all(editor), editor->cursor), "", 0);
}

static void cut_word(struct editor *editor)
{
	cut(editor, word_before(editor), editor->cursor);
}

static void cut_home(struct editor *editor)
{
	cut(editor, 0, editor->cursor);
}

static void cut_end(struct editor *editor)
{
	cut(editor, editor->cursor, editor->len);
}

static void paste(struct editor *editor)
{
	replace(editor, editor->cursor, editor->cursor, editor->cut, strlen(editor->cut));
}

/* ---- history ---- */

static void older(struct editor *editor)
{
	if (editor->shown == 0)
		return;
	if (editor->shown == editor->n_history) {
		free(editor->fresh);
		editor->fresh = strdup(editor->text);
	}
	set(editor, editor->history[--editor->shown]);
}

static void newer(struct editor *editor)
{
	if (editor->shown == editor->n_history)
		return;
	editor->shown++;
	if (editor->shown < editor->n_history)
		set(editor, editor->history[editor->shown]);
	else
		set(editor, editor->fresh != NULL ? editor->fresh : "");
}

static void remember(struct editor *editor)
{
	char *line;

	if (editor->len == 0 || (editor->n_history > 0 &&
				 strcmp(editor->history[editor->n_history - 1], editor->text) == 0))
		return;
	line = strdup(editor->text);
	if (line == NULL)
		return; /* a line less in the history */
	if (editor->n_history == EDITOR_MAX_HISTORY) {
		free(editor->history[0]);
		editor->n_history--;
		memmove(editor->history, editor->history + 1,
			editor->n_history * sizeof(editor->history[0]));
	}
	editor->history[editor->n_history++] = line;
}

void editor_take(struct editor *editor, char ret_line[EDITOR_MAX + 1])
{
	memcpy(ret_line, editor->text, editor->len + 1);
	remember(editor);
	editor->completes = false;
	editor->shown = editor->n_history;
	set(editor, "");
}

void editor_take_secret(struct editor *editor, char ret_line[EDITOR_MAX + 1])
{
	memcpy(ret_line, editor->text, editor->len + 1);
	explicit_bzero(editor->text, sizeof(editor->text));
	explicit_bzero(editor->cut, sizeof(editor->cut));
	editor->len = editor->cursor = 0;
}

static void (*const actions[])(struct editor *editor) = {
	[EDITOR_LEFT] = left,		[EDITOR_RIGHT] = right,
	[EDITOR_WORD_LEFT] = word_left, [EDITOR_WORD_RIGHT] = word_right,
	[EDITOR_HOME] = home,		[EDITOR_END] = end,
	[EDITOR_BACKSPACE] = backspace, [EDITOR_DELETE] = delete,
	[EDITOR_CUT_WORD] = cut_word,	[EDITOR_CUT_HOME] = cut_home,
	[EDITOR_CUT_END] = cut_end,	[EDITOR_PASTE] = paste,
	[EDITOR_OLDER] = older,		[EDITOR_NEWER] = newer,
};

void editor_do(struct editor *editor, enum editor_action action)
{
	editor->completes = false;
	actions[action](editor);
}

/* ---- completing ---- */

static bool begin_word(struct editor *editor)
{
	size_t start = editor->cursor;

	while (start > 0 && editor->text[start - 1] != ' ')
		start--;
	if (editor->cursor - start >= sizeof(editor->word))
		return false;
	memcpy(editor->word, editor->text + start, editor->cursor - start);
	editor->word[editor->cursor - start] = '\0';
	editor->word_start = start;
	editor->word_len = editor->cursor - start;
	editor->turn = 0;
	return true;
}

void editor_complete(struct editor *editor, editor_candidate *candidate, void *context)
{
	char word[EDITOR_MAX_WORD];
	bool first;

	if (!editor->completes && !begin_word(editor))
		return;
	first = editor->word_start == 0;
	if (!candidate(context, editor->word, first, editor->turn, word)) {
		/* Behind the last comes the first again. */
		editor->turn = 0;
		if (!candidate(context, editor->word, first, 0, word))
			return;
	}
	editor->turn++;
	editor->completes = replace(editor, editor->word_start,
				    editor->word_start + editor->word_len, word, strlen(word));
	if (editor->completes)
		editor->word_len = strlen(word);
}
