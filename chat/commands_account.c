/* SPDX-License-Identifier: MIT */
/*
 * Accounts: REGISTER and VERIFY (IRCv3 draft/account-registration), PASSWORD, UNREGISTER, DROP.
 * Each waits for the store, and for passwords made and checked beside the loop.
 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/limits.h"
#include "chat/login.h"
#include "chat/person.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/room_grant.h"
#include "chat/server.h"
#include "common/casemap.h"

/* ---- REGISTER ---- */

/* An account that is being made: its name is in the roster. */
struct registration {
	struct password_job job;
	struct store_write write;
	struct errand *errand;
	bool for_another;
	char name[NICK_MAX + 1];
};

static void refuse(struct client *client, const char *code, const char *name, const char *text)
{
	reply_standard(client, "FAIL", "REGISTER", code, name, text);
}

static void refuse_for_now(struct client *client, const char *name, int error)
{
	refuse(client, "TEMPORARILY_UNAVAILABLE", name,
	       error == -EAGAIN ? "Too many accounts are being made at once: try again"
				: database_sentence(error));
}

static void tell_registered(struct client *client, const struct registration *registration)
{
	struct event event;

	if (registration->for_another)
		record_act(client->server, record_name(client), "register", "", registration->name,
			   "");
	else
		client_log_in(client, registration->name);
	event_init(&event, client->server, NULL, "REGISTER");
	message_write_word(&event.writer, "SUCCESS");
	message_write_word(&event.writer, registration->name);
	message_write_text(&event.writer, "The account has been made");
	client_tell(client, &event);
	event_finish(&event);
}

/* 1: it was made. */
static void registered(struct registration *registration, struct client *client, int result)
{
	struct errand *errand = registration->errand;
	struct roster *roster = &errand->server->roster;

	if (result > 0 || result == -EEXIST)
		roster_set(roster, registration->name, ROSTER_ACCOUNT);
	else
		roster_remove(roster, registration->name);
	if (client != NULL && !client->left) {
		if (result > 0)
			tell_registered(client, registration);
		else
			refuse_for_now(client, registration->name, result);
	}
	sodium_memzero(registration, sizeof(*registration));
	free(registration);
	errand_leave(errand);
}

static void account_stored(struct store_job *job, int result)
{
	struct registration *registration = list_item(job, struct registration, write.job);

	registered(registration, errand_enter(registration->errand), result);
}

static void password_made(struct password_job *job, int result)
{
	struct registration *registration = list_item(job, struct registration, job);
	struct errand *errand = registration->errand;
	struct client *client = errand_enter(errand);
	struct account account = {
		.name = registration->name,
		.password = job->record.hash,
		.scram = job->record.scram,
		.rank = ACCOUNT_USER,
		.created_s = time(NULL),
	};

	/* Who has gone didn't mean it. */
	if (client == NULL && result == 0)
		result = -ECANCELED;
	if (result == 0)
		result = accounts_add(errand->server->store, &registration->write, &account,
				      account_stored);
	if (result < 0) {
		registered(registration, client, result);
	} else {
		errand_add(errand);
		errand_leave(errand);
	}
}

static int start_registration(struct client *client, const char *name, const char *password)
{
	struct server *server = client->server;
	struct errand *errand = errand_of(client);
	struct registration *registration =
		errand != NULL ? calloc(1, sizeof(*registration)) : NULL;
	int error;

	if (registration == NULL)
		return -ENOMEM;
	registration->errand = errand;
	registration->for_another = client->account[0] != '\0';
	snprintf(registration->name, sizeof(registration->name), "%s", name);
	error = roster_set(&server->roster, name, ROSTER_TAKEN);
	if (error == 0) {
		error = passwords_make(server->passwords, &registration->job, password,
				       password_made);
		if (error < 0)
			roster_remove(&server->roster, name);
	}
	if (error < 0)
		free(registration);
	else
		errand_add(errand);
	return error;
}

/* Whether the client may make that account; it is told, if not. Operators of the service make
 * others' accounts. */
static bool may_register(struct client *client, const char *name)
{
	bool is_operator = (client->modes & USER_MODE_OPERATOR) != 0;

	if (*name == '\0')
		refuse(client, "NEED_NICK", "*", "Choose a nick first");
	else if (!is_operator && client->account[0] != '\0')
		refuse(client, "ALREADY_AUTHENTICATED", client->account,
		       "You are logged in to an account");
	else if (!is_operator && client->server->config->registration == CHAT_REGISTRATION_CLOSED)
		refuse(client, "TEMPORARILY_UNAVAILABLE", name,
		       "Only an operator of this chat makes accounts here");
	else if (!is_operator && !casemap_equal(name, client->nick))
		refuse(client, "ACCOUNT_NAME_MUST_BE_NICK", name,
		       "The account is called like your nick; or say *");
	else if (!nick_valid(name))
		refuse(client, "BAD_ACCOUNT_NAME", name, "An account's name must be a valid nick");
	else
		return true;
	return false;
}

static bool name_is_free(struct client *client, const char *name)
{
	enum roster_state state = roster_state(&client->server->roster, name);
	const struct client *holder = server_find_client(client->server, name);

	if (state == ROSTER_DELETED)
		refuse(client, "ACCOUNT_EXISTS", name,
		       "That was an account; its name is given to nobody else");
	else if (state != ROSTER_FREE)
		refuse(client, "ACCOUNT_EXISTS", name, "There is an account of that name");
	else if (holder != NULL && holder != client)
		refuse(client, "ACCOUNT_EXISTS", name, "Somebody is called that just now");
	else
		return true;
	return false;
}

static bool password_will_do(struct client *client, const char *name, const char *password)
{
	int error = passwords_weigh(name, password);

	if (error < 0)
		refuse(client, error == -EINVAL ? "WEAK_PASSWORD" : "UNACCEPTABLE_PASSWORD", name,
		       PASSWORDS_RULE);
	return error == 0;
}

/* Operators aren't counted. */
static bool has_a_turn(struct client *client, const char *name)
{
	const struct server *server = client->server;
	int64_t wait_us = limits_wait(client, FLOOD_ACCOUNTS);
	char text[128];

	if (server->roster.names.n >= (size_t)server->config->max_accounts) {
		refuse(client, "TEMPORARILY_UNAVAILABLE", name,
		       "This chat has as many accounts as it may have");
		return false;
	}
	if ((client->modes & USER_MODE_OPERATOR) != 0)
		return true;
	if (wait_us == 0) {
		limits_count(client, FLOOD_ACCOUNTS);
		return true;
	}
	snprintf(text, sizeof(text),
		 "Too many accounts were made from your address: try again in %" PRId64 " minutes",
		 wait_us / 60000000 + 1);
	refuse(client, "TEMPORARILY_UNAVAILABLE", name, text);
	return false;
}

void command_register(struct client *client, const struct message *message)
{
	const char *name = message->parameters[0], *password = message->parameters[2];
	int error;

	if (strcmp(name, "*") == 0)
		name = client->nick;
	if (!may_register(client, name) || !name_is_free(client, name) ||
	    !password_will_do(client, name, password) || !has_a_turn(client, name))
		return;
	error = start_registration(client, name, password);
	if (error < 0)
		refuse_for_now(client, name, error);
}

void command_verify(struct client *client, const struct message *message)
{
	if (client->account[0] != '\0')
		reply_standard(client, "FAIL", "VERIFY", "ALREADY_AUTHENTICATED", client->account,
			       "You are logged in to an account");
	else
		reply_standard(client, "FAIL", "VERIFY", "INVALID_CODE", message->parameters[0],
			       "No account needs to be confirmed here");
}

/* ---- PASSWORD, UNREGISTER ---- */

/* Something that is done to one's own account, when the password was checked; or to another one's,
 * by an operator of the service. */
struct change {
	const char *command; /* a constant */
	struct password_job job;
	struct store_write write;
	struct errand *errand;
	int (*begin)(struct change *change);
	char name[NICK_MAX + 1];
	char password[PASSWORD_MAX + 1]; /* the new one */
};

static void end_change(struct change *change)
{
	if (change == NULL)
		return;
	sodium_memzero(change, sizeof(*change));
	free(change);
}

static void refuse_change(struct client *client, const char *command, int error)
{
	const char *code = error == -EACCES ? "INVALID_CREDENTIALS" : "TEMPORARILY_UNAVAILABLE";

	if (error == -ENOENT)
		reply_standard(client, "FAIL", command, "ACCOUNT_UNKNOWN", NULL,
			       "There is no such account");
	else
		reply_standard(client, "FAIL", command, code, NULL,
			       error == -EACCES ? "That isn't your password"
						: login_sentence(error));
}

/* The password was right: what follows is another job of the same errand. */
static void change_allowed(void *context, struct client *client, const struct account *account,
			   int error)
{
	struct change *change = context;

	if (client != NULL && error == 0) {
		change->errand = errand_of(client);
		snprintf(change->name, sizeof(change->name), "%s", account->name);
		error = change->begin(change);
		if (error == 0) {
			errand_add(change->errand);
			return;
		}
	}
	if (client != NULL)
		refuse_change(client, change->command, error);
	end_change(change);
}

static void start_change(struct client *client, const struct change *wanted, const char *password)
{
	struct change *change;
	char why[LOGIN_WHY_SIZE];
	int error = -ENOMEM;

	if (client->account[0] == '\0') {
		reply_standard(client, "FAIL", wanted->command, "ACCOUNT_REQUIRED", NULL,
			       "You must be logged in to an account for that");
		return;
	}
	if (!login_may_try(client, why)) {
		reply_standard(client, "FAIL", wanted->command, "TEMPORARILY_UNAVAILABLE", NULL,
			       why);
		return;
	}
	change = malloc(sizeof(*change));
	if (change != NULL) {
		*change = *wanted;
		error = login_check(client, client->account, password, change_allowed, change);
	}
	if (error < 0) {
		refuse_change(client, wanted->command, error);
		end_change(change);
	}
}

static void password_changed(struct store_job *job, int result)
{
	struct change *change = list_item(job, struct change, write.job);
	struct errand *errand = change->errand;
	struct client *client = errand_enter(errand);

	if (client != NULL && result == 1)
		reply_standard(client, "NOTE", "PASSWORD", "PASSWORD_CHANGED", change->name,
			       "Your account has the new password");
	else if (client != NULL)
		refuse_change(client, "PASSWORD", result < 0 ? result : -EACCES);
	end_change(change);
	errand_leave(errand);
}

static void new_password_made(struct password_job *job, int result)
{
	struct change *change = list_item(job, struct change, job);
	struct errand *errand = change->errand;
	struct client *client = errand_enter(errand);

	if (result == 0)
		result = accounts_change_password(errand->server->store, &change->write,
						  change->name, &job->record, password_changed);
	if (result == 0) {
		errand_add(errand);
	} else {
		if (client != NULL)
			refuse_change(client, "PASSWORD", result);
		end_change(change);
	}
	errand_leave(errand);
}

static int begin_password(struct change *change)
{
	int error = passwords_make(change->errand->server->passwords, &change->job,
				   change->password, new_password_made);

	sodium_memzero(change->password, sizeof(change->password));
	return error;
}

void command_password(struct client *client, const struct message *message)
{
	struct change change = {.command = "PASSWORD", .begin = begin_password};
	const char *password = message->parameters[1];

	if (passwords_weigh(client->account, password) < 0) {
		reply_standard(client, "FAIL", "PASSWORD", "UNACCEPTABLE_PASSWORD", NULL,
			       PASSWORDS_RULE);
		return;
	}
	snprintf(change.password, sizeof(change.password), "%s", password);
	start_change(client, &change, message->parameters[0]);
	sodium_memzero(&change, sizeof(change));
}

/* Nobody is logged in to an account that isn't there. */
static void log_all_out(struct server *server, const char *account)
{
	struct person *person;

	while ((person = person_find(server, account)) != NULL)
		client_log_out(list_item(person->clients.next, struct client, by_person));
}

static void account_deleted(struct store_job *job, int result)
{
	struct change *change = list_item(job, struct change, write.job);
	struct errand *errand = change->errand;
	struct client *client = errand_enter(errand);

	if (result == 1) {
		roster_set(&errand->server->roster, change->name, ROSTER_DELETED);
		log_all_out(errand->server, change->name);
		room_grant_forget(errand->server, change->name);
	}
	if (client != NULL && result == 1)
		reply_standard(client, "NOTE", change->command, "ACCOUNT_DELETED", change->name,
			       "The account is deleted; its name is given to nobody else");
	else if (client != NULL)
		refuse_change(client, change->command, result < 0 ? result : -ENOENT);
	end_change(change);
	errand_leave(errand);
}

static int begin_deletion(struct change *change)
{
	return accounts_delete(change->errand->server->store, &change->write, change->name,
			       account_deleted);
}

void command_unregister(struct client *client, const struct message *message)
{
	const struct change change = {.command = "UNREGISTER", .begin = begin_deletion};

	start_change(client, &change, message->parameters[0]);
}

/* ---- DROP ---- */

void command_drop(struct client *client, const struct message *message)
{
	const char *name = message->parameters[0];
	struct change *change;
	int error = -ENOENT;

	if ((client->modes & USER_MODE_OPERATOR) == 0) {
		reply(client, ERR_NOPRIVILEGES, NULL);
		return;
	}
	if (roster_state(&client->server->roster, name) != ROSTER_ACCOUNT) {
		refuse_change(client, "DROP", error);
		return;
	}
	change = calloc(1, sizeof(*change));
	error = -ENOMEM;
	if (change != NULL && (change->errand = errand_of(client)) != NULL) {
		change->command = "DROP";
		snprintf(change->name, sizeof(change->name), "%s", name);
		record_act(client->server, record_name(client), "drop", "", name, "");
		error = begin_deletion(change);
	}
	if (error == 0) {
		errand_add(change->errand);
		return;
	}
	refuse_change(client, "DROP", error);
	end_change(change);
}
