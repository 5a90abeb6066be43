/* SPDX-License-Identifier: MIT */
#include "chat/event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "chat/capability.h"
#include "chat/client.h"
#include "chat/multiline.h"
#include "chat/server.h"

/* Of the capabilities, those that make a difference. */
enum variant {
	VARIANT_TIME = 1u << 0,
	VARIANT_TAGS = 1u << 1,
	VARIANT_ACCOUNT = 1u << 2,
	VARIANT_FORM = 1u << 3, /* several lines, or, of the service's, by Twitch's name */
	VARIANT_TWITCH_TAGS = 1u << 4,
};

enum { SEVERAL_CAPS = CAP_BATCH | CAP_MULTILINE };

void event_init_plain(struct event *event)
{
	event->complete = event->bot = event->aside = false;
	event->id[0] = event->account[0] = '\0';
	event->client_tags = "";
	event->several = NULL;
	event->service_len = 0;
	twitch_tags_init(&event->twitch);
	timestamp_write(timestamp_now(), event->time);
	memset(event->lines, 0, sizeof(event->lines));
	message_writer_init(&event->writer, event->text, sizeof(event->text));
}

size_t event_max_service(const struct server *server)
{
	size_t len = strlen(server->config->name);

	return len > sizeof(TWITCH_NAME) - 1 ? len : sizeof(TWITCH_NAME) - 1;
}

/* So that a line by the longer name isn't too long, either. */
void event_from_service(struct event *event, const struct server *server)
{
	event->service_len = strlen(server->config->name);
	event->writer.size -= event_max_service(server) - event->service_len;
}

void event_author_init(struct event_author *author, const struct client *client)
{
	memcpy(author->source, client->source, sizeof(author->source));
	memcpy(author->account, client->account, sizeof(author->account));
	author->bot = (client->modes & USER_MODE_BOT) != 0;
}

void event_init_by(struct event *event, struct server *server, const struct event_author *author,
		   const char *command)
{
	event_init_plain(event);
	if (author != NULL) {
		event->bot = author->bot;
		memcpy(event->account, author->account, sizeof(event->account));
		server_next_id(server, event->id);
	} else {
		event_from_service(event, server);
	}
	message_write_command(&event->writer,
			      author != NULL ? author->source : server->config->name, command);
}

void event_init(struct event *event, struct server *server, const struct client *from,
		const char *command)
{
	struct event_author author;

	if (from != NULL)
		event_author_init(&author, from);
	event_init_by(event, server, from != NULL ? &author : NULL, command);
}

void event_finish(struct event *event)
{
	for (size_t i = 0; i < EVENT_VARIANTS; i++)
		line_release(event->lines[i]);
}

void event_copy(struct event *to, const struct event *from, char *tags)
{
	*to = *from;
	to->writer.to = to->text;
	memset(to->lines, 0, sizeof(to->lines));
	strcpy(tags, from->client_tags);
	to->client_tags = tags;
}

void event_write_said(struct event *event, const char *text)
{
	if (multiline_is(text)) {
		event->several = text;
		event->text[event->writer.len] = '\0';
	} else {
		message_write_text(&event->writer, text);
	}
}

/* The tags' text behind their '@', as it stands: it is escaped already. */
static void write_text(struct message_writer *writer, const char *tags)
{
	if (*tags != '\0')
		message_write_tag(writer, tags, NULL);
}

enum { LINE_SIZE = MESSAGE_MAX_TAGS + MESSAGE_MAX_LINE };

struct extra_tag {
	const char *name; /* NULL: none */
	const char *value;
};

/* An empty value has its '=' there. */
static void write_twitch(const struct event *event, struct message_writer *writer)
{
	char text[TWITCH_TAGS_SIZE], nick[NICK_MAX + 1];
	const struct twitch_user user = {nick, event->account, event->twitch.role,
					 event->twitch.color};
	int64_t time_ms = 0;

	if (event->twitch.key == NULL) {
		write_text(writer, event->twitch.text);
		return;
	}
	/* ":nick!user@host " */
	snprintf(nick, sizeof(nick), "%.*s", (int)strcspn(event->text + 1, "! "), event->text + 1);
	timestamp_parse(event->time, &time_ms);
	twitch_tags_of_speech(&event->twitch, &user, event->id, time_ms, text);
	write_text(writer, text);
}

/* Those of each line, where there are several. */
static void write_tags(struct message_writer *writer, const struct event *event, unsigned caps)
{
	if ((caps & CAP_SERVER_TIME) != 0)
		message_write_tag(writer, "time", event->time);
	if ((caps & CAP_ACCOUNT_TAG) != 0 && event->account[0] != '\0')
		message_write_tag(writer, "account", event->account);
	if ((caps & CAP_TWITCH_TAGS) != 0)
		write_twitch(event, writer);
}

static void write_all_tags(struct message_writer *writer, const struct event *event, unsigned caps)
{
	write_tags(writer, event, caps);
	if ((caps & CAP_MESSAGE_TAGS) == 0)
		return;
	if (event->id[0] != '\0')
		message_write_tag(writer, "msgid", event->id);
	if (event->bot)
		message_write_tag(writer, "bot", NULL);
	write_text(writer, event->client_tags);
}

static void write_extra_tag(struct message_writer *writer, const struct extra_tag *extra)
{
	if (extra->name != NULL)
		message_write_tag(writer, extra->name, extra->value);
}

/* The line: text behind the tags. */
static struct line *join(struct message_writer *writer, const char *text, size_t len)
{
	char *to = writer->to;

	if (writer->len > 0)
		to[writer->len++] = ' ';
	memcpy(to + writer->len, text, len);
	return line_create(to, writer->len + len);
}

/* Twitch's bots know the service by that name only; there is room for it, event_from_service(). */
static size_t write_source(const struct event *event, char *to)
{
	size_t len = sizeof(TWITCH_NAME) - 1;

	to[0] = ':';
	memcpy(to + 1, TWITCH_NAME, len);
	memcpy(to + 1 + len, event->text + 1 + event->service_len,
	       event->writer.len - 1 - event->service_len);
	return event->writer.len + len - event->service_len;
}

static struct line *make_line(struct event *event, unsigned caps, const struct extra_tag *extra)
{
	char text[LINE_SIZE], renamed[MESSAGE_MAX_LINE];
	struct message_writer writer;

	if (!event->complete) {
		message_write_end(&event->writer);
		event->complete = true;
	}
	message_writer_init(&writer, text, sizeof(text));
	write_extra_tag(&writer, extra);
	write_all_tags(&writer, event, caps);
	if ((caps & CAP_TWITCH_COMMANDS) == 0 || event->service_len == 0)
		return join(&writer, event->text, event->writer.len);
	return join(&writer, renamed, write_source(event, renamed));
}

/* ---- several lines ---- */

/* False without memory: all is released. */
static bool append(struct line ***end, struct line **first, struct line *line)
{
	if (line == NULL) {
		line_release(*first);
		*first = NULL;
		return false;
	}
	**end = line;
	*end = &line->next;
	return true;
}

/* The batch is called by the message's id, which no other has. What is written of the event is
 * ":SOURCE COMMAND TARGET". */
static struct line *make_batch(const struct event *event, unsigned caps, char sign,
			       const struct extra_tag *extra)
{
	size_t source_len = strcspn(event->text, " ");
	const char *target = strrchr(event->text, ' ') + 1;
	char text[LINE_SIZE], batch[MESSAGE_MAX_LINE];
	struct message_writer writer;
	int len = snprintf(batch, sizeof(batch) - 2, "%.*s BATCH %c%s%s%s", (int)source_len,
			   event->text, sign, event->id, sign == '+' ? " draft/multiline " : "",
			   sign == '+' ? target : "");

	assert(len > 0 && (size_t)len < sizeof(batch) - 2);
	memcpy(batch + len, "\r\n", 2);
	message_writer_init(&writer, text, sizeof(text));
	write_extra_tag(&writer, extra);
	if (sign == '+')
		write_all_tags(&writer, event, caps);
	return join(&writer, batch, (size_t)len + 2);
}

/* A line of a batch. */
static void write_batch_tags(struct message_writer *writer, const struct event *event, bool joins)
{
	message_write_tag(writer, "batch", event->id);
	if (joins)
		message_write_tag(writer, "draft/multiline-concat", NULL);
}

static struct line *make_piece(const struct event *event, struct message_writer *writer,
			       struct slice piece)
{
	char text[MESSAGE_MAX_LINE];
	int len = snprintf(text, sizeof(text), "%s :%.*s\r\n", event->text, (int)piece.len,
			   piece.data);

	assert(len > 0 && (size_t)len < sizeof(text));
	return join(writer, text, (size_t)len);
}

/* With CR LF, a colon and a blank, and the NUL of make_piece(). */
static size_t room_for_piece(const struct event *event)
{
	return MESSAGE_MAX_LINE - event->writer.len - 5;
}

static struct line *make_several(const struct event *event, unsigned caps,
				 const struct extra_tag *extra)
{
	static const struct extra_tag none = {NULL, NULL};
	bool whole = (caps & SEVERAL_CAPS) == SEVERAL_CAPS;
	bool on_all = extra->name != NULL && strcmp(extra->name, "batch") == 0;
	struct multiline_reader reader = {.at = event->several};
	struct multiline_piece piece;
	struct line *first = NULL, **end = &first;
	char text[LINE_SIZE];
	struct message_writer writer;

	if (whole && !append(&end, &first, make_batch(event, caps, '+', extra)))
		return NULL;
	while (multiline_next(&reader, room_for_piece(event), &piece)) {
		message_writer_init(&writer, text, sizeof(text));
		if (whole) {
			write_batch_tags(&writer, event, piece.joins);
		} else if (piece.text.len == 0) {
			continue;
		} else if (first == NULL) {
			write_extra_tag(&writer, extra);
			write_all_tags(&writer, event, caps);
		} else {
			write_extra_tag(&writer, on_all ? extra : &none);
			write_tags(&writer, event, caps);
		}
		if (!append(&end, &first, make_piece(event, &writer, piece.text)))
			return NULL;
	}
	if (whole)
		append(&end, &first, make_batch(event, caps, '-', &none));
	return first;
}

/* ---- for clients ---- */

static struct line *make(struct event *event, unsigned caps, const struct extra_tag *extra)
{
	return event->several != NULL ? make_several(event, caps, extra)
				      : make_line(event, caps, extra);
}

struct line *event_line(struct event *event, unsigned caps)
{
	bool several = event->several != NULL && (caps & SEVERAL_CAPS) == SEVERAL_CAPS;
	bool renamed = event->service_len > 0 && (caps & CAP_TWITCH_COMMANDS) != 0;
	unsigned variant = ((caps & CAP_SERVER_TIME) != 0 ? VARIANT_TIME : 0) |
			   ((caps & CAP_MESSAGE_TAGS) != 0 ? VARIANT_TAGS : 0) |
			   ((caps & CAP_ACCOUNT_TAG) != 0 ? VARIANT_ACCOUNT : 0) |
			   ((caps & CAP_TWITCH_TAGS) != 0 ? VARIANT_TWITCH_TAGS : 0) |
			   (several || renamed ? VARIANT_FORM : 0);
	const struct extra_tag none = {NULL, NULL};

	if (event->lines[variant] == NULL)
		event->lines[variant] = make(event, caps, &none);
	return event->lines[variant];
}

struct line *event_line_with(struct event *event, unsigned caps, const char *tag, const char *value)
{
	return make(event, caps, &(struct extra_tag){tag, value});
}
