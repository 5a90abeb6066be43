/* SPDX-License-Identifier: MIT */
/* The words of messages: texts, times and ids. */
#include <ctype.h>
#include <stdio.h>
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

void talk_clean(const char *text, char *to, size_t size)
{
	char plain[MESSAGE_MAX_LINE];
	size_t len = 0;

	for (const char *at = text; *at != '\0' && len + 1 < sizeof(plain);) {
		char c = *at++;

		if (c == '\x03') {
			at = skip_digits(at, 2);
			if (*at == ',' && isdigit((unsigned char)at[1]))
				at = skip_digits(at + 1, 2);
		} else if (strchr("\x02\x0f\x11\x16\x1d\x1e\x1f", c) == NULL) {
			plain[len++] = c;
		}
	}
	sentence_clean((struct slice){plain, len}, to, size);
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
