/* SPDX-License-Identifier: MIT */
/* ROLE: what accounts may in a kept room, whether they are here or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/owners.h"
#include "chat/reply.h"
#include "chat/room_change.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "common/casemap.h"

static const struct {
	const char *word;
	unsigned modes;
} roles[] = {
	{"owner", MEMBER_OWNER | MEMBER_OPERATOR},
	{"admin", MEMBER_ADMIN | MEMBER_OPERATOR},
	{"operator", MEMBER_OPERATOR},
	{"voice", MEMBER_VOICE},
	{"none", 0},
};

enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

/* MODE gives the greater ones without what stands beside them here. */
static const char *word_of(unsigned modes)
{
	size_t i = 0;

	while (mode_greatest(roles[i].modes) > mode_greatest(modes))
		i++;
	return roles[i].word;
}

static void list_roles(struct client *client, const struct room *room)
{
	const char *owner = owners_find(&room->server->config->streams, room->name);
	char text[NICK_MAX + 48];
	struct list *link;

	if (owner != NULL) {
		snprintf(text, sizeof(text), "%s: owner, as the configuration says", owner);
		reply_standard(client, "NOTE", "ROLE", "ENTRY", room->name, text);
	}
	list_each (link, &room->grants) {
		const struct room_grant *grant = list_item(link, struct room_grant, link);

		snprintf(text, sizeof(text), "%s: %s", grant->account, word_of(grant->modes));
		reply_standard(client, "NOTE", "ROLE", "ENTRY", room->name, text);
	}
	reply_standard(client, "NOTE", "ROLE", "END", room->name,
		       room->kept ? "End of the list of roles"
				  : "This room isn't kept, so no roles are recorded");
}

/* ---- giving and taking ---- */

struct role_change {
	struct room_change change;
	const char *word;
	char account[NICK_MAX + 1];
};

static void changed(struct room_change *change, struct client *client, struct room *room,
		    int result)
{
	const struct role_change *own = (struct role_change *)(void *)change;
	char text[NICK_MAX + 80];

	if (client == NULL)
		return;
	if (result < 0) {
		room_change_refuse(client, "ROLE", change->room, result);
		return;
	}
	snprintf(text, sizeof(text), "The role of %s is now: %s", own->account, own->word);
	reply_standard(client, "NOTE", "ROLE", "CHANGED", change->room, text);
	if (room == NULL || !room->kept)
		reply_standard(client, "NOTE", "ROLE", "NOT_KEPT", change->room,
			       "Nobody owns this room any more: it ends with its last member");
}

static void change_role(struct client *client, struct room *room, const char *account, size_t role)
{
	struct room_change *change =
		room_change_create(client, room, "ROLE", sizeof(struct role_change));
	struct role_change *own = (struct role_change *)(void *)change;

	if (change == NULL)
		return;
	change->then = changed;
	own->word = roles[role].word;
	snprintf(own->account, sizeof(own->account), "%s", account);
	if (!room->kept)
		room_change_keep(change, room);
	room_change_role(change, account, roles[role].modes);
	room_change_commit(change, client);
}

/* Owners give and take; anybody may give up what he has, or a part of it. */
static bool may(const struct client *client, const struct room *room, const char *account,
		unsigned modes)
{
	unsigned own;

	if (room_may(room, client, MEMBER_OWNER))
		return true;
	own = casemap_equal(client->account, account) ? room_grant_of(room, account) : 0;
	return mode_greatest(modes) < mode_greatest(own) || ((modes & ~own) == 0 && modes != own);
}

static bool owns_enough(const struct client *client, const char *account)
{
	return (client->modes & USER_MODE_OPERATOR) == 0 &&
	       room_change_owns_enough(client->server, account);
}

/* A word as the context of a FAIL, and a sentence; NULL: nothing stands in the way. */
static const char *why_not(const struct client *client, const struct room *room,
			   const char *account, unsigned modes, const char **ret_text)
{
	unsigned before = room_grant_recorded(room, account);

	*ret_text = "There is no account of that name";
	if (!nick_valid(account))
		return "ACCOUNT_UNKNOWN";
	*ret_text = "This room isn't kept: who begins a room while logged in owns it, and it is";
	if (!room->kept && (modes & MEMBER_OWNER) == 0)
		return "NOT_KEPT";
	*ret_text = "That account has no role here";
	if (before == 0 && modes == 0)
		return "NO_ROLE";
	*ret_text = "As many accounts as may have a role here";
	if (before == 0 && room->n_grants >= ROOM_MAX_GRANTS)
		return "LIST_FULL";
	*ret_text = "That account owns as many rooms as it may";
	if ((modes & ~before & MEMBER_OWNER) != 0 && owns_enough(client, account))
		return "TOO_MANY_OWNED";
	return NULL;
}

void command_role(struct client *client, const struct message *message)
{
	struct room *room = commands_room(client, message->parameters[0]);
	const char *account = message->parameters[1], *code, *text;
	bool inside = room != NULL && room_find(room, client) != NULL;
	size_t role = 0;

	if (room == NULL)
		return;
	if (!inside && (client->modes & USER_MODE_OPERATOR) == 0) {
		reply(client, ERR_NOTONCHANNEL, room->name, NULL);
		return;
	}
	if (message->n_parameters == 1) {
		list_roles(client, room);
		return;
	}
	if (message->n_parameters == 2) {
		reply(client, ERR_NEEDMOREPARAMS, "ROLE", NULL);
		return;
	}
	while (role < ROLES && !casemap_equal(roles[role].word, message->parameters[2]))
		role++;
	if (role == ROLES) {
		reply_standard(client, "FAIL", "ROLE", "INVALID_ROLE", room->name,
			       "A role is owner, admin, operator, voice or none");
		return;
	}
	if (!may(client, room, account, roles[role].modes)) {
		commands_refuse_role(client, room, MEMBER_OWNER);
		return;
	}
	code = why_not(client, room, account, roles[role].modes, &text);
	if (code != NULL)
		reply_standard(client, "FAIL", "ROLE", code, room->name, text);
	else
		change_role(client, room, account, role);
}
