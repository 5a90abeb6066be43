/* SPDX-License-Identifier: MIT */
#include "chat/twitch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/person.h"
#include "chat/server.h"

_Static_assert((int)TWITCH_KEY_SIZE == (int)CLOAK_KEY_SIZE, "ids are made with the cloaks' key");

bool twitch_speaks(const struct client *client)
{
	return (client->caps & CAP_TWITCH_COMMANDS) != 0;
}

const char *twitch_color(const struct server *server, const struct client *client,
			 const char *account)
{
	const struct person *person = *account != '\0' ? person_find(server, account) : NULL;

	if (person != NULL)
		return metadata_get(&person->metadata, "color");
	return client != NULL ? metadata_get(&client->metadata, "color") : NULL;
}

static uint64_t room_id(const struct room *room)
{
	return twitch_id(room->server->cloak_key, TWITCH_ROOM, room->name);
}

static void begin(struct event *event, struct server *server, const char *command,
		  const struct room *room)
{
	event_init(event, server, NULL, command);
	if (room != NULL)
		message_write_word(&event->writer, room->name);
}

static void tell(struct client *client, struct event *event)
{
	client_tell(client, event);
	event_finish(event);
}

static void tell_room(struct room *room, struct event *event)
{
	room_tell(room, event, NULL, CAP_TWITCH_COMMANDS, 0, 0);
	event_finish(event);
}

/* ---- of oneself ---- */

/* id: NULL for none. */
static void tell_state(struct client *client, const char *command, const struct room *room,
		       const char *id)
{
	const struct member *member = room != NULL ? room_find(room, client) : NULL;
	const struct twitch_user user = {client->nick, client->account,
					 member != NULL ? member->modes : 0,
					 twitch_color(client->server, client, client->account)};
	struct event event;
	size_t len;

	begin(&event, client->server, command, room);
	len = twitch_tags_of_user(&user, client->server->cloak_key, event.twitch.text);
	snprintf(event.twitch.text + len, TWITCH_TAGS_SIZE - len, ";emote-sets=0%s%s",
		 id != NULL ? ";id=" : "", id != NULL ? id : "");
	tell(client, &event);
}

void twitch_tell_login(struct client *client)
{
	if (twitch_speaks(client))
		tell_state(client, "GLOBALUSERSTATE", NULL, NULL);
}

void twitch_tell_spoken(struct client *client, const struct room *room, const char *id)
{
	if (twitch_speaks(client))
		tell_state(client, "USERSTATE", room, id);
}

void twitch_tell_entry(struct client *client, const struct room *room)
{
	struct event event;

	if (!twitch_speaks(client))
		return;
	tell_state(client, "USERSTATE", room, NULL);
	begin(&event, client->server, "ROOMSTATE", room);
	snprintf(event.twitch.text, TWITCH_TAGS_SIZE,
		 "emote-only=0;followers-only=-1;r9k=0;room-id=%" PRIu64 ";slow=%zu;subs-only=0",
		 room_id(room), room->slow_s);
	tell(client, &event);
}

/* ---- of a room ---- */

/* Only what has changed. */
void twitch_tell_slow(struct room *room)
{
	struct event event;

	begin(&event, room->server, "ROOMSTATE", room);
	snprintf(event.twitch.text, TWITCH_TAGS_SIZE, "room-id=%" PRIu64 ";slow=%zu", room_id(room),
		 room->slow_s);
	tell_room(room, &event);
}

void twitch_tell_cleared(struct room *room, const struct twitch_clear *clear)
{
	struct event event;
	size_t len = 0;

	begin(&event, room->server, "CLEARCHAT", room);
	if (clear->nick != NULL) {
		const struct twitch_user user = {clear->nick, clear->account, 0, NULL};

		message_write_text(&event.writer, clear->nick);
		if (clear->duration_s > 0)
			len = (size_t)snprintf(event.twitch.text, TWITCH_TAGS_SIZE,
					       "ban-duration=%" PRId64 ";", clear->duration_s);
		len += (size_t)snprintf(event.twitch.text + len, TWITCH_TAGS_SIZE - len,
					"target-user-id=%" PRIu64 ";",
					twitch_user_id(room->server->cloak_key, &user));
	}
	snprintf(event.twitch.text + len, TWITCH_TAGS_SIZE - len,
		 "room-id=%" PRIu64 ";tmi-sent-ts=%" PRId64, room_id(room), timestamp_now());
	tell_room(room, &event);
}

void twitch_tell_deleted(struct room *room, const char *id, const char *source)
{
	char nick[NICK_MAX + 1], login[2 * NICK_MAX + 1];
	struct event event;

	snprintf(nick, sizeof(nick), "%.*s", (int)strcspn(source, "!"), source);
	twitch_tags_escape(nick, login);
	begin(&event, room->server, "CLEARMSG", room);
	message_write_text(&event.writer, "");
	snprintf(event.twitch.text, TWITCH_TAGS_SIZE,
		 "login=%s;room-id=%" PRIu64 ";target-msg-id=%s;tmi-sent-ts=%" PRId64, login,
		 room_id(room), id, timestamp_now());
	tell_room(room, &event);
}

void twitch_tell_part(struct member *member)
{
	struct client *client = member->client;
	struct event event;

	if (client->server->n_membership == 0 && !twitch_speaks(client))
		return;
	event_init(&event, client->server, client, "PART");
	message_write_word(&event.writer, member->room->name);
	room_tell_of(member, &event, client, CAP_TWITCH_MEMBERSHIP, 0);
	if (twitch_speaks(client))
		client_tell(client, &event);
	event_finish(&event);
}

/* ---- answers ---- */

/* command: "" for any. */
static const struct {
	const char *command, *code, *msg_id;
} codes[] = {
	{"BAN", "BANNED", "ban_success"},
	{"BAN", "CANNOT_BAN", "bad_ban_self"},
	{"BAN", "", "usage_ban"},
	{"MUTE", "MUTED", "timeout_success"},
	{"MUTE", "CANNOT_BAN", "bad_timeout_self"},
	{"MUTE", "INVALID_DURATION", "bad_timeout_duration"},
	{"MUTE", "", "usage_timeout"},
	{"UNBAN", "UNBANNED", "unban_success"},
	{"UNBAN", "", "bad_unban_no_ban"},
	{"UNMUTE", "UNMUTED", "untimeout_success"},
	{"UNMUTE", "", "bad_unban_no_ban"},
	{"REDACT", "DELETED", "delete_message_success"},
	{"REDACT", "", "bad_delete_message_error"},
	{"JOIN", "BANNED", "msg_banned"},
	{"", "SLOW_MODE", "msg_slowmode"},
	{"", "RATE_LIMITED", "msg_ratelimit"},
	{"", "WORD_BLOCKED", "msg_rejected_mandatory"},
};

static const struct {
	enum numeric_id id;
	const char *msg_id;
} numerics[] = {
	{ERR_NOSUCHCHANNEL, "msg_room_not_found"},
	{ERR_CANNOTSENDTOCHAN, "msg_timedout"},
	{ERR_TOOMANYCHANNELS, "msg_channel_suspended"},
	{ERR_NOTONCHANNEL, "no_permission"},
	{ERR_CHANNELISFULL, "msg_channel_suspended"},
	{ERR_INVITEONLYCHAN, "msg_channel_suspended"},
	{ERR_BANNEDFROMCHAN, "msg_banned"},
	{ERR_BADCHANNELKEY, "msg_channel_suspended"},
	{ERR_NEEDREGGEDNICK, "msg_channel_suspended"},
	{ERR_CHANOPRIVSNEEDED, "no_permission"},
	{ERR_INVALIDMODEPARAM, "usage_slow_on"},
};

void twitch_notice(struct client *client, const char *msg_id, const char *context, const char *text)
{
	struct event event;

	event_init(&event, client->server, NULL, "NOTICE");
	message_write_word(&event.writer, context != NULL && *context == '#' ? context : "*");
	message_write_text(&event.writer, text);
	if (*msg_id != '\0')
		snprintf(event.twitch.text, TWITCH_TAGS_SIZE, "msg-id=%s", msg_id);
	tell(client, &event);
}

static const char *find_code(const char *command, const char *code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if ((*codes[i].command == '\0' || strcmp(codes[i].command, command) == 0) &&
		    (*codes[i].code == '\0' || strcmp(codes[i].code, code) == 0))
			return codes[i].msg_id;
	}
	return "";
}

bool twitch_answer(struct client *client, const char *command, const char *code,
		   const char *context, const char *text)
{
	if (!twitch_speaks(client) || (client->caps & CAP_STANDARD_REPLIES) != 0)
		return false;
	twitch_notice(client, find_code(command, code), context, text);
	return true;
}

/* NULL: as it is. */
static const char *find_numeric(enum numeric_id id)
{
	for (size_t i = 0; i < sizeof(numerics) / sizeof(numerics[0]); i++) {
		if (numerics[i].id == id)
			return numerics[i].msg_id;
	}
	return NULL;
}

bool twitch_answer_numeric(struct client *client, enum numeric_id id, va_list parameters)
{
	const char *msg_id = twitch_speaks(client) ? find_numeric(id) : NULL;
	const char *context = NULL, *text = NULL;

	if (msg_id == NULL)
		return false;
	for (unsigned i = 0; i < numeric_table[id].n_parameters; i++) {
		text = va_arg(parameters, const char *);
		if (i == 0)
			context = text;
	}
	if (numeric_table[id].text != NULL)
		text = numeric_table[id].text;
	twitch_notice(client, msg_id, context, text);
	return true;
}
