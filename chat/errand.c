/* SPDX-License-Identifier: MIT */
#include "chat/errand.h"

#include <stdlib.h>

#include "chat/server.h"

static struct errand *first_of(const struct client *client)
{
	return list_item(client->errands.next, struct errand, link);
}

void errand_begin(struct client *client, const char *label)
{
	bool late = !list_empty(&client->errands);

	if (*label != '\0' || late)
		response_begin(&client->server->response, client, label);
	client->server->response.late = late;
}

struct errand *errand_of(struct client *client)
{
	struct errand *errand = client->errand;

	if (errand != NULL)
		return errand;
	errand = calloc(1, sizeof(*errand));
	if (errand == NULL)
		return NULL;
	errand->server = client->server;
	errand->client = client;
	client->errand = errand;
	list_init(&errand->link);
	list_add_tail(&client->errands, &errand->link);
	client->n_errands++;
	return errand;
}

void errand_add(struct errand *errand)
{
	errand->n++;
}

/* What is complete ends, in order; who stays behind others keeps what it has told. */
static void settle(struct client *client)
{
	while (!list_empty(&client->errands)) {
		struct errand *errand = first_of(client);

		response_catch_up(&errand->response, client);
		if (errand->n > 0)
			return;
		list_remove(&errand->link);
		client->n_errands--;
		free(errand);
	}
}

void errand_wait(struct client *client)
{
	struct response *response = &client->server->response;
	struct errand *errand = response->late ? errand_of(client) : client->errand;

	client->errand = NULL;
	if (errand == NULL) {
		response_catch_up(response, client);
		response_end(response);
		return;
	}
	response_move(&errand->response, response);
	if (errand->n == 0) { /* all were refused at once */
		response_end(&errand->response);
		errand->message = true;
		settle(client);
	} else if (!errand->message) {
		conn_pause(&client->conn);
	}
}

struct client *errand_enter(struct errand *errand)
{
	struct client *client = errand->client;

	if (client != NULL) {
		response_move(&errand->server->response, &errand->response);
		client->errand = errand;
	}
	return client;
}

void errand_leave(struct errand *errand)
{
	struct server *server = errand->server;
	struct client *client = errand->client;

	response_move(&errand->response, &server->response);
	if (client != NULL)
		client->errand = NULL;
	if (--errand->n > 0)
		return;
	if (client != NULL) {
		response_end(&errand->response);
		settle(client);
		client_go_on(client);
	} else {
		free(errand);
	}
	server_check_drained(server);
}

void errand_forget(struct client *client)
{
	struct list *link, *after;

	list_each_safe (link, after, &client->errands) {
		struct errand *errand = list_item(link, struct errand, link);

		list_remove(link);
		errand->client = NULL;
		response_forget(&errand->response);
		if (errand->n == 0)
			free(errand);
	}
	client->n_errands = 0;
}

bool errand_takes_message(const struct client *client)
{
	return client->n_errands < ERRAND_MAX_MESSAGES && first_of(client)->message &&
	       !store_is_behind(client->server->store);
}
