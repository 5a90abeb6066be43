/* SPDX-License-Identifier: MIT */
#include "chat/status.h"

#include <time.h>
#include <unistd.h>

#include "chat/server.h"
#include "common/usage.h"

static json_int_t seconds_since(const struct server *server, int64_t then_us)
{
	return (json_int_t)((io_now_us(server->io) - then_us) / 1000000);
}

static json_t *number(uint64_t count)
{
	return json_integer((json_int_t)count);
}

/* ---- totals ---- */

static void add_counts(json_t *object, const struct server *server)
{
	const struct counters *counters = &server->counters;
	struct store_counts store;

	store_counts(server->store, &store);
	const struct {
		const char *name;
		uint64_t count;
	} counts[] = {
		{"connections", server->n_clients},
		{"users", server->n_registered},
		{"most_users", server->most_registered},
		{"operators", server->n_operators},
		{"rooms", server->rooms.n},
		{"messages", counters->messages},
		{"private_messages", counters->privates},
		{"history_messages", counters->history},
		{"writes", store.writes},
		{"commits", store.commits},
		{"refused_writes", store.refused},
		{"bytes_in", counters->conns.bytes_in},
		{"bytes_out", counters->conns.bytes_out},
		{"lines_in", counters->conns.lines_in},
		{"lines_out", counters->conns.lines_out},
		{"queue_overflows", counters->conns.overflows},
		{"refused", counters->refused},
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_object_set_new(object, counts[i].name, number(counts[i].count));
}

json_t *status_totals(struct server *server)
{
	struct usage usage = usage_read();
	int refusal = store_refuses(server->store);
	json_t *object = json_pack(
		"{ss ss ss ss sI sI ss sf sf sI}", "version", SPILLWAY_VERSION, "name",
		server->config->name, "network", server->config->network, "data", server->data,
		"pid", (json_int_t)getpid(), "uptime_s",
		(json_int_t)(time(NULL) - server->started_s), "io", io_name(server->io),
		"messages_per_s",
		rate_per_s(&server->rate, io_now_us(server->io), server->counters.messages),
		"cpu_s", (double)usage.cpu_us / 1e6, "memory_kb",
		(json_int_t)(usage.most_resident_bytes / 1024));

	if (object == NULL)
		return NULL;
	add_counts(object, server);
	if (refusal == 0)
		refusal = server->store_error;
	if (refusal < 0)
		json_object_set_new(object, "store_error", json_string(database_sentence(refusal)));
	return object;
}

/* ---- rooms and users ---- */

static json_t *room_json(const struct room *room)
{
	char modes[MODE_TEXT_SIZE];

	mode_text(mode_of_rooms, room->modes, modes);
	return json_pack("{ss sI ss ss sI}", "name", room->name, "members",
			 (json_int_t)room->n_members, "modes", modes, "topic", room->topic,
			 "since_s", (json_int_t)(time(NULL) - room->created_s));
}

json_t *status_rooms(const struct server *server)
{
	json_t *array = json_array();
	struct list *link;

	list_each (link, &server->all_rooms)
		json_array_append_new(array, room_json(list_item(link, struct room, link)));
	return array;
}

static json_t *names_of_rooms(const struct client *client)
{
	json_t *array = json_array();
	struct list *link;

	list_each (link, &client->memberships) {
		const struct member *member = list_item(link, struct member, by_client);
		char marks[MODE_TEXT_SIZE];

		mode_marks(member->modes, true, marks);
		json_array_append_new(array, json_sprintf("%s%s", marks, member->room->name));
	}
	return array;
}

static json_t *user_json(const struct client *client)
{
	const struct server *server = client->server;
	char modes[MODE_TEXT_SIZE];

	mode_text(mode_of_users, client->modes, modes);
	return json_pack("{ss ss ss ss ss ss ss so sI sI sI}", "nick", client->nick, "user",
			 client->user, "host", client->host, "address", client->address, "account",
			 client->account, "transport",
			 client->conn.protocol == CONN_FRAMES ? "websocket" : "irc", "modes", modes,
			 "rooms", names_of_rooms(client), "connected_s",
			 seconds_since(server, client->connected_us), "idle_s",
			 seconds_since(server, client->active_us), "waiting",
			 (json_int_t)client->conn.outbox.bytes);
}

json_t *status_users(const struct server *server)
{
	json_t *array = json_array();
	struct list *link;

	list_each (link, &server->clients) {
		const struct client *client = list_item(link, struct client, link);

		if (client->registered && !client->left)
			json_array_append_new(array, user_json(client));
	}
	return array;
}

json_t *status_members(const struct room *room)
{
	json_t *array = json_array();
	struct list *link;

	list_each (link, &room->members)
		json_array_append_new(array,
				      user_json(list_item(link, struct member, by_room)->client));
	return array;
}
