/* SPDX-License-Identifier: MIT */
/* Who somebody is: WHO, WHOIS, WHOWAS, ISON, USERHOST, MONITOR. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/metadata_tell.h"
#include "chat/monitor.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "common/casemap.h"

enum { MAX_WHO = 2000, MAX_WHOWAS = 10, MAX_USERHOST = 5 };

#define NO_ADDRESS "255.255.255.255" /* nobody's is told */

static const char *server_name(const struct client *client)
{
	return client->server->config->name;
}

static int64_t idle_s(const struct client *client)
{
	return (io_now_us(client->server->io) - client->active_us) / 1000000;
}

/* ---- WHO ---- */

/* What is asked for: WHOX's fields, or all of WHO. Letters before the '%' say what a mask is about:
 * n nick, u user name, h host, r real name, a account; without them all of these, and
 * nick!user@host. 'o': operators of the service only. */
#define WHO_PARTS "nuhra"

struct who {
	struct client *client;
	const char *fields;	       /* NULL: not WHOX */
	char parts[sizeof(WHO_PARTS)]; /* "": all */
	bool operators;
	char token[4];
	unsigned n;
};

static void write_flags(const struct who *who, const struct client *client,
			const struct member *member, char flags[16 + MODE_TEXT_SIZE])
{
	char marks[MODE_TEXT_SIZE] = "";

	if (member != NULL)
		mode_marks(member->modes, (who->client->caps & CAP_MULTI_PREFIX) != 0, marks);
	snprintf(flags, 16 + MODE_TEXT_SIZE, "%c%s%s%s", client->away[0] != '\0' ? 'G' : 'H',
		 (client->modes & USER_MODE_OPERATOR) != 0 ? "*" : "",
		 (client->modes & USER_MODE_BOT) != 0 ? "B" : "", marks);
}

static void tell_whox(const struct who *who, const struct client *client, const char *room,
		      const char *flags)
{
	const char *account = client->account[0] != '\0' ? client->account : "0";
	const struct number_text idle = number_text(idle_s(client));
	bool may = client == who->client || (who->client->modes & USER_MODE_OPERATOR) != 0;
	const struct {
		char field;
		const char *value;
	} fields[] = {
		{'t', who->token},   {'c', room},
		{'u', client->user}, {'i', may ? client->address : NO_ADDRESS},
		{'h', client->host}, {'s', server_name(client)},
		{'n', client->nick}, {'f', flags},
		{'d', "0"},	     {'l', idle.text},
		{'a', account},	     {'o', "n/a"},
	};
	struct event event;

	event_init(&event, client->server, NULL, "354"); /* RPL_WHOSPCRPL */
	message_write_word(&event.writer, who->client->nick);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strchr(who->fields, fields[i].field) != NULL && *fields[i].value != '\0')
			message_write_word(&event.writer, fields[i].value);
	}
	if (strchr(who->fields, 'r') != NULL)
		message_write_text(&event.writer, client->real);
	client_tell(who->client, &event);
	event_finish(&event);
}

static void tell_who(struct who *who, const struct client *client, const struct member *member)
{
	const char *room = member != NULL ? member->room->name : "*";
	char flags[16 + MODE_TEXT_SIZE], real[NICK_REAL_MAX + 4];

	if (who->operators && (client->modes & USER_MODE_OPERATOR) == 0)
		return;
	if (++who->n > MAX_WHO)
		return;
	write_flags(who, client, member, flags);
	if (who->fields != NULL) {
		tell_whox(who, client, room, flags);
		return;
	}
	snprintf(real, sizeof(real), "0 %s", client->real);
	reply(who->client, RPL_WHOREPLY, room, client->user, client->host, server_name(client),
	      client->nick, flags, real, NULL);
}

static bool is_visible(const struct client *to, const struct client *client)
{
	return to == client || (client->modes & USER_MODE_INVISIBLE) == 0 ||
	       client_shares_room(to, client);
}

/* A room of the other's that may be told: one that isn't secret, or that both are in. */
static const struct member *common_room(const struct client *to, const struct client *client)
{
	struct list *link;

	list_each (link, &client->memberships) {
		const struct member *member = list_item(link, struct member, by_client);

		if (room_find(member->room, to) != NULL)
			return member;
	}
	return NULL;
}

static void who_room(struct who *who, const struct room *room)
{
	bool inside = room_find(room, who->client) != NULL;
	struct list *link;

	if (!inside && (room->modes & ROOM_MODE_SECRET) != 0)
		return;
	list_each (link, &room->members) {
		const struct member *member = list_item(link, struct member, by_room);

		if (inside || (member->client->modes & USER_MODE_INVISIBLE) == 0)
			tell_who(who, member->client, member);
	}
}

static bool fits(const struct who *who, const char *mask, const struct client *client)
{
	const char *const parts[] = {client->nick, client->user, client->host, client->real,
				     client->account};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if ((who->parts[0] == '\0' || strchr(who->parts, WHO_PARTS[i]) != NULL) &&
		    *parts[i] != '\0' && mask_match(mask, parts[i]))
			return true;
	}
	return who->parts[0] == '\0' && mask_match(mask, client->source);
}

static void who_mask(struct who *who, const char *mask)
{
	struct list *link;

	list_each (link, &who->client->server->clients) {
		const struct client *client = list_item(link, struct client, link);

		if (client->registered && !client->left && is_visible(who->client, client) &&
		    fits(who, mask, client))
			tell_who(who, client, common_room(who->client, client));
	}
}

static void parse_fields(struct who *who, char *fields)
{
	char *percent = strchr(fields, '%'), *comma;
	size_t n = 0;

	for (const char *letter = fields; *letter != '\0' && letter != percent; letter++) {
		who->operators = who->operators || *letter == 'o';
		if (strchr(WHO_PARTS, *letter) != NULL && strchr(who->parts, *letter) == NULL)
			who->parts[n++] = *letter;
	}
	if (percent == NULL)
		return;
	who->fields = percent + 1;
	comma = strchr(percent, ',');
	if (comma != NULL) {
		*comma++ = '\0';
		if (strlen(comma) < sizeof(who->token) &&
		    strspn(comma, "0123456789") == strlen(comma))
			snprintf(who->token, sizeof(who->token), "%s", comma);
	}
}

void command_who(struct client *client, const struct message *message)
{
	const char *mask = message->n_parameters > 0 ? message->parameters[0] : "*";
	struct who who = {.client = client};

	if (*mask == '\0' || strcmp(mask, "0") == 0)
		mask = "*";
	if (message->n_parameters > 1)
		parse_fields(&who, message->parameters[1]);
	struct room *room = *mask == '#' ? server_find_room(client->server, mask) : NULL;
	struct client *one = server_find_client(client->server, mask);
	if (room != NULL)
		who_room(&who, room);
	else if (one != NULL && who.parts[0] == '\0')
		tell_who(&who, one, common_room(client, one));
	else if (*mask != '#')
		who_mask(&who, mask);
	reply(client, RPL_ENDOFWHO, mask, NULL);
}

/* ---- WHOIS, WHOWAS ---- */

static void tell_rooms(struct client *client, const struct client *other)
{
	struct reply_list list;
	struct list *link;

	reply_list_init(&list, client, RPL_WHOISCHANNELS, other->nick, NULL, ' ');
	list_each (link, &other->memberships) {
		struct member *member = list_item(link, struct member, by_client);
		char marks[MODE_TEXT_SIZE], word[MODE_TEXT_SIZE + ROOM_NAME_MAX + 1];
		bool secret = (member->room->modes & ROOM_MODE_SECRET) != 0 ||
			      (other->modes & USER_MODE_INVISIBLE) != 0;

		if (secret && other != client && room_find(member->room, client) == NULL)
			continue;
		mode_marks(member->modes, (client->caps & CAP_MULTI_PREFIX) != 0, marks);
		snprintf(word, sizeof(word), "%s%s", marks, member->room->name);
		reply_list_add(&list, word);
	}
	reply_list_end(&list, false);
}

/* Where nothing is hidden, all is told already. */
static void tell_address(struct client *client, const struct client *other)
{
	char text[2 * PEER_ADDRESS_SIZE + 32];
	bool may = other == client || (client->modes & USER_MODE_OPERATOR) != 0;

	if (!may || !client->server->config->cloak)
		return;
	snprintf(text, sizeof(text), "is connecting from *@%s %s", other->address, other->address);
	reply(client, RPL_WHOISHOST, other->nick, text, NULL);
}

static void tell_whois(struct client *client, const struct client *other)
{
	char modes[MODE_TEXT_SIZE], text[MODE_TEXT_SIZE + 16];

	reply(client, RPL_WHOISUSER, other->nick, other->user, other->host, "*", other->real, NULL);
	tell_rooms(client, other);
	reply(client, RPL_WHOISSERVER, other->nick, server_name(other),
	      other->server->config->network, NULL);
	if (other->away[0] != '\0')
		reply(client, RPL_AWAY, other->nick, other->away, NULL);
	if (other->account[0] != '\0')
		reply(client, RPL_WHOISACCOUNT, other->nick, other->account, NULL);
	if ((other->modes & USER_MODE_OPERATOR) != 0)
		reply(client, RPL_WHOISOPERATOR, other->nick, NULL);
	if ((other->modes & USER_MODE_BOT) != 0)
		reply(client, RPL_WHOISBOT, other->nick, NULL);
	metadata_tell_whois(client, other);
	tell_address(client, other);
	if (other == client) {
		mode_text(mode_of_users, other->modes, modes);
		snprintf(text, sizeof(text), "is using modes %s", modes);
		reply(client, RPL_WHOISMODES, other->nick, text, NULL);
	}
	reply(client, RPL_WHOISIDLE, other->nick, number_text(idle_s(other)).text,
	      number_text(other->signed_on_s).text, NULL);
}

void command_whois(struct client *client, const struct message *message)
{
	/* WHOIS server nick, of which only the nick matters here. */
	char *nick = message->n_parameters > 0
			     ? message->parameters[message->n_parameters > 1 ? 1 : 0]
			     : NULL;
	struct client *other;

	if (nick == NULL || *nick == '\0') {
		reply(client, ERR_NONICKNAMEGIVEN, NULL);
		return;
	}
	other = server_find_client(client->server, nick);
	if (other == NULL)
		reply(client, ERR_NOSUCHNICK, nick, NULL);
	else
		tell_whois(client, other);
	reply(client, RPL_ENDOFWHOIS, other != NULL ? other->nick : nick, NULL);
}

void command_whowas(struct client *client, const struct message *message)
{
	const char *nick = message->n_parameters > 0 ? message->parameters[0] : "";
	int64_t most = message->n_parameters > 1 ? strtol(message->parameters[1], NULL, 10) : 0;
	const struct whowas_entry *entry;
	size_t at = 0;
	int64_t n = 0;

	if (*nick == '\0') {
		reply(client, ERR_NONICKNAMEGIVEN, NULL);
		return;
	}
	if (most <= 0 || most > MAX_WHOWAS)
		most = MAX_WHOWAS;
	for (; n < most && (entry = whowas_next(&client->server->whowas, nick, &at)) != NULL; n++) {
		reply(client, RPL_WHOWASUSER, entry->nick, entry->user, entry->host, "*",
		      entry->real, NULL);
		reply(client, RPL_WHOISSERVER, entry->nick, server_name(client),
		      commands_date(entry->left_s).text, NULL);
	}
	if (n == 0)
		reply(client, ERR_WASNOSUCHNICK, nick, NULL);
	reply(client, RPL_ENDOFWHOWAS, nick, NULL);
}

/* ---- ISON, USERHOST ---- */

/* Nicks come as parameters, and in one with blanks. */
static void each_nick(struct client *client, const struct message *message, struct reply_list *list,
		      unsigned max,
		      void (*add)(struct reply_list *list, const struct client *client))
{
	unsigned n = 0;

	for (size_t i = 0; i < message->n_parameters; i++) {
		char *rest = NULL;

		for (char *nick = strtok_r(message->parameters[i], " ", &rest); nick != NULL;
		     nick = strtok_r(NULL, " ", &rest)) {
			struct client *other = server_find_client(client->server, nick);

			if (n++ < max && other != NULL)
				add(list, other);
		}
	}
	reply_list_end(list, true);
}

static void add_nick(struct reply_list *list, const struct client *client)
{
	reply_list_add(list, client->nick);
}

static void add_userhost(struct reply_list *list, const struct client *client)
{
	char word[NICK_SOURCE_SIZE + 4];

	snprintf(word, sizeof(word), "%s=%c%s@%s", client->nick,
		 client->away[0] != '\0' ? '-' : '+', client->user, client->host);
	reply_list_add(list, word);
}

void command_ison(struct client *client, const struct message *message)
{
	struct reply_list list;

	reply_list_init(&list, client, RPL_ISON, NULL, NULL, ' ');
	each_nick(client, message, &list, MESSAGE_MAX_LINE, add_nick);
}

void command_userhost(struct client *client, const struct message *message)
{
	struct reply_list list;

	reply_list_init(&list, client, RPL_USERHOST, NULL, NULL, ' ');
	each_nick(client, message, &list, MAX_USERHOST, add_userhost);
}

/* ---- MONITOR ---- */

/* Of one client that is monitored, or that is asked about. */
struct monitor_lists {
	struct reply_list online, offline;
};

static void tell_state(struct monitor_lists *lists, const struct client *client, const char *nick)
{
	const struct client *other = server_find_client(client->server, nick);

	if (other != NULL)
		reply_list_add(&lists->online, other->source);
	else
		reply_list_add(&lists->offline, nick);
}

static struct monitor_lists begin_states(struct client *client)
{
	struct monitor_lists lists;

	reply_list_init(&lists.online, client, RPL_MONONLINE, NULL, NULL, ',');
	reply_list_init(&lists.offline, client, RPL_MONOFFLINE, NULL, NULL, ',');
	return lists;
}

/* Who knows of metadata asks for theirs by itself. */
static void end_states(struct monitor_lists *lists)
{
	struct client *client = lists->online.client;

	reply_list_end(&lists->online, false);
	if (lists->online.said && metadata_aware(client) && (client->caps & CAP_METADATA_3) != 0)
		metadata_tell_later(client, METADATA_ALL, 0);
	reply_list_end(&lists->offline, false);
}

static void monitor_plus(struct client *client, char *nicks)
{
	struct monitor_lists lists = begin_states(client);
	char *nick;

	while (commands_next(&nicks, &nick)) {
		char rest[MESSAGE_MAX_LINE];

		if (!nick_valid(nick))
			continue;
		if (monitor_add(client, nick) == 0) {
			tell_state(&lists, client, nick);
			continue;
		}
		/* What couldn't be added, as it came. */
		snprintf(rest, sizeof(rest), "%s%s%s", nick, *nicks != '\0' ? "," : "", nicks);
		reply(client, ERR_MONLISTFULL, number_text(MONITOR_MAX).text, rest, NULL);
		break;
	}
	end_states(&lists);
}

static void monitor_minus(struct client *client, char *nicks)
{
	char *nick;

	while (commands_next(&nicks, &nick))
		monitor_remove(client, nick);
}

static void monitor_clear_all(struct client *client, char *nicks)
{
	(void)nicks;
	monitor_clear(client);
}

static void monitor_list(struct client *client, char *nicks)
{
	struct reply_list list;
	struct list *link;

	(void)nicks;
	reply_list_init(&list, client, RPL_MONLIST, NULL, NULL, ',');
	list_each (link, &client->watches)
		reply_list_add(&list, list_item(link, struct watch, by_client)->target->nick);
	reply_list_end(&list, false);
	reply(client, RPL_ENDOFMONLIST, NULL);
}

static void monitor_states(struct client *client, char *nicks)
{
	struct monitor_lists lists = begin_states(client);
	struct list *link;

	(void)nicks;
	list_each (link, &client->watches)
		tell_state(&lists, client, list_item(link, struct watch, by_client)->target->nick);
	end_states(&lists);
}

void command_monitor(struct client *client, const struct message *message)
{
	static const struct {
		const char *name;
		void (*handle)(struct client *client, char *nicks);
	} modifiers[] = {{"+", monitor_plus},
			 {"-", monitor_minus},
			 {"C", monitor_clear_all},
			 {"L", monitor_list},
			 {"S", monitor_states}};
	char none[] = "";

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		if (casemap_equal(message->parameters[0], modifiers[i].name)) {
			modifiers[i].handle(
				client, message->n_parameters > 1 ? message->parameters[1] : none);
			return;
		}
	}
	reply(client, ERR_NEEDMOREPARAMS, "MONITOR", NULL);
}
