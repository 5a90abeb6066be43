/* SPDX-License-Identifier: MIT */
#include "chat/login.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/errand.h"
#include "chat/limits.h"
#include "chat/server.h"

struct login {
	struct store_read read;
	struct password_job job;
	struct errand *errand;
	login_done *done;
	void *context;
	bool checks;
	char password[PASSWORD_MAX + 1];
};

static void finish(struct login *login, struct client *client, int error)
{
	struct errand *errand = login->errand;
	struct account account;

	if (client != NULL && client->left)
		client = NULL;
	/* It may have been deleted meanwhile. */
	if (error == 0 && (accounts_found(&login->read.rows, &account) < 0 ||
			   roster_state(&errand->server->roster, account.name) != ROSTER_ACCOUNT))
		error = -EACCES;
	if (login->checks && client != NULL && error != -EACCES)
		login_take_back(client);
	login->done(login->context, client, error == 0 ? &account : NULL, error);
	rows_finish(&login->read.rows);
	sodium_memzero(login->password, sizeof(login->password));
	free(login);
	errand_leave(errand);
}

static void checked(struct password_job *job, int result)
{
	struct login *login = list_item(job, struct login, job);

	finish(login, errand_enter(login->errand), result);
}

static void found(struct store_job *job, int result)
{
	struct login *login = list_item(job, struct login, read.ask.job);
	struct server *server = login->errand->server;
	struct client *client = errand_enter(login->errand);
	struct account account;

	if (result < 0 || !login->checks || client == NULL) {
		finish(login, client, result < 0 ? result : client == NULL ? -ECANCELED : 0);
		return;
	}
	if (accounts_found(&login->read.rows, &account) < 0)
		passwords_decoy(&login->job.record);
	else
		snprintf(login->job.record.hash, sizeof(login->job.record.hash), "%s",
			 account.password);
	result = passwords_check(server->passwords, &login->job, login->password, checked);
	if (result < 0) {
		finish(login, client, result);
	} else {
		errand_add(login->errand);
		errand_leave(login->errand);
	}
}

static int begin(struct client *client, const char *name, const char *password, login_done *done,
		 void *context)
{
	struct errand *errand = errand_of(client);
	struct login *login = errand != NULL ? calloc(1, sizeof(*login)) : NULL;
	int error;

	if (login == NULL)
		return -ENOMEM;
	login->errand = errand;
	login->done = done;
	login->context = context;
	login->checks = password != NULL;
	snprintf(login->password, sizeof(login->password), "%s", password != NULL ? password : "");
	error = accounts_find(client->server->store, &login->read, name, found);
	if (error == 0) {
		errand_add(errand);
		return 0;
	}
	rows_finish(&login->read.rows);
	sodium_memzero(login->password, sizeof(login->password));
	free(login);
	return error;
}

int login_find(struct client *client, const char *name, login_done *done, void *context)
{
	return begin(client, name, NULL, done, context);
}

int login_check(struct client *client, const char *name, const char *password, login_done *done,
		void *context)
{
	if (strlen(password) > PASSWORD_MAX || strlen(name) > NICK_MAX)
		return -EACCES;
	if (!login_begin_try(client))
		return -EBUSY;
	int error = begin(client, name, password, done, context);
	if (error < 0)
		login_take_back(client);
	return error;
}

bool login_may_try(const struct client *client, char ret_why[LOGIN_WHY_SIZE])
{
	int64_t wait_us = limits_wait(client, FLOOD_LOGINS);

	snprintf(ret_why, LOGIN_WHY_SIZE,
		 "Too many attempts have failed from your address: try again in %" PRId64
		 " seconds",
		 wait_us / 1000000 + 1);
	return wait_us == 0;
}

bool login_begin_try(struct client *client)
{
	return limits_count(client, FLOOD_LOGINS);
}

void login_take_back(struct client *client)
{
	limits_give_back(client, FLOOD_LOGINS);
}

const char *login_sentence(int error)
{
	if (error == -EACCES)
		return "There is no such account, or it has another password";
	if (error == -EBUSY)
		return "Too many attempts have failed from your address: try again later";
	if (error == -EAGAIN)
		return "Too many are logging in at once: try again";
	return database_sentence(error);
}
