/* SPDX-License-Identifier: MIT */
#include "chat/promotion.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chat/person.h"
#include "chat/record.h"
#include "chat/service_ban.h"
#include "common/casemap.h"
#include "common/log.h"

struct promotion {
	struct password_job job;
	struct store_write write;
	struct server *server;
	struct control_call *call;
	enum account_rank rank;
	bool makes;  /* the account, whose name is in the roster meanwhile */
	bool resets; /* its password, and nothing else */
	char name[NICK_MAX + 1];
};

static const char *sentence(int error)
{
	if (error == 0)
		return "There is no such account.";
	if (error == -EAGAIN)
		return "Too much is under way at once: try again.";
	return database_sentence(error);
}

static void refuse(struct control_call *call, const char *text)
{
	control_answer(call, control_failure(text));
}

/* All who are logged in to it, who may go by that: operators aren't banned. */
static void tell(struct server *server, const char *name, enum account_rank rank)
{
	struct person *person = person_find(server, name);
	struct list *link, *after;

	if (person == NULL)
		return;
	list_each (link, &person->clients)
		client_set_rank(list_item(link, struct client, by_person), rank);
	list_each_safe (link, after, &server->clients) {
		struct client *client = list_item(link, struct client, link);

		if (client->registered && casemap_equal(client->account, name))
			service_ban_check(client);
	}
}

static void tell_rank(struct promotion *promotion)
{
	struct server *server = promotion->server;

	log_info_of(LOG_OF(.account = promotion->name), "the control socket made %s %s",
		    promotion->name,
		    promotion->rank == ACCOUNT_OPERATOR ? "an operator of the service"
							: "an ordinary account");
	roster_set_rank(&server->roster, promotion->name, promotion->rank);
	tell(server, promotion->name, promotion->rank);
}

/* 1: it is done. */
static void end(struct promotion *promotion, int result)
{
	struct server *server = promotion->server;

	if (promotion->makes && result > 0)
		roster_set(&server->roster, promotion->name, ROSTER_ACCOUNT);
	else if (promotion->makes)
		roster_remove(&server->roster, promotion->name);
	if (result > 0) {
		if (promotion->resets)
			log_info_of(LOG_OF(.account = promotion->name),
				    "the control socket gave %s another password", promotion->name);
		else
			tell_rank(promotion);
		control_answer(promotion->call,
			       json_pack("{sb sb}", "ok", 1, "made", promotion->makes));
	} else {
		refuse(promotion->call, sentence(result));
	}
	sodium_memzero(promotion, sizeof(*promotion));
	free(promotion);
	server_check_drained(server);
}

static void stored(struct store_job *job, int result)
{
	end(list_item(job, struct promotion, write.job), result);
}

static void password_made(struct password_job *job, int result)
{
	struct promotion *promotion = list_item(job, struct promotion, job);
	struct account account = {
		.name = promotion->name,
		.password = job->record.hash,
		.scram = job->record.scram,
		.rank = promotion->rank,
		.created_s = time(NULL),
	};

	if (result == 0)
		result =
			accounts_add(promotion->server->store, &promotion->write, &account, stored);
	if (result < 0)
		end(promotion, result);
}

static void new_password_made(struct password_job *job, int result)
{
	struct promotion *promotion = list_item(job, struct promotion, job);

	if (result == 0) {
		record_act(promotion->server, RECORD_CONTROL, "set-password", "", promotion->name,
			   "");
		result = accounts_change_password(promotion->server->store, &promotion->write,
						  promotion->name, &job->record, stored);
	}
	if (result < 0)
		end(promotion, result);
}

static struct promotion *create(struct server *server, struct control_call *call, const char *name,
				enum account_rank rank)
{
	struct promotion *promotion = calloc(1, sizeof(*promotion));

	if (promotion == NULL) {
		refuse(call, sentence(-ENOMEM));
		return NULL;
	}
	promotion->server = server;
	promotion->call = call;
	promotion->rank = rank;
	snprintf(promotion->name, sizeof(promotion->name), "%s", name);
	return promotion;
}

static void make(struct server *server, struct control_call *call, const char *name,
		 const char *password)
{
	struct promotion *promotion = create(server, call, name, ACCOUNT_OPERATOR);
	int error;

	if (promotion == NULL)
		return;
	promotion->makes = true;
	error = roster_set(&server->roster, name, ROSTER_TAKEN);
	if (error == 0)
		error = passwords_make(server->passwords, &promotion->job, password, password_made);
	if (error < 0)
		end(promotion, error);
}

static void change(struct server *server, struct control_call *call, const char *name,
		   enum account_rank rank)
{
	struct promotion *promotion = create(server, call, name, rank);
	int error;

	if (promotion == NULL)
		return;
	error = accounts_set_rank(server->store, &promotion->write, name, rank, stored);
	if (error < 0)
		end(promotion, error);
}

static void reset(struct server *server, struct control_call *call, const char *name,
		  const char *password)
{
	struct promotion *promotion = create(server, call, name, ACCOUNT_USER);
	int error;

	if (promotion == NULL)
		return;
	promotion->resets = true;
	error = passwords_make(server->passwords, &promotion->job, password, new_password_made);
	if (error < 0)
		end(promotion, error);
}

/* ---- what is asked ---- */

static void ask_for_password(struct control_call *call, const char *text)
{
	json_t *reply = control_failure(text);

	json_object_set_new(reply, "needs", json_string("password"));
	control_answer(call, reply);
}

static void add_new(struct server *server, struct control_call *call, const char *name,
		    const char *password)
{
	if (!nick_valid(name))
		refuse(call, "An account's name must be a valid nick.");
	else if (password == NULL)
		ask_for_password(call, "There is no such account: to make it takes a password.");
	else if (passwords_weigh(name, password) < 0)
		refuse(call, PASSWORDS_RULE ".");
	else
		make(server, call, name, password);
}

void promotion_add(struct server *server, struct control_call *call, const char *name,
		   const char *password)
{
	enum roster_state state = roster_state(&server->roster, name);

	if (state == ROSTER_DELETED)
		refuse(call, "That account was deleted, and its name is given to nobody else.");
	else if (state == ROSTER_TAKEN)
		refuse(call, "That account is being made just now: try again.");
	else if (state == ROSTER_FREE)
		add_new(server, call, name, password);
	else if (password != NULL)
		refuse(call, "There is such an account, and it keeps its password.");
	else
		change(server, call, name, ACCOUNT_OPERATOR);
}

void promotion_remove(struct server *server, struct control_call *call, const char *name)
{
	if (roster_state(&server->roster, name) != ROSTER_ACCOUNT)
		refuse(call, sentence(0));
	else
		change(server, call, name, ACCOUNT_USER);
}

void promotion_set_password(struct server *server, struct control_call *call, const char *name,
			    const char *password)
{
	if (roster_state(&server->roster, name) != ROSTER_ACCOUNT)
		refuse(call, sentence(0));
	else if (password == NULL)
		ask_for_password(call, "It takes a password.");
	else if (passwords_weigh(name, password) < 0)
		refuse(call, PASSWORDS_RULE ".");
	else
		reset(server, call, name, password);
}
