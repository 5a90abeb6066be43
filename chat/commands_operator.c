/* SPDX-License-Identifier: MIT */
/* What operators of the service do: OPER, KILL, WALLOPS. */
#include <errno.h>
#include <stdio.h>

#include "chat/commands_impl.h"
#include "chat/login.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "common/log.h"
#include "common/utf8.h"

enum { MAX_REASON = 250 };

static bool is_operator(struct client *client)
{
	if ((client->modes & USER_MODE_OPERATOR) != 0)
		return true;
	reply(client, ERR_NOPRIVILEGES, NULL);
	return false;
}

/* ---- OPER ---- */

static void refuse(struct client *client, int error)
{
	reply(client, ERR_PASSWDMISMATCH, login_sentence(error), NULL);
}

static void oper_checked(void *context, struct client *client, const struct account *account,
			 int error)
{
	(void)context;
	if (client == NULL)
		return;
	if (error < 0) {
		refuse(client, error);
	} else if (roster_rank(&client->server->roster, account->name) != ACCOUNT_OPERATOR) {
		reply(client, ERR_NOOPERHOST, NULL);
	} else {
		client_log_in(client, account->name);
		record_act(client->server, record_name(client), "oper", "", client->source, "");
		reply(client, RPL_YOUREOPER, NULL);
	}
}

void command_oper(struct client *client, const struct message *message)
{
	char why[LOGIN_WHY_SIZE];
	int error;

	if (!login_may_try(client, why)) {
		reply(client, ERR_PASSWDMISMATCH, why, NULL);
		return;
	}
	error = login_check(client, message->parameters[0], message->parameters[1], oper_checked,
			    NULL);
	if (error < 0)
		refuse(client, error);
}

/* ---- KILL, WALLOPS ---- */

void command_kill(struct client *client, const struct message *message)
{
	const char *given = message->n_parameters > 1 ? message->parameters[1] : "";
	char reason[MAX_REASON + 1], text[MAX_REASON + NICK_MAX + 16];
	struct client *victim;
	struct event event;

	if (!is_operator(client))
		return;
	victim = server_find_client(client->server, message->parameters[0]);
	if (victim == NULL) {
		reply(client, ERR_NOSUCHNICK, message->parameters[0], NULL);
		return;
	}
	if (*given == '\0')
		given = "No reason was given";
	snprintf(reason, sizeof(reason), "%.*s", (int)utf8_fit(slice_from(given), MAX_REASON),
		 given);
	snprintf(text, sizeof(text), "Killed (%s (%s))", client->nick, reason);
	log_info_of(LOG_OF(.nick = victim->nick, .account = client->account),
		    "%s was thrown out of the chat by %s (account %s)", victim->source,
		    client->source, client->account);
	event_init(&event, client->server, client, "KILL");
	message_write_word(&event.writer, victim->nick);
	message_write_text(&event.writer, reason);
	event.aside = true;
	client_tell(victim, &event);
	event_finish(&event);
	record_act(client->server, record_name(client), "kill", "", victim->source, reason);
	client_throw_out(victim, text);
}

void command_wallops(struct client *client, const struct message *message)
{
	struct event event;
	struct list *link;

	if (!is_operator(client))
		return;
	event_init(&event, client->server, client, "WALLOPS");
	message_write_text(&event.writer, message->parameters[0]);
	list_each (link, &client->server->clients) {
		struct client *to = list_item(link, struct client, link);

		if (to->registered && !to->left &&
		    (to->modes & (USER_MODE_OPERATOR | USER_MODE_WALLOPS)) != 0)
			client_tell(to, &event);
	}
	event_finish(&event);
}
