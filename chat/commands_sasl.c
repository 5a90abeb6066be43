/* SPDX-License-Identifier: MIT */
/*
 * Logging in: AUTHENTICATE (IRCv3 sasl-3.2), before registration or at any time after it, also
 * anew, or to another account.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "chat/commands_impl.h"
#include "chat/login.h"
#include "chat/reply.h"
#include "chat/sasl.h"
#include "chat/server.h"

enum { NONCE_BYTES = 18 };

bool commands_end_sasl(struct client *client)
{
	if (client->sasl == NULL)
		return false;
	sodium_memzero(client->sasl, sizeof(*client->sasl));
	free(client->sasl);
	client->sasl = NULL;
	return true;
}

static void fail(struct client *client, const char *why)
{
	commands_end_sasl(client);
	reply(client, ERR_SASLFAIL, why, NULL);
	if (++client->sasl_failures == SASL_MAX_FAILURES)
		client_leave(client, "Too many attempts to log in have failed");
}

static void fail_for(struct client *client, int error)
{
	fail(client, login_sentence(error));
}

static void succeed(struct client *client, const char *account)
{
	client_log_in(client, account);
	commands_end_sasl(client);
	reply(client, RPL_SASLSUCCESS, NULL);
}

static void say(struct client *client, const char *message)
{
	struct sasl_answer answer;
	char chunk[SASL_CHUNK + 1];
	struct event event;

	sasl_answer_init(&answer, message);
	while (sasl_answer_next(&answer, chunk)) {
		event_init_plain(&event);
		message_write_command(&event.writer, NULL, "AUTHENTICATE");
		message_write_word(&event.writer, chunk);
		client_tell(client, &event);
		event_finish(&event);
	}
}

/* ---- PLAIN ---- */

static void plain_checked(void *context, struct client *client, const struct account *account,
			  int error)
{
	(void)context;
	if (client == NULL)
		return;
	if (error < 0)
		fail_for(client, error);
	else
		succeed(client, account->name);
}

static void take_plain(struct client *client)
{
	const char *account, *password;
	int error = sasl_plain(client->sasl, &account, &password);

	if (error < 0) {
		fail(client, error == -ENOTSUP ? "You can't act as somebody else"
					       : "That is no message of PLAIN");
		return;
	}
	error = login_check(client, account, password, plain_checked, NULL);
	if (error < 0)
		fail_for(client, error);
	else
		commands_end_sasl(client); /* it has the password */
}

/* ---- SCRAM-SHA-256 ---- */

static void scram_found(void *context, struct client *client, const struct account *account,
			int error)
{
	char nonce[sodium_base64_ENCODED_LEN(NONCE_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	char message[SCRAM_MAX_MESSAGE + 1];
	unsigned char random[NONCE_BYTES];
	struct scram_keys keys;
	struct sasl *sasl;

	(void)context;
	if (client == NULL)
		return;
	if (error < 0 && error != -EACCES) {
		fail_for(client, error);
		return;
	}
	sasl = client->sasl;
	if (account == NULL || scram_keys_read(account->scram, &keys) < 0)
		scram_keys_decoy(client->server->scram_secret, sasl->scram.user, &keys);
	else
		memcpy(sasl->account, account->name, strlen(account->name) + 1);
	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(nonce, sizeof(nonce), random, sizeof(random),
			  sodium_base64_VARIANT_ORIGINAL);
	error = scram_server_first(&sasl->scram, &keys, nonce, message);
	sodium_memzero(&keys, sizeof(keys));
	if (error < 0)
		fail(client, "That is no message of SCRAM-SHA-256");
	else
		say(client, message);
}

static void scram_first(struct client *client)
{
	struct scram *scram = &client->sasl->scram;
	int error = scram_client_first(scram, client->sasl->message);

	if (error < 0) {
		fail(client, error == -ENOTSUP
				     ? "Channel binding, extensions and acting as somebody else "
				       "aren't supported"
				     : "That is no message of SCRAM-SHA-256");
		return;
	}
	error = login_find(client, scram->user, scram_found, NULL);
	if (error < 0)
		fail_for(client, error);
}

static void scram_final(struct client *client)
{
	char message[SCRAM_MAX_MESSAGE + 1];
	int error;

	if (!login_begin_try(client)) {
		fail_for(client, -EBUSY);
		return;
	}
	error = scram_client_final(&client->sasl->scram, client->sasl->message, message);
	if (error >= 0 && client->sasl->account[0] == '\0')
		error = -EACCES;
	if (error >= 0 || error == -EINVAL)
		login_take_back(client);
	if (error == -EINVAL)
		fail(client, "That is no message of SCRAM-SHA-256");
	else if (error < 0)
		fail_for(client, -EACCES);
	else
		say(client, message);
}

/* The client has checked the server's signature, too. */
static void scram_end(struct client *client)
{
	const struct sasl *sasl = client->sasl;

	if (sasl->len != 0)
		fail(client, "That is no message of SCRAM-SHA-256");
	else if (roster_state(&client->server->roster, sasl->account) != ROSTER_ACCOUNT)
		fail_for(client, -EACCES);
	else
		succeed(client, sasl->account);
}

static void take_scram(struct client *client)
{
	/* By how many were done; the first is done only when its answer is. */
	static void (*const steps[])(struct client * client) = {scram_first, scram_final,
								scram_final, scram_end};

	if (!sasl_is_text(client->sasl))
		fail(client, "That is no message of SCRAM-SHA-256");
	else
		steps[client->sasl->scram.step](client);
}

/* ---- AUTHENTICATE ---- */

static void begin(struct client *client, const char *name)
{
	int mechanism = sasl_find(name);
	char why[LOGIN_WHY_SIZE];

	if (mechanism < 0) {
		reply(client, RPL_SASLMECHS, SASL_MECHANISMS_TEXT, NULL);
		fail(client, "There is no such mechanism");
		return;
	}
	if (!login_may_try(client, why)) {
		fail(client, why);
		return;
	}
	client->sasl = calloc(1, sizeof(*client->sasl));
	if (client->sasl == NULL) {
		fail(client, login_sentence(-ENOMEM));
		return;
	}
	client->sasl->mechanism = (enum sasl_mechanism)mechanism;
	say(client, "");
}

static void go_on(struct client *client, const char *chunk)
{
	static void (*const take[SASL_MECHANISMS])(struct client * client) = {
		[SASL_PLAIN] = take_plain,
		[SASL_SCRAM_SHA_256] = take_scram,
	};
	int result = sasl_add(client->sasl, chunk);

	if (result > 0) {
		take[client->sasl->mechanism](client);
	} else if (result == -E2BIG) {
		commands_end_sasl(client);
		reply(client, ERR_SASLTOOLONG, NULL);
	} else if (result < 0) {
		fail(client, "That is no Base64");
	}
}

void command_authenticate(struct client *client, const struct message *message)
{
	const char *parameter = message->parameters[0];

	if ((client->caps & CAP_SASL) == 0) {
		fail(client, "Ask for the capability sasl first");
	} else if (strcmp(parameter, "*") == 0) {
		commands_end_sasl(client);
		reply(client, ERR_SASLABORTED, NULL);
	} else if (client->sasl == NULL) {
		begin(client, parameter);
	} else {
		go_on(client, parameter);
	}
}
