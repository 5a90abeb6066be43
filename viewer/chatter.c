/* SPDX-License-Identifier: MIT */
#include "viewer/chatter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/casemap.h"
#include "common/command.h"
#include "common/list.h"
#include "common/log.h"
#include "viewer/backlog.h"
#include "viewer/chatter_impl.h"
#include "viewer/face.h"
#include "viewer/slash.h"

/* ---- ending ---- */

void chatter_settle(struct chatter *chatter)
{
	if (chatter->stopping && chatter->link_over && !signals_busy(&chatter->signals) &&
	    (chatter->face == NULL || !chatter->face->type->busy(chatter->face)))
		io_stop(chatter->io);
}

void chatter_stop_with(struct chatter *chatter, const char *line, size_t len)
{
	if (!chatter->stopping) {
		chatter_past_end(chatter);
		chatter->stopping = true;
		chatter->in_doubt += chatter->n_typed;
		if (chatter->face != NULL)
			chatter->face->type->cancel(chatter->face);
		signals_cancel(&chatter->signals);
	}
	if (!chatter->link_over)
		link_quit(&chatter->link, line, len);
}

void chatter_stop(struct chatter *chatter)
{
	chatter_stop_with(chatter, "", 0);
}

static void fail(struct chatter *chatter, const char *sentence)
{
	chatter->status = COMMAND_FAILED;
	snprintf(chatter->failure, sizeof(chatter->failure), "%s", sentence);
	chatter_stop(chatter);
}

void chatter_leave(struct chatter *chatter)
{
	if (chatter->link.state == LINK_UP && chatter->link.n_unanswered == 0)
		chatter_stop(chatter);
}

/* ---- what the user is told ---- */

bool chatter_ready(const struct chatter *chatter)
{
	return chatter->link.state == LINK_UP && chatter->link.n_unanswered < CHATTER_MAX_TYPED;
}

void chatter_refuse(struct chatter *chatter, const char *sentence)
{
	chatter->refused++;
	chatter->face->type->notice(chatter->face, sentence, true);
}

/* ---- what happens ---- */

static bool can_be_named(const struct talk_event *event)
{
	return (event->kind == TALK_MESSAGE || event->kind == TALK_ACTION ||
		event->kind == TALK_NOTICE) &&
	       event->room != NULL && event->when != TALK_EARLIER && event->when != TALK_IN_GAP;
}

static void show_deletion(struct chatter *chatter, const struct talk_event *event)
{
	const struct recent_line *line = recent_find(&event->room->recent, event->id);
	struct talk_event deletion = *event;

	deletion.whose = line != NULL ? line->nick : NULL;
	chatter->face->type->event(chatter->face, &deletion);
	recent_remove(&event->room->recent, event->id);
}

void chatter_show(struct chatter *chatter, const struct talk_event *event)
{
	if (event->kind == TALK_ERROR)
		chatter->refused++;
	if (can_be_named(event))
		recent_add(&event->room->recent, event->id, event->who, event->own);
	if (chatter->stopping)
		return;
	if (event->kind == TALK_DELETE)
		show_deletion(chatter, event);
	else
		chatter->face->type->event(chatter->face, event);
}

static void told(struct talk *talk, const struct talk_event *event)
{
	struct chatter *chatter = talk->context;

	if (event->kind == TALK_JOIN && event->own &&
	    (*chatter->entering == '\0' || casemap_equal(chatter->entering, event->room->name))) {
		chatter->place = event->room;
		snprintf(chatter->entering, sizeof(chatter->entering), "%s", event->room->name);
	}
	if (event->kind == TALK_JOIN && event->own)
		chatter_past_enter(chatter, event->room, event->time_ms);
	if (event->kind == TALK_PART && event->own && event->room->backlog != NULL)
		backlog_end(event->room->backlog);
	chatter_past_take(chatter, event);
}

static void paged(struct talk *talk, struct talk_room *room, const char *failure)
{
	chatter_past_paged(talk->context, room, failure);
}

static void read_elsewhere(struct talk *talk, struct talk_room *room)
{
	struct chatter *chatter = talk->context;

	chatter->face->type->read(chatter->face, room);
}

/* The neighbour of a room that goes is the next place. */
static void leave_place(struct chatter *chatter, const struct talk_room *room)
{
	const struct talk *talk = &chatter->talk;
	struct talk_room *next = NULL;

	for (size_t i = 0; i < talk->n_rooms; i++) {
		if (talk->rooms[i] == room && next != NULL)
			break;
		if (talk->rooms[i] != room)
			next = talk->rooms[i];
	}
	if (chatter->place == room)
		chatter->place = next;
}

static void closing(struct talk *talk, struct talk_room *room)
{
	struct chatter *chatter = talk->context;

	leave_place(chatter, room);
	backlog_destroy(room->backlog);
	if (chatter->face != NULL && room->view != NULL)
		chatter->face->type->closing(chatter->face, room);
}

static void join(struct chatter *chatter, const char *name)
{
	char line[TALK_NAME_SIZE + 16];
	struct slash slash;
	uint32_t label;

	snprintf(line, sizeof(line), "/join %.150s", name);
	if (slash_parse(line, "", &slash) == 0)
		link_send(&chatter->link, slash.line, slash.line_len, &label);
}

/* The first of the options' rooms is where the user begins. */
static void enter_first(struct chatter *chatter)
{
	const struct option_list *rooms = &chatter->options->rooms;

	if (rooms->n > 0)
		snprintf(chatter->entering, sizeof(chatter->entering), "%s%.150s",
			 *rooms->items[0] == '#' || *rooms->items[0] == '&' ? "" : "#",
			 rooms->items[0]);
	else
		chatter->face->type->notice(
			chatter->face, "/join ROOM enters a room, /help lists the commands", false);
	for (size_t i = 0; i < rooms->n; i++)
		join(chatter, rooms->items[i]);
}

/* What others say of themselves is told from now on, as far as we look at it. */
static void subscribe(struct link *link)
{
	static const char line[] = "METADATA * SUB " PEOPLE_KEYS "\r\n";
	uint32_t label;

	if ((link->caps & LINK_CAP_METADATA) != 0)
		link_send(link, line, sizeof(line) - 1, &label);
}

/* What the server wanted to be asked later: as soon as anything comes then, before which nobody is
 * to be coloured. */
static void ask_again(struct chatter *chatter)
{
	char target[PEOPLE_TARGET_SIZE], line[PEOPLE_TARGET_SIZE + 24];
	uint32_t label;
	int len;

	while (people_due(&chatter->people, io_now_us(chatter->io), target)) {
		len = snprintf(line, sizeof(line), "METADATA %s SYNC\r\n", target);
		link_send(&chatter->link, line, (size_t)len, &label);
	}
}

static void up(struct link *link)
{
	struct chatter *chatter = link->context;
	bool again = chatter->talk.n_rooms > 0;

	subscribe(link);
	chatter_keys_up(chatter);
	chatter_away_up(chatter);
	if (chatter->place != NULL)
		snprintf(chatter->entering, sizeof(chatter->entering), "%s", chatter->place->name);
	for (size_t i = 0; i < chatter->talk.n_rooms; i++) {
		if (chatter->talk.rooms[i]->is_room)
			join(chatter, chatter->talk.rooms[i]->name);
	}
	if (!again)
		enter_first(chatter);
	else
		chatter->face->type->notice(chatter->face, "connected again", false);
	chatter->face->type->changed(chatter->face);
}

static void message(struct link *link, const struct message *what, uint32_t label)
{
	struct chatter *chatter = link->context;
	struct talk_asked asked;
	bool is_answer = chatter_asked(chatter, label, &asked);

	chatter_account_take(chatter, what);
	chatter_keys_tend(chatter);
	if (people_take(&chatter->people, what, io_now_us(chatter->io)))
		chatter->face->type->changed(chatter->face);
	ask_again(chatter);
	if (metadata_take(&chatter->asked, what, label) || chatter_away_take(chatter, what) ||
	    chatter_private_take(chatter, what, label))
		return;
	talk_take(&chatter->talk, what, is_answer ? &asked : NULL);
}

static void logged_in(struct link *link, int error, const char *sentence)
{
	chatter_account_logged_in(link->context, error, sentence);
}

static void answered(struct link *link, uint32_t label)
{
	struct chatter *chatter = link->context;

	metadata_answered(&chatter->asked, label);
	chatter_keys_tend(chatter);
	chatter_private_answered(chatter, label);
	chatter_past_answered(chatter, label);
	chatter_away_answered(chatter, label);
	if (!chatter->stopping)
		chatter->face->type->changed(chatter->face);
}

static void lost(struct link *link, const char *sentence)
{
	struct chatter *chatter = link->context;
	char text[LINK_MAX_SENTENCE + 128];

	talk_lost(&chatter->talk);
	metadata_lost(&chatter->asked);
	people_finish(&chatter->people);
	chatter_private_lost(chatter);
	chatter_account_lost(chatter);
	snprintf(text, sizeof(text), "%s; trying again", sentence);
	chatter->face->type->notice(chatter->face, text, false);
	chatter_past_lost(chatter);
	chatter_away_lost(chatter);
	chatter->face->type->changed(chatter->face);
}

static void ended(struct link *link, int error, const char *sentence)
{
	struct chatter *chatter = link->context;

	chatter->link_over = true;
	metadata_lost(&chatter->asked);
	if (error != 0 && !chatter->stopping)
		fail(chatter, sentence);
	chatter_stop(chatter);
	chatter_settle(chatter);
}

static const struct link_handler link_handler = {
	.up = up,
	.message = message,
	.answered = answered,
	.logged_in = logged_in,
	.lost = lost,
	.ended = ended,
};

static void caught(struct signals *signals, int number)
{
	struct chatter *chatter = list_item(signals, struct chatter, signals);

	if (number == SIGWINCH || number == SIGTSTP)
		chatter->face->type->signal(chatter->face, number);
	else if (number != 0)
		chatter_stop(chatter);
	chatter_settle(chatter);
}

/* ---- beginning and running ---- */

/* The screen, where there is one. */
static int open_face(struct chatter *chatter)
{
	int error = face_screen.open(chatter, &chatter->face);

	chatter->link_options.substitute = error == 0;
	chatter->context = chatter->options->history != NULL
				   ? (unsigned)strtoul(chatter->options->history, NULL, 10)
			   : error == 0 ? CHATTER_CONTEXT
					: 0;
	return error == -ENOTTY ? face_lines.open(chatter, &chatter->face) : error;
}

static void run_on(struct chatter *chatter)
{
	static const int more[] = {SIGWINCH, SIGTSTP, 0};
	int error;

	chatter->signals.caught = caught;
	error = signals_open(&chatter->signals, chatter->io, more);
	if (error == 0) {
		error = open_face(chatter);
		if (error < 0)
			fail(chatter, strerror(-error));
		else
			link_start(&chatter->link, chatter->io, &chatter->link_options,
				   &link_handler, chatter);
		chatter->link_over = error < 0;
		error = io_run(chatter->io);
		if (error != 0) {
			log_error("the event loop: %s", strerror(-error));
			_exit(COMMAND_FAILED); /* operations are under way that nobody can end */
		}
		signals_close(&chatter->signals);
	}
	talk_finish(&chatter->talk);
	people_finish(&chatter->people);
	if (chatter->face != NULL)
		chatter->face->type->close(chatter->face);
}

int chatter_run(const struct chatter_options *options)
{
	struct chatter *chatter = calloc(1, sizeof(*chatter));
	const char *why;
	int error, status;

	if (chatter == NULL) {
		log_error("%s", strerror(ENOMEM));
		return COMMAND_FAILED;
	}
	signal(SIGPIPE, SIG_IGN);
	chatter->options = options;
	chatter->link_options = (struct link_options){
		.host = options->host,
		.port = options->port,
		.nick = options->nick,
		.account = options->account,
		.password = options->account != NULL ? options->password : NULL,
		.reconnect = options->reconnect,
	};
	chatter->link_over = true;
	chatter->talk = (struct talk){
		.context = chatter,
		.nick = chatter->link.nick,
		.told = told,
		.closing = closing,
		.paged = paged,
		.read = read_elsewhere,
	};
	error = io_create(&chatter->io, (enum io_backend)options->io, &why);
	if (error != 0)
		log_error("the event loop: %s", strerror(-error));
	else
		run_on(chatter);
	if (*chatter->failure != '\0')
		log_error("%s", chatter->failure);
	status = error != 0 ? COMMAND_FAILED : chatter->status;
	io_destroy(chatter->io);
	chatter_private_finish(chatter);
	chatter_account_finish(chatter);
	free(chatter);
	return status;
}
