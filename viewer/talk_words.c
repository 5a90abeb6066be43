/* SPDX-License-Identifier: MIT */
/* The words of messages: texts, times and ids. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/sentence.h"
#include "viewer/talk_impl.h"

static const char *skip_digits(const char *at, int max)
{
	while (max-- > 0 && isdigit((unsigned char)*at))
		at++;
	return at;
}

/* How many bytes here are no text: a colour, or another look. */
static size_t look_len(struct slice text)
{
	char start[8];
	const char *at = start + 1;

	if (*text.data == '\0' || strchr("\x02\x03\x0f\x11\x16\x1d\x1e\x1f", *text.data) == NULL)
		return 0;
	if (*text.data != '\x03')
		return 1;
	snprintf(start, sizeof(start), "%.*s", (int)(text.len < 6 ? text.len : 6), text.data);
	at = skip_digits(at, 2);
	if (*at == ',' && isdigit((unsigned char)at[1]))
		at = skip_digits(at + 1, 2);
	return (size_t)(at - start);
}

static size_t clean_line(struct slice line, char *to, size_t size)
{
	char plain[TALK_TEXT_SIZE];
	size_t len = 0;

	for (size_t at = 0; at < line.len && len + 1 < sizeof(plain);) {
		size_t look = look_len((struct slice){line.data + at, line.len - at});

		if (look == 0)
			plain[len++] = line.data[at];
		at += look > 0 ? look : 1;
	}
	sentence_clean((struct slice){plain, len}, to, size);
	return strlen(to);
}

/* Lines behind the first keep the blanks that they begin with: they may be of a program. */
static size_t indent(struct slice line, char *to, size_t size)
{
	size_t len = 0;

	while (len < line.len && line.data[len] == ' ' && len + 1 < size)
		to[len++] = ' ';
	return len;
}

void talk_clean(struct slice text, char *to, size_t size)
{
	struct slice line;
	size_t len = 0;

	*to = '\0';
	for (bool first = true; slice_split(&text, '\n', &line) && len + 2 < size; first = false) {
		if (!first) {
			to[len++] = '\n';
			len += indent(line, to + len, size - len);
		}
		len += clean_line(line, to + len, size - len);
	}
	while (len > 0 && (to[len - 1] == '\n' || to[len - 1] == ' '))
		len--;
	to[len] = '\0';
}

int64_t talk_parse_time(const char *text)
{
	struct tm parts = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	unsigned ms = 0;

	if (rest == NULL)
		return 0;
	sscanf(rest, ".%3u", &ms);
	return timegm(&parts) * INT64_C(1000) + ms;
}

void talk_write_time(int64_t time_ms, char ret_text[TALK_TIME_SIZE])
{
	time_t time_s = (time_t)(time_ms / 1000);
	struct tm parts;
	size_t len;

	gmtime_r(&time_s, &parts);
	len = strftime(ret_text, TALK_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(ret_text + len, TALK_TIME_SIZE - len, ".%03uZ", (unsigned)(time_ms % 1000));
}

int64_t talk_time_of(const struct message *message)
{
	char text[40];
	int64_t time_ms = 0;

	if (message_tag(message, "time", text, sizeof(text)))
		time_ms = talk_parse_time(text);
	return time_ms != 0 ? time_ms : time(NULL) * INT64_C(1000);
}

void talk_id_of(const struct message *message, char ret_id[TALK_ID_SIZE])
{
	char text[TALK_ID_SIZE + 1] = "";
	size_t len = 0;

	message_tag(message, "msgid", text, sizeof(text));
	while (isgraph((unsigned char)text[len]))
		len++;
	if (text[len] != '\0' || len >= TALK_ID_SIZE)
		len = 0;
	memcpy(ret_id, text, len);
	ret_id[len] = '\0';
}

/* Puts a text behind the others. */
static const char *put(char **to, const char *text)
{
	const char *start = *to;

	*to = stpcpy(*to, text) + 1;
	return start;
}

struct talk_event *talk_copy(const struct talk_event *event)
{
	size_t sealed = event->sealed != NULL ? strlen(event->sealed) + 1 : 0;
	struct talk_event *copy = malloc(sizeof(*copy) + strlen(event->who) + strlen(event->id) +
					 strlen(event->text) + 3 + sealed);
	char *to = (char *)(copy + 1);

	if (copy == NULL)
		return NULL;
	*copy = *event;
	copy->who = put(&to, event->who);
	copy->id = put(&to, event->id);
	copy->text = put(&to, event->text);
	if (event->sealed != NULL)
		copy->sealed = put(&to, event->sealed);
	return copy;
}

const char *talk_parameter(const struct message *message, size_t i)
{
	return i < message->n_parameters ? message->parameters[i] : "";
}

void talk_join_parameters(const struct message *message, size_t from, char *to, size_t size)
{
	size_t len = 0;

	*to = '\0';
	for (size_t i = from; i < message->n_parameters && len < size; i++)
		len += (size_t)snprintf(to + len, size - len, "%s%s", i > from ? " " : "",
					message->parameters[i]);
}
