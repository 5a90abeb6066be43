/* SPDX-License-Identifier: MIT */
#include "chat/response.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/client.h"
#include "chat/server.h"

void response_begin(struct response *response, struct client *client, const char *label)
{
	response->client = client;
	response->batch[0] = '\0';
	response->waits = false;
	response->first_several = NULL;
	response->late = false;
	response->held = NULL;
	snprintf(response->label, sizeof(response->label), "%s", label);
}

/* A copy is held, since a line may be one of others' chains, too. */
static void hold(struct response *response, const struct line *line)
{
	struct line **end = &response->held;

	while (*end != NULL)
		end = &(*end)->next;
	for (; line != NULL; line = line->next) {
		*end = line_create(line->data, line->len);
		if (*end == NULL)
			return;
		end = &(*end)->next;
	}
}

static void send_line(struct response *response, struct line *line)
{
	if (response->late)
		hold(response, line);
	else
		conn_send(&response->client->conn, line);
}

static void send_with(struct response *response, struct event *event, const char *tag,
		      const char *value)
{
	struct client *client = response->client;
	struct line *line = event_line_with(event, client->caps, tag, value);

	send_line(response, line);
	line_release(line);
}

static void send_first(struct response *response, const char *tag, const char *value)
{
	send_with(response, &response->first, tag, value);
	free(response->first_several);
	response->first_several = NULL;
}

void response_name_batch(struct server *server, char ret_batch[RESPONSE_BATCH_SIZE])
{
	snprintf(ret_batch, RESPONSE_BATCH_SIZE, "%" PRIu64, ++server->n_batches);
}

void response_write_batch(struct event *event, struct server *server, char sign, const char *batch)
{
	char reference[RESPONSE_BATCH_SIZE + 1];

	snprintf(reference, sizeof(reference), "%c%s", sign, batch);
	event_init(event, server, NULL, "BATCH");
	message_write_word(&event->writer, reference);
}

static void open_batch(struct response *response)
{
	struct event event;

	response_name_batch(response->client->server, response->batch);
	response_write_batch(&event, response->client->server, '+', response->batch);
	message_write_word(&event.writer, "labeled-response");
	send_with(response, &event, "label", response->label);
	event_finish(&event);
	if (response->waits)
		send_first(response, "batch", response->batch);
	response->waits = false;
}

/* False without memory: then it can't wait. */
static bool keep_first(struct response *response, const struct event *event)
{
	if (event->several != NULL) {
		response->first_several = strdup(event->several);
		if (response->first_several == NULL)
			return false;
	}
	event_copy(&response->first, event, response->first_tags);
	response->first.several = response->first_several;
	response->waits = true;
	return true;
}

void response_add(struct response *response, struct event *event)
{
	if (response->label[0] == '\0') {
		send_line(response, event_line(event, response->client->caps));
		return;
	}
	if (!response->waits && response->batch[0] == '\0' && keep_first(response, event))
		return;
	if (response->batch[0] == '\0')
		open_batch(response);
	send_with(response, event, "batch", response->batch);
}

void response_end(struct response *response)
{
	struct event event;

	if (response->client == NULL)
		return;
	if (response->batch[0] != '\0') {
		response_write_batch(&event, response->client->server, '-', response->batch);
		send_line(response, event_line(&event, response->client->caps));
		event_finish(&event);
	} else if (response->waits) {
		send_first(response, "label", response->label);
	} else if (response->label[0] != '\0') {
		event_init(&event, response->client->server, NULL, "ACK");
		send_with(response, &event, "label", response->label);
		event_finish(&event);
	}
	response->client = NULL;
}

void response_catch_up(struct response *response, struct client *client)
{
	response->late = false;
	conn_send(&client->conn, response->held);
	line_release(response->held);
	response->held = NULL;
}

void response_move(struct response *to, struct response *from)
{
	to->late = from->late;
	to->held = from->held;
	from->late = false;
	from->held = NULL;
	to->client = from->client;
	if (from->client == NULL)
		return;
	memcpy(to->label, from->label, sizeof(to->label));
	memcpy(to->batch, from->batch, sizeof(to->batch));
	to->waits = from->waits;
	if (from->waits)
		event_copy(&to->first, &from->first, to->first_tags);
	to->first_several = from->first_several;
	from->first_several = NULL;
	from->client = NULL;
}

void response_forget(struct response *response)
{
	line_release(response->held);
	response->held = NULL;
	response->late = false;
	response->client = NULL;
	free(response->first_several);
	response->first_several = NULL;
}
