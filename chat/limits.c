/* SPDX-License-Identifier: MIT */
#include "chat/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/reply.h"
#include "chat/server.h"
#include "common/casemap.h"

/* Kinds of who; see flood_who(). */
enum { WHO_ACCOUNT = 'a', WHO_ADDRESS = 'i', WHO_CONNECTION = 'c' };

enum { HOST_BYTES = 8 /* of IPv6: a /64 */ };

static const char *const reasons[FLOOD_KINDS] = {
	[FLOOD_MESSAGES] = "you are sending too fast",
	[FLOOD_TAGS] = "you are sending too fast",
	[FLOOD_PRIVATE] = "you are sending too fast",
	[FLOOD_PEOPLE] = "you are writing to too many people",
	[FLOOD_JOINS] = "you are joining too fast",
	[FLOOD_NICKS] = "you are changing your nick too often",
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

	if (peer_is_loopback(peer))
		return of_connection(client);
	return flood_who(&client->server->flood, WHO_ADDRESS, peer->address,
			 peer_is_ipv4(peer) ? sizeof(peer->address) : HOST_BYTES);
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

/* The seconds to wait, rounded up. */
static int64_t take(struct client *client, uint64_t who, enum flood_kind kind)
{
	struct server *server = client->server;
	int64_t wait_us =
		flood_take(&server->flood, who, kind, rule_of(client, kind), io_now_us(server->io));

	return (wait_us + 999999) / 1000000;
}

static bool may(struct client *client, uint64_t who, enum flood_kind kind, const char *what,
		struct limits_refusal *ret_refusal)
{
	int64_t wait_s = take(client, who, kind);

	ret_refusal->code = "RATE_LIMITED";
	snprintf(ret_refusal->text, sizeof(ret_refusal->text), "%s: %s; wait %" PRId64 " second%s",
		 what, reasons[kind], wait_s, wait_s == 1 ? "" : "s");
	return wait_s == 0;
}

static uint64_t who_is(const struct client *client)
{
	return client->account[0] != '\0' ? of_account(client) : of_address(client);
}

bool limits_may_talk(struct client *client, const struct room *room, const char *text,
		     struct limits_refusal *ret_refusal)
{
	return room_may(room, client, MEMBER_VOICE) ||
	       may(client, who_is(client), text != NULL ? FLOOD_MESSAGES : FLOOD_TAGS,
		   "Not delivered", ret_refusal);
}

static bool has_talked_to(const struct client *client, uint32_t hash)
{
	for (size_t i = 0; i < CLIENT_PARTNERS; i++) {
		if (client->partners[i] == hash)
			return true;
	}
	return false;
}

bool limits_may_write(struct client *client, const char *nick, struct limits_refusal *ret_refusal)
{
	uint64_t who = who_is(client);
	uint32_t hash = casemap_hash(nick);

	if (!has_talked_to(client, hash)) {
		if (!may(client, who, FLOOD_PEOPLE, "Not delivered", ret_refusal))
			return false;
		client->partners[client->n_partners++ % CLIENT_PARTNERS] = hash;
	}
	return may(client, who, FLOOD_PRIVATE, "Not delivered", ret_refusal);
}

bool limits_may_connect(struct client *client, struct limits_refusal *ret_refusal)
{
	return may(client, of_address(client), FLOOD_CONNECTIONS, "Not let in", ret_refusal);
}

bool limits_take_line(struct client *client)
{
	return flood_bucket_take(&client->lines, rule_of(client, FLOOD_COMMANDS),
				 io_now_us(client->server->io)) == 0;
}

bool limits_pass(struct client *client, enum flood_kind kind, const char *command,
		 const char *context)
{
	struct limits_refusal refusal;
	bool passes = may(client, who_is(client), kind, "Not done", &refusal);

	if (!passes)
		reply_standard(client, "FAIL", command, refusal.code, context, refusal.text);
	return passes;
}
