/* SPDX-License-Identifier: MIT */
/*
 * On a terminal: each room and each private conversation has a view of its own, and there is one
 * for what belongs to none. The screen shows the place's, and is drawn once a turn of the loop at
 * most.
 */
#include "viewer/face_terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/list.h"
#include "common/sentence.h"
#include "viewer/cells.h"
#include "viewer/screen.h"

#define LOCK "\xf0\x9f\x94\x92 " /* a padlock, before what came encrypted */

enum { MAX_FAILURES = 3 };

static struct terminal *terminal_of(struct face *face)
{
	return list_item(face, struct terminal, face);
}

/* ---- views ---- */

struct view *terminal_view(struct terminal *terminal, struct talk_room *room)
{
	if (room == NULL)
		return &terminal->home;
	if (room->view == NULL)
		room->view = calloc(1, sizeof(struct view));
	return room->view != NULL ? room->view : &terminal->home;
}

struct view *terminal_place_view(struct terminal *terminal)
{
	return terminal_view(terminal, terminal->face.chatter->place);
}

static bool has_pane(const struct terminal *terminal)
{
	const struct talk_room *place = terminal->face.chatter->place;

	return place != NULL && place->is_room && screen_has_pane();
}

unsigned terminal_text_width(const struct terminal *terminal)
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
		const struct view *view = terminal_view(terminal, room);
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

/* What is seen of a secret. */
static const struct editor nothing;

static void draw(struct io_op *op, int result)
{
	struct terminal *terminal = list_item(op, struct terminal, due);
	struct chatter *chatter = terminal->face.chatter;
	struct talk_room *place = chatter->place;
	struct view *view = terminal_place_view(terminal);
	char rooms[SCREEN_BAR_SIZE], prompt[LINK_NICK_SIZE + 32];

	(void)result;
	if (terminal->cancelled) {
		chatter_settle(chatter);
		return;
	}
	view->unread = 0;
	view->addressed = false;
	write_rooms(terminal, rooms, sizeof(rooms));
	if (*terminal->prompt != '\0')
		snprintf(prompt, sizeof(prompt), "%s", terminal->prompt);
	else
		snprintf(prompt, sizeof(prompt), "%s%s> ",
			 chatter->link.state == LINK_UP ? "" : "(not connected) ",
			 chatter->link.nick);
	screen_draw(&(struct screen_content){
		.place = place != NULL ? place->name : chatter->options->host,
		.topic = place != NULL ? place->topic : "",
		.prompt = prompt,
		.rooms = rooms,
		.roster = has_pane(terminal) ? &place->roster : NULL,
		.scroll = &view->scroll,
		.editor = *terminal->prompt != '\0' ? &nothing : &terminal->editor,
	});
}

void terminal_draw_soon(struct terminal *terminal)
{
	struct io *io = terminal->face.chatter->io;

	if (!terminal->cancelled && !io_busy(&terminal->due))
		io_timer(io, &terminal->due, io_now_us(io), draw);
}

void terminal_go_to(struct terminal *terminal, struct talk_room *room)
{
	struct chatter *chatter = terminal->face.chatter;

	if (room == chatter->place)
		return;
	scroll_mark(&terminal_place_view(terminal)->scroll);
	chatter->place = room;
	terminal_draw_soon(terminal);
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
	[TALK_ANNOUNCEMENT] = {"", "", "Announcement: ", SCREEN_ANNOUNCED, true},
};

static enum screen_look look_of(const struct talk_event *what)
{
	if (forms[what->kind].look != SCREEN_SAID)
		return forms[what->kind].look;
	return what->own ? SCREEN_OWN : what->addressed ? SCREEN_ADDRESSED : SCREEN_SAID;
}

/* cells_clean() what is to be shown, which may have made it shorter. */
static struct scroll_said said_of(int64_t time_ms, enum screen_look look, size_t head_len,
				  const char *id, char *text)
{
	cells_clean(text);
	return (struct scroll_said){
		.time_ms = time_ms,
		.look = (int)look,
		.head_len = head_len <= strlen(text) ? head_len : 0,
		.id = id,
		.text = text,
	};
}

static void show(struct terminal *terminal, struct view *view, const struct scroll_said *said)
{
	scroll_add(&view->scroll, said, terminal_text_width(terminal));
	terminal_draw_soon(terminal);
}

static void notice(struct face *face, const char *sentence, bool is_error)
{
	struct terminal *terminal = terminal_of(face);
	char text[LINK_MAX_SENTENCE + 128];
	struct scroll_said said;

	if (terminal->cancelled)
		return;
	sentence_clean(slice_from(sentence), text, sizeof(text));
	said = said_of(time(NULL) * INT64_C(1000), is_error ? SCREEN_ERROR : SCREEN_EVENT, 0, "",
		       text);
	show(terminal, terminal_place_view(terminal), &said);
}

/* A line of the history goes where it belongs: to the top, or behind the gap. */
static void show_above(struct terminal *terminal, struct view *view, const struct talk_event *what,
		       const struct scroll_said *said)
{
	struct scroll *scroll = &view->scroll;
	size_t at = what->when == TALK_IN_GAP ? scroll_behind(scroll, SCREEN_GAP) : 0;

	if (scroll_insert(scroll, at + what->number, said, terminal_text_width(terminal)) ==
		    -ENOSPC &&
	    what->number == 0)
		notice(&terminal->face, "there is no room for more lines in this view", true);
	terminal_draw_soon(terminal);
}

/* What was said goes from the screen, too. */
static void show_deleted(struct terminal *terminal, struct view *view,
			 const struct talk_event *what)
{
	char text[TALK_TEXT_SIZE + ROSTER_NICK_SIZE + 32];

	snprintf(text, sizeof(text), " (deleted by %s%s%s)", what->who,
		 *what->text != '\0' ? ": " : "", what->text);
	cells_clean(text);
	scroll_replace(&view->scroll, what->id, SCREEN_EVENT, text, terminal_text_width(terminal));
	terminal_draw_soon(terminal);
}

/* Whether it is to be counted where nobody looks. */
static bool is_new(const struct talk_event *what)
{
	if (what->own || !forms[what->kind].counts)
		return false;
	/* Of a room that was never read nothing counts; what one was told in private does. */
	if (what->when == TALK_CONTEXT && what->room != NULL)
		return (what->room->read_ms != 0 || !what->room->is_room) &&
		       what->time_ms > what->room->read_ms;
	return what->when == TALK_NOW || what->when == TALK_MISSED;
}

static void count(struct terminal *terminal, struct view *view, const struct talk_event *what)
{
	bool elsewhere = view != terminal_place_view(terminal);

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
	struct view *view = what->room != NULL ? terminal_view(terminal, what->room)
					       : terminal_place_view(terminal);
	char text[TALK_TEXT_SIZE + ROSTER_NICK_SIZE + 64];
	enum screen_look look = look_of(what);
	const char *between =
		*what->text != '\0' ? forms[what->kind].between : forms[what->kind].alone;
	const char *who = what->who;
	struct scroll_said said;
	int head_len;

	if (terminal->cancelled)
		return;
	if (what->kind == TALK_DELETE) {
		show_deleted(terminal, view, what);
		return;
	}
	if (what->kind == TALK_TOPIC && *who == '\0')
		between = "the topic: ";
	if (what->kind == TALK_INFO || what->kind == TALK_ERROR || what->kind == TALK_GAP ||
	    what->kind == TALK_ANNOUNCEMENT)
		who = "";
	head_len = snprintf(text, sizeof(text), "%s%s%s%.1s", what->secret ? LOCK : "",
			    forms[what->kind].before, who, between);
	snprintf(text + head_len, sizeof(text) - (size_t)head_len, "%s%s",
		 *between != '\0' ? between + 1 : "", what->text);
	if (forms[what->kind].look != SCREEN_SAID)
		head_len = 0;
	count(terminal, view, what);
	said = said_of(what->time_ms, look, (size_t)head_len, what->id, text);
	said.colour = people_colour(&face->chatter->people, what->who) + 1;
	if (what->when == TALK_EARLIER || what->when == TALK_IN_GAP)
		show_above(terminal, view, what, &said);
	else
		show(terminal, view, &said);
	if (what->when == TALK_CONTEXT && what->room != NULL && what->room->read_ms != 0)
		scroll_mark_time(&view->scroll, what->room->read_ms);
}

static void read_elsewhere(struct face *face, struct talk_room *room)
{
	struct terminal *terminal = terminal_of(face);
	struct view *view = terminal_view(terminal, room);

	if (view == terminal_place_view(terminal))
		return;
	scroll_mark_time(&view->scroll, room->read_ms);
	if (room->read_ms >= view->newest_ms) {
		view->unread = 0;
		view->addressed = false;
	}
	terminal_draw_soon(terminal);
}

static void ask(struct face *face, const char *prompt)
{
	struct terminal *terminal = terminal_of(face);

	snprintf(terminal->prompt, sizeof(terminal->prompt), "%s", prompt);
	terminal_draw_soon(terminal);
}

static void changed(struct face *face)
{
	terminal_draw_soon(terminal_of(face));
}

static void closing(struct face *face, struct talk_room *room)
{
	struct view *view = room->view;

	scroll_finish(&view->scroll);
	free(view);
	room->view = NULL;
	terminal_draw_soon(terminal_of(face));
}

/* ---- keys ---- */

static void typed(struct io_op *op, int result)
{
	struct terminal *terminal = list_item(op, struct terminal, readable);
	struct chatter *chatter = terminal->face.chatter;
	wint_t key;
	int kind, n = 0;

	while (!terminal->cancelled && result > 0 && (kind = screen_key(&key)) != 0) {
		n++;
		if (kind == 1 && key == TERMINAL_CTRL('[')) {
			terminal->alt = true;
			continue;
		}
		terminal_press(terminal, key | (kind == 2 ? (unsigned)TERMINAL_KEY_CODED : 0) |
						 (terminal->alt ? (unsigned)TERMINAL_KEY_ALT : 0));
		terminal->alt = false;
	}
	if (terminal->cancelled) {
		chatter_settle(chatter);
		return;
	}
	/* When we go on after Ctrl-Z, io_uring's poll of the terminal ends with -EINVAL, once
	 * (Linux 6.18). */
	terminal->failures = result < 0 ? terminal->failures + 1 : 0;
	/* Ready, and nothing there: the terminal has gone. */
	if (terminal->failures == MAX_FAILURES ||
	    (n == 0 && result > 0 && (result & (POLLHUP | POLLERR)) != 0)) {
		chatter_stop(chatter);
		return;
	}
	terminal_draw_soon(terminal);
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
	terminal_draw_soon(terminal);
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
	scroll_move(&terminal_place_view(terminal)->scroll, 0, terminal_text_width(terminal),
		    screen_text_height());
	terminal_draw_soon(terminal);
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
	explicit_bzero(&terminal->secret, sizeof(terminal->secret));
	free(terminal);
}

const struct face_type face_screen = {
	.open = open_terminal,
	.event = event,
	.notice = notice,
	.ask = ask,
	.changed = changed,
	.read = read_elsewhere,
	.closing = closing,
	.signal = signal_came,
	.cancel = cancel,
	.busy = busy,
	.close = close_terminal,
};
