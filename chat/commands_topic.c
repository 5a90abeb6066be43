/* SPDX-License-Identifier: MIT */
/* TOPIC. */
#include "chat/commands_impl.h"
#include "chat/record.h"
#include "chat/reply.h"
#include "chat/room_change.h"

void commands_tell_topic(struct client *client, const struct room *room)
{
	reply(client, RPL_TOPIC, room->name, room->topic, NULL);
	reply(client, RPL_TOPICWHOTIME, room->name, room->topic_by, number_text(room->topic_s).text,
	      NULL);
}

static void set_topic(struct client *client, struct room *room, const char *topic)
{
	struct room_change *change = room_change_create(client, room, "TOPIC", sizeof(*change));

	if (change == NULL)
		return;
	room_change_topic(change, topic);
	room_change_commit(change, client);
}

void commands_set_topic(struct server *server, struct room *room, const char *topic)
{
	struct room_change *change = room_change_create_own(server, room);

	if (change == NULL)
		return;
	room_change_topic(change, topic);
	room_change_commit(change, NULL);
}

void command_topic(struct client *client, const struct message *message)
{
	struct room *room = commands_room(client, message->parameters[0]);
	struct member *member = room != NULL ? room_find(room, client) : NULL;
	bool may = room != NULL && room_may(room, client, MEMBER_OPERATOR);

	if (room == NULL)
		return;
	if (member == NULL && !may && message->n_parameters > 1) {
		reply(client, ERR_NOTONCHANNEL, room->name, NULL);
	} else if (message->n_parameters == 1) {
		if (room->topic[0] != '\0')
			commands_tell_topic(client, room);
		else
			reply(client, RPL_NOTOPIC, room->name, NULL);
	} else if ((room->modes & ROOM_MODE_TOPIC) != 0 && !may) {
		commands_refuse_role(client, room, MEMBER_OPERATOR);
	} else if (room_silence(room, client) != NULL) {
		reply_standard(client, "FAIL", "TOPIC", "CANNOT_SPEAK", room->name,
			       "You are muted or banned here");
	} else if (!may && room_blocks(room, message->parameters[1])) {
		reply_standard(client, "FAIL", "TOPIC", "WORD_BLOCKED", room->name,
			       "A word in it is blocked here (+g)");
	} else {
		if (may)
			record_act(client->server, record_name(client), "topic", room->name, "",
				   message->parameters[1]);
		set_topic(client, room, message->parameters[1]);
	}
}
