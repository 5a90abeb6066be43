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
	snprintf(response->label, sizeof(response->label), "%s", label);
}

static void send_with(struct response *response, struct event *event, const char *tag,
		      const char *value)
{
	struct client *client = response->client;
	struct line *line = event_line_with(event, client->caps, tag, value);

	conn_send(&client->conn, line);
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
		conn_send(&response->client->conn, event_line(&event, response->client->caps));
		event_finish(&event);
	} else if (response->waits) {
		send_first(response, "label", response->label);
	} else {
		event_init(&event, response->client->server, NULL, "ACK");
		send_with(response, &event, "label", response->label);
		event_finish(&event);
	}
	response->client = NULL;
}

void response_move(struct response *to, struct response *from)
{
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
	response->client = NULL;
	free(response->first_several);
	response->first_several = NULL;
}
