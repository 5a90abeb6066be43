/* SPDX-License-Identifier: MIT */
#include "chat/appointment.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chat/accounts.h"
#include "chat/keeper.h"
#include "common/log.h"
#include "common/secret.h"

struct appointment {
	const char *name;
	enum account_rank rank;
	struct password_record record;
	struct store *store;
	struct store_read read;
	struct store_write write;
};

/* ---- the password of a new account ---- */

/* On a terminal it is asked for, and otherwise it is a line of standard input. */
static int read_password(const char *question, char password[SECRET_MAX])
{
	int error = isatty(STDIN_FILENO) ? secret_ask(question, password)
					 : secret_read_file("/dev/stdin", password);

	if (error == 0 && password[0] == '\0')
		error = -ENODATA;
	if (error < 0 && error != -E2BIG)
		log_error("no password was given: %s", strerror(-error));
	else if (error == -E2BIG || strlen(password) < PASSWORD_MIN)
		log_error("a password has %d to %d bytes", PASSWORD_MIN, SECRET_MAX - 1);
	else
		return 0;
	return -1;
}

/* Twice, where people can mistype it. */
static int choose(char password[SECRET_MAX])
{
	char again[SECRET_MAX];
	int error = read_password("Password for the new account: ", password);

	if (error < 0 || !isatty(STDIN_FILENO))
		return error;
	error = read_password("The same once more: ", again);
	if (error == 0 && strcmp(password, again) != 0) {
		log_error("those were two different passwords");
		error = -1;
	}
	sodium_memzero(again, sizeof(again));
	return error;
}

static int make_record(struct password_record *ret_record)
{
	struct passwords *passwords = NULL;
	struct password_job job = {0};
	char password[SECRET_MAX];
	int error = choose(password);

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

/* ---- what is done ---- */

static int add_account(struct appointment *appointment)
{
	const struct account account = {
		.name = appointment->name,
		.password = appointment->record.hash,
		.scram = appointment->record.scram,
		.rank = appointment->rank,
		.created_s = time(NULL),
	};
	int result = make_record(&appointment->record);

	if (result < 0)
		return result;
	result = accounts_add(appointment->store, &appointment->write, &account, NULL);
	if (result == -EEXIST)
		log_error("the account %s was deleted, and its name is given to nobody else",
			  account.name);
	else if (result < 0)
		log_error("the account can't be stored: %s", database_sentence(result));
	else
		printf("The account %s was made, and is an operator.\n", account.name);
	return result < 0 ? result : 0;
}

static int change_account(struct appointment *appointment)
{
	int result = accounts_set_rank(appointment->store, &appointment->write, appointment->name,
				       appointment->rank, NULL);

	if (result < 0)
		log_error("the account can't be changed: %s", database_sentence(result));
	else
		printf("%s is %s.\n", appointment->name,
		       appointment->rank == ACCOUNT_OPERATOR ? "an operator now"
							     : "no operator any more");
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
	if (appointment->rank == ACCOUNT_OPERATOR)
		return add_account(appointment);
	log_error("there is no account %s", appointment->name);
	return -ENOENT;
}

int appointment_run(const struct chat_config *config)
{
	static struct appointment appointment;
	bool adds = config->add_operator != NULL;
	int error;

	appointment.name = adds ? config->add_operator : config->remove_operator;
	appointment.rank = adds ? ACCOUNT_OPERATOR : ACCOUNT_USER;
	error = keeper_open_store(config, STORE_SERVES, &appointment.store);
	if (error == 0)
		error = appoint(&appointment);
	store_close(appointment.store);
	return error < 0 ? 1 : 0;
}
