/* SPDX-License-Identifier: MIT */
#include "chat/errand.h"

#include <stdlib.h>

#include "chat/server.h"

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
	return errand;
}

void errand_add(struct errand *errand)
{
	errand->n++;
}

void errand_wait(struct client *client)
{
	struct errand *errand = client->errand;

	if (errand == NULL)
		return;
	if (errand->n == 0) { /* all were refused at once */
		client->errand = NULL;
		free(errand);
		return;
	}
	response_move(&errand->response, &client->server->response);
	conn_pause(&client->conn);
}

struct client *errand_enter(struct errand *errand)
{
	if (errand->client != NULL)
		response_move(&errand->server->response, &errand->response);
	return errand->client;
}

void errand_leave(struct errand *errand)
{
	struct server *server = errand->server;
	struct client *client = errand->client;

	if (--errand->n > 0) {
		response_move(&errand->response, &server->response);
		return;
	}
	response_end(&server->response);
	free(errand);
	if (client != NULL) {
		client->errand = NULL;
		client_go_on(client);
	}
	server_check_drained(server);
}

void errand_forget(struct client *client)
{
	if (client->errand == NULL)
		return;
	client->errand->client = NULL;
	response_forget(&client->errand->response);
	client->errand = NULL;
}
