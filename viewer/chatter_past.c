/* SPDX-License-Identifier: MIT */
/* What was said earlier, or while there was no connection; and whether what we said has arrived. */
#include <stdio.h>
#include <string.h>

#include "common/casemap.h"
#include "common/sentence.h"
#include "viewer/backlog.h"
#include "viewer/chatter_impl.h"
#include "viewer/face.h"

enum { MAX_CHARACTER = 5 /* bytes, with a NUL: a text that is longer was cut */ };

/* ---- what we said ---- */

/* What of a line a person would know again: the text that was said, or the command. */
static void write_text(const struct slash *slash, char to[CHATTER_TEXT_SIZE])
{
	if (slash->row != NULL && slash->row->prompts[0] != NULL) {
		snprintf(to, CHATTER_TEXT_SIZE, "/%s", slash->row->name);
		return;
	}

	if (slash->action == SLASH_SAY)
		talk_clean(slash->said, to, CHATTER_TEXT_SIZE);
	else
		sentence_clean((struct slice){slash->line, slash->line_len}, to, CHATTER_TEXT_SIZE);
}

void chatter_past_typed(struct chatter *chatter, const struct slash *slash, uint32_t label)
{
	struct chatter_typed *typed;

	if (chatter->n_typed == CHATTER_MAX_DOUBTS)
		return;
	typed = &chatter->typed[chatter->n_typed++];
	*typed = (struct chatter_typed){.label = label};
	snprintf(typed->target, sizeof(typed->target), "%s",
		 slash->action == SLASH_SAY ? slash->target : "");
	snprintf(typed->nick, sizeof(typed->nick), "%s", chatter->link.nick);
	snprintf(typed->place, sizeof(typed->place), "%s",
		 chatter->place != NULL ? chatter->place->name : "");
	snprintf(typed->deed, sizeof(typed->deed), "%s", slash->deed);
	write_text(slash, typed->text);
}

static void forget(struct chatter *chatter, size_t i)
{
	chatter->n_typed--;
	memmove(&chatter->typed[i], &chatter->typed[i + 1],
		(chatter->n_typed - i) * sizeof(chatter->typed[0]));
}

/* Whether the history will tell whether this has arrived. */
static bool is_told(const struct chatter *chatter, const struct chatter_typed *typed)
{
	const struct talk_room *room = talk_find(&chatter->talk, typed->target);

	return room != NULL && room->is_room && room->backlog != NULL &&
	       (chatter->link.caps & LINK_CAP_HISTORY) != 0;
}

static void tell_doubt(struct chatter *chatter, size_t i, const char *sentence)
{
	char text[CHATTER_TEXT_SIZE + 64], line[CHATTER_TEXT_SIZE];

	sentence_clean(slice_from(chatter->typed[i].text), line, sizeof(line));
	snprintf(text, sizeof(text), "%s: %s", sentence, line);
	forget(chatter, i);
	chatter->in_doubt++;
	chatter->face->type->notice(chatter->face, text, true);
}

/* Of a long text the beginning is known. */
static bool is_text(const struct chatter_typed *typed, const char *text)
{
	size_t len = strlen(typed->text);

	return strncmp(typed->text, text, len) == 0 &&
	       (text[len] == '\0' || len + MAX_CHARACTER >= CHATTER_TEXT_SIZE);
}

/* Something of ours has arrived: it was echoed, or stands in the history. */
static void confirm(struct chatter *chatter, const struct talk_event *event)
{
	for (size_t i = 0; i < chatter->n_typed; i++) {
		const struct chatter_typed *typed = &chatter->typed[i];

		if (casemap_equal(typed->target, event->room->name) &&
		    casemap_equal(typed->nick, event->who) && is_text(typed, event->text)) {
			forget(chatter, i);
			return;
		}
	}
}

/* The history of a room is here as far as can be: what isn't in it didn't arrive. */
static void settle(struct chatter *chatter, const struct talk_room *room)
{
	for (size_t i = 0; i < chatter->n_typed;) {
		if (chatter->typed[i].label == 0 &&
		    casemap_equal(chatter->typed[i].target, room->name))
			tell_doubt(chatter, i,
				   room->backlog->incomplete ? "this may not have arrived"
							     : "this didn't arrive");
		else
			i++;
	}
}

/* ---- what others said ---- */

void chatter_past_show(struct chatter *chatter, const struct talk_event *event)
{
	if (event->when == TALK_MISSED || (event->when == TALK_NOW && event->own))
		confirm(chatter, event);
	chatter_show(chatter, event);
}

static void show(void *context, const struct talk_event *event)
{
	struct chatter *chatter = context;

	if (event->sealed != NULL || chatter_private_waits(chatter, event->room))
		chatter_private_show(chatter, event);
	else
		chatter_past_show(chatter, event);
}

void chatter_past_take(struct chatter *chatter, const struct talk_event *event)
{
	if (event->room != NULL && event->room->backlog == NULL && !event->room->is_room)
		chatter_away_begin(chatter, event->room, event->time_ms);
	if (event->room != NULL && event->room->backlog != NULL)
		backlog_take(event->room->backlog, event);
	else if (event->when != TALK_PAST)
		show(chatter, event);
}

void chatter_past_ask(struct chatter *chatter, struct talk_room *room)
{
	struct backlog *backlog = room->backlog;
	char line[MESSAGE_MAX_LINE];
	size_t len;

	/* What is to be opened is bounded: page by page. */
	if (chatter_private_waits(chatter, room))
		return;
	while ((len = backlog_ask(backlog, line)) > 0) {
		if (link_send(&chatter->link, line, len, &backlog->label) == 0)
			return;
		backlog_fail(backlog, "too much is under way");
		backlog_answered(backlog);
	}
	if (backlog->wants == BACKLOG_NOTHING)
		settle(chatter, room);
}

bool chatter_past_keep(struct chatter *chatter, struct talk_room *room)
{
	if (room->backlog == NULL)
		room->backlog = backlog_create(room, chatter, show);
	return room->backlog != NULL;
}

void chatter_past_enter(struct chatter *chatter, struct talk_room *room, int64_t time_ms)
{
	if (!room->is_room || (chatter->link.caps & LINK_CAP_HISTORY) == 0 ||
	    !chatter_past_keep(chatter, room))
		return;
	backlog_enter(room->backlog, time_ms, chatter->context);
	chatter_past_ask(chatter, room);
}

void chatter_past_paged(struct chatter *chatter, struct talk_room *room, const char *failure)
{
	(void)chatter;
	if (room == NULL || room->backlog == NULL)
		return;
	if (failure != NULL)
		backlog_fail(room->backlog, failure);
	else
		backlog_page(room->backlog);
}

void chatter_past_answered(struct chatter *chatter, uint32_t label)
{
	for (size_t i = 0; i < chatter->n_typed; i++) {
		if (chatter->typed[i].label == label) {
			forget(chatter, i);
			return;
		}
	}
	if (chatter->read_label == label)
		chatter->read_label = 0;
	for (size_t i = 0; i < chatter->talk.n_rooms; i++) {
		struct talk_room *room = chatter->talk.rooms[i];

		if (room->backlog == NULL || room->backlog->label != label)
			continue;
		room->backlog->label = 0;
		backlog_answered(room->backlog);
		chatter_past_ask(chatter, room);
		return;
	}
}

void chatter_past_earlier(struct chatter *chatter, unsigned n)
{
	struct talk_room *room = chatter->place;

	if (room == NULL || !room->is_room) {
		chatter_refuse(chatter, "this is no room; /join ROOM enters one");
		return;
	}
	if (room->backlog == NULL || (chatter->link.caps & LINK_CAP_HISTORY) == 0 ||
	    chatter->link.state != LINK_UP) {
		chatter_refuse(chatter, chatter->link.state == LINK_UP
						? "this server keeps no history"
						: "there is no connection now");
		return;
	}
	backlog_earlier(room->backlog, n);
	chatter_past_ask(chatter, room);
}

void chatter_past_lost(struct chatter *chatter)
{
	chatter->read_label = 0;
	for (size_t i = 0; i < chatter->talk.n_rooms; i++) {
		struct backlog *backlog = chatter->talk.rooms[i]->backlog;

		if (backlog == NULL)
			continue;
		backlog->label = 0;
		backlog_lost(backlog);
	}
	for (size_t i = 0; i < chatter->n_typed;) {
		if (is_told(chatter, &chatter->typed[i]))
			chatter->typed[i++].label = 0;
		else
			tell_doubt(chatter, i, "this may not have arrived");
	}
}

void chatter_past_end(struct chatter *chatter)
{
	for (size_t i = 0; i < chatter->talk.n_rooms; i++) {
		if (chatter->talk.rooms[i]->backlog != NULL)
			backlog_end(chatter->talk.rooms[i]->backlog);
	}
}

/* ---- how far we have read ---- */

void chatter_read(struct chatter *chatter, struct talk_room *room, int64_t time_ms)
{
	char line[MESSAGE_MAX_LINE], time[TALK_TIME_SIZE];
	int len;

	/* One at a time: the next time more is read. */
	if ((chatter->link.caps & LINK_CAP_READ) == 0 || chatter->read_label != 0 ||
	    time_ms <= room->read_ms)
		return;
	talk_write_time(time_ms, time);
	len = snprintf(line, sizeof(line), "MARKREAD %s timestamp=%s\r\n", room->name, time);
	if (link_send(&chatter->link, line, (size_t)len, &chatter->read_label) == 0)
		room->read_ms = time_ms;
}
