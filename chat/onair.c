/* SPDX-License-Identifier: MIT */
#include "chat/onair.h"

#include <stdlib.h>
#include <string.h>

void onair_init(struct onair *onair, int64_t grace_us, onair_tell *tell)
{
	*onair = (struct onair){.grace_us = grace_us, .tell = tell};
	list_init(&onair->all);
	list_init(&onair->ending);
}

static void forget(struct onair *onair, struct onair_stream *stream)
{
	table_remove(&onair->streams, &stream->by_name);
	list_remove(&stream->link);
	list_remove(&stream->ending);
	free(stream);
}

void onair_finish(struct onair *onair)
{
	struct list *link, *after;

	list_each_safe (link, after, &onair->all)
		forget(onair, list_item(link, struct onair_stream, link));
	table_finish(&onair->streams);
}

/* ---- names ---- */

static struct onair_stream *find(const struct onair *onair, const char *name)
{
	struct table_link *link = table_find(&onair->streams, name);

	return link != NULL ? list_item(link, struct onair_stream, by_name) : NULL;
}

/* NULL without memory, and over the limit. */
static struct onair_stream *get(struct onair *onair, const char *name)
{
	struct onair_stream *stream = find(onair, name);

	if (stream != NULL || onair->streams.n >= ONAIR_MAX)
		return stream;
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	slice_copy(slice_from(name), stream->name, sizeof(stream->name));
	if (table_add(&onair->streams, &stream->by_name, stream->name) < 0) {
		free(stream);
		return NULL;
	}
	list_init(&stream->ending);
	list_init(&stream->link);
	list_add_tail(&onair->all, &stream->link);
	return stream;
}

/* The name that a stream is a rendition of; "" for none. */
static void base_of(const char *name, char ret_base[NAME_MAX_BYTES + 1])
{
	const char *last = strrchr(name, '/');
	struct slice base = {name, last != NULL ? (size_t)(last - name) : 0};

	/* cam.jpg/240p is a stream's name, but cam.jpg isn't. */
	if (!name_valid(base))
		base.len = 0;
	slice_copy(base, ret_base, NAME_MAX_BYTES + 1);
}

/* Itself, and what it is a rendition of, if it is one. */
struct pair {
	struct onair_stream *streams[2];
	size_t n;
};

static struct pair pair_of(const struct onair *onair, struct onair_stream *stream)
{
	struct pair pair = {{stream}, 1};
	char base[NAME_MAX_BYTES + 1];

	base_of(stream->name, base);
	if (*base != '\0') {
		pair.streams[1] = find(onair, base);
		pair.n += pair.streams[1] != NULL;
	}
	return pair;
}

/* ---- what changes ---- */

static void count_viewers(const struct onair *onair, struct onair_stream *stream, int64_t viewers)
{
	struct pair pair = pair_of(onair, stream);
	int64_t more = viewers - stream->own_viewers;

	stream->own_viewers = viewers;
	for (size_t i = 0; i < pair.n; i++) {
		struct onair_stream *of = pair.streams[i];

		of->viewers += more;
		if (of->most_viewers < of->viewers)
			of->most_viewers = of->viewers;
	}
}

/* Something of it is published: so much more than before. */
static void go_on(struct onair *onair, struct onair_stream *stream, const struct relay_event *event,
		  size_t more, int64_t now_s)
{
	bool begins = stream->n_published == 0 && list_empty(&stream->ending);
	bool titled = *event->title != '\0' && strcmp(stream->title, event->title) != 0;

	if (titled)
		memcpy(stream->title, event->title, sizeof(stream->title));
	list_remove(&stream->ending);
	stream->n_published += more;
	if (begins)
		stream->since_s = event->time_s > 0 ? event->time_s : now_s;
	if (begins)
		onair->tell(onair, onair->known ? ONAIR_BEGAN : ONAIR_FOUND, stream);
	else if (titled)
		onair->tell(onair, ONAIR_TITLED, stream);
}

/* Without memory for all of it nothing changes. */
static void begin(struct onair *onair, const struct relay_event *event, int64_t now_s)
{
	struct onair_stream *streams[2] = {get(onair, event->stream)};
	char base[NAME_MAX_BYTES + 1];
	size_t n = 1;

	base_of(event->stream, base);
	if (*base != '\0')
		streams[n++] = get(onair, base);
	for (size_t i = 0; i < n; i++) {
		if (streams[i] == NULL)
			goto out;
	}
	size_t more = streams[0]->published ? 0 : 1;
	streams[0]->published = true;
	for (size_t i = 0; i < n; i++)
		go_on(onair, streams[i], event, more, now_s);
out:
	for (size_t i = 0; i < n; i++) {
		if (streams[i] != NULL && streams[i]->n_published == 0 &&
		    list_empty(&streams[i]->ending))
			forget(onair, streams[i]);
	}
}

static void end(struct onair *onair, struct onair_stream *stream, int64_t now_us, int64_t now_s)
{
	struct pair pair = pair_of(onair, stream);

	count_viewers(onair, stream, 0);
	stream->published = false;
	for (size_t i = 0; i < pair.n; i++) {
		struct onair_stream *of = pair.streams[i];

		if (--of->n_published > 0)
			continue;
		of->ended_s = now_s;
		of->due_us = now_us + onair->grace_us;
		list_add_tail(&onair->ending, &of->ending);
	}
}

void onair_take(struct onair *onair, const struct relay_event *event, int64_t now_us, int64_t now_s)
{
	struct onair_stream *stream;

	if (strchr(event->stream, '~') != NULL)
		return;
	if (event->kind == RELAY_EVENT_LIVE)
		begin(onair, event, now_s);
	stream = find(onair, event->stream);
	if (stream == NULL || !stream->published)
		return;
	count_viewers(onair, stream, event->viewers);
	if (event->kind == RELAY_EVENT_ENDED)
		end(onair, stream, now_us, event->time_s > 0 ? event->time_s : now_s);
}

void onair_complete(struct onair *onair)
{
	onair->known = true;
}

void onair_lost(struct onair *onair, int64_t now_us, int64_t now_s)
{
	struct list *link;

	list_each (link, &onair->all) {
		struct onair_stream *stream = list_item(link, struct onair_stream, link);

		if (stream->published)
			end(onair, stream, now_us, now_s);
	}
}

void onair_sweep(struct onair *onair, int64_t now_us)
{
	struct list *link, *after;

	list_each_safe (link, after, &onair->ending) {
		struct onair_stream *stream = list_item(link, struct onair_stream, ending);

		if (stream->due_us > now_us)
			return;
		onair->tell(onair, ONAIR_ENDED, stream);
		forget(onair, stream);
	}
}

const struct onair_stream *onair_find(const struct onair *onair, const char *name)
{
	const struct onair_stream *stream = find(onair, name);

	return stream != NULL && stream->n_published > 0 ? stream : NULL;
}
