/* SPDX-License-Identifier: MIT */
#include "chat/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/server.h"
#include "chat/twitch.h"

void reply(struct client *client, enum numeric_id id, ...)
{
	struct event event;
	va_list parameters;

	va_start(parameters, id);
	if (twitch_answer_numeric(client, id, parameters)) {
		va_end(parameters);
		return;
	}
	event_init_plain(&event);
	/* Those two they take from any other name only. */
	if (id != RPL_NAMREPLY && id != RPL_ENDOFNAMES)
		event_from_service(&event, client->server);
	numeric_write(&event.writer, id, client->server->config->name, client_name(client),
		      parameters);
	va_end(parameters);
	client_tell(client, &event);
	event_finish(&event);
}

void reply_standard(struct client *client, const char *type, const char *command, const char *code,
		    const char *context, const char *text)
{
	struct event event;

	if (twitch_answer(client, command, code, context, text))
		return;
	event_init(&event, client->server, NULL, type);
	message_write_word(&event.writer, command);
	message_write_word(&event.writer, code);
	if (context != NULL)
		message_write_word(&event.writer, context);
	message_write_text(&event.writer, text);
	client_tell(client, &event);
	event_finish(&event);
}

struct number_text number_text(int64_t number)
{
	struct number_text result;

	snprintf(result.text, sizeof(result.text), "%" PRId64, number);
	return result;
}

/* ---- lists of words ---- */

void reply_list_init(struct reply_list *list, struct client *client, enum numeric_id id,
		     const char *first, const char *second, char separator)
{
	/* ":NAME 353 NICK FIRST SECOND :" and CR LF */
	size_t around = event_max_service(client->server) + strlen(client_name(client)) + 12;

	*list = (struct reply_list){
		.client = client, .id = id, .before = {first, second}, .separator = separator};
	around += first != NULL ? strlen(first) : 0;
	around += second != NULL ? strlen(second) : 0;
	list->max = MESSAGE_MAX_LINE - around;
}

static void say(struct reply_list *list)
{
	list->text[list->len] = '\0';
	if (list->before[1] != NULL)
		reply(list->client, list->id, list->before[0], list->before[1], list->text, NULL);
	else if (list->before[0] != NULL)
		reply(list->client, list->id, list->before[0], list->text, NULL);
	else
		reply(list->client, list->id, list->text, NULL);
	list->len = 0;
	list->said = true;
}

void reply_list_add(struct reply_list *list, const char *word)
{
	size_t len = strlen(word);

	if (list->len > 0 && list->len + 1 + len > list->max)
		say(list);
	if (len > list->max)
		return;
	if (list->len > 0)
		list->text[list->len++] = list->separator;
	memcpy(list->text + list->len, word, len);
	list->len += len;
}

void reply_list_end(struct reply_list *list, bool anyway)
{
	if (list->len > 0 || (anyway && !list->said))
		say(list);
}
