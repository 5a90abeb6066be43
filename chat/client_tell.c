/* SPDX-License-Identifier: MIT */
/* Clients: who is told what one of them does. */
#include "chat/client.h"
#include "chat/monitor.h"
#include "chat/room.h"
#include "chat/server.h"

void client_tell(struct client *client, struct event *event)
{
	struct response *response = &client->server->response;

	if (response->client == client && !event->aside)
		response_add(response, event);
	else
		conn_send(&client->conn, event_line(event, client->caps));
}

bool client_visit(struct client *client)
{
	bool first = client->visited != client->server->visit;

	client->visited = client->server->visit;
	return first;
}

void client_each_neighbour(struct client *client, client_visitor *visit, void *context)
{
	struct list *link, *inner;

	client->server->visit++;
	client_visit(client);
	list_each (link, &client->memberships) {
		struct member *member = list_item(link, struct member, by_client);
		bool hushed = room_hushes(member);

		list_each (inner, &member->room->members) {
			struct member *to = list_item(inner, struct member, by_room);

			if (hushed && (to->modes & MEMBER_OPERATORS) == 0)
				continue;
			if (client_visit(to->client))
				visit(to->client, context);
		}
	}
}

struct telling {
	struct event *event;
	unsigned need;
};

static void tell_able(struct client *client, void *context)
{
	const struct telling *telling = context;

	if ((client->caps & telling->need) == telling->need)
		client_tell(client, telling->event);
}

void client_tell_neighbours(struct client *client, struct event *event, unsigned need,
			    bool monitors)
{
	struct telling telling = {event, need};

	client_each_neighbour(client, tell_able, &telling);
	telling.need |= CAP_EXTENDED_MONITOR;
	if (monitors)
		monitor_each(client, tell_able, &telling);
}

bool client_shares_room(const struct client *a, const struct client *b)
{
	struct list *link;

	list_each (link, &a->memberships) {
		if (room_find(list_item(link, struct member, by_client)->room, b) != NULL)
			return true;
	}
	return false;
}
