/* SPDX-License-Identifier: MIT */
#include "chat/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/multiline.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/casemap.h"

/* Kinds of who; see flood_who(). */
enum { WHO_ACCOUNT = 'a', WHO_ADDRESS = 'i', WHO_CONNECTION = 'c', WHO_IN_ROOM = 'r' };

enum { HOST_BYTES = 8 /* of IPv6: a /64 */ };

static const char *const reasons[FLOOD_KINDS] = {
	[FLOOD_MESSAGES] = "you are sending too fast",
	[FLOOD_TAGS] = "you are sending too fast",
	[FLOOD_PRIVATE] = "you are sending too fast",
	[FLOOD_PEOPLE] = "you are writing to too many people",
	[FLOOD_JOINS] = "you are joining too fast",
	[FLOOD_NICKS] = "you are changing your nick too often",
	[FLOOD_METADATA] = "you are changing metadata too often",
	[FLOOD_CONNECTIONS] = "too many connections come from your address",
};

static uint64_t of_connection(const struct client *client)
{
	return flood_who(&client->server->flood, WHO_CONNECTION, &client->number,
			 sizeof(client->number));
}

static uint64_t of_address(const struct client *client)
{
	const struct peer *peer = &client->peer;

	return flood_who(&client->server->flood, WHO_ADDRESS, peer->address,
			 peer_is_ipv4(peer) ? sizeof(peer->address) : HOST_BYTES);
}

static uint64_t of_guest(const struct client *client)
{
	return peer_is_loopback(&client->peer) ? of_connection(client) : of_address(client);
}

static uint64_t of_account(const struct client *client)
{
	char name[NICK_MAX + 1];
	size_t len = 0;

	for (; client->account[len] != '\0'; len++)
		name[len] = casemap_fold(client->account[len]);
	return flood_who(&client->server->flood, WHO_ACCOUNT, name, len);
}

static const struct flood_rule *rule_of(const struct client *client, enum flood_kind kind)
{
	static const struct flood_rule none = {0};

	return (client->modes & USER_MODE_OPERATOR) != 0
		       ? &none
		       : &client->server->config->flood.kinds[kind];
}

static bool take(struct client *client, uint64_t who, enum flood_kind kind,
		 const struct flood_rule *rule, unsigned n, struct limits_refusal *ret_refusal)
{
	struct server *server = client->server;
	int64_t wait_us = flood_take(&server->flood, who, kind, rule, n, io_now_us(server->io));

	ret_refusal->wait_s = (wait_us + 999999) / 1000000;
	return wait_us == 0;
}

static void explain(struct limits_refusal *refusal, const char *code, const char *what,
		    const char *reason)
{
	refusal->code = code;
	snprintf(refusal->text, sizeof(refusal->text), "%s: %s; wait %" PRId64 " second%s", what,
		 reason, refusal->wait_s, refusal->wait_s == 1 ? "" : "s");
}

static bool may_many(struct client *client, uint64_t who, enum flood_kind kind, unsigned n,
		     const char *what, struct limits_refusal *ret_refusal)
{
	bool takes = take(client, who, kind, rule_of(client, kind), n, ret_refusal);

	if (!takes)
		explain(ret_refusal, "RATE_LIMITED", what, reasons[kind]);
	return takes;
}

static bool may(struct client *client, uint64_t who, enum flood_kind kind, const char *what,
		struct limits_refusal *ret_refusal)
{
	return may_many(client, who, kind, 1, what, ret_refusal);
}

/* What a text counts as; NULL: tags alone. */
static unsigned weight(const char *text)
{
	_Static_assert((int)MULTILINE_MAX_LINES < (int)FLOOD_MAX_TAKEN, "");
	return text != NULL ? (unsigned)multiline_count(text) : 1;
}

static uint64_t who_is(const struct client *client)
{
	return client->account[0] != '\0' ? of_account(client) : of_guest(client);
}

/* Of one person in one room: guests of one address needn't wait for each other. */
static bool may_in_slow_room(struct client *client, const struct room *room,
			     struct limits_refusal *ret_refusal)
{
	const struct flood_rule rule = {1, (int64_t)room->slow_s * 1000000};
	struct {
		uint64_t person;
		uint32_t room;
	} who;
	bool takes;

	if ((room->modes & ROOM_MODE_SLOW) == 0)
		return true;
	memset(&who, 0, sizeof(who));
	who.person = client->account[0] != '\0' ? of_account(client) : of_connection(client);
	who.room = room->by_name.hash;
	takes = take(client, flood_who(&client->server->flood, WHO_IN_ROOM, &who, sizeof(who)),
		     FLOOD_MESSAGES, &rule, 1, ret_refusal);
	if (!takes)
		explain(ret_refusal, "SLOW_MODE", "Not delivered", "the room is in slow mode (+S)");
	return takes;
}

/* As it is read in one piece, and as who is told its lines one by one reads it. */
static bool is_blocked(const struct room *room, const char *text)
{
	char joined[MULTILINE_TEXT_SIZE];

	if (strchr(text, MULTILINE_JOIN) == NULL)
		return room_blocks(room, text);
	multiline_join(text, joined);
	return room_blocks(room, text) || room_blocks(room, joined);
}

bool limits_may_talk(struct client *client, const struct room *room, const char *text,
		     struct limits_refusal *ret_refusal)
{
	enum flood_kind kind = text != NULL ? FLOOD_MESSAGES : FLOOD_TAGS;

	bool has_voice = room_may(room, client, MEMBER_VOICE);

	if (!has_voice &&
	    !may_many(client, who_is(client), kind, weight(text), "Not delivered", ret_refusal))
		return false;
	if (text == NULL)
		return true;
	if (!room_may(room, client, MEMBER_OPERATOR) && is_blocked(room, text)) {
		*ret_refusal = (struct limits_refusal){
			"WORD_BLOCKED", 0, "Not delivered: a word in it is blocked here (+g)"};
		return false;
	}
	return has_voice || may_in_slow_room(client, room, ret_refusal);
}

static bool has_talked_to(const struct client *client, uint32_t hash)
{
	for (size_t i = 0; i < CLIENT_PARTNERS; i++) {
		if (client->partners[i] == hash)
			return true;
	}
	return false;
}

bool limits_may_write(struct client *client, const char *nick, const char *text,
		      struct limits_refusal *ret_refusal)
{
	uint64_t who = who_is(client);
	uint32_t hash = casemap_hash(nick);

	if (!has_talked_to(client, hash)) {
		if (!may(client, who, FLOOD_PEOPLE, "Not delivered", ret_refusal))
			return false;
		client->partners[client->n_partners++ % CLIENT_PARTNERS] = hash;
	}
	return may_many(client, who, FLOOD_PRIVATE, weight(text), "Not delivered", ret_refusal);
}

bool limits_may_connect(struct client *client, struct limits_refusal *ret_refusal)
{
	return may(client, of_guest(client), FLOOD_CONNECTIONS, "Not let in", ret_refusal);
}

int64_t limits_wait(const struct client *client, enum flood_kind kind)
{
	const struct server *server = client->server;

	return flood_wait(&server->flood, of_address(client), kind,
			  &server->config->flood.kinds[kind], io_now_us(server->io));
}

bool limits_count(struct client *client, enum flood_kind kind)
{
	struct server *server = client->server;

	return flood_take(&server->flood, of_address(client), kind,
			  &server->config->flood.kinds[kind], 1, io_now_us(server->io)) == 0;
}

void limits_give_back(struct client *client, enum flood_kind kind)
{
	struct server *server = client->server;

	flood_give(&server->flood, of_address(client), kind, &server->config->flood.kinds[kind]);
}

bool limits_take_line(struct client *client)
{
	return flood_bucket_take(&client->lines, rule_of(client, FLOOD_COMMANDS), 1,
				 io_now_us(client->server->io)) == 0;
}

void limits_tell(struct client *client, const char *command, const char *target,
		 const struct limits_refusal *refusal)
{
	struct event event;

	if (twitch_answer(client, command, refusal->code, target, refusal->text))
		return;
	event_init(&event, client->server, NULL, "FAIL");
	message_write_word(&event.writer, command);
	message_write_word(&event.writer, refusal->code);
	message_write_word(&event.writer, target);
	if (refusal->wait_s > 0)
		message_write_word(&event.writer, number_text(refusal->wait_s).text);
	message_write_text(&event.writer, refusal->text);
	client_tell(client, &event);
	event_finish(&event);
}

bool limits_may(struct client *client, enum flood_kind kind, const char *what,
		struct limits_refusal *ret_refusal)
{
	return may(client, who_is(client), kind, what, ret_refusal);
}

bool limits_pass(struct client *client, enum flood_kind kind, const char *command,
		 const char *target)
{
	struct limits_refusal refusal;
	bool passes = limits_may(client, kind, "Not done", &refusal);

	if (!passes)
		limits_tell(client, command, target, &refusal);
	return passes;
}
