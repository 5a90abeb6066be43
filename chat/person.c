/* SPDX-License-Identifier: MIT */
#include "chat/person.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chat/errand.h"
#include "chat/history.h"
#include "chat/markers.h"
#include "chat/metadata_record.h"
#include "chat/metadata_tell.h"
#include "chat/server.h"

struct person *person_find(const struct server *server, const char *account)
{
	struct table_link *link = table_find(&server->people, account);

	return link != NULL ? list_item(link, struct person, by_account) : NULL;
}

static struct person *make(struct server *server, const char *account)
{
	struct person *person = calloc(1, sizeof(*person));

	if (person == NULL)
		return NULL;
	memcpy(person->account, account, sizeof(person->account));
	if (table_add(&server->people, &person->by_account, person->account) < 0) {
		free(person);
		return NULL;
	}
	list_init(&person->clients);
	return person;
}

/* ---- what he has said of himself ---- */

struct loading {
	struct store_read read;
	struct errand *errand;
	uint64_t began; /* server->metadata_changes then */
	char account[NICK_MAX + 1];
};

static int load(struct client *client);

/* What couldn't be read is asked for when somebody wants to know it. */
static void take_loaded(const struct loading *loading, struct client *client)
{
	struct person *person = client->person;
	struct metadata metadata = {0};

	if (person == NULL || strcmp(person->account, loading->account) != 0)
		return;
	if (person->loaded) { /* by another of his connections */
		metadata_notify_all(client, &person->metadata, true, NULL);
		return;
	}
	if (person->changed > loading->began) { /* what was read may be older */
		load(client);
		return;
	}
	person->loaded = metadata_record_load(&metadata, &loading->read.rows) == 0;
	metadata_move(&person->metadata, &metadata);
	metadata_notify_all(client, &person->metadata, true, NULL);
}

static void loaded(struct store_job *job, int result)
{
	struct loading *loading = (struct loading *)(void *)job;
	struct errand *errand = loading->errand;
	struct client *client = errand_enter(errand);

	if (client != NULL && result == 0)
		take_loaded(loading, client);
	rows_finish(&loading->read.rows);
	free(loading);
	errand_leave(errand);
}

static int load(struct client *client)
{
	struct loading *loading = calloc(1, sizeof(*loading));
	int error = -ENOMEM;

	if (loading == NULL)
		return error;
	memcpy(loading->account, client->person->account, sizeof(loading->account));
	loading->began = client->server->metadata_changes;
	loading->errand = errand_of(client);
	if (loading->errand != NULL)
		error = metadata_record_list(client->server->store, &loading->read,
					     loading->account, loaded);
	if (error == 0)
		errand_add(loading->errand);
	else
		free(loading);
	return error;
}

/* ---- coming and going ---- */

int person_add(struct client *client)
{
	struct person *person = person_find(client->server, client->account);

	if (person == NULL)
		person = make(client->server, client->account);
	if (person == NULL)
		return -ENOMEM;
	client->person = person;
	list_add_tail(&person->clients, &client->by_person);
	if (person->loaded)
		metadata_notify_all(client, &person->metadata, true, NULL);
	else
		load(client);
	return 0;
}

/* When he was last here; with an error it stays as it was, and he is told more than he missed. */
struct departure {
	struct markers_set set;
	struct server *server;
	char account[NICK_MAX + 1];
};

static void noted(struct store_job *job, int result)
{
	struct departure *departure = (struct departure *)(void *)job;
	struct server *server = departure->server;

	(void)result;
	free(departure);
	server_check_drained(server);
}

static void note_departure(struct server *server, const struct person *person)
{
	struct departure *departure = calloc(1, sizeof(*departure));

	if (departure == NULL)
		return;
	departure->server = server;
	memcpy(departure->account, person->account, sizeof(departure->account));
	departure->set = (struct markers_set){
		.account = departure->account, .target = HISTORY_LEFT, .time_ms = timestamp_now()};
	if (markers_set(server->store, &departure->set, noted) < 0)
		free(departure);
}

void person_remove(struct client *client)
{
	struct person *person = client->person;

	if (person == NULL)
		return;
	client->person = NULL;
	list_remove(&client->by_person);
	if (list_empty(&person->clients)) {
		note_departure(client->server, person);
		table_remove(&client->server->people, &person->by_account);
		metadata_clear(&person->metadata);
		free(person);
	}
}

void person_tell(const struct person *person, struct event *event, const struct client *but,
		 unsigned need)
{
	struct list *link;

	list_each (link, &person->clients) {
		struct client *client = list_item(link, struct client, by_person);

		if (client != but && client->registered && (client->caps & need) == need)
			client_tell(client, event);
	}
}
