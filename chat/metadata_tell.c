/* SPDX-License-Identifier: MIT */
#include "chat/metadata_tell.h"

#include <stdarg.h>

#include "chat/server.h"

bool metadata_aware(const struct client *client)
{
	return (client->caps & CAP_METADATA) != 0 && (client->caps & CAP_BATCH) != 0;
}

static bool knows_second(const struct client *client)
{
	return (client->caps & CAP_METADATA_2) != 0;
}

/* ---- values ---- */

static void write_value(struct event *event, const struct client *to, const char *target,
			const char *key, const char *value)
{
	event_init(event, to->server, NULL, value != NULL ? "761" : "766");
	message_write_word(&event->writer, client_name(to));
	message_write_word(&event->writer, target);
	message_write_word(&event->writer, key);
	if (value != NULL)
		message_write_word(&event->writer, "*"); /* everybody may see it */
	message_write_text(&event->writer, value != NULL ? value : "Key not set");
}

static void write_notice(struct event *event, const struct client *to, const char *target,
			 const char *key, const char *value)
{
	if (!knows_second(to)) {
		write_value(event, to, target, key, value);
		return;
	}
	event_init(event, to->server, NULL, "METADATA");
	message_write_word(&event->writer, target);
	message_write_word(&event->writer, key);
	message_write_word(&event->writer, "*");
	if (value != NULL)
		message_write_text(&event->writer, value);
}

void metadata_reply(struct client *client, const char *target, const char *key, const char *value)
{
	struct event event;

	write_value(&event, client, target, key, value);
	client_tell(client, &event);
	event_finish(&event);
}

void metadata_answer(struct answer *answer, const char *target, const char *key, const char *value)
{
	struct event event;

	write_value(&event, answer->client, target, key, value);
	answer_add(answer, &event);
}

void metadata_answer_sync(struct answer *answer, const char *target, const char *key,
			  const char *value)
{
	struct event event;

	write_notice(&event, answer->client, target, key, value);
	answer_add(answer, &event);
}

/* ---- problems ---- */

static const struct {
	const char *code,
		*second; /* of the third draft; of the second, NULL where it is the same */
} problems[] = {
	[METADATA_INVALID_KEY] = {"INVALID_KEY", "KEY_INVALID"},
	[METADATA_INVALID_PARAMS] = {"INVALID_PARAMS", "SUBCOMMAND_INVALID"},
	[METADATA_INVALID_TARGET] = {"INVALID_TARGET", NULL},
	[METADATA_INVALID_VALUE] = {"INVALID_VALUE", "VALUE_INVALID"},
	[METADATA_NO_PERMISSION] = {"KEY_NO_PERMISSION", NULL},
	[METADATA_NOT_SET] = {"KEY_NOT_SET", NULL},
	[METADATA_LIMIT_REACHED] = {"LIMIT_REACHED", NULL},
	[METADATA_TOO_MANY_SUBS] = {"LIMIT_REACHED", "TOO_MANY_SUBS"},
	[METADATA_RATE_LIMITED] = {"RATE_LIMITED", NULL},
	[METADATA_NOT_STORED] = {"NOT_STORED", NULL},
};

static void write_problem(struct event *event, const struct client *to, const char *type,
			  enum metadata_problem problem, const char *text, va_list words)
{
	const char *code = problems[problem].code, *word;

	if (knows_second(to) && problems[problem].second != NULL)
		code = problems[problem].second;
	event_init(event, to->server, NULL, type);
	message_write_word(&event->writer, "METADATA");
	message_write_word(&event->writer, code);
	while ((word = va_arg(words, const char *)) != NULL)
		message_write_word(&event->writer, word);
	message_write_text(&event->writer, text);
}

void metadata_refuse(struct client *client, enum metadata_problem problem, const char *text, ...)
{
	struct event event;
	va_list words;

	va_start(words, text);
	write_problem(&event, client, "FAIL", problem, text, words);
	va_end(words);
	client_tell(client, &event);
	event_finish(&event);
}

void metadata_warn(struct answer *answer, enum metadata_problem problem, const char *text, ...)
{
	struct event event;
	va_list words;

	va_start(words, text);
	write_problem(&event, answer->client, knows_second(answer->client) ? "FAIL" : "WARN",
		      problem, text, words);
	va_end(words);
	answer_add(answer, &event);
}
