/* SPDX-License-Identifier: MIT */
#include "chat/admission.h"

#include <errno.h>
#include <stdio.h>

#include "chat/limits.h"
#include "chat/server.h"

/* A host is a parameter of messages, which mustn't begin with a colon. */
static void name_host(struct client *client)
{
	const struct server *server = client->server;
	char text[PEER_ADDRESS_SIZE];

	peer_address_text(&client->peer, text);
	snprintf(client->address, sizeof(client->address), "%s%s", *text == ':' ? "0" : "", text);
	if (server->config->cloak)
		cloak_make(server->cloak_key, &client->peer, client->host);
	else
		snprintf(client->host, sizeof(client->host), "%s", client->address);
}

int admission_begin(struct client *client, int fd, char ret_why[ADMISSION_WHY_SIZE])
{
	struct server *server = client->server;
	struct sockaddr_storage address;
	int64_t max = server->config->max_per_address;
	struct limits_refusal refusal;

	if (io_peer(server->io, fd, &address) == 0)
		client->peer = peer_from(&address);
	name_host(client);
	int counted = peers_add(&server->peers, &client->peer, (uint32_t)max);
	if (counted == 0 && !limits_may_connect(client, &refusal)) {
		snprintf(ret_why, ADMISSION_WHY_SIZE, "%s", refusal.text);
		return -EMFILE;
	}
	if (counted != -EMFILE)
		return counted;
	snprintf(ret_why, ADMISSION_WHY_SIZE,
		 "There are %lld connections from your address already", (long long)max);
	int error = peers_add(&server->peers, &client->peer, UINT32_MAX);
	return error < 0 ? error : -EMFILE;
}

void admission_end(struct client *client)
{
	peers_remove(&client->server->peers, &client->peer);
}
