/* SPDX-License-Identifier: MIT */
#include "chat/record.h"

#include <errno.h>
#include <stdlib.h>

#include "chat/audit.h"
#include "chat/server.h"
#include "common/log.h"

struct record {
	struct store_write write;
	struct server *server;
};

const char *record_name(const struct client *client)
{
	return client->account[0] != '\0' ? client->account : client->source;
}

const char *record_author(const struct event_author *author)
{
	return author->account[0] != '\0' ? author->account : author->source;
}

/* The log has one line for each change. */
static void note_result(struct server *server, int result)
{
	if (result < 0 && server->record_error == 0)
		log_error("what operators do can't be recorded: %s", database_sentence(result));
	else if (result == 0 && server->record_error < 0)
		log_info("what operators do can be recorded again");
	server->record_error = result;
}

static void recorded(struct store_job *job, int result)
{
	struct record *record = (struct record *)(void *)job;
	struct server *server = record->server;

	free(record);
	note_result(server, result < 0 ? result : 0);
	server_check_drained(server);
}

void record_act(struct server *server, const char *by, const char *action, const char *room,
		const char *target, const char *detail)
{
	const struct audit_entry entry = {
		.time_ms = timestamp_now(),
		.by = by,
		.action = action,
		.room = room,
		.target = target,
		.detail = detail,
	};
	struct record *record = malloc(sizeof(*record));
	int error = -ENOMEM;

	if (record != NULL) {
		record->server = server;
		error = audit_add(server->store, &record->write, &entry, recorded);
	}
	if (error == 0)
		return;
	free(record);
	note_result(server, error);
}
