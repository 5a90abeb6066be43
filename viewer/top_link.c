/* SPDX-License-Identifier: MIT */
#include "viewer/top_link.h"

#include <errno.h>
#include <string.h>

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
	snprintf(link->trouble, sizeof(link->trouble), "%s", strerror(error < 0 ? -error : ENOMEM));
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

static void kick(struct control_client *client, long long id,
		 char ret_sentence[STATUS_SENTENCE_SIZE])
{
	json_t *request = json_pack("{s:s, s:I}", "request", "kick", "id", (json_int_t)id), *reply;
	int error = request != NULL ? control_send(client, request) : -ENOMEM;
	const char *why;

	json_decref(request);
	if (error == 0)
		error = control_receive(client, CONTROL_TIMEOUT_MS, &reply);
	if (error < 0) {
		snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "%s", strerror(-error));
		return;
	}
	why = json_string_value(json_object_get(reply, "error"));
	if (json_is_true(json_object_get(reply, "ok")))
		snprintf(ret_sentence, STATUS_SENTENCE_SIZE, "viewer %lld is disconnected", id);
	else
		sentence_clean(slice_from(why != NULL ? why : "the relay refuses"), ret_sentence,
			       STATUS_SENTENCE_SIZE);
	json_decref(reply);
}

void top_link_kick(const struct top_link *link, long long id,
		   char ret_sentence[STATUS_SENTENCE_SIZE])
{
	struct control_client client;

	if (status_connect(&status_of_relay, link->control, &client, ret_sentence) < 0)
		return;
	kick(&client, id, ret_sentence);
	control_client_finish(&client);
}
