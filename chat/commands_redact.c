/* SPDX-License-Identifier: MIT */
/*
 * Deleting what was said: REDACT (IRCv3 draft/message-redaction) one message, PURGE all of
 * somebody's. What is deleted is gone from the disk before anybody is told.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/history.h"
#include "chat/person.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/casemap.h"
#include "common/utf8.h"

enum { MAX_REASON = 250 };

struct deletion {
	struct history_redact redact;
	struct errand *errand;
	const char *command;	       /* a constant */
	unsigned n;		       /* messages that were deleted so far */
	char own[NICK_MAX + 1];	       /* in private: who deletes; "" in a room */
	char room[ROOM_NAME_MAX + 1];  /* in private the other one's account */
	char which[MESSAGE_MAX_LINE];  /* a msgid, an account, a source */
	char author[NICK_MAX + 1];     /* "" where anybody's may be deleted */
	char by[NICK_SOURCE_SIZE];     /* who deletes */
	char by_account[NICK_MAX + 1]; /* and its account */
	char reason[MAX_REASON + 1];   /* "": none */
};

/* ---- telling ---- */

static void fail(struct client *client, const struct deletion *deletion, const char *code,
		 const char *text)
{
	struct event event;

	if (twitch_answer(client, deletion->command, code, deletion->room, text))
		return;
	event_init(&event, client->server, NULL, "FAIL");
	message_write_word(&event.writer, deletion->command);
	message_write_word(&event.writer, code);
	message_write_word(&event.writer, deletion->room);
	message_write_word(&event.writer, deletion->which);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

static void fail_with(struct client *client, const struct deletion *deletion, int error)
{
	char text[160];

	if (error == -ENOENT) {
		fail(client, deletion, "UNKNOWN_MSGID", "There is no such message here");
	} else if (error == -EACCES) {
		fail(client, deletion, "REDACT_FORBIDDEN",
		     "That isn't your account's message; others' can be deleted by operators (@) "
		     "of a room");
	} else {
		snprintf(text, sizeof(text), "Not deleted: %s",
			 error == -EAGAIN ? "too much is going on at once, try again"
					  : database_sentence(error));
		fail(client, deletion, "NOT_STORED", text);
	}
}

static void write_redact(struct event *event, const struct deletion *deletion, const char *id,
			 const char *source, const char *target, size_t i)
{
	event_init_plain(event);
	memcpy(event->account, deletion->by_account, sizeof(event->account));
	snprintf(event->id, sizeof(event->id), "%s", id);
	message_write_command(&event->writer, source, "REDACT");
	message_write_word(&event->writer, target);
	message_write_word(&event->writer, history_redacted(&deletion->redact, i));
	if (*deletion->reason != '\0')
		message_write_text(&event->writer, deletion->reason);
}

/* They know a message's end, and somebody's: who may not talk for a second. */
static void tell_twitch(struct room *room, const struct deletion *deletion)
{
	const bool anybody = deletion->redact.by == HISTORY_BY_ANYBODY;
	const char *source = history_redacted_source(&deletion->redact, 0);
	const bool account = deletion->redact.by == HISTORY_BY_ACCOUNT;
	char nick[NICK_MAX + 1];
	const struct twitch_clear clear = {
		.nick = anybody ? NULL : nick,
		.account = account ? deletion->which : "",
		.duration_s = 1,
	};

	if (deletion->redact.by == HISTORY_BY_ID) {
		twitch_tell_deleted(room, history_redacted(&deletion->redact, 0), source);
		return;
	}
	snprintf(nick, sizeof(nick), "%.*s", (int)strcspn(source, "!"), source);
	twitch_tell_cleared(room, &clear);
}

static void tell_room(struct server *server, const struct deletion *deletion)
{
	struct room *room = server_find_room(server, deletion->room);

	if (room != NULL)
		tell_twitch(room, deletion);
	for (size_t i = 0; i < deletion->redact.rows.n && room != NULL; i++) {
		char id[EVENT_ID_SIZE];
		struct event event;

		server_next_id(server, id);
		write_redact(&event, deletion, id, deletion->by, room->name, i);
		room_tell(room, &event, NULL, CAP_MESSAGE_REDACTION, 0, 0);
		event_finish(&event);
	}
}

/* As the message was: his own connections see it as what they had done, the other one's by their
 * nicks. */
static void tell_side(const struct deletion *deletion, const char *account, bool own,
		      const struct client *from, const char *id)
{
	const struct person *person = person_find(deletion->errand->server, account);
	struct list *link;

	if (person == NULL)
		return;
	list_each (link, &person->clients) {
		struct client *client = list_item(link, struct client, by_person);
		struct event event;

		if (!client->registered || (client->caps & CAP_MESSAGE_REDACTION) == 0)
			continue;
		write_redact(&event, deletion, id, own ? client->source : deletion->by,
			     own ? deletion->room : client->nick, 0);
		event.aside = client != from;
		client_tell(client, &event);
		event_finish(&event);
	}
}

static void tell_both(const struct deletion *deletion, const struct client *from)
{
	char id[EVENT_ID_SIZE];

	server_next_id(deletion->errand->server, id);
	tell_side(deletion, deletion->own, true, from, id);
	if (!casemap_equal(deletion->own, deletion->room))
		tell_side(deletion, deletion->room, false, from, id);
}

static void record_deletion(struct server *server, const struct deletion *deletion)
{
	const char *by = deletion->by_account[0] != '\0' ? deletion->by_account : deletion->by;

	record_act(server, by, deletion->redact.by == HISTORY_BY_ID ? "redact" : "purge",
		   deletion->room, deletion->which, deletion->reason);
}

static void tell_how_many(struct client *client, const struct deletion *deletion)
{
	char text[96];

	snprintf(text, sizeof(text), "%u message%s deleted", deletion->n,
		 deletion->n == 1 ? " was" : "s were");
	reply_standard(client, "NOTE", deletion->command, "DELETED", deletion->room, text);
}

/* ---- deleting ---- */

/* Returns whether there is more to do. */
static bool deleted(struct deletion *deletion, struct client *client, int result, store_done *done)
{
	struct server *server = deletion->errand->server;
	bool of_many = deletion->redact.by != HISTORY_BY_ID;

	if (result > 0 && deletion->own[0] != '\0')
		tell_both(deletion, client);
	else if (result > 0)
		tell_room(server, deletion);
	rows_finish(&deletion->redact.rows);
	deletion->n += result > 0 ? (unsigned)result : 0;
	if (deletion->redact.more) {
		result = history_redact(server->store, &deletion->redact, done);
		if (result == 0)
			return true;
	}
	if (deletion->n > 0 && deletion->redact.author == NULL)
		record_deletion(server, deletion);
	if (client != NULL && result < 0 && !(of_many && result == -ENOENT))
		fail_with(client, deletion, result);
	else if (client != NULL && (of_many || twitch_speaks(client)))
		tell_how_many(client, deletion);
	return false;
}

static void redacted(struct store_job *job, int result)
{
	struct deletion *deletion = (struct deletion *)(void *)job;
	struct errand *errand = deletion->errand;
	struct client *client = errand_enter(errand);

	server_stored(errand->server,
		      result == -ENOENT || result == -EACCES || result > 0 ? 0 : result);
	if (deleted(deletion, client, result, redacted))
		errand_add(errand);
	else
		free(deletion);
	errand_leave(errand);
}

/* NULL, when it was said why not. */
static struct deletion *prepare(struct client *client, const char *command, const char *room,
				const char *reason)
{
	struct deletion *deletion = calloc(1, sizeof(*deletion));

	if (deletion == NULL) {
		reply_standard(client, "FAIL", command, "OUT_OF_MEMORY", room,
			       "The chat is out of memory");
		return NULL;
	}
	deletion->command = command;
	snprintf(deletion->room, sizeof(deletion->room), "%s", room);
	memcpy(deletion->by, client->source, sizeof(deletion->by));
	memcpy(deletion->by_account, client->account, sizeof(deletion->by_account));
	if (reason != NULL)
		snprintf(deletion->reason, sizeof(deletion->reason), "%.*s",
			 (int)utf8_fit(slice_from(reason), MAX_REASON), reason);
	deletion->redact.in =
		(struct history_conversation){.own = deletion->own, .target = deletion->room};
	deletion->redact.which = deletion->which;
	return deletion;
}

static void start(struct client *client, struct deletion *deletion)
{
	int error = -ENOMEM;

	chronicle_flush(&client->server->chronicle);
	deletion->errand = errand_of(client);
	if (deletion->errand != NULL)
		error = history_redact(client->server->store, &deletion->redact, redacted);
	if (error == 0) {
		errand_add(deletion->errand);
		return;
	}
	fail_with(client, deletion, error);
	free(deletion);
}

/* With whom the client has a conversation that is kept; NULL: with nobody of that nick. */
static const char *find_peer(const struct client *client, const char *nick)
{
	const struct client *peer = server_find_client(client->server, nick);

	if (client->account[0] == '\0')
		return NULL;
	if (peer != NULL)
		return peer->account[0] != '\0' ? peer->account : NULL;
	return roster_state(&client->server->roster, nick) == ROSTER_ACCOUNT ? nick : NULL;
}

void command_redact(struct client *client, const struct message *message)
{
	const char *target = message->parameters[0], *id = message->parameters[1];
	struct room *room = server_find_room(client->server, target);
	bool may = room != NULL && room_may(room, client, MEMBER_OPERATOR);
	const char *peer = room == NULL ? find_peer(client, target) : NULL;
	struct deletion *deletion;

	if (!may && peer == NULL && (room == NULL || room_find(room, client) == NULL)) {
		reply_standard(client, "FAIL", "REDACT", "INVALID_TARGET", target,
			       "You cannot delete messages there: you aren't in such a room, and "
			       "in private both must have accounts");
		return;
	}
	deletion = prepare(client, "REDACT", peer != NULL ? peer : room->name,
			   message->n_parameters > 2 ? message->parameters[2] : NULL);
	if (deletion == NULL)
		return;
	if (peer != NULL)
		memcpy(deletion->own, client->account, sizeof(deletion->own));
	snprintf(deletion->which, sizeof(deletion->which), "%s", id);
	deletion->redact.by = HISTORY_BY_ID;
	if (!may) {
		memcpy(deletion->author, client->account, sizeof(deletion->author));
		deletion->redact.author = deletion->author;
	}
	start(client, deletion);
}

/* "*" is everybody. Who is here, or has just left, is meant by his account, or, as a guest, by his
 * whole name; else it is a whole name or an account that is given. */
static void find_author(const struct server *server, const char *name, struct deletion *deletion)
{
	const struct client *client = server_find_client(server, name);
	const struct whowas_entry *gone;
	size_t at = 0;

	deletion->redact.by = HISTORY_BY_SOURCE;
	if (strcmp(name, "*") == 0) {
		deletion->redact.by = HISTORY_BY_ANYBODY;
		snprintf(deletion->which, sizeof(deletion->which), "*");
		return;
	}
	if (client != NULL && client->account[0] == '\0') {
		snprintf(deletion->which, sizeof(deletion->which), "%s", client->source);
	} else if (client != NULL) {
		deletion->redact.by = HISTORY_BY_ACCOUNT;
		snprintf(deletion->which, sizeof(deletion->which), "%s", client->account);
	} else if (strchr(name, '!') != NULL) {
		snprintf(deletion->which, sizeof(deletion->which), "%s", name);
	} else if ((gone = whowas_next(&server->whowas, name, &at)) != NULL &&
		   gone->account[0] == '\0') {
		snprintf(deletion->which, sizeof(deletion->which), "%s!%s@%s", gone->nick,
			 gone->user, gone->host);
	} else {
		deletion->redact.by = HISTORY_BY_ACCOUNT;
		snprintf(deletion->which, sizeof(deletion->which), "%s",
			 gone != NULL ? gone->account : name);
	}
}

void command_purge(struct client *client, const struct message *message)
{
	struct room *room = commands_operated(client, message->parameters[0]);
	struct deletion *deletion;

	if (room == NULL)
		return;
	deletion = prepare(client, "PURGE", room->name,
			   message->n_parameters > 2 ? message->parameters[2] : NULL);
	if (deletion == NULL)
		return;
	find_author(client->server, message->parameters[1], deletion);
	start(client, deletion);
}
