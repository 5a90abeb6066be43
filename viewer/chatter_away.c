/* SPDX-License-Identifier: MIT */
/*
 * What was said in private while we weren't there, for a server that keeps it and doesn't tell it by itself (IRCv3
 * draft/chathistory):
 *
 *	1. The server is asked which conversations went on since we left or, the first time, in the last days. Until it
 *	   has answered, what is said in private waits.
 *	2. The first time, it is asked how far each was read (draft/read-marker): one that was read stays closed.
 *	3. Their backlogs are filled, one after the other, as those of rooms are.
 *	4. What waits elsewhere is shown.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/casemap.h"
#include "viewer/backlog.h"
#include "viewer/chatter_impl.h"

enum { DAY_S = 24 * 60 * 60 };

static int64_t now_ms(void)
{
	return time(NULL) * INT64_C(1000);
}

/* Whether the server keeps what is said to us in private. */
static bool is_kept(const struct chatter *chatter)
{
	return (chatter->link.caps & LINK_CAP_HISTORY) != 0 &&
	       chatter->link_options.account != NULL;
}

void chatter_away_begin(struct chatter *chatter, struct talk_room *room, int64_t time_ms)
{
	const struct chatter_away *away = &chatter->away;

	if (!is_kept(chatter) || !chatter_past_keep(chatter, room))
		return;
	if (away->asks && away->here_ms != 0)
		backlog_since(room->backlog, away->here_ms);
	else
		backlog_enter(room->backlog, time_ms, away->asks ? chatter->context : 0);
}

/* ---- which ones ---- */

static bool ask_targets(struct chatter *chatter, int64_t since_ms)
{
	char line[MESSAGE_MAX_LINE], from[TALK_TIME_SIZE], to[TALK_TIME_SIZE];
	int len;

	talk_write_time(since_ms, from);
	talk_write_time(now_ms() + DAY_S * INT64_C(1000), to);
	len = snprintf(line, sizeof(line), "CHATHISTORY TARGETS timestamp=%s timestamp=%s %d\r\n",
		       from, to, BACKLOG_PAGE);
	return link_send(&chatter->link, line, (size_t)len, &chatter->away.label) == 0;
}

void chatter_away_up(struct chatter *chatter)
{
	struct chatter_away *away = &chatter->away;
	int64_t since_ms = away->here_ms != 0
				   ? away->here_ms
				   : now_ms() - CHATTER_AWAY_DAYS * DAY_S * INT64_C(1000);

	if (!is_kept(chatter) || away->asks || (away->here_ms == 0 && chatter->context == 0))
		return;
	away->asks = ask_targets(chatter, since_ms);
	for (size_t i = 0; i < chatter->talk.n_rooms && away->asks; i++) {
		struct talk_room *room = chatter->talk.rooms[i];

		if (!room->is_room && room->backlog != NULL)
			backlog_since(room->backlog, since_ms);
	}
}

/* CHATHISTORY TARGETS NAME TIME, the earliest first. */
static void take_target(struct chatter_away *away, const struct message *message)
{
	struct chatter_target *target;

	if (away->n == CHATTER_AWAY_MAX) {
		away->n--;
		memmove(away->targets, away->targets + 1, away->n * sizeof(away->targets[0]));
	}
	target = &away->targets[away->n++];
	snprintf(target->name, sizeof(target->name), "%s", message->parameters[1]);
	target->time_ms = talk_parse_time(message->parameters[2]);
}

bool chatter_away_take(struct chatter *chatter, const struct message *message)
{
	struct chatter_away *away = &chatter->away;
	const char *when;

	if (away->label == 0 || message->n_parameters < 2)
		return false;
	if (!away->asks_read && strcmp(message->command, "CHATHISTORY") == 0 &&
	    strcmp(message->parameters[0], "TARGETS") == 0 && message->n_parameters > 2) {
		if (!talk_is_room(&chatter->talk, message->parameters[1]))
			take_target(away, message);
		return true;
	}
	if (!away->asks_read || strcmp(message->command, "MARKREAD") != 0 ||
	    !casemap_equal(message->parameters[0], away->targets[0].name))
		return false;
	when = message->parameters[1];
	away->read_ms = strncmp(when, "timestamp=", 10) == 0 ? talk_parse_time(when + 10) : 0;
	return true;
}

/* ---- one after the other ---- */

static void drop_first(struct chatter_away *away)
{
	away->n--;
	memmove(away->targets, away->targets + 1, away->n * sizeof(away->targets[0]));
	away->fills = away->asks_read = false;
	away->read_ms = 0;
}

static bool ask_read(struct chatter *chatter)
{
	struct message_writer writer;
	char line[MESSAGE_MAX_LINE];

	message_writer_init(&writer, line, sizeof(line));
	message_write_command(&writer, NULL, "MARKREAD");
	message_write_word(&writer, chatter->away.targets[0].name);
	return link_send(&chatter->link, line, message_write_end(&writer), &chatter->away.label) ==
	       0;
}

/* False: there is nothing to be filled. */
static bool fill(struct chatter *chatter)
{
	struct chatter_away *away = &chatter->away;
	const struct chatter_target *target = &away->targets[0];
	struct talk_room *room = talk_find(&chatter->talk, target->name);

	if (room == NULL && away->read_ms < target->time_ms)
		room = talk_open(&chatter->talk, target->name);
	if (room == NULL)
		return false;
	if (room->backlog == NULL)
		chatter_away_begin(chatter, room, now_ms());
	if (room->backlog == NULL)
		return false;
	if (room->read_ms < away->read_ms)
		room->read_ms = away->read_ms;
	away->fills = true;
	chatter_past_ask(chatter, room);
	return true;
}

/* Whether the first is complete, and shown. */
static bool is_filled(struct chatter *chatter)
{
	struct talk_room *room = talk_find(&chatter->talk, chatter->away.targets[0].name);

	if (room == NULL || room->backlog == NULL)
		return true; /* it was closed */
	if (chatter_private_waits(chatter, room))
		return false;
	chatter_past_ask(chatter, room);
	return room->backlog->wants == BACKLOG_NOTHING;
}

/* Nothing more comes of the history. */
static void finish(struct chatter *chatter)
{
	chatter->away.asks = false;
	for (size_t i = 0; i < chatter->talk.n_rooms; i++) {
		struct talk_room *room = chatter->talk.rooms[i];

		if (!room->is_room && room->backlog != NULL)
			backlog_end(room->backlog);
	}
}

void chatter_away_go_on(struct chatter *chatter)
{
	struct chatter_away *away = &chatter->away;

	while (away->asks && away->label == 0 && chatter->link.state == LINK_UP) {
		if (away->n == 0) {
			finish(chatter);
		} else if (away->fills) {
			if (!is_filled(chatter))
				return;
			drop_first(away);
		} else if (!away->asks_read && away->here_ms == 0 &&
			   (chatter->link.caps & LINK_CAP_READ) != 0 && ask_read(chatter)) {
			away->asks_read = true;
		} else if (!fill(chatter)) {
			drop_first(away);
		}
	}
}

void chatter_away_answered(struct chatter *chatter, uint32_t label)
{
	if (chatter->away.label == label)
		chatter->away.label = 0;
	chatter_away_go_on(chatter);
}

void chatter_away_lost(struct chatter *chatter)
{
	struct chatter_away *away = &chatter->away;

	/* What wasn't asked for yet is the next time. */
	if (!away->asks && is_kept(chatter))
		away->here_ms = now_ms() - CHATTER_AWAY_CLOCK_MS;
	away->asks = away->fills = away->asks_read = false;
	away->label = 0;
	away->n = 0;
	away->read_ms = 0;
}
