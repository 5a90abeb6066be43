/* SPDX-License-Identifier: MIT */
#include "chat/metadata_tell.h"

#include <stdarg.h>
#include <string.h>

#include "chat/monitor.h"
#include "chat/person.h"
#include "chat/reply.h"
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

/* ---- other numerics ---- */

void metadata_tell_later(struct client *client, const char *target, int64_t wait_s)
{
	struct event event;

	event_init(&event, client->server, NULL, "774");
	message_write_word(&event.writer, client_name(client));
	message_write_word(&event.writer, target);
	message_write_word(&event.writer, number_text(wait_s).text);
	message_write_text(&event.writer, "Try again later");
	client_tell(client, &event);
	event_finish(&event);
}

void metadata_tell_whois(struct client *client, const struct client *other)
{
	const struct metadata *metadata = metadata_of(other);
	struct event event;

	for (size_t i = 0; i < metadata_n_readable && (client->caps & CAP_METADATA) != 0; i++) {
		const char *value = metadata_get(metadata, metadata_readable[i]);

		if (value == NULL)
			continue;
		event_init(&event, client->server, NULL, "760");
		message_write_word(&event.writer, client_name(client));
		message_write_word(&event.writer, other->nick);
		message_write_word(&event.writer, metadata_readable[i]);
		message_write_word(&event.writer, "*");
		message_write_text(&event.writer, value);
		client_tell(client, &event);
		event_finish(&event);
	}
}

enum { KEYS_OF_A_LINE = 12 };

void metadata_keys_init(struct metadata_keys *keys, struct client *client, const char *code)
{
	keys->client = client;
	keys->code = code;
	keys->answer = NULL;
	keys->n = 0;
}

static void say_keys(struct metadata_keys *keys)
{
	if (keys->answer != NULL) {
		answer_add(keys->answer, &keys->event);
	} else {
		client_tell(keys->client, &keys->event);
		event_finish(&keys->event);
	}
	keys->n = 0;
}

void metadata_keys_add(struct metadata_keys *keys, const char *key)
{
	if (keys->n == KEYS_OF_A_LINE)
		say_keys(keys);
	if (keys->n++ == 0) {
		event_init(&keys->event, keys->client->server, NULL, keys->code);
		message_write_word(&keys->event.writer, client_name(keys->client));
	}
	message_write_word(&keys->event.writer, key);
}

void metadata_keys_end(struct metadata_keys *keys)
{
	if (keys->n > 0)
		say_keys(keys);
}

/* ---- notifications ---- */

const struct metadata *metadata_of(const struct client *client)
{
	static const struct metadata nothing;

	if (client->account[0] == '\0')
		return &client->metadata;
	if (client->person != NULL)
		return &client->person->metadata;
	return client->ghost != NULL ? &client->metadata : &nothing;
}

struct notice {
	const char *target, *key, *value;
	const struct client *but;
};

static void notify_one(struct client *to, void *context)
{
	const struct notice *notice = context;
	struct event event;

	if (to == notice->but || !metadata_aware(to) ||
	    metadata_get(&to->subscriptions, notice->key) == NULL)
		return;
	write_notice(&event, to, notice->target, notice->key, notice->value);
	event.aside = true;
	client_tell(to, &event);
	event_finish(&event);
}

void metadata_notify(struct client *whose, const char *key, const char *value,
		     const struct client *but)
{
	struct notice notice = {whose->nick, key, value, but};

	if (!whose->registered)
		return;
	client_each_neighbour(whose, notify_one, &notice);
	monitor_each(whose, notify_one, &notice);
	notify_one(whose, &notice);
}

void metadata_notify_all(struct client *whose, const struct metadata *metadata, bool set,
			 const struct client *but)
{
	for (const struct metadata_entry *entry = metadata->first; entry != NULL;
	     entry = entry->next)
		metadata_notify(whose, entry->key, set ? entry->value : NULL, but);
}

static void notify_members(const struct member *member, struct notice *notice)
{
	bool hushed = room_hushes(member);
	struct list *link;

	list_each (link, &member->room->members) {
		const struct member *to = list_item(link, struct member, by_room);

		if (!hushed || (to->modes & MEMBER_OPERATORS) != 0)
			notify_one(to->client, notice);
	}
}

void metadata_notify_entry(const struct member *member, const struct metadata *before)
{
	static const struct metadata nothing;
	const struct client *client = member->client;
	const struct metadata *now = metadata_of(client);
	struct notice notice = {client->nick, NULL, NULL, client};

	if (before == NULL)
		before = &nothing;
	for (const struct metadata_entry *entry = before->first; entry != NULL;
	     entry = entry->next) {
		notice.key = entry->key;
		if (metadata_get(now, entry->key) == NULL)
			notify_members(member, &notice);
	}
	for (const struct metadata_entry *entry = now->first; entry != NULL; entry = entry->next) {
		const char *old = metadata_get(before, entry->key);

		notice.key = entry->key;
		notice.value = entry->value;
		if (old == NULL || strcmp(old, entry->value) != 0)
			notify_members(member, &notice);
	}
}

void metadata_notify_room(struct room *room, const char *key, const char *value,
			  const struct client *but)
{
	struct notice notice = {room->name, key, value, but};
	struct list *link;

	list_each (link, &room->members)
		notify_one(list_item(link, struct member, by_room)->client, &notice);
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

void metadata_complain(struct client *client, enum metadata_problem problem, const char *text, ...)
{
	struct event event;
	va_list words;

	va_start(words, text);
	write_problem(&event, client, knows_second(client) ? "FAIL" : "WARN", problem, text, words);
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

void metadata_note(struct answer *answer, enum metadata_problem problem, const char *text, ...)
{
	struct event event;
	va_list words;

	va_start(words, text);
	write_problem(&event, answer->client, "NOTE", problem, text, words);
	va_end(words);
	answer_add(answer, &event);
}
