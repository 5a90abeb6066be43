/* SPDX-License-Identifier: MIT */
/* TOPIC. A topic is stored before it is told, and outlives its room. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/herald.h"
#include "chat/reply.h"
#include "chat/room_record.h"
#include "chat/server.h"
#include "common/utf8.h"

void commands_tell_topic(struct client *client, const struct room *room)
{
	reply(client, RPL_TOPIC, room->name, room->topic, NULL);
	reply(client, RPL_TOPICWHOTIME, room->name, room->topic_by, number_text(room->topic_s).text,
	      NULL);
}

static void put(struct room *room, const struct room_topic *topic)
{
	snprintf(room->topic, sizeof(room->topic), "%s", topic->topic);
	snprintf(room->topic_by, sizeof(room->topic_by), "%s", topic->by);
	room->topic_s = topic->set_s;
}

/* ---- changing ---- */

struct change {
	struct store_write write;
	struct server *server;
	struct errand *errand; /* NULL: the service itself sets it */
	struct event event;
	int64_t set_s;
	char room[ROOM_NAME_MAX + 1];
	char topic[ROOM_MAX_TOPIC + 1];
	char by[NICK_SOURCE_SIZE];
};

static struct room_topic topic_of(const struct change *change)
{
	return (struct room_topic){.room = change->room,
				   .topic = change->topic,
				   .by = change->by,
				   .set_s = change->set_s};
}

static void refuse(struct client *client, const char *room, int error)
{
	char text[160];

	snprintf(text, sizeof(text), "Not changed: %s",
		 error == -EAGAIN ? "too much is being said at once, try again"
				  : database_sentence(error));
	reply_standard(client, "FAIL", "TOPIC", "NOT_STORED", room, text);
}

static void changed(struct store_job *job, int result)
{
	struct change *change = (struct change *)(void *)job;
	struct errand *errand = change->errand;
	struct client *client = errand != NULL ? errand_enter(errand) : NULL;
	struct server *server = change->server;
	struct room *room = server_find_room(server, change->room);
	struct room_topic topic = topic_of(change);

	server_stored(server, result < 0 ? result : 0);
	if (result >= 0 && room != NULL) {
		put(room, &topic);
		room_tell(room, &change->event, NULL, 0, 0, 0);
	} else if (result < 0 && client != NULL) {
		refuse(client, change->room, result);
	}
	event_finish(&change->event);
	free(change);
	if (errand != NULL)
		errand_leave(errand);
	else
		server_check_drained(server);
}

/* client: who sets it; NULL: the service itself. */
static int set_topic(struct server *server, struct client *client, const struct room *room,
		     const char *topic)
{
	struct errand *errand = client != NULL ? errand_of(client) : NULL;
	struct change *change =
		errand != NULL || client == NULL ? calloc(1, sizeof(*change)) : NULL;
	struct room_topic kept;
	int error;

	if (change == NULL)
		return -ENOMEM;
	change->server = server;
	change->errand = errand;
	change->set_s = time(NULL);
	memcpy(change->room, room->name, sizeof(change->room));
	snprintf(change->by, sizeof(change->by), "%s",
		 client != NULL ? client->source : server->config->name);
	snprintf(change->topic, sizeof(change->topic), "%.*s",
		 (int)utf8_fit(slice_from(topic), ROOM_MAX_TOPIC), topic);
	event_init(&change->event, server, client, "TOPIC");
	message_write_word(&change->event.writer, change->room);
	message_write_text(&change->event.writer, change->topic);
	kept = topic_of(change);
	error = room_record_set_topic(server->store, &change->write, &kept, changed);
	if (error < 0)
		free(change);
	else if (errand != NULL)
		errand_add(errand);
	return error;
}

void commands_set_topic(struct server *server, const struct room *room, const char *topic)
{
	(void)set_topic(server, NULL, room, topic);
}

void command_topic(struct client *client, const struct message *message)
{
	struct room *room = commands_room(client, message->parameters[0]);
	struct member *member = room != NULL ? room_find(room, client) : NULL;
	bool may = room != NULL && room_may(room, client, MEMBER_OPERATOR);
	int error = 0;

	if (room == NULL)
		return;
	if (member == NULL && !may &&
	    (message->n_parameters > 1 || commands_hidden(room, client))) {
		reply(client, ERR_NOTONCHANNEL, room->name, NULL);
	} else if (message->n_parameters == 1) {
		if (room->topic[0] != '\0')
			commands_tell_topic(client, room);
		else
			reply(client, RPL_NOTOPIC, room->name, NULL);
	} else if ((room->modes & ROOM_MODE_TOPIC) != 0 && !may) {
		commands_refuse_role(client, room, MEMBER_OPERATOR);
	} else {
		error = set_topic(client->server, client, room, message->parameters[1]);
	}
	if (error < 0)
		refuse(client, room->name, error);
}

/* ---- recalling ---- */

struct recall {
	struct store_read read;
	struct errand *errand;
	char room[ROOM_NAME_MAX + 1];
};

/* Unless it was set meanwhile. */
static void restore(struct room *room, const struct rows *rows)
{
	struct room_topic topic;
	struct list *link;

	room_record_topic(rows, 0, &topic);
	if (room->topic_s != 0 || *topic.topic == '\0')
		return;
	put(room, &topic);
	list_each (link, &room->members)
		commands_tell_topic(list_item(link, struct member, by_room)->client, room);
}

static void not_recalled(struct client *client, const char *room)
{
	reply_standard(client, "WARN", "JOIN", "TOPIC_UNKNOWN", room,
		       "The topic that this room had can't be read now");
}

static void recalled(struct store_job *job, int result)
{
	struct recall *recall = (struct recall *)(void *)job;
	struct errand *errand = recall->errand;
	struct client *client = errand_enter(errand);
	struct room *room = server_find_room(errand->server, recall->room);

	if (result == 0 && room != NULL) {
		if (recall->read.rows.n > 0)
			restore(room, &recall->read.rows);
		room->topic_unknown = false;
		herald_title(room->server->herald, room);
	} else if (result < 0 && client != NULL) {
		not_recalled(client, recall->room);
	}
	rows_finish(&recall->read.rows);
	free(recall);
	errand_leave(errand);
}

void commands_recall_topic(struct client *client, struct room *room)
{
	struct errand *errand = errand_of(client);
	struct recall *recall = errand != NULL ? calloc(1, sizeof(*recall)) : NULL;
	int error = -ENOMEM;

	room->topic_unknown = true;
	if (recall != NULL) {
		recall->errand = errand;
		memcpy(recall->room, room->name, sizeof(recall->room));
		error = room_record_topics(client->server->store, &recall->read, recall->room,
					   recalled);
	}
	if (error == 0) {
		errand_add(errand);
		return;
	}
	free(recall);
	not_recalled(client, room->name);
}
