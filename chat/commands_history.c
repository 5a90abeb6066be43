/* SPDX-License-Identifier: MIT */
/*
 * What was said earlier: CHATHISTORY (IRCv3 draft/chathistory). Of rooms, for their members;
 * between people, for those with accounts. Who asks is answered when the store has read it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/answer.h"
#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "common/casemap.h"

enum { MAX_POINTS = 2, MAX_LIMIT_DIGITS = 9 };

static void fail(struct client *client, const char *code, const char *subcommand,
		 const char *target, const char *text)
{
	struct event event;

	event_init(&event, client->server, NULL, "FAIL");
	message_write_word(&event.writer, "CHATHISTORY");
	message_write_word(&event.writer, code);
	message_write_word(&event.writer, subcommand);
	if (target != NULL)
		message_write_word(&event.writer, target);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

static void fail_to_read(struct client *client, const char *subcommand, const char *target,
			 int error)
{
	char text[160];

	snprintf(text, sizeof(text), "Messages could not be retrieved: %s",
		 error == -ENOENT   ? "that message isn't here"
		 : error == -EAGAIN ? "too many ask at once, try again"
				    : database_sentence(error));
	fail(client, "MESSAGE_ERROR", subcommand, target, text);
}

/* ---- messages ---- */

struct page_request {
	struct history_page page;
	struct errand *errand;
	const char *subcommand;		/* a constant */
	char own[NICK_MAX + 1];		/* "" in a room */
	char target[ROOM_NAME_MAX + 1]; /* a room, or an account */
	char ids[MAX_POINTS][MESSAGE_MAX_LINE];
};

/* In private, what one said oneself is what this connection had said, and the rest was told to
 * it. */
static void recall(struct event *event, const struct client *client,
		   const struct page_request *request, struct history_message *message)
{
	bool is_private = request->own[0] != '\0';
	bool is_own = is_private && casemap_equal(message->account, request->own);

	if (history_is_event(message)) {
		chronicle_recall(event, client->caps, request->target, message);
		return;
	}
	if (is_own)
		message->source = client->source;
	answer_recall(event, is_private && !is_own ? client->nick : request->target, message);
}

static void page_read(struct store_job *job, int result)
{
	struct page_request *request = (struct page_request *)(void *)job;
	struct client *client = errand_enter(request->errand);
	struct answer answer;

	if (client != NULL && result < 0) {
		fail_to_read(client, request->subcommand, request->target, result);
	} else if (client != NULL) {
		answer_begin(&answer, client, "chathistory", request->target);
		for (size_t i = 0; i < request->page.rows.n; i++) {
			struct history_message message;
			struct event event;

			history_message(&request->page.rows, i, &message);
			client->server->counters.history++;
			recall(&event, client, request, &message);
			answer_add(&answer, &event);
		}
		answer_end(&answer);
	}
	rows_finish(&request->page.rows);
	errand_leave(request->errand);
	free(request);
}

static void ask_page(struct client *client, struct page_request *request)
{
	int error = -ENOMEM;

	request->errand = errand_of(client);
	if (request->errand != NULL)
		error = history_page(client->server->store, &request->page, page_read);
	if (error == 0) {
		errand_add(request->errand);
		return;
	}
	fail_to_read(client, request->subcommand, request->target, error);
	free(request);
}

/* ---- conversations ---- */

struct targets_request {
	struct history_targets targets;
	struct errand *errand;
	char own[NICK_MAX + 1];
	const char **rooms;		  /* NULL at the end */
	char (*names)[ROOM_NAME_MAX + 1]; /* theirs: a room may end meanwhile */
};

static void free_targets(struct targets_request *request)
{
	free(request->rooms);
	free(request->names);
	free(request);
}

static void targets_read(struct store_job *job, int result)
{
	struct targets_request *request = (struct targets_request *)(void *)job;
	struct client *client = errand_enter(request->errand);
	struct answer answer;

	if (client != NULL && result < 0) {
		fail_to_read(client, "TARGETS", NULL, result);
	} else if (client != NULL) {
		answer_begin(&answer, client, "draft/chathistory-targets", NULL);
		for (size_t i = 0; i < request->targets.n; i++) {
			char time[TIMESTAMP_SIZE];
			struct event event;

			timestamp_write(request->targets.targets[i].time_ms, time);
			event_init(&event, client->server, NULL, "CHATHISTORY");
			message_write_word(&event.writer, "TARGETS");
			message_write_word(&event.writer, request->targets.targets[i].name);
			message_write_word(&event.writer, time);
			answer_add(&answer, &event);
		}
		answer_end(&answer);
	}
	errand_leave(request->errand);
	free_targets(request);
}

/* The rooms that the client is in. -ENOMEM. */
static int name_rooms(struct targets_request *request, const struct client *client)
{
	struct list *link;
	size_t n = 0;

	request->rooms = calloc(client->n_rooms + 1, sizeof(request->rooms[0]));
	request->names = calloc(client->n_rooms + 1, sizeof(request->names[0]));
	if (request->rooms == NULL || request->names == NULL)
		return -ENOMEM;
	list_each (link, &client->memberships) {
		const struct room *room = list_item(link, struct member, by_client)->room;

		memcpy(request->names[n], room->name, sizeof(room->name));
		request->rooms[n] = request->names[n];
		n++;
	}
	return 0;
}

static int ask_targets(struct client *client, int64_t from_ms, int64_t to_ms, size_t limit)
{
	struct targets_request *request = calloc(1, sizeof(*request));
	int error;

	if (request == NULL)
		return -ENOMEM;
	request->errand = errand_of(client);
	error = request->errand != NULL ? name_rooms(request, client) : -ENOMEM;
	request->targets.own = request->own;
	memcpy(request->own, client->account, sizeof(request->own));
	request->targets.rooms = request->rooms;
	request->targets.after_ms = from_ms < to_ms ? from_ms : to_ms;
	request->targets.before_ms = from_ms < to_ms ? to_ms : from_ms;
	request->targets.limit = limit;
	if (error == 0)
		error = history_targets(client->server->store, &request->targets, targets_read);
	if (error == 0)
		errand_add(request->errand);
	else
		free_targets(request);
	return error;
}

/* ---- what is asked ---- */

/* 0: it is no number, or none that is allowed. */
static size_t parse_limit(const char *text)
{
	size_t len = strspn(text, "0123456789");
	size_t limit;

	if (len == 0 || len > MAX_LIMIT_DIGITS || text[len] != '\0')
		return 0;
	limit = strtoul(text, NULL, 10);
	return limit < COMMANDS_MAX_HISTORY ? limit : COMMANDS_MAX_HISTORY;
}

/* -EINVAL; -ENOENT: no kind of reference that there is. */
static int parse_point(const char *text, bool anywhere, char id[MESSAGE_MAX_LINE],
		       struct history_point *ret_point)
{
	*ret_point = (struct history_point){.place = HISTORY_ANYWHERE};
	if (anywhere && strcmp(text, "*") == 0)
		return 0;
	if (strncmp(text, "timestamp=", 10) == 0) {
		ret_point->place = HISTORY_AT_TIME;
		return timestamp_parse(text + 10, &ret_point->time_ms);
	}
	if (strncmp(text, "msgid=", 6) != 0)
		return -ENOENT;
	ret_point->place = HISTORY_AT_ID;
	ret_point->msgid = id;
	snprintf(id, MESSAGE_MAX_LINE, "%s", text + 6);
	return *id != '\0' ? 0 : -EINVAL;
}

struct subcommand {
	const char *name;
	enum history_which which;
	size_t n_points;
	bool anywhere; /* '*' is a point */
};

static const struct subcommand subcommands[] = {
	{"AFTER", HISTORY_AFTER, 1, false},   {"AROUND", HISTORY_AROUND, 1, false},
	{"BEFORE", HISTORY_BEFORE, 1, false}, {"BETWEEN", HISTORY_BETWEEN, 2, false},
	{"LATEST", HISTORY_LATEST, 1, true},
};

/* CHATHISTORY SUBCOMMAND ROOM POINT{ POINT} LIMIT */
static int parse_page(const struct subcommand *subcommand, const struct message *message,
		      struct page_request *request)
{
	struct history_point *points[MAX_POINTS] = {&request->page.from, &request->page.to};
	int error = 0;

	if (message->n_parameters != 3 + subcommand->n_points)
		return -EINVAL;
	for (size_t i = 0; i < subcommand->n_points && i < MAX_POINTS && error == 0; i++)
		error = parse_point(message->parameters[2 + i], subcommand->anywhere,
				    request->ids[i], points[i]);
	request->page.which = subcommand->which;
	request->page.limit = parse_limit(message->parameters[2 + subcommand->n_points]);
	return error < 0 ? error : request->page.limit > 0 ? 0 : -EINVAL;
}

static void fail_to_parse(struct client *client, const char *subcommand, int error)
{
	if (error == -ENOENT)
		fail(client, "INVALID_MSGREFTYPE", subcommand, NULL,
		     "Messages are named by timestamp= or msgid=");
	else
		fail(client, "INVALID_PARAMS", subcommand, NULL,
		     "Those parameters aren't what this takes: see HELP CHATHISTORY");
}

/* NULL; or why there is none for this client. */
static const char *find_conversation(const struct client *client, const char *name,
				     struct page_request *request)
{
	const struct server *server = client->server;
	const struct room *room = server_find_room(server, name);
	const struct client *other = server_find_client(server, name);

	request->page.in =
		(struct history_conversation){.own = request->own, .target = request->target};
	if (*name == '#') {
		/* The same words, so that nobody learns which secret rooms there are. */
		if (room == NULL || room_find(room, client) == NULL)
			return "Messages could not be retrieved: you aren't in such a room";
		memcpy(request->target, room->name, sizeof(request->target));
		return NULL;
	}
	if (client->account[0] == '\0')
		return "Messages between people are kept for those who are logged in";
	if (other != NULL && other->account[0] != '\0')
		name = other->account;
	else if (other != NULL || roster_state(&server->roster, name) != ROSTER_ACCOUNT)
		return "Nobody has an account of that name";
	memcpy(request->own, client->account, sizeof(request->own));
	snprintf(request->target, sizeof(request->target), "%s", name);
	return NULL;
}

static void page(struct client *client, const struct subcommand *subcommand,
		 const struct message *message)
{
	struct page_request *request = calloc(1, sizeof(*request));
	const char *why;
	int error;

	if (request == NULL) {
		fail_to_read(client, subcommand->name, NULL, -ENOMEM);
		return;
	}
	error = parse_page(subcommand, message, request);
	if (error < 0) {
		fail_to_parse(client, subcommand->name, error);
		free(request);
		return;
	}
	why = find_conversation(client, message->parameters[1], request);
	if (why != NULL) {
		fail(client, "INVALID_TARGET", subcommand->name, message->parameters[1], why);
		free(request);
		return;
	}
	request->subcommand = subcommand->name;
	request->page.events = (client->caps & CAP_EVENT_PLAYBACK) != 0;
	ask_page(client, request);
}

/* CHATHISTORY TARGETS timestamp=TIME timestamp=TIME LIMIT */
static void targets(struct client *client, const struct message *message)
{
	struct history_point points[MAX_POINTS];
	char id[MESSAGE_MAX_LINE];
	size_t limit = 0;
	int error = message->n_parameters == 4 ? 0 : -EINVAL;

	for (size_t i = 0; i < MAX_POINTS && error == 0; i++) {
		error = parse_point(message->parameters[1 + i], false, id, &points[i]);
		if (error == 0 && points[i].place != HISTORY_AT_TIME)
			error = -ENOENT;
	}
	if (error == 0)
		limit = parse_limit(message->parameters[3]);
	if (error < 0 || limit == 0) {
		fail_to_parse(client, "TARGETS", error);
		return;
	}
	error = ask_targets(client, points[0].time_ms, points[1].time_ms, limit);
	if (error < 0)
		fail_to_read(client, "TARGETS", NULL, error);
}

void command_chathistory(struct client *client, const struct message *message)
{
	const char *name = message->parameters[0];

	if (casemap_equal(name, "TARGETS")) {
		targets(client, message);
		return;
	}
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (casemap_equal(name, subcommands[i].name)) {
			page(client, &subcommands[i], message);
			return;
		}
	}
	fail(client, "INVALID_PARAMS", name, NULL, "There is no such subcommand");
}
