/* SPDX-License-Identifier: MIT */
/*
 * MARKREAD (IRCv3 draft/read-marker): how far somebody has read in a room, or with somebody, kept
 * with the account and told to all its connections. Guests have no markers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/markers.h"
#include "chat/person.h"
#include "chat/reply.h"
#include "chat/server.h"

struct marking {
	struct markers_set set;
	struct errand *errand;
	char account[NICK_MAX + 1];
	char target[ROOM_NAME_MAX + 1];
};

struct asking {
	struct store_read read;
	struct errand *errand;
	char target[ROOM_NAME_MAX + 1];
	bool joins; /* the marker stands before the names of a room's members */
};

static void write_marker(struct event *event, struct server *server, const char *target,
			 int64_t time_ms)
{
	char word[TIMESTAMP_SIZE + 16] = "*", time[TIMESTAMP_SIZE];

	if (time_ms > 0) {
		timestamp_write(time_ms, time);
		snprintf(word, sizeof(word), "timestamp=%s", time);
	}
	event_init(event, server, NULL, "MARKREAD");
	message_write_word(&event->writer, target);
	message_write_word(&event->writer, word);
}

static void tell(struct client *client, const char *target, int64_t time_ms)
{
	struct event event;

	write_marker(&event, client->server, target, time_ms);
	client_tell(client, &event);
	event_finish(&event);
}

static void fail(struct client *client, const char *code, const char *target, const char *text)
{
	reply_standard(client, "FAIL", "MARKREAD", code, target, text);
}

static void fail_with(struct client *client, const char *target, int error)
{
	char text[160];

	if (error == -ENOSPC)
		snprintf(text, sizeof(text), "Your account has %d markers, and can't have more",
			 MARKERS_MAX);
	else
		snprintf(text, sizeof(text), "The marker can't be kept or read: %s",
			 error == -EAGAIN ? "too much is going on at once, try again"
					  : database_sentence(error));
	fail(client, "INTERNAL_ERROR", target, text);
}

/* ---- setting ---- */

static void tell_person(struct server *server, const struct marking *marking,
			const struct client *but)
{
	const struct person *person = person_find(server, marking->account);
	struct event event;

	if (person == NULL)
		return;
	write_marker(&event, server, marking->target, marking->set.time_ms);
	person_tell(person, &event, but, CAP_READ_MARKER);
	event_finish(&event);
}

static void marked(struct store_job *job, int result)
{
	struct marking *marking = (struct marking *)(void *)job;
	struct errand *errand = marking->errand;
	struct client *client = errand_enter(errand);

	server_stored(errand->server, result == -ENOSPC ? 0 : result);
	if (result == 0) {
		if (client != NULL)
			tell(client, marking->target, marking->set.time_ms);
		tell_person(errand->server, marking, client);
	} else if (client != NULL) {
		fail_with(client, marking->target, result);
	}
	free(marking);
	errand_leave(errand);
}

static int mark(struct client *client, const char *target, int64_t time_ms)
{
	struct marking *marking = calloc(1, sizeof(*marking));
	int error = -ENOMEM;

	if (marking == NULL)
		return error;
	memcpy(marking->account, client->account, sizeof(marking->account));
	snprintf(marking->target, sizeof(marking->target), "%s", target);
	marking->set = (struct markers_set){
		.account = marking->account, .target = marking->target, .time_ms = time_ms};
	marking->errand = errand_of(client);
	if (marking->errand != NULL)
		error = markers_set(client->server->store, &marking->set, marked);
	if (error == 0)
		errand_add(marking->errand);
	else
		free(marking);
	return error;
}

/* ---- asking ---- */

static void answer(const struct asking *asking, struct client *client, int result)
{
	int64_t time_ms = result == 0 ? markers_time_ms(&asking->read.rows) : 0;
	struct room *room;

	if (!asking->joins) {
		if (result == 0)
			tell(client, asking->target, time_ms);
		else
			fail_with(client, asking->target, result);
		return;
	}
	room = server_find_room(client->server, asking->target);
	if (room == NULL || room_find(room, client) == NULL)
		return;
	tell(client, room->name, time_ms);
	commands_welcome(client, room);
}

static void found(struct store_job *job, int result)
{
	struct asking *asking = (struct asking *)(void *)job;
	struct errand *errand = asking->errand;
	struct client *client = errand_enter(errand);

	if (client != NULL)
		answer(asking, client, result);
	rows_finish(&asking->read.rows);
	free(asking);
	errand_leave(errand);
}

static int ask(struct client *client, const char *target, bool joins)
{
	struct asking *asking = calloc(1, sizeof(*asking));
	int error = -ENOMEM;

	if (asking == NULL)
		return error;
	asking->joins = joins;
	snprintf(asking->target, sizeof(asking->target), "%s", target);
	asking->errand = errand_of(client);
	if (asking->errand != NULL)
		error = markers_get(client->server->store, &asking->read, client->account,
				    asking->target, found);
	if (error == 0)
		errand_add(asking->errand);
	else
		free(asking);
	return error;
}

bool commands_tell_marker(struct client *client, const struct room *room)
{
	if ((client->caps & CAP_READ_MARKER) == 0)
		return false;
	if (client->account[0] != '\0' && ask(client, room->name, true) == 0)
		return true;
	tell(client, room->name, 0);
	return false;
}

void command_markread(struct client *client, const struct message *message)
{
	const char *target = message->n_parameters > 0 ? message->parameters[0] : "";
	const char *time = message->n_parameters > 1 ? message->parameters[1] : NULL;
	int64_t time_ms = 0;
	int error;

	if (*target == '\0') {
		fail(client, "NEED_MORE_PARAMS", NULL, "Missing parameters");
		return;
	}
	if (!room_name_valid(target) && !nick_valid(target)) {
		fail(client, "INVALID_PARAMS", target, "That is no room and no nick");
		return;
	}
	if (time != NULL && (strncmp(time, "timestamp=", 10) != 0 ||
			     timestamp_parse(time + 10, &time_ms) < 0 || time_ms <= 0)) {
		fail(client, "INVALID_PARAMS", target,
		     "A marker is timestamp=YYYY-MM-DDThh:mm:ss.sssZ");
		return;
	}
	if (client->account[0] == '\0') {
		fail(client, "ACCOUNT_REQUIRED", target,
		     "Log in, so that how far you have read can be kept");
		return;
	}
	error = time != NULL ? mark(client, target, time_ms) : ask(client, target, false);
	if (error < 0)
		fail_with(client, target, error);
}
