/* SPDX-License-Identifier: MIT */
/* Rooms: JOIN, PART, KICK, INVITE, NAMES, LIST. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/announcer.h"
#include "chat/commands_impl.h"
#include "chat/ghost.h"
#include "chat/herald.h"
#include "chat/limits.h"
#include "chat/metadata_sync.h"
#include "chat/metadata_tell.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/room_change.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/casemap.h"
#include "common/utf8.h"

enum { MAX_REASON = 250, MAX_KICKS = 4 };

/* ---- NAMES ---- */

static void name_member(struct reply_list *list, const struct member *member)
{
	unsigned caps = list->client->caps;
	char marks[MODE_TEXT_SIZE], word[NICK_SOURCE_SIZE + MODE_TEXT_SIZE];

	mode_marks(member->modes, (caps & CAP_MULTI_PREFIX) != 0, marks);
	snprintf(word, sizeof(word), "%s%s", marks,
		 (caps & CAP_USERHOST_IN_NAMES) != 0 ? member->client->source
						     : member->client->nick);
	reply_list_add(list, word);
}

void commands_tell_names(struct client *client, struct room *room)
{
	bool inside = room_find(room, client) != NULL;
	bool quiet = room_is_quiet(room);
	struct reply_list list;
	struct list *link;

	reply_list_init(&list, client, RPL_NAMREPLY,
			(room->modes & ROOM_MODE_SECRET) != 0 ? "@" : "=", room->name, ' ');
	list_each (link, &room->members) {
		struct member *member = list_item(link, struct member, by_room);

		if (quiet && room_hushes(member) && member->client != client)
			continue;
		if (inside || (member->client->modes & USER_MODE_INVISIBLE) == 0)
			name_member(&list, member);
	}
	reply_list_end(&list, false);
	reply(client, RPL_ENDOFNAMES, room->name, NULL);
}

bool commands_hidden(const struct room *room, const struct client *client)
{
	return (room->modes & ROOM_MODE_SECRET) != 0 && room_find(room, client) == NULL;
}

void command_names(struct client *client, const struct message *message)
{
	char *rest = message->n_parameters > 0 ? message->parameters[0] : NULL, *name;

	if (rest == NULL || *rest == '\0') {
		reply(client, RPL_ENDOFNAMES, "*", NULL);
		return;
	}
	/* One, so that a line doesn't ask for any number of answers. */
	if (!commands_next(&rest, &name))
		name = message->parameters[0];
	struct room *room = server_find_room(client->server, name);
	if (room == NULL || commands_hidden(room, client))
		reply(client, RPL_ENDOFNAMES, name, NULL);
	else
		commands_tell_names(client, room);
}

/* ---- JOIN ---- */

/* NUMERICS: nothing stands in the way. */
static enum numeric_id why_not(const struct room *room, const struct client *client,
			       const char *key)
{
	if ((client->modes & USER_MODE_OPERATOR) != 0 ||
	    room_grant_of(room, client->account) >= MEMBER_OPERATOR)
		return NUMERICS;
	if (room_ban(room, client) != NULL)
		return ERR_BANNEDFROMCHAN;
	if ((room->modes & ROOM_MODE_ACCOUNTS) != 0 && client->account[0] == '\0')
		return ERR_NEEDREGGEDNICK;
	if (room_invited(room, client))
		return NUMERICS;
	if ((room->modes & ROOM_MODE_INVITE) != 0 && !room_lists(room, ROOM_INVITED, client))
		return ERR_INVITEONLYCHAN;
	if ((room->modes & ROOM_MODE_KEY) != 0 && (key == NULL || strcmp(key, room->key) != 0))
		return ERR_BADCHANNELKEY;
	if ((room->modes & ROOM_MODE_LIMIT) != 0 && room->n_members >= room->limit &&
	    ghost_member(client, room) == NULL)
		return ERR_CHANNELISFULL;
	return NUMERICS;
}

static void begin_join(struct event *event, const struct client *client, const struct room *room,
		       bool extended)
{
	event_init(event, client->server, client, "JOIN");
	message_write_word(&event->writer, room->name);
	if (!extended)
		return;
	message_write_word(&event->writer, client->account[0] != '\0' ? client->account : "*");
	message_write_text(&event->writer, client->real);
}

/* Whom others believe here still. */
static void tell_return(struct client *client, const struct room *room)
{
	struct event event;

	begin_join(&event, client, room, (client->caps & CAP_EXTENDED_JOIN) != 0);
	client_tell(client, &event);
	event_finish(&event);
}

static void tell_join(struct member *member)
{
	struct client *client = member->client;
	struct room *room = member->room;
	struct event event, extended;

	begin_join(&event, client, room, false);
	room_tell_of(member, &event, NULL, 0, CAP_EXTENDED_JOIN | CAP_TWITCH_ALONE);
	event_finish(&event);
	begin_join(&extended, client, room, true);
	memcpy(extended.id, event.id, sizeof(extended.id)); /* it is the same */
	room_tell_of(member, &extended, NULL, CAP_EXTENDED_JOIN, CAP_TWITCH_ALONE);
	if (!room_hushes(member))
		chronicle_note(room, &extended);
	event_finish(&extended);
	/* Who isn't told of others is told of himself. */
	if ((client->caps & CAP_TWITCH_ALONE) != 0)
		tell_return(client, room);
	if (client->away[0] == '\0')
		return;
	event_init(&event, client->server, client, "AWAY");
	message_write_text(&event.writer, client->away);
	room_tell_of(member, &event, client, CAP_AWAY_NOTIFY, 0);
	event_finish(&event);
}

void commands_welcome(struct client *client, struct room *room)
{
	if (room->topic[0] != '\0')
		commands_tell_topic(client, room);
	if ((client->caps & (CAP_NO_IMPLICIT_NAMES | CAP_TWITCH_ALONE)) == 0)
		commands_tell_names(client, room);
	twitch_tell_entry(client, room);
	announcer_tell(client, room);
	metadata_sync_join(client, room);
}

static void not_kept(struct room_change *change, struct client *client, struct room *room,
		     int result)
{
	char text[160];

	(void)room;
	if (result == 0 || client == NULL)
		return;
	snprintf(text, sizeof(text), "The room isn't kept: %s",
		 result == -ENOENT ? "its owner's account has gone" : database_sentence(result));
	reply_standard(client, "WARN", change->command, "NOT_STORED", change->room, text);
}

/* Who begins a room with an account owns it, unless the configuration names another; it is kept
 * from then on. */
static void own(struct client *client, struct room *room)
{
	bool owned = room_is_owned(room);
	struct room_change *change;

	if (!owned && client->account[0] == '\0')
		return;
	if (!owned && room_change_owns_enough(client->server, client->account)) {
		reply_standard(client, "NOTE", "JOIN", "TOO_MANY_OWNED", room->name,
			       "This room isn't kept: you own as many as you may");
		return;
	}
	change = room_change_create(client, room, "JOIN", sizeof(*change));
	if (change == NULL)
		return;
	change->then = not_kept;
	change->by_service = true;
	if (!owned) {
		room_change_keep(change, room);
		room_change_role(change, client->account, MEMBER_OWNER | MEMBER_OPERATOR);
	}
	room_change_commit(change, client);
}

static void explain_ban(struct client *client, const struct room *room)
{
	char text[MASK_LIST_TEXT_SIZE + 32];

	snprintf(text, sizeof(text), "You are banned%s",
		 mask_list_text(room_ban(room, client), time(NULL)).text);
	reply_standard(client, "NOTE", "JOIN", "BANNED", room->name, text);
}

static void join(struct client *client, const char *name, const char *key)
{
	const struct chat_config *config = client->server->config;
	struct room *room = server_find_room(client->server, name);
	enum numeric_id why = NUMERICS;
	struct member *member;
	bool begins, returns;

	if ((room != NULL && room_find(room, client) != NULL) ||
	    !limits_pass(client, FLOOD_JOINS, "JOIN", name))
		return;
	if (client->n_rooms >= (size_t)config->max_joined)
		why = ERR_TOOMANYCHANNELS;
	else if (room != NULL)
		why = why_not(room, client, key);
	if (why != NUMERICS) {
		reply(client, why, room != NULL ? room->name : name, NULL);
		if (why == ERR_BANNEDFROMCHAN)
			explain_ban(client, room);
		return;
	}
	if (room == NULL && room_is_promised(client->server, name)) {
		reply_standard(client, "FAIL", "JOIN", "TRY_AGAIN", name,
			       "A room is just being given that name");
		return;
	}
	if (room == NULL && client->server->rooms.n >= (size_t)config->max_rooms) {
		reply_standard(client, "FAIL", "JOIN", "TOO_MANY_ROOMS", name,
			       "This chat has as many rooms as it may have");
		return;
	}
	begins = room == NULL;
	if (begins)
		room = room_create(client->server, name);
	member = room != NULL ? ghost_member(client, room) : NULL;
	returns = member != NULL;
	if (returns)
		ghost_return(client, member);
	else if (room != NULL)
		member = room_add(room, client);
	if (member == NULL) {
		reply_standard(client, "FAIL", "JOIN", "OUT_OF_MEMORY", name,
			       "The chat is out of memory");
		return;
	}
	room_forget_invite(room, client);
	if (returns)
		tell_return(client, room);
	else
		tell_join(member);
	if (!returns) {
		metadata_notify_entry(member, NULL);
		room_grant_tell(member);
	}
	if (!commands_tell_marker(client, room))
		commands_welcome(client, room);
	if (begins)
		own(client, room);
	if (room->n_members == 1)
		herald_title(client->server->herald, room);
	commands_replay(client, room);
}

static void part(struct member *member, const char *reason)
{
	struct client *client = member->client;
	struct event event;

	event_init(&event, client->server, client, "PART");
	message_write_word(&event.writer, member->room->name);
	if (reason != NULL && *reason != '\0' && room_hears_farewell(member->room, client, reason))
		message_write_text(&event.writer, reason);
	room_tell_of(member, &event, NULL, 0, CAP_TWITCH_ALONE);
	if ((client->caps & CAP_TWITCH_ALONE) != 0)
		client_tell(client, &event);
	if (!room_hushes(member))
		chronicle_note(member->room, &event);
	event_finish(&event);
	room_remove(member);
}

void command_join(struct client *client, const struct message *message)
{
	char *rest = message->parameters[0], *name, none[] = "";
	char *keys = message->n_parameters > 1 ? message->parameters[1] : none, *key;

	if (strcmp(rest, "0") == 0) {
		while (!list_empty(&client->memberships))
			part(list_item(client->memberships.next, struct member, by_client), NULL);
		return;
	}
	while (commands_next(&rest, &name)) {
		if (!commands_next(&keys, &key))
			key = NULL;
		if (!room_name_valid(name))
			reply(client, ERR_BADCHANMASK, name, NULL);
		else
			join(client, name, key);
	}
}

void command_part(struct client *client, const struct message *message)
{
	char *rest = message->parameters[0], *name, reason[MAX_REASON + 1] = "";

	if (message->n_parameters > 1)
		snprintf(reason, sizeof(reason), "%.*s",
			 (int)utf8_fit(slice_from(message->parameters[1]), MAX_REASON),
			 message->parameters[1]);
	while (commands_next(&rest, &name)) {
		struct member *member = commands_member(client, name);

		if (member != NULL)
			part(member, reason);
	}
}

/* ---- KICK, INVITE ---- */

static void kick(struct client *client, struct room *room, const char *nick, const char *reason)
{
	struct client *victim = server_find_client(client->server, nick);
	struct member *member = victim != NULL ? room_find(room, victim) : NULL;
	struct event_author author;

	if (victim == NULL) {
		reply(client, ERR_NOSUCHNICK, nick, NULL);
	} else if (member == NULL) {
		reply(client, ERR_USERNOTINCHANNEL, victim->nick, room->name, NULL);
	} else if (!room_may_remove(member, client)) {
		commands_refuse_role(client, room, member_role(member));
	} else {
		event_author_init(&author, client);
		record_act(client->server, record_name(client), "kick", room->name, victim->nick,
			   reason);
		room_kick(member, &author, client, reason);
	}
}

void command_kick(struct client *client, const struct message *message)
{
	const char *given = message->n_parameters > 2 ? message->parameters[2] : client->nick;
	char *rest = message->parameters[1], *nick, reason[MAX_REASON + 1];
	struct room *room;

	snprintf(reason, sizeof(reason), "%.*s", (int)utf8_fit(slice_from(given), MAX_REASON),
		 given);
	/* Who kicks himself may be no operator after that, and the room may have ended. */
	for (int i = 0; i < MAX_KICKS && commands_next(&rest, &nick); i++) {
		room = commands_operated(client, message->parameters[0]);
		if (room == NULL)
			break;
		kick(client, room, nick, reason);
	}
}

static void tell_invites(struct client *client)
{
	struct list *link;

	list_each (link, &client->invites) {
		struct invite *invite = list_item(link, struct invite, by_client);

		reply(client, RPL_INVITELISTOFMINE, invite->room->name, NULL);
	}
	reply(client, RPL_ENDOFINVITELISTOFMINE, NULL);
}

static void invite(struct member *by, struct client *guest)
{
	struct client *client = by->client;
	struct event event;

	if (room_invite(by->room, guest) < 0) {
		reply_standard(client, "FAIL", "INVITE", "OUT_OF_MEMORY", guest->nick,
			       "The chat is out of memory");
		return;
	}
	reply(client, RPL_INVITING, guest->nick, by->room->name, NULL);
	event_init(&event, client->server, client, "INVITE");
	message_write_word(&event.writer, guest->nick);
	message_write_word(&event.writer, by->room->name);
	client_tell(guest, &event);
	/* Those who could do the same. */
	room_tell(by->room, &event, client, CAP_INVITE_NOTIFY, 0, MEMBER_OPERATORS);
	event_finish(&event);
	if (guest->away[0] != '\0')
		reply(client, RPL_AWAY, guest->nick, guest->away, NULL);
}

void command_invite(struct client *client, const struct message *message)
{
	struct client *guest;
	struct member *by;

	if (message->n_parameters == 0) {
		tell_invites(client);
		return;
	}
	if (message->n_parameters == 1) {
		reply(client, ERR_NEEDMOREPARAMS, "INVITE", NULL);
		return;
	}
	by = commands_member(client, message->parameters[1]);
	if (by == NULL)
		return;
	guest = server_find_client(client->server, message->parameters[0]);
	if (guest == NULL || guest->ghost != NULL)
		reply(client, ERR_NOSUCHNICK, message->parameters[0], NULL);
	else if ((by->room->modes & ROOM_MODE_INVITE) != 0 &&
		 !room_may(by->room, client, MEMBER_OPERATOR))
		commands_refuse_role(client, by->room, MEMBER_OPERATOR);
	else if (room_find(by->room, guest) != NULL)
		reply(client, ERR_USERONCHANNEL, guest->nick, by->room->name, NULL);
	else if (limits_pass(client, FLOOD_PEOPLE, "INVITE", guest->nick))
		invite(by, guest);
}

/* ---- LIST ---- */

/* ELIST=MNU: masks, masks that must not fit, numbers of members. */
static bool fits(const struct room *room, const char *condition)
{
	size_t number = strtoul(condition + 1, NULL, 10);

	if (*condition == '>')
		return room->n_members > number;
	if (*condition == '<')
		return room->n_members < number;
	if (*condition == '!')
		return !mask_match(condition + 1, room->name);
	return mask_match(condition, room->name);
}

/* Of the names and masks one must fit, where there are any; of the other conditions all. */
static bool is_wanted(const struct room *room, char *const conditions[], size_t n)
{
	bool has_names = false, named = false;

	for (size_t i = 0; i < n; i++) {
		bool fitting = fits(room, conditions[i]);

		if (strchr("<>!", *conditions[i]) == NULL) {
			has_names = true;
			named = named || fitting;
		} else if (!fitting) {
			return false;
		}
	}
	return named || !has_names;
}

void command_list(struct client *client, const struct message *message)
{
	enum { MAX_CONDITIONS = 8, MAX_ROOMS = 4096 };
	char *conditions[MAX_CONDITIONS], none[] = "";
	char *rest = message->n_parameters > 0 ? message->parameters[0] : none;
	size_t n = 0, n_rooms = 0;
	struct list *link;

	while (n < MAX_CONDITIONS && commands_next(&rest, &conditions[n]))
		n++;
	reply(client, RPL_LISTSTART, "Channel", NULL);
	list_each (link, &client->server->all_rooms) {
		struct room *room = list_item(link, struct room, link);

		if (room->n_members == 0 || commands_hidden(room, client) ||
		    !is_wanted(room, conditions, n))
			continue;
		if (++n_rooms > MAX_ROOMS)
			break;
		reply(client, RPL_LIST, room->name, number_text((int64_t)room->n_members).text,
		      room->topic, NULL);
	}
	reply(client, RPL_LISTEND, NULL);
}
