/* SPDX-License-Identifier: MIT */
#include "chat/monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat/metadata_sync.h"
#include "chat/metadata_tell.h"
#include "chat/reply.h"
#include "chat/server.h"
#include "common/casemap.h"

static struct target *find_target(const struct server *server, const char *nick)
{
	struct table_link *link = table_find(&server->targets, nick);

	return link != NULL ? list_item(link, struct target, by_nick) : NULL;
}

static struct target *make_target(struct server *server, const char *nick)
{
	struct target *target = calloc(1, sizeof(*target));

	if (target == NULL)
		return NULL;
	snprintf(target->nick, sizeof(target->nick), "%s", nick);
	if (table_add(&server->targets, &target->by_nick, target->nick) < 0) {
		free(target);
		return NULL;
	}
	list_init(&target->watches);
	return target;
}

static void check_unwatched(struct server *server, struct target *target)
{
	if (list_empty(&target->watches)) {
		table_remove(&server->targets, &target->by_nick);
		free(target);
	}
}

static struct watch *find_watch(const struct client *client, const char *nick)
{
	struct list *link;

	list_each (link, &client->watches) {
		struct watch *watch = list_item(link, struct watch, by_client);

		if (casemap_equal(watch->target->nick, nick))
			return watch;
	}
	return NULL;
}

int monitor_add(struct client *client, const char *nick)
{
	struct target *target = find_target(client->server, nick);

	if (find_watch(client, nick) != NULL)
		return 0;
	if (client->n_watches == MONITOR_MAX)
		return -ENOSPC;
	if (target == NULL)
		target = make_target(client->server, nick);
	if (target == NULL)
		return -ENOMEM;
	struct watch *watch = calloc(1, sizeof(*watch));
	if (watch == NULL) {
		check_unwatched(client->server, target);
		return -ENOMEM;
	}
	watch->target = target;
	watch->client = client;
	list_init(&watch->by_target);
	list_init(&watch->by_client);
	list_add_tail(&target->watches, &watch->by_target);
	list_add_tail(&client->watches, &watch->by_client);
	client->n_watches++;
	return 0;
}

static void destroy_watch(struct watch *watch)
{
	list_remove(&watch->by_target);
	list_remove(&watch->by_client);
	watch->client->n_watches--;
	check_unwatched(watch->client->server, watch->target);
	free(watch);
}

void monitor_remove(struct client *client, const char *nick)
{
	struct watch *watch = find_watch(client, nick);

	if (watch != NULL)
		destroy_watch(watch);
}

void monitor_clear(struct client *client)
{
	struct list *link, *after;

	list_each_safe (link, after, &client->watches)
		destroy_watch(list_item(link, struct watch, by_client));
}

/* ---- telling ---- */

static void tell(struct server *server, const char *nick, enum numeric_id id, const char *text)
{
	struct target *target = find_target(server, nick);
	struct list *link;

	if (target == NULL)
		return;
	list_each (link, &target->watches)
		reply(list_item(link, struct watch, by_target)->client, id, text, NULL);
}

static void tell_metadata(struct client *to, void *context)
{
	const struct client *client = context;

	if (metadata_aware(to))
		metadata_sync_client(to, client, client->nick);
}

void monitor_tell_online(struct client *client)
{
	tell(client->server, client->nick, RPL_MONONLINE, client->source);
	client->server->visit++;
	monitor_each(client, tell_metadata, client);
}

void monitor_tell_offline(struct server *server, const char *nick)
{
	tell(server, nick, RPL_MONOFFLINE, nick);
}

void monitor_each(struct client *client, client_visitor *visit, void *context)
{
	struct target *target = find_target(client->server, client->nick);
	struct list *link;

	if (target == NULL)
		return;
	list_each (link, &target->watches) {
		struct client *other = list_item(link, struct watch, by_target)->client;

		if (client_visit(other))
			visit(other, context);
	}
}
