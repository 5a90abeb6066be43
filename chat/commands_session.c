/* SPDX-License-Identifier: MIT */
/* Coming, being there, going: CAP, NICK, USER, PING, PONG, QUIT. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/ghost.h"
#include "chat/limits.h"
#include "chat/metadata_sync.h"
#include "chat/metadata_tell.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/twitch.h"
#include "common/casemap.h"
#include "common/utf8.h"

/* ---- CAP ---- */

/* more: further lines of the same list follow. */
static void tell_cap(struct client *client, const char *subcommand, bool more, const char *text)
{
	struct event event;

	event_init(&event, client->server, NULL, "CAP");
	message_write_word(&event.writer, client_name(client));
	message_write_word(&event.writer, subcommand);
	if (more)
		message_write_word(&event.writer, "*");
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

/* In lines of so much, for whoever knows 302; for others it must fit into one. */
static void tell_cap_list(struct client *client, const char *subcommand, char *text)
{
	enum { MAX_LINE = 300 };

	while (client->cap_version >= CLIENT_CAP_302 && strlen(text) > MAX_LINE) {
		char *end = text + MAX_LINE;

		while (*end != ' ')
			end--;
		*end = '\0';
		tell_cap(client, subcommand, true, text);
		text = end + 1;
	}
	tell_cap(client, subcommand, false, text);
}

/* Whoever can't register an account isn't offered to. */
static unsigned offered(const struct server *server)
{
	return server->config->registration == CHAT_REGISTRATION_OPEN
		       ? CAP_ALL
		       : CAP_ALL & ~(unsigned)CAP_ACCOUNT_REGISTRATION;
}

static void cap_ls(struct client *client, const char *version)
{
	char text[CAPABILITY_TEXT_SIZE];
	unsigned offers = offered(client->server);
	unsigned number = version != NULL ? (unsigned)strtoul(version, NULL, 10) : 0;

	client->negotiating = !client->registered;
	if (number > client->cap_version)
		client->cap_version = number;
	/* Whoever knows 302 knows cap-notify. */
	if (client->cap_version >= CLIENT_CAP_302)
		client->caps |= CAP_NOTIFY;
	else
		offers &= ~(unsigned)CAP_SINCE_302;
	capability_text(offers, client->cap_version >= CLIENT_CAP_302, text);
	tell_cap_list(client, "LS", text);
}

static void cap_list(struct client *client, const char *parameter)
{
	char text[CAPABILITY_TEXT_SIZE];

	(void)parameter;
	capability_text(client->caps, false, text);
	tell_cap_list(client, "LIST", text);
}

static void cap_req(struct client *client, const char *names)
{
	unsigned caps = client->caps;
	bool knew_metadata;

	if (names == NULL)
		names = "";
	if (!client->registered && !capability_of_twitch(names))
		client->negotiating = true;
	if (capability_request(names, &caps) < 0 ||
	    (caps & ~(offered(client->server) | CAP_TWITCH_ALONE)) != 0) {
		tell_cap(client, "NAK", false, names);
		return;
	}
	if (client->cap_version >= CLIENT_CAP_302)
		caps |= CAP_NOTIFY; /* which can't be switched off then */
	tell_cap(client, "ACK", false, names);
	knew_metadata = metadata_aware(client);
	client->server->n_membership -= (client->caps & CAP_TWITCH_MEMBERSHIP) != 0;
	client->server->n_membership += (caps & CAP_TWITCH_MEMBERSHIP) != 0;
	client->caps = caps;
	if (!metadata_aware(client))
		metadata_clear(&client->subscriptions);
	else if (!knew_metadata && client->registered)
		metadata_sync_own(client);
}

static void cap_end(struct client *client, const char *parameter)
{
	(void)parameter;
	client->negotiating = false;
	client_try_to_register(client);
}

/* Who can't be told finds out by a NAK. */
static void offer(struct client *client, const char *subcommand)
{
	char text[CAPABILITY_TEXT_SIZE];
	bool with_values = client->cap_version >= CLIENT_CAP_302 && strcmp(subcommand, "NEW") == 0;

	capability_text(CAP_ACCOUNT_REGISTRATION, with_values, text);
	if (!client->left && (client->caps & CAP_NOTIFY) != 0)
		tell_cap(client, subcommand, false, text);
}

void commands_offer_again(struct server *server)
{
	bool offers = (offered(server) & CAP_ACCOUNT_REGISTRATION) != 0;
	struct list *link, *after;

	list_each_safe (link, after, &server->clients) {
		struct client *client = list_item(link, struct client, link);

		offer(client, offers ? "NEW" : "DEL");
		if (!offers)
			client->caps &= ~(unsigned)CAP_ACCOUNT_REGISTRATION;
	}
}

void command_cap(struct client *client, const struct message *message)
{
	static const struct {
		const char *name;
		void (*handle)(struct client *client, const char *parameter);
	} subcommands[] = {{"LS", cap_ls}, {"LIST", cap_list}, {"REQ", cap_req}, {"END", cap_end}};

	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (casemap_equal(message->parameters[0], subcommands[i].name)) {
			subcommands[i].handle(client, message->parameters[1]);
			return;
		}
	}
	reply(client, ERR_INVALIDCAPCMD, message->parameters[0], NULL);
}

/* ---- names ---- */

void command_nick(struct client *client, const struct message *message)
{
	const char *nick = message->n_parameters > 0 ? message->parameters[0] : "";
	struct client *other;

	if (*nick == '\0') {
		reply(client, ERR_NONICKNAMEGIVEN, NULL);
		return;
	}
	if (!nick_valid(nick)) {
		reply(client, ERR_ERRONEUSNICKNAME, nick, NULL);
		return;
	}
	other = server_find_client(client->server, nick);
	if (client->registered) {
		if (strcmp(client->nick, nick) != 0 && client_may_be_called(client, nick) &&
		    limits_pass(client, FLOOD_NICKS, "NICK", nick))
			client_rename(client, nick);
	} else if (other != NULL && other->ghost == NULL) {
		reply(client, ERR_NICKNAMEINUSE, nick, "Nickname is already in use", NULL);
	} else {
		/* Whose account's, or ghost, it is, is asked later: he may log in until then. */
		snprintf(client->nick, sizeof(client->nick), "%s", nick);
		client_try_to_register(client);
	}
}

static void set_real(struct client *client, const char *real)
{
	snprintf(client->real, sizeof(client->real), "%.*s",
		 (int)utf8_fit(slice_from(real), NICK_REAL_MAX), real);
}

void command_user(struct client *client, const struct message *message)
{
	const char *user = message->parameters[0], *real = message->parameters[3];

	if (*user == '\0' || *real == '\0') {
		reply(client, ERR_NEEDMOREPARAMS, "USER", NULL);
		return;
	}
	if (nick_clean_user(user, client->user) < 0) {
		client->user[0] = '\0';
		reply(client, ERR_INVALIDUSERNAME, NULL);
		return;
	}
	set_real(client, real);
	client_try_to_register(client);
}

void command_setname(struct client *client, const struct message *message)
{
	const char *real = message->parameters[0];
	struct event event;

	if (*real == '\0' || strlen(real) > NICK_REAL_MAX) {
		reply_standard(client, "FAIL", "SETNAME", "INVALID_REALNAME", NULL,
			       "A real name has 1 to 128 bytes");
		return;
	}
	set_real(client, real);
	event_init(&event, client->server, client, "SETNAME");
	message_write_text(&event.writer, client->real);
	client_tell_neighbours(client, &event, CAP_SETNAME, true);
	if ((client->caps & CAP_SETNAME) != 0)
		client_tell(client, &event);
	event_finish(&event);
}

/* ---- being there ---- */

void command_ping(struct client *client, const struct message *message)
{
	struct event event;

	if (message->n_parameters == 0 && twitch_speaks(client)) {
		event_init_plain(&event);
		message_write_command(&event.writer, NULL, "PONG");
		message_write_text(&event.writer, TWITCH_NAME);
		client_tell(client, &event);
		event_finish(&event);
		return;
	}
	if (message->n_parameters == 0) {
		reply(client, ERR_NEEDMOREPARAMS, "PING", NULL);
		return;
	}
	if (*message->parameters[0] == '\0') {
		reply(client, ERR_NOORIGIN, NULL);
		return;
	}
	event_init(&event, client->server, NULL, "PONG");
	message_write_word(&event.writer, client->server->config->name);
	message_write_text(&event.writer, message->parameters[0]);
	client_tell(client, &event);
	event_finish(&event);
}

/* That anything came is what counts. */
void command_pong(struct client *client, const struct message *message)
{
	(void)client;
	(void)message;
}

/* All of its rooms are told the same. */
static bool may_say_farewell(const struct client *client, const char *text)
{
	struct list *link;

	list_each (link, &client->memberships) {
		if (!room_hears_farewell(list_item(link, struct member, by_client)->room, client,
					 text))
			return false;
	}
	return true;
}

void command_quit(struct client *client, const struct message *message)
{
	const char *text = message->n_parameters > 0 ? message->parameters[0] : "";
	char reason[MESSAGE_MAX_LINE + 8];

	snprintf(reason, sizeof(reason), "Quit: %s", may_say_farewell(client, text) ? text : "");
	client_leave(client, reason);
}
