/* SPDX-License-Identifier: MIT */
#include "chat/event.h"

#include <string.h>

#include "chat/capability.h"
#include "chat/client.h"
#include "chat/server.h"

/* Of the capabilities, those that make a difference. */
enum variant { VARIANT_TIME = 1u << 0, VARIANT_TAGS = 1u << 1, VARIANT_ACCOUNT = 1u << 2 };

void event_init_plain(struct event *event)
{
	event->complete = event->bot = event->aside = false;
	event->id[0] = event->account[0] = '\0';
	event->client_tags = "";
	timestamp_write(timestamp_now(), event->time);
	memset(event->lines, 0, sizeof(event->lines));
	message_writer_init(&event->writer, event->text, sizeof(event->text));
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

/* The tags' text behind their '@', as it stands: client tags are escaped already. */
static void write_client_tags(struct message_writer *writer, const char *tags)
{
	if (*tags != '\0')
		message_write_tag(writer, tags, NULL);
}

static struct line *make_line(struct event *event, unsigned caps, const char *tag,
			      const char *value)
{
	char text[MESSAGE_MAX_TAGS + MESSAGE_MAX_LINE];
	struct message_writer writer;

	if (!event->complete) {
		message_write_end(&event->writer);
		event->complete = true;
	}
	message_writer_init(&writer, text, sizeof(text));
	if (tag != NULL)
		message_write_tag(&writer, tag, value);
	if ((caps & CAP_SERVER_TIME) != 0)
		message_write_tag(&writer, "time", event->time);
	if ((caps & CAP_ACCOUNT_TAG) != 0 && event->account[0] != '\0')
		message_write_tag(&writer, "account", event->account);
	if ((caps & CAP_MESSAGE_TAGS) != 0) {
		if (event->id[0] != '\0')
			message_write_tag(&writer, "msgid", event->id);
		if (event->bot)
			message_write_tag(&writer, "bot", NULL);
		write_client_tags(&writer, event->client_tags);
	}
	if (writer.len > 0)
		text[writer.len++] = ' ';
	memcpy(text + writer.len, event->text, event->writer.len);
	return line_create(text, writer.len + event->writer.len);
}

struct line *event_line(struct event *event, unsigned caps)
{
	unsigned variant = ((caps & CAP_SERVER_TIME) != 0 ? VARIANT_TIME : 0) |
			   ((caps & CAP_MESSAGE_TAGS) != 0 ? VARIANT_TAGS : 0) |
			   ((caps & CAP_ACCOUNT_TAG) != 0 ? VARIANT_ACCOUNT : 0);

	if (event->lines[variant] == NULL)
		event->lines[variant] = make_line(event, caps, NULL, NULL);
	return event->lines[variant];
}

struct line *event_line_with(struct event *event, unsigned caps, const char *tag, const char *value)
{
	return make_line(event, caps, tag, value);
}
