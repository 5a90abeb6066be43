/* SPDX-License-Identifier: MIT */
/* Saying something: PRIVMSG, NOTICE, TAGMSG, AWAY. */
#include "chat/commands_talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/answer.h"
#include "chat/commands_impl.h"
#include "chat/herald.h"
#include "chat/limits.h"
#include "chat/reply.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/utf8.h"

enum { MAX_TARGETS = 4 };

static void begin(struct event *event, const struct talk *talk, const char *marks,
		  const char *target)
{
	char word[ROOM_NAME_MAX + 8];

	snprintf(word, sizeof(word), "%s%s", marks, target);
	event_init(event, talk->client->server, talk->client, talk->command);
	event->client_tags = talk->tags;
	message_write_word(&event->writer, word);
	if (talk->text != NULL)
		event_write_said(event, talk->text);
}

/* Who asked for echoes knows by it that it was said. */
static void echo(const struct talk *talk, struct event *event)
{
	unsigned need = talk->need | CAP_ECHO_MESSAGE;

	if ((talk->client->caps & need) == need)
		client_tell(talk->client, event);
}

enum { WHY_SIZE = MASK_LIST_TEXT_SIZE + 64 };

/* Whether something stands in the way, and what. */
static bool may_not(const struct room *room, const struct client *client, char ret_why[WHY_SIZE])
{
	const struct mask_entry *rule = NULL;
	const char *why = NULL;

	if (room->renaming[0] != '\0')
		why = "it is just being renamed, try again";
	else if (room_find(room, client) == NULL && (room->modes & ROOM_MODE_INSIDE) != 0)
		why = "only members may (+n)";
	else if ((room->modes & ROOM_MODE_MODERATED) != 0 && !room_may(room, client, MEMBER_VOICE))
		why = "only those with a voice may (+m)";
	else if ((rule = room_silence(room, client)) != NULL)
		why = extban_mutes(rule->mask) ? "you are muted" : "you are banned (+b)";
	if (why != NULL)
		snprintf(ret_why, WHY_SIZE, "Cannot send to channel: %s%s", why,
			 rule != NULL ? mask_list_text(rule, time(NULL)).text : "");
	return why != NULL;
}

/* ---- what is stored first ---- */

static void refuse(struct client *client, const char *command, const char *target, int error)
{
	char text[160];

	snprintf(text, sizeof(text), "Not delivered: %s",
		 error == -EAGAIN   ? "too much is being said at once, try again"
		 : error == -EACCES ? "you were thrown out"
				    : database_sentence(error));
	reply_standard(client, "FAIL", command, "NOT_STORED", target, text);
}

static void taken_back(struct store_job *job, int result)
{
	struct said *said = list_item(job, struct said, undo.job);
	struct errand *errand = said->errand;

	errand_enter(errand);
	server_stored(errand->server, result < 0 && result != -ENOENT ? result : 0);
	rows_finish(&said->undo.rows);
	free(said);
	errand_leave(errand);
}

/* 0: it is being deleted. */
static int take_back(struct said *said)
{
	said->undo = (struct history_redact){.in = said->add.in, .which = said->id};
	return history_redact(said->errand->server->store, &said->undo, taken_back);
}

static void stored(struct store_job *job, int result)
{
	struct said *said = (struct said *)(void *)job;
	struct errand *errand = said->errand;
	struct client *client = errand_enter(errand);
	bool kept = result == 0 && said->speech.cut_off;

	server_stored(errand->server, result);
	list_remove(&said->speech.by_member);
	if (kept)
		result = -EACCES;
	if (result == 0)
		said->tell(said, client);
	else if (client != NULL)
		refuse(client, said->add.message.command, said->target, result);
	/* Its client waits for that, too. */
	if (kept && take_back(said) == 0)
		errand_add(errand);
	else
		free(said);
	errand_leave(errand);
}

struct history_message talk_message(const struct talk *talk, char *id)
{
	server_next_id(talk->client->server, id);
	return (struct history_message){
		.msgid = id,
		.time_ms = timestamp_now(),
		.command = talk->command,
		.source = talk->client->source,
		.account = talk->client->account,
		.tags = talk->tags,
		.text = talk->text,
		.bot = (talk->client->modes & USER_MODE_BOT) != 0,
	};
}

static int store(const struct talk *talk, const char *own, const char *target,
		 struct member *member, void (*tell)(struct said *said, struct client *from))
{
	struct errand *errand = errand_of(talk->client);
	size_t text_size = strlen(talk->text) + 1;
	struct said *said = errand != NULL ? malloc(sizeof(*said) + text_size) : NULL;
	struct history_message *message;
	int error;

	if (said == NULL)
		return -ENOMEM;
	errand->message = true;
	said->errand = errand;
	said->tell = tell;
	snprintf(said->own, sizeof(said->own), "%s", own);
	snprintf(said->target, sizeof(said->target), "%s", target);
	said->add.in = (struct history_conversation){.own = said->own, .target = said->target};
	message = &said->add.message;
	*message = talk_message(talk, said->id);
	message->source = memcpy(said->source, message->source, sizeof(said->source));
	message->account = memcpy(said->account, message->account, sizeof(said->account));
	message->tags = strcpy(said->tags, message->tags);
	message->text = memcpy(said->text, message->text, text_size);
	if (*own == '\0')
		chronicle_flush(&talk->client->server->chronicle);
	error = history_add(talk->client->server->store, &said->add, stored);
	if (error < 0) {
		free(said);
		return error;
	}
	room_speech_begin(&said->speech, member);
	errand_add(errand);
	return 0;
}

void talk_store(const struct talk *talk, const char *own, const char *target, struct member *member,
		void (*tell)(struct said *said, struct client *from))
{
	int error = store(talk, own, target, member, tell);

	if (error < 0)
		refuse(talk->client, talk->command, target, error);
}

/* from: NULL, when he has gone. */
static unsigned role_of(const struct room *room, const struct client *from, const char *account)
{
	const struct member *member = from != NULL ? room_find(room, from) : NULL;

	return member != NULL ? member->modes : room_grant_of(room, account);
}

/* Its sender may have left, and the room may have ended, or begun anew: what is stored is told to
 * who is there. */
static void tell_room(struct said *said, struct client *from)
{
	struct server *server = said->errand->server;
	struct room *room = server_find_room(server, said->target);
	struct event event;

	server->counters.messages++;
	answer_recall(&event, room != NULL ? room->name : said->target, &said->add.message);
	twitch_tags_speak(&event.twitch, server->cloak_key, said->target,
			  room != NULL ? role_of(room, from, said->account) : 0,
			  twitch_color(server, from, said->account));
	if (room != NULL) {
		memcpy(room->last_id, said->id, sizeof(room->last_id));
		room_tell(room, &event, from, 0, 0, 0);
	}
	if (from != NULL && (from->caps & CAP_ECHO_MESSAGE) != 0)
		client_tell(from, &event);
	event_finish(&event);
	if (room != NULL && from != NULL)
		twitch_tell_spoken(from, room, said->id);
	if (room != NULL && strcmp(said->add.message.command, "PRIVMSG") == 0)
		herald_hear(server->herald, room, said->text);
}

/* ---- rooms ---- */

/* Also for a NOTICE: a standard reply can't be mistaken for something to be answered. */
void talk_refuse(const struct talk *talk, const char *target, const struct limits_refusal *refusal)
{
	struct client *client = talk->client;

	if ((client->caps & (CAP_STANDARD_REPLIES | CAP_TWITCH_COMMANDS)) != 0)
		limits_tell(client, talk->command, target, refusal);
	else if (talk->may_be_answered)
		reply(client, ERR_CANNOTSENDTOCHAN, target, refusal->text, NULL);
}

static void talk_to_room(const struct talk *talk, const char *marks, const char *name)
{
	struct room *room = server_find_room(talk->client->server, name);
	struct limits_refusal refusal;
	char why[WHY_SIZE];
	struct event event;
	unsigned modes = 0;

	if (room == NULL || may_not(room, talk->client, why)) {
		if (talk->may_be_answered && (room == NULL || commands_hidden(room, talk->client)))
			reply(talk->client, ERR_NOSUCHCHANNEL, name, NULL);
		else if (talk->may_be_answered)
			reply(talk->client, ERR_CANNOTSENDTOCHAN, room->name, why, NULL);
		return;
	}
	if (!limits_may_talk(talk->client, room, talk->text, &refusal)) {
		talk_refuse(talk, room->name, &refusal);
		return;
	}
	/* What only some may read isn't kept: history is for all members. */
	if (*marks == '\0' && talk->text != NULL) {
		talk_store(talk, "", room->name, room_find(room, talk->client), tell_room);
		return;
	}
	/* A mark and all greater ones. */
	for (const char *mark = marks; *mark != '\0'; mark++)
		modes |= ~(mode_of_mark(*mark) - 1);
	begin(&event, talk, marks, room->name);
	room_tell(room, &event, talk->client, talk->need, 0, modes);
	echo(talk, &event);
	event_finish(&event);
}

void talk_to(const struct talk *talk, char *target)
{
	size_t n_marks = strspn(target, "~&@+");
	char marks[8];

	talk->client->active_us = io_now_us(talk->client->server->io);
	if (target[n_marks] != '#') {
		talk_to_person(talk, target);
		return;
	}
	snprintf(marks, sizeof(marks), "%.*s", (int)n_marks, target);
	talk_to_room(talk, marks, target + n_marks);
}

bool talk_goes_ahead(const struct client *client, const struct message *message)
{
	const char *target = message->parameters[0];

	return message->n_parameters > 1 && *target == '#' && strchr(target, ',') == NULL &&
	       client->batch == NULL && !commands_is_slash(client, message);
}

static void talk_all(struct talk *talk, const struct message *message)
{
	char *rest = message->parameters[0], *target;
	unsigned n = 0;

	message_client_tags(message, talk->tags);
	while (commands_next(&rest, &target)) {
		if (++n <= MAX_TARGETS)
			talk_to(talk, target);
		else if (talk->may_be_answered)
			reply(talk->client, ERR_TOOMANYTARGETS, target, NULL);
	}
}

void command_privmsg(struct client *client, const struct message *message)
{
	struct talk talk = {.client = client, .command = "PRIVMSG", .may_be_answered = true};

	if (message->n_parameters == 0 || *message->parameters[0] == '\0') {
		reply(client, ERR_NORECIPIENT, "No recipient given (PRIVMSG)", NULL);
	} else if (message->n_parameters == 1 || *message->parameters[1] == '\0') {
		reply(client, ERR_NOTEXTTOSEND, NULL);
	} else if (!commands_slash(client, message)) {
		talk.text = message->parameters[1];
		talk_all(&talk, message);
	}
}

void command_notice(struct client *client, const struct message *message)
{
	struct talk talk = {.client = client, .command = "NOTICE"};

	if (message->n_parameters < 2 || *message->parameters[1] == '\0')
		return;
	talk.text = message->parameters[1];
	talk_all(&talk, message);
}

void command_tagmsg(struct client *client, const struct message *message)
{
	struct talk talk = {.client = client,
			    .command = "TAGMSG",
			    .may_be_answered = true,
			    .need = CAP_MESSAGE_TAGS};

	if ((client->caps & CAP_MESSAGE_TAGS) == 0)
		reply(client, ERR_UNKNOWNCOMMAND, "TAGMSG", NULL);
	else
		talk_all(&talk, message);
}

void command_away(struct client *client, const struct message *message)
{
	const char *text = message->n_parameters > 0 ? message->parameters[0] : "";
	struct event event;

	snprintf(client->away, sizeof(client->away), "%.*s",
		 (int)utf8_fit(slice_from(text), CLIENT_MAX_AWAY), text);
	event_init(&event, client->server, client, "AWAY");
	if (client->away[0] != '\0')
		message_write_text(&event.writer, client->away);
	client_tell_neighbours(client, &event, CAP_AWAY_NOTIFY, true);
	event_finish(&event);
	reply(client, client->away[0] != '\0' ? RPL_NOWAWAY : RPL_UNAWAY, NULL);
}
