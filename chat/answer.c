/* SPDX-License-Identifier: MIT */
#include "chat/answer.h"

#include <stdio.h>

#include "chat/client.h"
#include "chat/server.h"

static bool has_batches(const struct answer *answer)
{
	return (answer->client->caps & CAP_BATCH) != 0;
}

void answer_begin(struct answer *answer, struct client *client, const char *type,
		  const char *target)
{
	struct response *response = &client->server->response;
	bool labelled = response->client == client;
	struct event event;

	answer->client = client;
	answer->within = labelled && response->waits;
	if (!has_batches(answer))
		return;
	response_name_batch(client->server, answer->batch);
	response_write_batch(&event, client->server, '+', answer->batch);
	message_write_word(&event.writer, type);
	if (target != NULL)
		message_write_word(&event.writer, target);
	if (answer->within) {
		client_tell(client, &event);
		event_finish(&event);
		return;
	}
	struct line *line =
		event_line_with(&event, client->caps, labelled ? "label" : NULL, response->label);
	conn_send(&client->conn, line);
	line_release(line);
	event_finish(&event);
	/* It has its label now. */
	response_forget(response);
}

void answer_add(struct answer *answer, struct event *event)
{
	struct line *line = event_line_with(event, answer->client->caps,
					    has_batches(answer) ? "batch" : NULL, answer->batch);

	conn_send(&answer->client->conn, line);
	line_release(line);
	event_finish(event);
}

void answer_end(struct answer *answer)
{
	struct event event;

	if (!has_batches(answer))
		return;
	response_write_batch(&event, answer->client->server, '-', answer->batch);
	if (answer->within)
		client_tell(answer->client, &event);
	else
		conn_send(&answer->client->conn, event_line(&event, answer->client->caps));
	event_finish(&event);
}

void answer_recall(struct event *event, const char *target, const struct history_message *message)
{
	event_init_plain(event);
	event->bot = message->bot;
	snprintf(event->account, sizeof(event->account), "%s", message->account);
	event->client_tags = message->tags;
	snprintf(event->id, sizeof(event->id), "%s", message->msgid);
	timestamp_write(message->time_ms, event->time);
	message_write_command(&event->writer, message->source, message->command);
	message_write_word(&event->writer, target);
	if (message->text != NULL)
		event_write_said(event, message->text);
}
