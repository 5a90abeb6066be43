/* SPDX-License-Identifier: MIT */
#include "chat/mode_tell.h"

#include <stdio.h>
#include <string.h>

#include "chat/record.h"
#include "chat/server.h"
#include "chat/twitch.h"

void mode_tell_init(struct mode_tell *tell, struct server *server,
		    const struct event_author *author, struct room *room, struct client *client)
{
	tell->server = server;
	tell->author = author;
	tell->room = room;
	tell->client = client;
	tell->about = NULL;
	tell->n = 0;
}

void mode_tell_add(struct mode_tell *tell, bool add, char letter, const char *parameter)
{
	struct mode_told *told;

	if (tell->n == MODE_MAX_CHANGES)
		mode_tell_end(tell);
	told = &tell->told[tell->n++];
	told->add = add;
	told->letter = letter;
	snprintf(told->parameter, sizeof(told->parameter), "%s", parameter);
}

void mode_tell_member(struct mode_tell *tell, const struct member *member, unsigned modes, bool add)
{
	for (const struct mode *mode = mode_of_rooms; mode->letter != '\0'; mode++) {
		if (mode->kind == MODE_MEMBER && (modes & mode->bit) != 0)
			mode_tell_add(tell, add, mode->letter, member->client->nick);
	}
}

/* How many of the changes from `first` on fit into one message that has room for so many bytes. */
static size_t count_fitting(const struct mode_tell *tell, size_t first, size_t room)
{
	size_t n = first, used = 2;

	for (; n < tell->n; n++) {
		size_t len = strlen(tell->told[n].parameter);

		used += 2 + (len > 0 ? 1 + len : 0);
		if (used > room)
			break;
	}
	return n > first ? n - first : 1;
}

static void write_changes(struct message_writer *writer, const struct mode_told *told, size_t n)
{
	char letters[2 * MODE_MAX_CHANGES + 1];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || told[i].add != told[i - 1].add)
			letters[len++] = told[i].add ? '+' : '-';
		letters[len++] = told[i].letter;
	}
	letters[len] = '\0';
	message_write_word(writer, letters);
	for (size_t i = 0; i < n; i++) {
		if (told[i].parameter[0] != '\0')
			message_write_word(writer, told[i].parameter);
	}
}

static void send_event(struct mode_tell *tell, struct event *event)
{
	struct client *client = tell->client;

	if (tell->room != NULL && (tell->about == NULL || !room_hushes(tell->about)))
		chronicle_note(tell->room, event);
	if (tell->about != NULL)
		room_tell_of(tell->about, event, NULL, 0, 0);
	else if (tell->room != NULL)
		room_tell(tell->room, event, NULL, 0, 0, 0);
	if (client != NULL && (tell->room == NULL || room_find(tell->room, client) == NULL))
		client_tell(client, event);
}

static bool has_slow(const struct mode_tell *tell)
{
	for (size_t i = 0; i < tell->n; i++) {
		if (tell->told[i].letter == MODE_LETTER_SLOW)
			return tell->room != NULL;
	}
	return false;
}

void mode_tell_end(struct mode_tell *tell)
{
	const char *target = tell->room != NULL ? tell->room->name : tell->client->nick;
	size_t n;

	for (size_t i = 0; i < tell->n; i += n) {
		struct event event;

		event_init_by(&event, tell->server, tell->author, "MODE");
		message_write_word(&event.writer, target);
		size_t start = event.writer.len + 1;
		n = count_fitting(tell, i, event.writer.size - 3 - event.writer.len);
		write_changes(&event.writer, &tell->told[i], n);
		event.text[event.writer.len] = '\0';
		if (tell->room != NULL && tell->author != NULL)
			record_act(tell->server, record_author(tell->author), "mode",
				   tell->room->name, "", event.text + start);
		send_event(tell, &event);
		event_finish(&event);
	}
	if (has_slow(tell))
		twitch_tell_slow(tell->room);
	tell->n = 0;
}
