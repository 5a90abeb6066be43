/* SPDX-License-Identifier: MIT */
#include "viewer/top_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/name.h"
#include "common/sentence.h"

void top_link_init(struct top_link *link, const char *control)
{
	*link = (struct top_link){.control = control};
}

static void disconnect(struct top_link *link)
{
	if (link->connected)
		control_client_finish(&link->client);
	json_decref(link->status);
	link->status = NULL;
	link->connected = false;
}

void top_link_finish(struct top_link *link)
{
	disconnect(link);
}

bool top_link_busy(const struct top_link *link)
{
	return link->status != NULL;
}

int top_link_fd(const struct top_link *link)
{
	return link->connected ? link->client.fd : -1;
}

void top_link_ask(struct top_link *link)
{
	int error = 0;

	if (!link->connected) {
		link->connected = status_connect(&status_of_relay, link->control, &link->client,
						 link->trouble) == 0;
		if (!link->connected)
			return;
	}
	error = status_send(&status_of_relay, &link->client);
	link->status = error == 0 ? json_object() : NULL;
	link->n_taken = 0;
	if (link->status != NULL)
		return;
	snprintf(link->trouble, sizeof(link->trouble), "%s",
		 error == -EPIPE || error == -ECONNRESET ? "the relay has gone"
							 : strerror(error < 0 ? -error : ENOMEM));
	disconnect(link);
}

json_t *top_link_receive(struct top_link *link)
{
	json_t *status = link->status;
	int result = 0;

	if (status == NULL)
		return NULL;
	while (result == 0)
		result = status_take_next(&status_of_relay, &link->client, status, &link->n_taken,
					  link->trouble);
	if (result == -EAGAIN)
		return NULL;
	if (result < 0) {
		disconnect(link);
		return NULL;
	}
	link->status = NULL;
	link->trouble[0] = '\0';
	return status;
}

void top_link_give_up(struct top_link *link)
{
	disconnect(link);
	snprintf(link->trouble, sizeof(link->trouble), "the relay doesn't answer");
}

/* Takes over request. done: what is so when it was done; what isn't is told by the relay. */
static void kick(const struct top_link *link, json_t *request, const char *done,
		 char ret_sentence[STATUS_SENTENCE_SIZE])
{
	struct control_client client;
	json_t *reply = NULL;
	const char *why;

	if (status_connect(&status_of_relay, link->control, &client, ret_sentence) < 0) {
		json_decref(request);
		return;
	}
	int error = request != NULL ? control_send(&client, request) : -ENOMEM;
	if (error == 0)
		error = control_receive(&client, CONTROL_TIMEOUT_MS, &reply);
	why = json_string_value(json_object_get(reply, "error"));
	if (error < 0)
		snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s", strerror(-error));
	else if (json_is_true(json_object_get(reply, "ok")))
		snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s", done);
	else
		sentence_clean(slice_from(why != NULL ? why : "the relay refuses"), ret_sentence,
			       STATUS_SENTENCE_SIZE);
	json_decref(reply);
	json_decref(request);
	control_client_finish(&client);
}

void top_link_kick_viewer(const struct top_link *link, long long id,
			  char ret_sentence[STATUS_SENTENCE_SIZE])
{
	char done[64];

	snprintf(done, sizeof(done), "viewer %lld is disconnected", id);
	kick(link, json_pack("{s:s, s:I}", "request", "kick", "id", (json_int_t)id), done,
	     ret_sentence);
}

void top_link_kick_publisher(const struct top_link *link, const char *stream,
			     char ret_sentence[STATUS_SENTENCE_SIZE])
{
	char done[64 + NAME_MAX_BYTES];

	snprintf(done, sizeof(done), "the publisher of %s is disconnected", stream);
	kick(link, json_pack("{s:s, s:s}", "request", "kick", "stream", stream), done,
	     ret_sentence);
}
