/* SPDX-License-Identifier: MIT */
#include "viewer/backlog.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- events that are kept ---- */

/* -ENOMEM. */
static int insert(struct backlog_lines *lines, size_t at, const struct talk_event *event)
{
	struct talk_event *line = talk_copy(event);

	if (line != NULL && lines->n == lines->size) {
		size_t size = lines->size > 0 ? 2 * lines->size : 64;
		struct talk_event **items = realloc(lines->items, size * sizeof(items[0]));

		if (items == NULL) {
			free(line);
			return -ENOMEM;
		}
		lines->items = items;
		lines->size = size;
	}
	if (line == NULL)
		return -ENOMEM;
	memmove(lines->items + at + 1, lines->items + at,
		(lines->n - at) * sizeof(lines->items[0]));
	lines->items[at] = line;
	lines->n++;
	return 0;
}

static void clear(struct backlog_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->items[i]);
	free(lines->items);
	*lines = (struct backlog_lines){0};
}

/* ---- messages that are known ---- */

static bool is_message(const struct talk_event *event)
{
	return event->kind == TALK_MESSAGE || event->kind == TALK_ACTION ||
	       event->kind == TALK_NOTICE;
}

/* FNV-1a. */
static uint64_t hash_of(const char *id)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return hash;
}

static bool was_seen(const struct backlog *backlog, const char *id)
{
	size_t n = backlog->n_seen < BACKLOG_MAX_SEEN ? backlog->n_seen : BACKLOG_MAX_SEEN;
	uint64_t hash = hash_of(id);

	for (size_t i = 0; *id != '\0' && i < n; i++) {
		if (backlog->seen[i] == hash)
			return true;
	}
	return false;
}

static void set_point(struct backlog_point *point, const struct talk_event *event)
{
	snprintf(point->id, sizeof(point->id), "%s", event->id);
	point->time_ms = event->time_ms;
}

/* Shows what comes last now, unless it was there before. Whether it was new. */
static bool show_last(struct backlog *backlog, const struct talk_event *event)
{
	if (is_message(event)) {
		/* Something sealed that is repeated for no reason is for who opens it to tell. */
		if (was_seen(backlog, event->id) &&
		    (event->sealed == NULL || event->when != TALK_NOW || backlog->paged))
			return false;
		if (*event->id != '\0')
			backlog->seen[backlog->n_seen++ % BACKLOG_MAX_SEEN] = hash_of(event->id);
		/* What has no id isn't kept by the server either, perhaps. */
		if (*event->id != '\0' || *backlog->last.id == '\0')
			set_point(&backlog->last, event);
		if (*backlog->first.id == '\0')
			set_point(&backlog->first, event);
	}
	backlog->show(backlog->context, event);
	return true;
}

/* ---- what the program itself has to say here ---- */

__attribute__((format(printf, 3, 4))) static void say(struct backlog *backlog, enum talk_kind kind,
						      const char *format, ...)
{
	char text[2 * BACKLOG_SENTENCE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	backlog->show(backlog->context, &(struct talk_event){
						.kind = kind,
						.room = backlog->room,
						.who = "",
						.text = text,
						.id = "",
						.time_ms = backlog->last.time_ms,
					});
}

/* ---- from start to end ---- */

struct backlog *backlog_create(struct talk_room *room, void *context,
			       void (*show)(void *context, const struct talk_event *event))
{
	struct backlog *backlog = calloc(1, sizeof(*backlog));

	if (backlog != NULL) {
		backlog->room = room;
		backlog->context = context;
		backlog->show = show;
	}
	return backlog;
}

void backlog_destroy(struct backlog *backlog)
{
	if (backlog == NULL)
		return;
	clear(&backlog->page);
	clear(&backlog->held);
	free(backlog);
}

static void want(struct backlog *backlog, enum backlog_wants wants, unsigned n)
{
	clear(&backlog->page);
	backlog->wants = wants;
	backlog->wanted = n;
	backlog->asked = false;
	backlog->by_time = false;
}

/* All that was asked for is here, or can't be had. */
static void finish(struct backlog *backlog)
{
	struct backlog_lines held = backlog->held;

	backlog->held = (struct backlog_lines){0};
	want(backlog, BACKLOG_NOTHING, 0);
	for (size_t i = 0; i < held.n; i++)
		show_last(backlog, held.items[i]);
	clear(&held);
}

void backlog_since(struct backlog *backlog, int64_t time_ms)
{
	if (backlog->last.time_ms == 0)
		backlog->first.time_ms = backlog->last.time_ms = time_ms;
	backlog_enter(backlog, time_ms, 0);
}

void backlog_enter(struct backlog *backlog, int64_t time_ms, unsigned context)
{
	backlog->incomplete = false;
	backlog->missed = 0;
	if (backlog->last.time_ms != 0) {
		want(backlog, BACKLOG_MISSED, BACKLOG_PAGE);
		return;
	}
	backlog->first.time_ms = backlog->last.time_ms = time_ms;
	if (context > 0)
		want(backlog, BACKLOG_CONTEXT, context);
}

static void want_earlier(struct backlog *backlog)
{
	if (backlog->wants != BACKLOG_NOTHING || backlog->first.time_ms == 0 ||
	    backlog->earlier == 0)
		return;
	want(backlog, backlog->gap_to.time_ms != 0 ? BACKLOG_IN_GAP : BACKLOG_EARLIER,
	     backlog->earlier);
	backlog->earlier = 0;
}

void backlog_earlier(struct backlog *backlog, unsigned n)
{
	backlog->earlier = n < BACKLOG_MAX_EARLIER ? n : BACKLOG_MAX_EARLIER;
	want_earlier(backlog);
}

void backlog_lost(struct backlog *backlog)
{
	clear(&backlog->held);
	backlog->earlier = 0;
	want(backlog, BACKLOG_NOTHING, 0);
}

void backlog_end(struct backlog *backlog)
{
	finish(backlog);
}

/* ---- asking ---- */

/* A reference to a message; by its time when it has no id, or none that the server knows. */
static void write_point(struct message_writer *writer, struct backlog *backlog,
			const struct backlog_point *point, int64_t shift_ms)
{
	char text[BACKLOG_ID_SIZE + 16], time[TALK_TIME_SIZE];

	if (*point->id != '\0' && !backlog->by_time) {
		backlog->by_id = true;
		snprintf(text, sizeof(text), "msgid=%s", point->id);
	} else {
		talk_write_time(point->time_ms + shift_ms, time);
		snprintf(text, sizeof(text), "timestamp=%s", time);
	}
	message_write_word(writer, text);
}

/* What is to be asked: the subcommand, and from where on; `to` for two points. */
static const struct {
	const char *subcommand;
	size_t from, to; /* offsets of points; 0: none */
	int shift_ms; /* by time: so that those of the same millisecond come, too; known ones don't */
} requests[BACKLOG_KINDS] = {
	[BACKLOG_CONTEXT] = {"LATEST", 0, 0, 0},
	[BACKLOG_MISSED] = {"AFTER", offsetof(struct backlog, last), 0, -1},
	[BACKLOG_LATEST] = {"LATEST", offsetof(struct backlog, last), 0, -1},
	[BACKLOG_EARLIER] = {"BEFORE", offsetof(struct backlog, first), 0, 0},
	[BACKLOG_IN_GAP] = {"BETWEEN", offsetof(struct backlog, gap_to),
			    offsetof(struct backlog, gap_from), 0},
};

static const struct backlog_point *point_at(const struct backlog *backlog, size_t offset)
{
	return (const struct backlog_point *)(const void *)((const char *)backlog + offset);
}

size_t backlog_ask(struct backlog *backlog, char ret_line[MESSAGE_MAX_LINE])
{
	struct backlog_point from = {.id = ""};
	struct message_writer writer;
	char number[16];

	if (backlog->wants == BACKLOG_NOTHING || backlog->asked)
		return 0;
	size_t left = backlog->wanted - backlog->page.n;
	if (requests[backlog->wants].from != 0)
		from = *point_at(backlog, requests[backlog->wants].from);
	/* Pages of what is earlier grow at their beginning. */
	if (backlog->page.n > 0)
		set_point(&from, backlog->page.items[0]);
	backlog->by_id = false;
	message_writer_init(&writer, ret_line, MESSAGE_MAX_LINE);
	message_write_command(&writer, NULL, "CHATHISTORY");
	message_write_word(&writer, requests[backlog->wants].subcommand);
	message_write_word(&writer, backlog->room->name);
	if (from.time_ms == 0)
		message_write_word(&writer, "*");
	else
		write_point(&writer, backlog, &from,
			    *from.id != '\0' ? requests[backlog->wants].shift_ms : 0);
	if (requests[backlog->wants].to != 0)
		write_point(&writer, backlog, point_at(backlog, requests[backlog->wants].to), 0);
	snprintf(number, sizeof(number), "%zu", left < BACKLOG_PAGE ? left : (size_t)BACKLOG_PAGE);
	message_write_word(&writer, number);
	backlog->asked = true;
	backlog->complete = false;
	backlog->page_at = 0;
	backlog->failure[0] = '\0';
	return message_write_end(&writer);
}

/* ---- what comes ---- */

/* Which events wait while what was said before them isn't there; others are answers. */
static const bool waits[TALK_KINDS] = {
	[TALK_MESSAGE] = true, [TALK_ACTION] = true, [TALK_NOTICE] = true,
	[TALK_JOIN] = true,    [TALK_PART] = true,   [TALK_QUIT] = true,
	[TALK_KICK] = true,    [TALK_NICK] = true,   [TALK_TOPIC] = true,
	[TALK_MODE] = true,    [TALK_DELETE] = true, [TALK_ANNOUNCEMENT] = true,
};

static bool holds(const struct backlog *backlog)
{
	return backlog->wants == BACKLOG_CONTEXT || backlog->wants == BACKLOG_MISSED ||
	       backlog->wants == BACKLOG_LATEST;
}

/* What was said between the last message and this one isn't shown. */
static void leave_gap(struct backlog *backlog, const struct talk_event *next)
{
	backlog->incomplete = true;
	if (!backlog->room->is_room) {
		say(backlog, TALK_GAP, "too much was missed to show all of it");
		return;
	}
	backlog->gap_from = backlog->last;
	set_point(&backlog->gap_to, next);
	say(backlog, TALK_GAP,
	    "too much was missed to show all of it; /history shows what is missing here");
}

void backlog_take(struct backlog *backlog, const struct talk_event *event)
{
	if (event->when == TALK_PAST) {
		if (backlog->asked && backlog->page.n < BACKLOG_MAX_EARLIER &&
		    insert(&backlog->page, backlog->page_at, event) == 0)
			backlog->page_at++;
		return;
	}
	if (!holds(backlog) || !waits[event->kind]) {
		show_last(backlog, event);
		return;
	}
	if (backlog->held.n == BACKLOG_MAX_HELD) {
		if (backlog->wants != BACKLOG_CONTEXT)
			leave_gap(backlog, backlog->held.items[0]);
		finish(backlog);
		show_last(backlog, event);
	} else {
		insert(&backlog->held, backlog->held.n, event);
	}
}

void backlog_page(struct backlog *backlog)
{
	backlog->complete = true;
}

void backlog_fail(struct backlog *backlog, const char *sentence)
{
	snprintf(backlog->failure, sizeof(backlog->failure), "%s", sentence);
}

/* ---- answers ---- */

/* Shows a page behind what was shown. How much of it was new. */
static unsigned show_page(struct backlog *backlog, enum talk_when when)
{
	struct backlog_lines page = backlog->page;
	unsigned n = 0;

	backlog->page = (struct backlog_lines){0};
	backlog->paged = true;
	for (size_t i = 0; i < page.n; i++) {
		page.items[i]->when = when;
		n += show_last(backlog, page.items[i]);
	}
	clear(&page);
	return n;
}

static void took_context(struct backlog *backlog)
{
	if (show_page(backlog, TALK_CONTEXT) > 0)
		say(backlog, TALK_INFO, "up to here it was said earlier");
	finish(backlog);
}

/* Whether the page has reached what came since we are here. */
static bool meets_held(const struct backlog *backlog)
{
	for (size_t i = 0; i < backlog->page.n; i++) {
		const char *id = backlog->page.items[i]->id;

		for (size_t k = 0; k < backlog->held.n && *id != '\0'; k++) {
			if (strcmp(backlog->held.items[k]->id, id) == 0)
				return true;
		}
	}
	return false;
}

static void took_missed(struct backlog *backlog)
{
	bool all = meets_held(backlog);
	unsigned n = show_page(backlog, TALK_MISSED);

	backlog->missed += n;
	/* How long a page may be is the server's to say: an empty one is the end. */
	if (all || n == 0)
		finish(backlog);
	else if (backlog->missed >= BACKLOG_MAX_MISSED)
		want(backlog, BACKLOG_LATEST, BACKLOG_REST);
	else
		want(backlog, BACKLOG_MISSED, BACKLOG_PAGE);
}

static void took_latest(struct backlog *backlog)
{
	if (backlog->page.n >= BACKLOG_REST)
		leave_gap(backlog, backlog->page.items[0]);
	show_page(backlog, TALK_MISSED);
	finish(backlog);
}

/* Shows a page that belongs above what was shown. How many lines there are. */
static size_t show_above(struct backlog *backlog, enum talk_when when,
			 struct backlog_point *ret_first)
{
	struct backlog_lines page = backlog->page;
	size_t number = 0;

	backlog->page = (struct backlog_lines){0};
	if (page.n > 0)
		set_point(ret_first, page.items[0]);
	for (size_t i = 0; i < page.n; i++) {
		struct talk_event *event = page.items[i];

		if (was_seen(backlog, event->id))
			continue;
		event->when = when;
		event->number = number++;
		backlog->show(backlog->context, event);
	}
	clear(&page);
	return number;
}

/* Whether the last of several pages has come. */
static bool has_all(struct backlog *backlog)
{
	return backlog->page_at == 0 || backlog->page.n >= backlog->wanted;
}

static void took_earlier(struct backlog *backlog)
{
	if (!has_all(backlog))
		return;
	if (show_above(backlog, TALK_EARLIER, &backlog->first) == 0)
		say(backlog, TALK_INFO, "nothing was said earlier");
	finish(backlog);
}

static void took_in_gap(struct backlog *backlog)
{
	if (!has_all(backlog))
		return;
	show_above(backlog, TALK_IN_GAP, &backlog->gap_to);
	if (backlog->page_at == 0) {
		backlog->gap_to.time_ms = 0;
		say(backlog, TALK_INFO,
		    "nothing is missing any more; /history shows what was said before all this");
	}
	finish(backlog);
}

static const struct {
	void (*took)(struct backlog *backlog);
	const char *failure;
	enum talk_kind kind; /* of the failure */
} answers[BACKLOG_KINDS] = {
	[BACKLOG_CONTEXT] = {took_context, "what was said earlier can't be shown", TALK_INFO},
	[BACKLOG_MISSED] = {took_missed, "what was said meanwhile can't be shown", TALK_GAP},
	[BACKLOG_LATEST] = {took_latest, "what was said meanwhile can't be shown", TALK_GAP},
	[BACKLOG_EARLIER] = {took_earlier, "what was said earlier can't be shown", TALK_ERROR},
	[BACKLOG_IN_GAP] = {took_in_gap, "what was missed can't be shown", TALK_ERROR},
};

static void took_failure(struct backlog *backlog)
{
	enum backlog_wants wants = backlog->wants;

	if (backlog->by_id) {
		backlog->by_time = true;
		return;
	}
	if (holds(backlog) && wants != BACKLOG_CONTEXT)
		backlog->incomplete = true;
	say(backlog, answers[wants].kind, "%s%s%s", answers[wants].failure,
	    *backlog->failure != '\0' ? ": " : "", backlog->failure);
	finish(backlog);
}

void backlog_answered(struct backlog *backlog)
{
	if (!backlog->asked)
		return;
	backlog->asked = false;
	if (backlog->complete)
		answers[backlog->wants].took(backlog);
	else
		took_failure(backlog);
	want_earlier(backlog);
}
