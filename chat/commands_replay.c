/* SPDX-License-Identifier: MIT */
/*
 * What was said, told to who comes and can't ask for it: clients without draft/chathistory. Of a
 * room that they enter the last of it; in private what came while nobody was logged in to their
 * account. Bots are left alone in rooms: they would answer once more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/answer.h"
#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/multiline.h"
#include "chat/server.h"

enum {
	SPARE = 20, /* messages that may be stored and told between joining and reading */
	TEXT_SIZE = MULTILINE_TEXT_SIZE + 32, /* with the time before it */
};

struct replay {
	struct history_page page;
	struct errand *errand;
	char room[ROOM_NAME_MAX + 1];
	char last_id
		[EVENT_ID_SIZE]; /* the last that was told before it came: it hears the later ones itself */
};

/* Who isn't told times by tags is told them by the text, which is written to `text`, and
 * borrowed. */
static void recall(struct event *event, const struct rows *rows, size_t i, const char *target,
		   unsigned caps, char text[TEXT_SIZE])
{
	struct history_message message;
	char time[TIMESTAMP_SIZE];

	history_message(rows, i, &message);
	if ((caps & CAP_SERVER_TIME) == 0) {
		timestamp_write(message.time_ms, time);
		snprintf(text, TEXT_SIZE, "[%.10s %.5s] %s", time, time + 11, message.text);
		message.text = text;
	}
	answer_recall(event, target, &message);
}

/* ---- of a room ---- */

/* How many rows are to be told: up to the one that was told last. */
static size_t count_told(const struct replay *replay)
{
	size_t n = replay->page.rows.n;
	struct history_message message;

	while (n > 0 && replay->last_id[0] != '\0') {
		history_message(&replay->page.rows, n - 1, &message);
		if (strcmp(message.msgid, replay->last_id) == 0)
			break;
		n--;
	}
	return n > 0 ? n : replay->page.rows.n;
}

static void tell(const struct replay *replay, struct client *client)
{
	size_t most = (size_t)client->server->config->replay, n = count_told(replay);
	bool labelled = client->server->response.client == client;
	char text[TEXT_SIZE];
	struct answer answer;
	struct event event;

	if (n == 0)
		return;
	if (!labelled)
		answer_begin(&answer, client, "chathistory", replay->room);
	for (size_t i = n > most ? n - most : 0; i < n; i++) {
		recall(&event, &replay->page.rows, i, replay->room, client->caps, text);
		if (labelled) { /* it stands in that batch */
			client_tell(client, &event);
			event_finish(&event);
		} else {
			answer_add(&answer, &event);
		}
	}
	if (!labelled)
		answer_end(&answer);
}

static void read_page(struct store_job *job, int result)
{
	struct replay *replay = (struct replay *)(void *)job;
	struct errand *errand = replay->errand;
	struct client *client = errand_enter(errand);

	const struct room *room = server_find_room(errand->server, replay->room);

	/* It may have been thrown out meanwhile. */
	if (client != NULL && result == 0 && room != NULL && room_find(room, client) != NULL)
		tell(replay, client);
	rows_finish(&replay->page.rows);
	free(replay);
	errand_leave(errand);
}

void commands_replay(struct client *client, const struct room *room)
{
	struct server *server = client->server;
	struct replay *replay;

	if (server->config->replay == 0 ||
	    (client->caps & (CAP_CHATHISTORY | CAP_TWITCH_COMMANDS)) != 0 ||
	    (client->modes & USER_MODE_BOT) != 0)
		return;
	replay = calloc(1, sizeof(*replay));
	if (replay == NULL)
		return;
	replay->errand = errand_of(client);
	memcpy(replay->room, room->name, sizeof(replay->room));
	memcpy(replay->last_id, room->last_id, sizeof(replay->last_id));
	replay->page.in = (struct history_conversation){.own = "", .target = replay->room};
	replay->page.which = HISTORY_LATEST;
	replay->page.limit = (size_t)server->config->replay + SPARE;
	/* Whoever comes while too many do gets none. */
	if (replay->errand != NULL && history_page(server->store, &replay->page, read_page) == 0)
		errand_add(replay->errand);
	else
		free(replay);
}

/* ---- in private ---- */

struct missed {
	struct history_missed read;
	struct errand *errand;
	char own[NICK_MAX + 1];
};

static void read_missed(struct store_job *job, int result)
{
	struct missed *missed = (struct missed *)(void *)job;
	struct errand *errand = missed->errand;
	struct client *client = errand_enter(errand);
	char text[TEXT_SIZE];
	struct event event;

	for (size_t i = 0; result == 0 && client != NULL && i < missed->read.rows.n; i++) {
		recall(&event, &missed->read.rows, i, client->nick, client->caps, text);
		client_tell(client, &event);
		event_finish(&event);
	}
	rows_finish(&missed->read.rows);
	free(missed);
	errand_leave(errand);
}

void commands_tell_missed(struct client *client)
{
	struct missed *missed;

	if (client->account[0] == '\0' ||
	    (client->caps & (CAP_CHATHISTORY | CAP_TWITCH_COMMANDS)) != 0)
		return;
	missed = calloc(1, sizeof(*missed));
	if (missed == NULL)
		return;
	missed->errand = errand_of(client);
	memcpy(missed->own, client->account, sizeof(missed->own));
	missed->read.own = missed->own;
	missed->read.limit = COMMANDS_MAX_HISTORY;
	if (missed->errand != NULL &&
	    history_missed(client->server->store, &missed->read, read_missed) == 0)
		errand_add(missed->errand);
	else
		free(missed);
}
