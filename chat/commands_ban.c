/* SPDX-License-Identifier: MIT */
/*
 * BAN, UNBAN, MUTE, UNMUTE: what MODE +b does, by people's names, with an end and a reason. In
 * place of a room "*" means the whole service.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/commands_impl.h"
#include "chat/duration.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/room_change.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "chat/service_ban.h"
#include "chat/twitch.h"
#include "common/casemap.h"
#include "common/utf8.h"

struct verb {
	const char *command;
	const char *action; /* in the record */
	bool mutes;
	const char *code; /* of what it tells */
	const char *done; /* what has become of somebody */
};

static const struct verb ban_verb = {"BAN", "ban", false, "BANNED", "banned"};
static const struct verb unban_verb = {"UNBAN", "unban", false, "UNBANNED", "banned"};
static const struct verb mute_verb = {"MUTE", "mute", true, "MUTED", "muted"};
static const struct verb unmute_verb = {"UNMUTE", "unmute", true, "UNMUTED", "muted"};

/* ---- where, and whether ---- */

/* False: it was told why not. *ret_room == NULL: the whole service. */
static bool find_place(struct client *client, const char *name, const struct verb *verb,
		       struct room **ret_room)
{
	if (strcmp(name, "*") != 0 || verb->mutes) {
		*ret_room = commands_operated(client, name);
		return *ret_room != NULL;
	}
	*ret_room = NULL;
	if ((client->modes & USER_MODE_OPERATOR) != 0)
		return true;
	reply(client, ERR_NOPRIVILEGES, NULL);
	return false;
}

static struct mask_list *list_of(struct client *client, struct room *room)
{
	return room != NULL ? &room->masks[ROOM_BANS] : &client->server->bans;
}

static const char *name_of(const struct room *room)
{
	return room != NULL ? room->name : "*";
}

static void tell_all(struct client *client, struct room *room, const struct verb *verb)
{
	struct list *link;

	list_each (link, &list_of(client, room)->entries) {
		const struct mask_entry *entry = list_item(link, struct mask_entry, link);
		char text[MASK_MAX + NICK_SOURCE_SIZE + MASK_LIST_TEXT_SIZE + 16];

		if (extban_mutes(entry->mask) != verb->mutes)
			continue;
		snprintf(text, sizeof(text), "%s by %s%s", entry->mask, entry->by,
			 mask_list_text(entry, time(NULL)).text);
		reply_standard(client, "NOTE", verb->command, "ENTRY", name_of(room), text);
	}
	reply_standard(client, "NOTE", verb->command, "END", name_of(room), "End of the list");
}

/* ---- who ---- */

struct target {
	struct client *client; /* NULL: a mask */
	char account[NICK_MAX + 1];
	char mask[MASK_MAX];
};

/* Who is here is meant as an account, or else by where he comes from: a nick is soon changed. */
static int find_target(const struct server *server, const char *who, bool mutes, struct target *ret)
{
	char plain[MASK_MAX];
	const char *prefix = "";
	int error = 0;

	*ret = (struct target){.client = server_find_client(server, who)};
	if (ret->client == NULL)
		error = extban_complete(who, plain);
	else if (ret->client->account[0] != '\0')
		snprintf(plain, sizeof(plain), "~a:%s", ret->client->account);
	else
		snprintf(plain, sizeof(plain), "*!*@%s", ret->client->host);
	if (error < 0)
		return error;
	if (mutes && !extban_mutes(plain))
		prefix = "~m:";
	else if (!mutes && extban_mutes(plain))
		return -EINVAL;
	if (strncmp(plain, "~a:", 3) == 0 && strlen(plain + 3) <= NICK_MAX)
		strcpy(ret->account, plain + 3);
	return snprintf(ret->mask, sizeof(ret->mask), "%s%s", prefix, plain) < MASK_MAX
		       ? 0
		       : -ENAMETOOLONG;
}

static unsigned role_of(const struct room *room, const struct target *target)
{
	const struct member *member =
		target->client != NULL ? room_find(room, target->client) : NULL;
	unsigned role = member != NULL ? member_role(member) : 0;
	unsigned granted = mode_greatest(room_grant_of(room, target->account));

	return granted > role ? granted : role;
}

/* Whether a lesser one would do that to a greater one; he is told then which right it takes. */
static bool refuse_lesser(struct client *client, const struct room *room,
			  const struct target *target)
{
	unsigned role = room != NULL ? role_of(room, target) : 0;

	if (room == NULL && target->client != NULL &&
	    (target->client->modes & USER_MODE_OPERATOR) != 0) {
		reply_standard(client, "FAIL", "BAN", "CANNOT_BAN", "*",
			       "That is an operator of the service");
		return true;
	}
	if (room == NULL || room_may(room, client, (enum member_mode)role))
		return false;
	commands_refuse_role(client, room, role);
	return true;
}

/* ---- setting ---- */

struct ban {
	struct room_change change;
	const struct verb *verb;
	struct mask_entry entry;
	char nick[NICK_MAX + 1]; /* of who is meant; "": a mask */
	char target_account[NICK_MAX + 1];
};

/* A mask alone is nobody that Twitch's bots could know. */
static void tell_cleared(const struct ban *ban, struct room *room)
{
	const char *account = ban->target_account;
	const struct twitch_clear clear = {
		.nick = ban->nick[0] != '\0' ? ban->nick : account,
		.account = account,
		.duration_s =
			ban->entry.expires_s != 0 ? ban->entry.expires_s - ban->entry.set_s : 0,
	};

	if (nick_valid(clear.nick))
		twitch_tell_cleared(room, &clear);
}

static void throw_out(const struct ban *ban, struct client *by, struct room *room)
{
	bool of_account = strncmp(ban->entry.mask, "~a:", 3) == 0;
	const char *reason = ban->entry.reason[0] != '\0' ? ban->entry.reason : "Banned";
	struct list *link, *after;

	list_each_safe (link, after, &room->members) {
		struct member *member = list_item(link, struct member, by_room);
		const struct extban_who who = room_who(member->client);
		bool last = room->n_members == 1;

		if ((of_account || casemap_equal(member->client->nick, ban->nick)) &&
		    extban_match(ban->entry.mask, &who))
			room_kick(member, &ban->change.author, by, reason);
		if (last)
			break; /* the room may have ended */
	}
}

static void banned(struct room_change *change, struct client *client, struct room *room, int result)
{
	const struct ban *ban = (struct ban *)(void *)change;
	char text[NICK_MAX + MASK_MAX + MASK_LIST_TEXT_SIZE + 32];

	if (result < 0) {
		if (client != NULL)
			room_change_refuse(client, ban->verb->command, change->room, result);
		return;
	}
	record_act(change->server, record_author(&change->author), ban->verb->action, change->room,
		   *ban->nick != '\0' ? ban->nick : ban->entry.mask, ban->entry.reason);
	if (client != NULL) {
		snprintf(text, sizeof(text), "%s%s%s is %s%s", ban->nick, *ban->nick ? " as " : "",
			 ban->entry.mask, ban->verb->done,
			 mask_list_text(&ban->entry, time(NULL)).text);
		reply_standard(client, "NOTE", ban->verb->command, ban->verb->code,
			       change->room[0] != '\0' ? change->room : "*", text);
	}
	if (room != NULL)
		tell_cleared(ban, room);
	if (change->room[0] == '\0')
		service_ban_check_all(change->server);
	else if (room != NULL && ban->nick[0] != '\0' && !ban->verb->mutes)
		throw_out(ban, client, room);
}

/* "[10m] [reason]", in one parameter or many. -ERANGE: too long a time; -EINVAL: the first word
 * begins as a time does, and is none, which mustn't become a reason, and the ban one for ever. */
static int read_terms(const struct message *message, struct mask_entry *entry)
{
	char text[MESSAGE_MAX_LINE] = "", *at = text, word[32];
	int64_t duration_s;
	size_t len = 0;
	int error = -EINVAL;

	for (size_t i = 2; i < message->n_parameters; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? " " : "",
					message->parameters[i]);
	len = strcspn(text, " ");
	if (len < sizeof(word)) {
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		error = duration_parse(word, &duration_s);
	}
	if (error == -ERANGE || (error < 0 && *text >= '0' && *text <= '9'))
		return error;
	entry->set_s = time(NULL);
	if (error == 0) {
		entry->expires_s = entry->set_s + duration_s;
		at += len + strspn(text + len, " ");
	}
	snprintf(entry->reason, sizeof(entry->reason), "%.*s",
		 (int)utf8_fit(slice_from(at), MASK_LIST_MAX_REASON), at);
	return 0;
}

static void commit(struct client *client, struct room *room, const struct verb *verb,
		   const struct target *target, const struct mask_entry *entry)
{
	struct room_change *change =
		room_change_create(client, room, verb->command, sizeof(struct ban));
	struct ban *ban = (struct ban *)(void *)change;

	if (change == NULL)
		return;
	change->then = banned;
	ban->verb = verb;
	ban->entry = *entry;
	memcpy(ban->target_account, target->account, sizeof(ban->target_account));
	if (target->client != NULL)
		memcpy(ban->nick, target->client->nick, sizeof(ban->nick));
	room_change_mask(change, ROOM_BANS, true, entry);
	/* Else the role would let him in again. */
	if (room != NULL && !verb->mutes && room_grant_recorded(room, target->account) != 0)
		room_change_role(change, target->account, 0);
	room_change_commit(change, client);
}

static void set(struct client *client, const struct message *message, const struct verb *verb)
{
	struct mask_entry entry = {0};
	struct mask_list *list;
	struct target target;
	struct room *room;

	if (!find_place(client, message->parameters[0], verb, &room))
		return;
	if (message->n_parameters == 1) {
		tell_all(client, room, verb);
		return;
	}
	list = list_of(client, room);
	if (find_target(client->server, message->parameters[1], verb->mutes, &target) < 0) {
		reply_standard(client, "FAIL", verb->command, "INVALID_MASK", name_of(room),
			       "That is neither somebody who is here nor a mask");
	} else if (target.client == client ||
		   (*client->account != '\0' && casemap_equal(target.account, client->account))) {
		reply_standard(client, "FAIL", verb->command, "CANNOT_BAN", name_of(room),
			       "That is yourself");
	} else if (refuse_lesser(client, room, &target)) {
		return;
	} else if (mask_list_find(list, target.mask) == NULL &&
		   list->n >= (room != NULL ? ROOM_MAX_LIST : SERVER_MAX_BANS)) {
		reply(client, ERR_BANLISTFULL, name_of(room), "b", NULL);
	} else if (read_terms(message, &entry) < 0) {
		reply_standard(client, "FAIL", verb->command, "INVALID_DURATION", name_of(room),
			       "That is no time (10m, 1d12h), or longer than ten years; without "
			       "one it is for ever");
	} else {
		memcpy(entry.mask, target.mask, sizeof(entry.mask));
		memcpy(entry.by, client->source, sizeof(entry.by));
		commit(client, room, verb, &target, &entry);
	}
}

void command_ban(struct client *client, const struct message *message)
{
	set(client, message, &ban_verb);
}

void command_mute(struct client *client, const struct message *message)
{
	set(client, message, &mute_verb);
}

/* ---- taking back ---- */

enum { MAX_FORMS = 3 };

struct unban {
	struct room_change change;
	const struct verb *verb;
	char masks[MAX_FORMS * MASK_MAX]; /* that were taken out, as they are told */
};

static void unbanned(struct room_change *change, struct client *client, struct room *room,
		     int result)
{
	const struct unban *unban = (struct unban *)(void *)change;
	const char *place = change->room[0] != '\0' ? change->room : "*";
	char text[MAX_FORMS * MASK_MAX + 32];

	(void)room;
	if (result < 0 && client != NULL)
		room_change_refuse(client, unban->verb->command, change->room, result);
	if (result < 0)
		return;
	record_act(change->server, record_author(&change->author), unban->verb->action,
		   change->room, unban->masks, "");
	if (client == NULL)
		return;
	snprintf(text, sizeof(text), "No longer %s: %s", unban->verb->done, unban->masks);
	reply_standard(client, "NOTE", unban->verb->command, unban->verb->code, place, text);
}

/* What BAN may have made of a name: the mask as it is typed, the account, and where he comes
 * from. */
static size_t find_masks(struct client *client, struct room *room, const char *who, bool mutes,
			 const struct mask_entry *ret_found[MAX_FORMS])
{
	const struct mask_list *list = list_of(client, room);
	const struct client *here = server_find_client(client->server, who);
	const char *prefix = mutes ? "~m:" : "";
	char plain[MASK_MAX], mask[MASK_MAX + 8];
	size_t n = 0;

	for (int form = 0; form < MAX_FORMS; form++) {
		if (form == 0 && extban_complete(who, plain) == 0)
			snprintf(mask, sizeof(mask), "%s%s", extban_mutes(plain) ? "" : prefix,
				 plain);
		else if (form == 1)
			snprintf(mask, sizeof(mask), "%s~a:%.*s", prefix, NICK_MAX,
				 here != NULL && here->account[0] != '\0' ? here->account : who);
		else if (form == 2 && here != NULL)
			snprintf(mask, sizeof(mask), "%s*!*@%s", prefix, here->host);
		else
			continue;
		ret_found[n] = mask_list_find(list, mask);
		if (ret_found[n] != NULL && extban_mutes(mask) == mutes &&
		    (n == 0 || ret_found[n] != ret_found[n - 1]))
			n++;
	}
	return n;
}

/* other: what is tried where there is none; NULL: nothing. */
static void clear(struct client *client, const struct message *message, const struct verb *verb,
		  const struct verb *other)
{
	const struct mask_entry *found[MAX_FORMS];
	struct room_change *change;
	struct unban *unban;
	struct room *room;
	size_t n, len = 0;

	if (!find_place(client, message->parameters[0], verb, &room))
		return;
	n = find_masks(client, room, message->parameters[1], verb->mutes, found);
	if (n == 0 && other != NULL) {
		clear(client, message, other, NULL);
		return;
	}
	if (n == 0) {
		reply_standard(client, "FAIL", verb->command, "NOT_FOUND", name_of(room),
			       verb->mutes ? "Nobody is muted by that; MUTE #room lists who is"
					   : "Nobody is banned by that; BAN #room lists who is");
		return;
	}
	change = room_change_create(client, room, verb->command, sizeof(struct unban));
	unban = (struct unban *)(void *)change;
	if (change == NULL)
		return;
	change->then = unbanned;
	unban->verb = verb;
	for (size_t i = 0; i < n; i++) {
		room_change_mask(change, ROOM_BANS, false, found[i]);
		len += (size_t)snprintf(unban->masks + len, sizeof(unban->masks) - len, "%s%s",
					i > 0 ? " " : "", found[i]->mask);
	}
	room_change_commit(change, client);
}

void command_unban(struct client *client, const struct message *message)
{
	clear(client, message, &unban_verb, NULL);
}

void command_unmute(struct client *client, const struct message *message)
{
	clear(client, message, &unmute_verb, NULL);
}

void commands_lift(struct client *client, const struct message *message)
{
	clear(client, message, &unban_verb, &unmute_verb);
}
