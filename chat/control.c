/* SPDX-License-Identifier: MIT */
#include "chat/control.h"

#include <stdio.h>
#include <string.h>

#include "chat/announcer.h"
#include "chat/promotion.h"
#include "chat/record.h"
#include "chat/reload.h"
#include "chat/room.h"
#include "chat/status.h"
#include "common/control_socket.h"
#include "common/log.h"
#include "common/sentence.h"
#include "common/utf8.h"

enum { MAX_NAME = 80, MAX_REASON = 250 };

/* ---- looking ---- */

/* {"ok": true, name: array}; takes over array. */
static json_t *reply_array(const char *name, json_t *array)
{
	return json_pack("{sb so}", "ok", 1, name, array);
}

/* A sentence with a name in it that somebody gave, as far as it fits. */
static void refuse_name(struct control_call *call, const char *before, const char *given,
			const char *after)
{
	char name[MAX_NAME], text[2 * MAX_NAME];

	sentence_clean(slice_from(given), name, sizeof(name));
	snprintf(text, sizeof(text), "%s%.*s%s", before,
		 (int)utf8_fit(slice_from(name), MAX_NAME - 1), name, after);
	control_answer(call, control_failure(text));
}

static const char *text_of(const json_t *request, const char *name)
{
	return json_string_value(json_object_get(request, name));
}

static void request_stat(struct control_call *call, const json_t *request)
{
	json_t *reply = control_success(), *totals = status_totals(control_context(call));

	(void)request;
	json_object_update(reply, totals);
	json_decref(totals);
	control_answer(call, reply);
}

static void request_rooms(struct control_call *call, const json_t *request)
{
	(void)request;
	control_answer(call, reply_array("rooms", status_rooms(control_context(call))));
}

static void request_users(struct control_call *call, const json_t *request)
{
	const struct server *server = control_context(call);
	const char *name = text_of(request, "room");
	const struct room *room = name != NULL ? server_find_room(server, name) : NULL;

	if (name != NULL && room == NULL)
		refuse_name(call, "There is no room ", name, ".");
	else
		control_answer(call, reply_array("users", room != NULL ? status_members(room)
								       : status_users(server)));
}

/* ---- kick ---- */

static void kick_from_room(struct control_call *call, struct client *victim, const char *name,
			   const char *reason)
{
	struct room *room = server_find_room(victim->server, name);
	struct member *member = room != NULL ? room_find(room, victim) : NULL;

	if (room == NULL) {
		refuse_name(call, "There is no room ", name, ".");
	} else if (member == NULL) {
		refuse_name(call, "", victim->nick, " isn't in that room.");
	} else {
		log_info_of(LOG_OF(.nick = victim->nick, .room = room->name),
			    "%s was kicked from %s by the control socket: %s", victim->nick,
			    room->name, reason);
		record_act(victim->server, RECORD_CONTROL, "kick", room->name, victim->nick,
			   reason);
		room_kick(member, NULL, NULL, reason);
		control_answer(call, control_success());
	}
}

static void kick_from_chat(struct control_call *call, struct client *victim, const char *reason)
{
	char text[MAX_REASON + 16];

	log_info_of(LOG_OF(.nick = victim->nick), "%s was kicked by the control socket: %s",
		    victim->nick, reason);
	snprintf(text, sizeof(text), "Kicked: %s", reason);
	record_act(victim->server, RECORD_CONTROL, "kick", "", victim->nick, reason);
	client_throw_out(victim, text);
	control_answer(call, control_success());
}

static void request_kick(struct control_call *call, const json_t *request)
{
	const char *nick = text_of(request, "nick"), *room = text_of(request, "room");
	const char *given = text_of(request, "reason");
	struct client *victim = server_find_client(control_context(call), nick);
	char reason[MAX_REASON + 1] = "";

	if (given != NULL)
		sentence_clean(slice_from(given), reason, sizeof(reason));
	if (reason[0] == '\0')
		snprintf(reason, sizeof(reason), "by the keeper of this chat");
	if (victim == NULL)
		refuse_name(call, "There is nobody called ", nick, ".");
	else if (room != NULL)
		kick_from_room(call, victim, room, reason);
	else
		kick_from_chat(call, victim, reason);
}

/* ---- announce ---- */

static void refuse_announcement(struct control_call *call, int error)
{
	char why[ANNOUNCER_WHY_SIZE], text[ANNOUNCER_WHY_SIZE + 1];

	announcer_explain(error, why);
	snprintf(text, sizeof(text), "%s.", why);
	control_answer(call, control_failure(text));
}

static void announced(void *context, const struct board_item *item, int error)
{
	if (error < 0)
		refuse_announcement(context, error);
	else
		control_answer(context, json_pack("{sb sI}", "ok", 1, "id", (json_int_t)item->id));
}

static void request_announce(struct control_call *call, const json_t *request)
{
	struct server *server = control_context(call);
	const char *name = text_of(request, "room"), *given = text_of(request, "text");
	const struct room *room = name != NULL ? server_find_room(server, name) : NULL;
	char text[CONTROL_MAX_REQUEST], sentence[64];
	const struct announcement announcement = {
		.room = room != NULL   ? room->name
			: name != NULL ? name
				       : "",
		.by = RECORD_CONTROL,
		.text = text,
	};
	int error;

	sentence_clean(slice_from(given), text, sizeof(text));
	if (name != NULL && !room_name_valid(name)) {
		refuse_name(call, "No room can be called ", name, ".");
		return;
	}
	if (text[0] == '\0' || strlen(text) > ANNOUNCEMENTS_MAX_TEXT) {
		snprintf(sentence, sizeof(sentence), "An announcement has 1 to %d bytes.",
			 ANNOUNCEMENTS_MAX_TEXT);
		control_answer(call, control_failure(sentence));
		return;
	}
	error = announcer_say(server, &announcement, announced, call);
	if (error < 0)
		refuse_announcement(call, error);
}

/* ---- accounts ---- */

static void request_add_operator(struct control_call *call, const json_t *request)
{
	promotion_add(control_context(call), call, text_of(request, "name"),
		      text_of(request, "password"));
}

static void request_remove_operator(struct control_call *call, const json_t *request)
{
	promotion_remove(control_context(call), call, text_of(request, "name"));
}

static void request_set_password(struct control_call *call, const json_t *request)
{
	promotion_set_password(control_context(call), call, text_of(request, "name"),
			       text_of(request, "password"));
}

/* ---- reload ---- */

static void request_reload(struct control_call *call, const json_t *request)
{
	(void)request;
	control_answer(call, reload_run(control_context(call)));
}

/* ---- the table ---- */

static const struct control_parameter users_parameters[] = {
	{"room", JSON_STRING, false},
	{0},
};
static const struct control_parameter kick_parameters[] = {
	{"nick", JSON_STRING, true},
	{"room", JSON_STRING, false},
	{"reason", JSON_STRING, false},
	{0},
};
static const struct control_parameter add_operator_parameters[] = {
	{"name", JSON_STRING, true},
	{"password", JSON_STRING, false},
	{0},
};
static const struct control_parameter remove_operator_parameters[] = {
	{"name", JSON_STRING, true},
	{0},
};
static const struct control_parameter set_password_parameters[] = {
	{"name", JSON_STRING, true},
	{"password", JSON_STRING, false},
	{0},
};

static const struct control_parameter announce_parameters[] = {
	{"room", JSON_STRING, false},
	{"text", JSON_STRING, true},
	{0},
};

static const struct control_row rows[] = {
	{"stat", request_stat, NULL},
	{"rooms", request_rooms, NULL},
	{"users", request_users, users_parameters},
	{"kick", request_kick, kick_parameters},
	{"announce", request_announce, announce_parameters},
	{"add-operator", request_add_operator, add_operator_parameters},
	{"remove-operator", request_remove_operator, remove_operator_parameters},
	{"set-password", request_set_password, set_password_parameters},
	{"reload", request_reload, NULL},
	{0},
};

/* ---- coming and going ---- */

static void gone(void *context)
{
	struct server *server = context;

	server->control = NULL;
	server_check_drained(server);
}

static const struct control_service service = {"chat.sock", rows, gone};

int control_create(struct server *server, int inherited)
{
	if (inherited >= 0)
		return control_socket_adopt(&server->control, server->io, &service, server,
					    inherited);
	return control_socket_create(&server->control, server->io, &service, server,
				     server->config->control);
}
