/* SPDX-License-Identifier: MIT */
#include "chat/ghost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/metadata_tell.h"
#include "chat/server.h"
#include "common/casemap.h"

static void wait_from_now(struct ghost *ghost)
{
	struct server *server = ghost->client->server;

	ghost->until_us = io_now_us(server->io) + server->config->leave_delay_s * 1000000;
	list_remove(&ghost->link);
	list_add_tail(&server->ghosts, &ghost->link);
}

static bool has_role(const struct client *client)
{
	struct list *link;

	list_each (link, &client->memberships) {
		if (list_item(link, struct member, by_client)->modes != 0)
			return true;
	}
	return false;
}

bool ghost_begin(struct client *client, const char *reason)
{
	struct server *server = client->server;

	if (!client->registered || client->left || server->draining ||
	    server->config->leave_delay_s == 0 || server->n_ghosts == GHOST_MAX ||
	    list_empty(&client->memberships) || (client->account[0] == '\0' && has_role(client)))
		return false;
	struct ghost *ghost = calloc(1, sizeof(*ghost));
	if (ghost == NULL)
		return false;
	ghost->client = client;
	snprintf(ghost->reason, sizeof(ghost->reason), "%s", reason);
	list_init(&ghost->link);
	wait_from_now(ghost);
	server->n_ghosts++;
	/* Its account's, of which nobody may be here soon. */
	if (client->account[0] != '\0')
		metadata_add(&client->metadata, metadata_of(client), METADATA_MAX_KEYS);
	client->ghost = ghost;
	return true;
}

/* ---- coming back ---- */

static bool is_same_person(const struct client *a, const struct client *b)
{
	if (a->account[0] != '\0' || b->account[0] != '\0')
		return casemap_equal(a->account, b->account);
	return strcmp(a->host, b->host) == 0;
}

/* All that others have been told of it. */
static bool looks_the_same(const struct client *a, const struct client *b)
{
	return strcmp(a->source, b->source) == 0 && strcmp(a->real, b->real) == 0 &&
	       strcmp(a->account, b->account) == 0;
}

static void tell_back(struct client *client)
{
	struct event event;

	client->away[0] = '\0';
	event_init(&event, client->server, client, "AWAY");
	client_tell_neighbours(client, &event, CAP_AWAY_NOTIFY, true);
	event_finish(&event);
}

static void hand_over(struct client *client, struct client *heir)
{
	if (client->away[0] != '\0')
		tell_back(client);
	client_give_up_nick(client);
	/* A guest's, who may have said something else by now. */
	if (heir->account[0] == '\0')
		metadata_add(&heir->metadata, &client->metadata, METADATA_MAX_KEYS);
	client->ghost->heir = heir;
	heir->shadow = client->ghost;
	wait_from_now(client->ghost);
}

bool ghost_gives_way(struct client *other, struct client *client)
{
	if (other->ghost == NULL || !is_same_person(other, client))
		return false;
	if (!client->registered && looks_the_same(other, client))
		hand_over(other, client);
	else
		ghost_end(other->ghost);
	return true;
}

struct member *ghost_member(const struct client *client, const struct room *room)
{
	return client->shadow != NULL ? room_find(room, client->shadow->client) : NULL;
}

void ghost_return(struct client *client, struct member *member)
{
	room_pass_on(member, client);
	metadata_notify_entry(member, &client->shadow->client->metadata);
	if (list_empty(&client->shadow->client->memberships))
		ghost_end(client->shadow);
}

/* ---- ending ---- */

static void part_rooms(struct client *client, const char *reason)
{
	while (!list_empty(&client->memberships)) {
		struct member *member =
			list_item(client->memberships.next, struct member, by_client);
		struct event event;

		event_init(&event, client->server, client, "PART");
		message_write_word(&event.writer, member->room->name);
		message_write_text(&event.writer, reason);
		room_tell_of(member, &event, client, 0, 0);
		if (!room_hushes(member))
			chronicle_note(member->room, &event);
		event_finish(&event);
		room_remove(member);
	}
}

void ghost_end(struct ghost *ghost)
{
	struct client *client = ghost->client;

	list_remove(&ghost->link);
	client->server->n_ghosts--;
	client->ghost = NULL;
	if (ghost->heir != NULL) {
		ghost->heir->shadow = NULL;
		part_rooms(client, ghost->reason);
	} else {
		client_depart(client, ghost->reason);
	}
	free(ghost);
	if (client->disconnected)
		client_destroy(client);
}

void ghost_forget(struct client *client)
{
	if (client->shadow != NULL)
		ghost_end(client->shadow);
}

void ghosts_sweep(struct server *server, int64_t now_us)
{
	struct list *link, *after;

	list_each_safe (link, after, &server->ghosts) {
		struct ghost *ghost = list_item(link, struct ghost, link);

		if (now_us < ghost->until_us)
			return;
		ghost_end(ghost);
	}
}

void ghosts_end_all(struct server *server)
{
	struct list *link, *after;

	list_each_safe (link, after, &server->ghosts)
		ghost_end(list_item(link, struct ghost, link));
}
