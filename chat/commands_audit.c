/* SPDX-License-Identifier: MIT */
/* AUDIT: what operators did, for operators to read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/audit.h"
#include "chat/commands_impl.h"
#include "chat/errand.h"
#include "chat/reply.h"
#include "chat/server.h"

enum { DEFAULT_ENTRIES = 20 };

struct review {
	struct store_read read;
	struct errand *errand;
	int64_t since_ms;	      /* what came before isn't shown */
	char room[ROOM_NAME_MAX + 1]; /* "": of all */
};

static const char *word(const char *text)
{
	return *text != '\0' ? text : "*";
}

static void tell_entry(struct client *client, const struct audit_entry *entry)
{
	bool both = *entry->target != '\0' && *entry->detail != '\0';
	char text[MESSAGE_MAX_LINE], time[TIMESTAMP_SIZE];
	struct event event;

	snprintf(text, sizeof(text), "%s%s%s", entry->target, both ? ": " : "", entry->detail);
	timestamp_write(entry->time_ms, time);
	event_init(&event, client->server, NULL, "NOTE");
	message_write_word(&event.writer, "AUDIT");
	message_write_word(&event.writer, "ENTRY");
	message_write_word(&event.writer, word(entry->room));
	message_write_word(&event.writer, time);
	message_write_word(&event.writer, entry->by);
	message_write_word(&event.writer, entry->action);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

static void refuse(struct client *client, const char *room, int error)
{
	char text[160];

	snprintf(text, sizeof(text), "The record can't be read: %s",
		 error == -EAGAIN ? "too much is going on at once, try again"
				  : database_sentence(error));
	reply_standard(client, "FAIL", "AUDIT", "NOT_READ", word(room), text);
}

static void tell_all(struct client *client, const struct review *review)
{
	struct audit_entry entry;

	for (size_t i = 0; i < review->read.rows.n; i++) {
		audit_entry(&review->read.rows, i, &entry);
		if (entry.time_ms >= review->since_ms)
			tell_entry(client, &entry);
	}
	reply_standard(client, "NOTE", "AUDIT", "END", word(review->room), "End of the record");
}

static void found(struct store_job *job, int result)
{
	struct review *review = (struct review *)(void *)job;
	struct errand *errand = review->errand;
	struct client *client = errand_enter(errand);

	/* The latest is told last, as in every log. */
	rows_reverse(&review->read.rows, 0);
	if (client != NULL && result == 0)
		tell_all(client, review);
	else if (client != NULL)
		refuse(client, review->room, result);
	rows_finish(&review->read.rows);
	free(review);
	errand_leave(errand);
}

static void show(struct client *client, const struct room *room, size_t n)
{
	struct review *review = calloc(1, sizeof(*review));
	int error = -ENOMEM;

	if (review != NULL) {
		if (room != NULL)
			memcpy(review->room, room->name, sizeof(review->room));
		/* What was done in an earlier room of that name is no business of who has begun it
		 * anew. */
		if (room != NULL && (client->modes & USER_MODE_OPERATOR) == 0)
			review->since_ms = room->created_s * 1000;
		review->errand = errand_of(client);
		if (review->errand != NULL)
			error = audit_page(client->server->store, &review->read, review->room,
					   INT64_MAX, n, found);
	}
	if (error == 0) {
		errand_add(review->errand);
		return;
	}
	free(review);
	refuse(client, room != NULL ? room->name : "", error);
}

void command_audit(struct client *client, const struct message *message)
{
	bool names_room = message->n_parameters > 0 && message->parameters[0][0] == '#';
	size_t number = names_room ? 1 : 0;
	struct room *room = NULL;
	unsigned long long n = DEFAULT_ENTRIES;

	if (message->n_parameters > number &&
	    (slice_number(slice_from(message->parameters[number]), COMMANDS_MAX_HISTORY, &n) < 0 ||
	     n == 0)) {
		reply_standard(client, "FAIL", "AUDIT", "INVALID_PARAMS",
			       message->parameters[number],
			       "That is no room, and no number from 1 to 100");
		return;
	}
	if (names_room) {
		room = commands_operated(client, message->parameters[0]);
		if (room == NULL)
			return;
	} else if ((client->modes & USER_MODE_OPERATOR) == 0) {
		reply(client, ERR_NOPRIVILEGES, NULL);
		return;
	}
	show(client, room, (size_t)n);
}
