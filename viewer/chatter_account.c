/* SPDX-License-Identifier: MIT */
/* With which account the user is there: making one, logging in, passwords. What he typed for that
 * is asked for apart, and stays in memory only as long as it is needed; the account's password as
 * long as the program runs, to log in again after a loss. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "viewer/chatter_impl.h"
#include "viewer/face.h"

/* ---- asking ---- */

static void end_asking(struct chatter *chatter)
{
	explicit_bzero(&chatter->asking, sizeof(chatter->asking));
}

void chatter_account_ask(struct chatter *chatter, const struct slash_row *row, const char *input)
{
	struct chatter_asking *asking = &chatter->asking;

	if (strlen(input) >= sizeof(asking->input)) {
		chatter_refuse(chatter, "this is too long");
		return;
	}
	end_asking(chatter);
	asking->row = row;
	strcpy(asking->input, input);
	snprintf(asking->place, sizeof(asking->place), "%s",
		 chatter->place != NULL ? chatter->place->name : "");
	chatter->face->type->ask(chatter->face, row->prompts[0]);
}

/* The last secret is the account's password soon, if the server likes it. */
static void note_password(struct chatter *chatter)
{
	const struct chatter_asking *asking = &chatter->asking;

	if (asking->row->again || asking->row->action == SLASH_LOGIN)
		strcpy(chatter->tried.password, asking->secrets[asking->n - 1]);
}

static void run_asked(struct chatter *chatter)
{
	struct chatter_asking *asking = &chatter->asking;
	const char *secrets[SLASH_MAX_PROMPTS];
	struct slash slash;

	for (size_t i = 0; i < SLASH_MAX_PROMPTS; i++)
		secrets[i] = asking->secrets[i];
	if (asking->row->again && strcmp(secrets[asking->n - 1], secrets[asking->n - 2]) != 0)
		chatter_refuse(chatter, "these two passwords aren't the same");
	else if (slash_parse_secret(asking->input, asking->place, secrets, &slash) < 0)
		chatter_refuse(chatter, slash.error);
	else {
		note_password(chatter);
		chatter_do(chatter, &slash);
	}
	explicit_bzero(&slash, sizeof(slash));
}

void chatter_answer(struct chatter *chatter, const char *secret)
{
	struct chatter_asking *asking = &chatter->asking;

	if (secret == NULL || *secret == '\0') {
		chatter_refuse(chatter, "no password was typed");
	} else if (strlen(secret) >= SECRET_MAX) {
		chatter_refuse(chatter, "this password is too long");
	} else {
		strcpy(asking->secrets[asking->n++], secret);
		if (asking->row->prompts[asking->n] != NULL) {
			chatter->face->type->ask(chatter->face, asking->row->prompts[asking->n]);
			return;
		}
		run_asked(chatter);
	}
	end_asking(chatter);
}

/* ---- what becomes of it ---- */

/* From now on it is what we log in with. */
static void keep(struct chatter *chatter, const char *name)
{
	snprintf(chatter->account.name, sizeof(chatter->account.name), "%s", name);
	strcpy(chatter->account.password, chatter->tried.password);
	explicit_bzero(&chatter->tried, sizeof(chatter->tried));
	chatter->link_options.account = chatter->account.name;
	chatter->link_options.password = chatter->account.password;
	if (chatter->link.state == LINK_UP) {
		chatter_keys_up(chatter);
		chatter_away_up(chatter);
	}
}

/* What was encrypted isn't said in plain because the server says so. */
static void forget(struct chatter *chatter, const char *name)
{
	(void)name;
	chatter->link_options.account = chatter->link_options.password = NULL;
	chatter_keys_off(chatter, "the server has deleted your account");
	explicit_bzero(&chatter->account, sizeof(chatter->account));
}

/* What the server says when it has done something with our account. */
static const struct {
	const char *command, *first, *second; /* and its parameters; NULL: any */
	size_t name;			      /* which parameter is the account's */
	void (*then)(struct chatter *chatter, const char *name);
} rows[] = {
	{"REGISTER", "SUCCESS", NULL, 1, keep},
	{"NOTE", "PASSWORD", "PASSWORD_CHANGED", 2, keep},
	{"NOTE", "UNREGISTER", "ACCOUNT_DELETED", 2, forget},
};

static bool is_word(const struct message *message, size_t i, const char *word)
{
	return word == NULL ||
	       (i < message->n_parameters && strcmp(message->parameters[i], word) == 0);
}

void chatter_account_take(struct chatter *chatter, const struct message *message)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].command, message->command) != 0 ||
		    !is_word(message, 0, rows[i].first) || !is_word(message, 1, rows[i].second) ||
		    message->n_parameters <= rows[i].name)
			continue;
		/* Not what was done from elsewhere. */
		if (rows[i].then != keep || *chatter->tried.password != '\0')
			rows[i].then(chatter, message->parameters[rows[i].name]);
	}
}

void chatter_account_log_in(struct chatter *chatter, const struct slash *slash)
{
	struct slice rest = slash->text, name = slash_word(&rest);
	int error;

	if (name.len == 0)
		name = slice_from(chatter->link.nick);
	if (slice_copy(name, chatter->tried.name, sizeof(chatter->tried.name)) < 0) {
		chatter_refuse(chatter, "this is no name of an account");
		return;
	}
	error = link_log_in(&chatter->link, chatter->tried.name, chatter->tried.password);
	if (error < 0)
		chatter_refuse(chatter, error == -EBUSY ? "this is under way already"
							: "there is no connection now");
}

void chatter_account_logged_in(struct chatter *chatter, int error, const char *sentence)
{
	char name[LOGIN_MAX_NAME + 1];

	if (error < 0) {
		explicit_bzero(&chatter->tried, sizeof(chatter->tried));
		chatter_refuse(chatter, sentence);
		return;
	}
	memcpy(name, chatter->tried.name, sizeof(name));
	keep(chatter, name);
}

void chatter_account_lost(struct chatter *chatter)
{
	explicit_bzero(&chatter->tried, sizeof(chatter->tried));
}

void chatter_account_finish(struct chatter *chatter)
{
	end_asking(chatter);
	chatter_account_lost(chatter);
	forget(chatter, "");
}
