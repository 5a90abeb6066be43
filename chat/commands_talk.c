/* SPDX-License-Identifier: MIT */
/* Saying something: PRIVMSG, NOTICE, TAGMSG, WALLOPS, AWAY. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/herald.h"
#include "chat/history.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "common/utf8.h"

enum { MAX_TARGETS = 4 };

/* What is being said. */
struct talk {
	struct client *client;
	const char *command;
	const char *text;     /* NULL: TAGMSG */
	bool may_be_answered; /* NOTICE must not be, not even by errors */
	unsigned need;	      /* capabilities of who is told */
	char tags[MESSAGE_MAX_CLIENT_TAGS];
};

static void begin(struct event *event, const struct talk *talk, const char *marks,
		  const char *target)
{
	char word[ROOM_NAME_MAX + 8];

	snprintf(word, sizeof(word), "%s%s", marks, target);
	event_init(event, talk->client->server, talk->client, talk->command);
	event->client_tags = talk->tags;
	message_write_word(&event->writer, word);
	if (talk->text != NULL)
		message_write_text(&event->writer, talk->text);
}

/* Who asked for echoes knows by it that it was said. */
static void echo(const struct talk *talk, struct event *event)
{
	unsigned need = talk->need | CAP_ECHO_MESSAGE;

	if ((talk->client->caps & need) == need)
		client_tell(talk->client, event);
}

static const char *why_not(const struct room *room, const struct client *client)
{
	struct member *member = room_find(room, client);

	if (member == NULL && (room->modes & ROOM_MODE_INSIDE) != 0)
		return "Cannot send to channel: only members may (+n)";
	if (room_may(room, client, MEMBER_VOICE))
		return NULL;
	if ((room->modes & ROOM_MODE_MODERATED) != 0)
		return "Cannot send to channel: only those with a voice may (+m)";
	return room_bans(room, client) ? "Cannot send to channel: you are banned (+b)" : NULL;
}

/* ---- what is stored first ---- */

/* On its way to a room by way of the store. */
struct said {
	struct history_add add;
	struct errand *errand;
	struct event event;
	char tags[MESSAGE_MAX_CLIENT_TAGS];
	char room[ROOM_NAME_MAX + 1];
	char source[NICK_SOURCE_SIZE];
	char text[MESSAGE_MAX_LINE];
};

static void refuse(struct client *client, const char *command, const char *room, int error)
{
	char text[160];

	snprintf(text, sizeof(text), "Not delivered: %s",
		 error == -EAGAIN ? "too much is being said at once, try again"
				  : database_sentence(error));
	reply_standard(client, "FAIL", command, "NOT_STORED", room, text);
}

/* Its sender may have left, and the room may have ended, or begun anew: what is stored is told to who is there. */
static void tell(struct said *said, struct client *from)
{
	struct room *room = server_find_room(said->errand->server, said->room);

	timestamp_write(said->add.message.time_ms, said->event.time);
	if (room != NULL) {
		memcpy(room->last_id, said->event.id, sizeof(room->last_id));
		room_tell(room, &said->event, from, 0, 0, 0);
	}
	if (from != NULL && (from->caps & CAP_ECHO_MESSAGE) != 0)
		client_tell(from, &said->event);
	if (room != NULL && strcmp(said->add.message.command, "PRIVMSG") == 0)
		herald_hear(room->server->herald, room, said->text);
}

static void stored(struct store_job *job, int result)
{
	struct said *said = (struct said *)(void *)job;
	struct errand *errand = said->errand;
	struct client *client = errand_enter(errand);

	server_stored(errand->server, result);
	if (result == 0)
		tell(said, client);
	else if (client != NULL)
		refuse(client, said->add.message.command, said->room, result);
	event_finish(&said->event);
	free(said);
	errand_leave(errand);
}

static int store(const struct talk *talk, const struct room *room)
{
	struct errand *errand = errand_of(talk->client);
	struct said *said = errand != NULL ? malloc(sizeof(*said)) : NULL;
	int error;

	if (said == NULL)
		return -ENOMEM;
	said->errand = errand;
	begin(&said->event, talk, "", room->name);
	said->event.client_tags = strcpy(said->tags, talk->tags);
	memcpy(said->room, room->name, sizeof(said->room));
	memcpy(said->source, talk->client->source, sizeof(said->source));
	snprintf(said->text, sizeof(said->text), "%s", talk->text);
	said->add.in = (struct history_conversation){.own = "", .target = said->room};
	said->add.message = (struct history_message){
		.msgid = said->event.id,
		.time_ms = timestamp_now(),
		.command = talk->command,
		.source = said->source,
		.account = said->event.account,
		.tags = said->tags,
		.text = said->text,
		.bot = said->event.bot,
	};
	error = history_add(talk->client->server->store, &said->add, stored);
	if (error < 0)
		free(said);
	else
		errand_add(errand);
	return error;
}

/* ---- rooms and people ---- */

static void talk_to_room(const struct talk *talk, const char *marks, const char *name)
{
	struct room *room = server_find_room(talk->client->server, name);
	const char *why = room != NULL ? why_not(room, talk->client) : NULL;
	struct event event;
	unsigned modes = 0;

	if (room == NULL || why != NULL) {
		if (talk->may_be_answered && room == NULL)
			reply(talk->client, ERR_NOSUCHCHANNEL, name, NULL);
		else if (talk->may_be_answered)
			reply(talk->client, ERR_CANNOTSENDTOCHAN, room->name, why, NULL);
		return;
	}
	/* What only some may read isn't kept: history is for all members. */
	if (*marks == '\0' && talk->text != NULL) {
		int error = store(talk, room);

		if (error < 0)
			refuse(talk->client, talk->command, room->name, error);
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

static void talk_to_client(const struct talk *talk, const char *nick)
{
	struct client *to = server_find_client(talk->client->server, nick);
	struct event event;

	if (to == NULL) {
		if (talk->may_be_answered)
			reply(talk->client, ERR_NOSUCHNICK, nick, NULL);
		return;
	}
	begin(&event, talk, "", to->nick);
	echo(talk, &event);
	/* Who talks to himself gets that beside the answer. */
	event.aside = true;
	if ((to->caps & talk->need) == talk->need)
		client_tell(to, &event);
	event_finish(&event);
	if (to->away[0] != '\0' && talk->may_be_answered && talk->text != NULL)
		reply(talk->client, RPL_AWAY, to->nick, to->away, NULL);
}

static void talk_to(const struct talk *talk, char *target)
{
	size_t n_marks = strspn(target, "~&@+");
	char marks[8];

	if (target[n_marks] != '#') {
		talk_to_client(talk, target);
		return;
	}
	snprintf(marks, sizeof(marks), "%.*s", (int)n_marks, target);
	talk_to_room(talk, marks, target + n_marks);
}

static void talk_all(struct talk *talk, const struct message *message)
{
	char *rest = message->parameters[0], *target;
	unsigned n = 0;

	message_client_tags(message, talk->tags);
	talk->client->active_us = io_now_us(talk->client->server->io);
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
	} else {
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

void command_wallops(struct client *client, const struct message *message)
{
	(void)message;
	reply(client, ERR_NOPRIVILEGES, NULL);
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
