/* SPDX-License-Identifier: MIT */
#include "chat/appointment.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/accounts.h"
#include "chat/audit.h"
#include "chat/keeper.h"
#include "chat/record.h"
#include "common/control.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/utf8.h"

struct act {
	const char *request;  /* to the service */
	const char *question; /* NULL: it never takes a password */
	const char *done;     /* what an account is then that was there */
	enum account_rank rank;
	bool makes, resets; /* accounts; passwords */
};

static const struct act add = {
	.request = "add-operator",
	.question = "Password for the new account: ",
	.done = "is an operator now",
	.rank = ACCOUNT_OPERATOR,
	.makes = true,
};
static const struct act dismiss = {
	.request = "remove-operator",
	.done = "is no operator any more",
	.rank = ACCOUNT_USER,
};
static const struct act set_password = {
	.request = "set-password",
	.question = "The new password: ",
	.done = "has the new password",
	.resets = true,
};

struct appointment {
	const struct act *act;
	const char *name;
	struct password_record record;
	struct store *store;
	struct store_read read;
	struct store_write write;
};

/* ---- its password ---- */

/* On a terminal it is asked for, and otherwise it is a line of standard input. */
static int read_password(const char *name, const char *question, char password[SECRET_MAX])
{
	int error = isatty(STDIN_FILENO) ? secret_ask(question, password)
					 : secret_read_file("/dev/stdin", password);

	_Static_assert((int)SECRET_MAX == PASSWORD_MAX + 1, "the longest password can be given");
	if (error == 0 && password[0] == '\0')
		error = -ENODATA;
	if (error < 0 && error != -E2BIG)
		log_error("no password was given: %s", strerror(-error));
	else if (error == -E2BIG || passwords_weigh(name, password) < 0)
		log_error(PASSWORDS_RULE);
	else if (!utf8_valid(slice_from(password)))
		log_error("a password is text in UTF-8");
	else
		return 0;
	return -1;
}

/* Twice, where people can mistype it. */
static int choose(const struct act *act, const char *name, char password[SECRET_MAX])
{
	char again[SECRET_MAX];
	int error = read_password(name, act->question, password);

	if (error < 0 || !isatty(STDIN_FILENO))
		return error;
	error = read_password(name, "The same once more: ", again);
	if (error == 0 && strcmp(password, again) != 0) {
		log_error("those were two different passwords");
		error = -1;
	}
	sodium_memzero(again, sizeof(again));
	return error;
}

static int make_record(const struct act *act, const char *name, struct password_record *ret_record)
{
	struct passwords *passwords = NULL;
	struct password_job job = {0};
	char password[SECRET_MAX];
	int error = choose(act, name, password);

	if (error == 0)
		error = passwords_create(&passwords, NULL);
	if (error == 0) {
		error = passwords_make(passwords, &job, password, NULL);
		if (error < 0)
			log_error("the password: %s", strerror(-error));
		*ret_record = job.record;
	}
	passwords_destroy(passwords);
	sodium_memzero(password, sizeof(password));
	return error;
}

static void tell_made(const char *name)
{
	printf("The account %s was made, and is an operator.\n", name);
}

static void tell_changed(const char *name, const struct act *act)
{
	printf("%s %s.\n", name, act->done);
}

/* ---- by the service that runs ---- */

/* The answer is a reference. */
static int ask(struct control_client *service, const char *request, const char *name,
	       const char *password, json_t **ret_reply)
{
	json_t *asked =
		json_pack("{ss ss* ss*}", "request", request, "name", name, "password", password);
	int error = asked != NULL ? control_send(service, asked) : -ENOMEM;

	json_decref(asked);
	if (error == 0)
		error = control_receive(service, CONTROL_TIMEOUT_MS, ret_reply);
	if (error < 0)
		log_error("the service's control socket: %s", strerror(-error));
	return error;
}

/* Without --data any service will do. */
static bool has_data(struct control_client *service, const char *wish)
{
	struct stat own, theirs;
	json_t *reply = NULL;
	bool same = wish == NULL;

	if (!same && ask(service, "stat", NULL, NULL, &reply) == 0) {
		const char *data = json_string_value(json_object_get(reply, "data"));

		same = data != NULL && stat(data, &theirs) == 0 && stat(wish, &own) == 0 &&
		       own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
	}
	json_decref(reply);
	return same;
}

static int ask_with_password(struct control_client *service, const struct act *act,
			     const char *name, json_t **ret_reply)
{
	char password[SECRET_MAX];
	int error = choose(act, name, password);

	if (error == 0)
		error = ask(service, act->request, name, password, ret_reply);
	sodium_memzero(password, sizeof(password));
	return error;
}

static int appoint_there(struct control_client *service, const struct act *act, const char *name)
{
	json_t *reply = NULL;
	int error = ask(service, act->request, name, NULL, &reply);

	if (error == 0 && act->question != NULL && json_object_get(reply, "needs") != NULL) {
		json_decref(reply);
		reply = NULL;
		error = ask_with_password(service, act, name, &reply);
	}
	if (error == 0 && !json_is_true(json_object_get(reply, "ok"))) {
		const char *why = json_string_value(json_object_get(reply, "error"));

		log_error("%s: %s", name, why != NULL ? why : "the service doesn't say why");
		error = -ECANCELED;
	} else if (error == 0 && json_is_true(json_object_get(reply, "made"))) {
		tell_made(name);
	} else if (error == 0) {
		tell_changed(name, act);
	}
	json_decref(reply);
	return error;
}

/* -ENOENT: it doesn't run, as far as can be told. */
static int appoint_by_service(const struct chat_config *config, const struct act *act,
			      const char *name)
{
	char path[CONTROL_PATH_SIZE];
	int fd = control_connect(config->control, "chat.sock", path);
	struct control_client service;
	int error = -ENOENT;

	if (fd < 0)
		return error;
	control_client_init(&service, fd);
	if (has_data(&service, config->data))
		error = appoint_there(&service, act, name);
	control_client_finish(&service);
	return error;
}

/* ---- by the data of one that doesn't ---- */

static int add_account(struct appointment *appointment)
{
	const struct account account = {
		.name = appointment->name,
		.password = appointment->record.hash,
		.scram = appointment->record.scram,
		.rank = appointment->act->rank,
		.created_s = time(NULL),
	};
	int result = make_record(appointment->act, appointment->name, &appointment->record);

	if (result < 0)
		return result;
	result = accounts_add(appointment->store, &appointment->write, &account, NULL);
	if (result == -EEXIST)
		log_error("the account %s was deleted, and its name is given to nobody else",
			  account.name);
	else if (result < 0)
		log_error("the account can't be stored: %s", database_sentence(result));
	else
		tell_made(account.name);
	return result < 0 ? result : 0;
}

static int reset_password(struct appointment *appointment)
{
	const struct audit_entry entry = {
		.time_ms = (int64_t)time(NULL) * 1000,
		.by = RECORD_CONTROL,
		.action = appointment->act->request,
		.room = "",
		.target = appointment->name,
		.detail = "",
	};
	int result = audit_add(appointment->store, &appointment->write, &entry, NULL);

	if (result < 0)
		return result;
	return accounts_change_password(appointment->store, &appointment->write, appointment->name,
					&appointment->record, NULL);
}

static int change_account(struct appointment *appointment)
{
	const struct act *act = appointment->act;
	int result = act->resets ? make_record(act, appointment->name, &appointment->record) : 0;

	if (result < 0)
		return result;
	result = act->resets ? reset_password(appointment)
			     : accounts_set_rank(appointment->store, &appointment->write,
						 appointment->name, act->rank, NULL);
	if (result < 0)
		log_error("the account can't be changed: %s", database_sentence(result));
	else
		tell_changed(appointment->name, act);
	return result < 0 ? result : 0;
}

static int appoint(struct appointment *appointment)
{
	struct account account;
	int result = accounts_find(appointment->store, &appointment->read, appointment->name, NULL);
	bool exists = result == 0 && accounts_found(&appointment->read.rows, &account) == 0;

	rows_finish(&appointment->read.rows);
	if (result < 0) {
		log_error("the account can't be looked up: %s", database_sentence(result));
		return result;
	}
	if (exists)
		return change_account(appointment);
	if (appointment->act->makes)
		return add_account(appointment);
	log_error("there is no account %s", appointment->name);
	return -ENOENT;
}

int appointment_run(const struct chat_config *config)
{
	static struct appointment appointment;
	const struct {
		const struct act *act;
		const char *name;
	} wishes[] = {{&add, config->add_operator},
		      {&dismiss, config->remove_operator},
		      {&set_password, config->set_password}};
	size_t i = sizeof(wishes) / sizeof(wishes[0]) - 1;
	int error;

	while (i > 0 && wishes[i].name == NULL)
		i--;
	appointment.act = wishes[i].act;
	appointment.name = wishes[i].name;
	error = appoint_by_service(config, appointment.act, appointment.name);
	if (error != -ENOENT)
		return error < 0 ? 1 : 0;
	error = keeper_open_store(config, STORE_SERVES, &appointment.store);
	if (error == 0)
		error = appoint(&appointment);
	store_close(appointment.store);
	return error < 0 ? 1 : 0;
}
