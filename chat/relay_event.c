/* SPDX-License-Identifier: MIT */
#include "chat/relay_event.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "common/sentence.h"

static const struct {
	const char *name;
	enum relay_event_kind kind;
} kinds[] = {
	{"live", RELAY_EVENT_LIVE},
	{"viewers", RELAY_EVENT_VIEWERS},
	{"ended", RELAY_EVENT_ENDED},
};

static enum relay_event_kind kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	}
	return RELAY_EVENT_OTHER;
}

static int64_t number_of(const json_t *object, const char *name)
{
	json_int_t number = json_integer_value(json_object_get(object, name));

	return number > 0 ? (int64_t)number : 0;
}

static int take_event(const json_t *object, const char *name, struct relay_event *event)
{
	const json_t *title = json_object_get(object, "title");
	const char *stream = json_string_value(json_object_get(object, "stream"));

	event->kind = kind_of(name);
	if (event->kind == RELAY_EVENT_OTHER)
		return 0;
	if (stream == NULL || !name_valid(slice_from(stream)))
		return -EBADMSG;
	slice_copy(slice_from(stream), event->stream, sizeof(event->stream));
	if (json_is_string(title))
		sentence_clean((struct slice){json_string_value(title), json_string_length(title)},
			       event->title, sizeof(event->title));
	event->time_s = number_of(object, "time");
	event->viewers = number_of(object, "viewers");
	if (event->viewers > RELAY_EVENT_MAX_VIEWERS)
		event->viewers = RELAY_EVENT_MAX_VIEWERS;
	return 0;
}

static int take(const json_t *object, struct relay_event *event)
{
	const char *name = json_string_value(json_object_get(object, "event"));
	const json_t *ok = json_object_get(object, "ok");

	if (name != NULL)
		return take_event(object, name, event);
	if (!json_is_boolean(ok))
		return -EBADMSG;
	event->kind = json_is_true(ok) ? RELAY_EVENT_ANSWER : RELAY_EVENT_REFUSED;
	return 0;
}

int relay_event_parse(struct slice line, struct relay_event *ret_event)
{
	json_t *object = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
	int result;

	*ret_event = (struct relay_event){0};
	result = take(object, ret_event);

	json_decref(object);
	return result;
}
