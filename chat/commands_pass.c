/* SPDX-License-Identifier: MIT */
/*
 * PASS: an account's password, given before registration, as Twitch's bots do ("PASS oauth:…";
 * "NICK account"). The server has none of its own; who isn't called like an account is a guest
 * whatever he gives.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/login.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "chat/twitch.h"

#define OAUTH "oauth:"
#define ANONYMOUS "justinfan" /* and a number */
#define FAILED "Login authentication failed"

void commands_forget_pass(struct client *client)
{
	if (client->pass == NULL)
		return;
	sodium_memzero(client->pass, strlen(client->pass));
	free(client->pass);
	client->pass = NULL;
}

void command_pass(struct client *client, const struct message *message)
{
	commands_forget_pass(client);
	client->pass = strdup(message->parameters[0]);
	if (client->pass == NULL)
		client_leave(client, "The chat is out of memory");
}

/* Whether it comes as one of Twitch's bots, some of which ask for capabilities only later. */
static bool is_twitch(const struct client *client)
{
	return (client->caps & CAP_TWITCH) != 0 ||
	       (client->pass != NULL && (strncmp(client->pass, OAUTH, strlen(OAUTH)) == 0 ||
					 strncmp(client->nick, ANONYMOUS, strlen(ANONYMOUS)) == 0));
}

void commands_fill_user(struct client *client)
{
	if (client->user[0] != '\0' || !is_twitch(client))
		return;
	if (nick_clean_user(client->nick, client->user) < 0)
		memcpy(client->user, "~bot", sizeof("~bot"));
	memcpy(client->real, client->nick, sizeof(client->nick));
}

/* In Twitch's words, which its bots look for: they don't come again then. */
static void refuse(struct client *client, const char *text)
{
	twitch_notice(client, "", NULL, text);
	commands_forget_pass(client);
	client_leave(client, text);
}

static void fail(struct client *client, int error)
{
	if (is_twitch(client)) {
		refuse(client, error == -EACCES ? FAILED : login_sentence(error));
		return;
	}
	/* The nick isn't his, which he is told now. */
	commands_forget_pass(client);
	reply(client, ERR_PASSWDMISMATCH, login_sentence(error), NULL);
	client_try_to_register(client);
}

static void checked(void *context, struct client *client, const struct account *account, int error)
{
	(void)context;
	if (client == NULL)
		return;
	if (error < 0) {
		fail(client, error);
		return;
	}
	commands_forget_pass(client);
	client_log_in(client, account->name);
	client_try_to_register(client);
}

bool commands_check_pass(struct client *client)
{
	bool twitch = is_twitch(client);
	char why[LOGIN_WHY_SIZE], text[LOGIN_WHY_SIZE + 32];
	const char *password;
	int error;

	if (client->account[0] != '\0') {
		commands_forget_pass(client);
		return false;
	}
	if (roster_state(&client->server->roster, client->nick) != ROSTER_ACCOUNT) {
		if (twitch && !client->server->config->guests) {
			refuse(client, FAILED);
			return true;
		}
		commands_forget_pass(client);
		return false;
	}
	if (client->pass == NULL && twitch)
		refuse(client, FAILED);
	if (client->pass == NULL)
		return twitch;
	if (!login_may_try(client, why)) {
		snprintf(text, sizeof(text), "Login unsuccessful: %s", why);
		if (twitch)
			refuse(client, text);
		else
			reply(client, ERR_PASSWDMISMATCH, why, NULL);
		commands_forget_pass(client);
		return twitch;
	}
	password = client->pass;
	if (strncmp(password, OAUTH, strlen(OAUTH)) == 0)
		password += strlen(OAUTH);
	error = login_check(client, client->nick, password, checked, NULL);
	if (error < 0)
		fail(client, error);
	return true;
}
