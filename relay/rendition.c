/* SPDX-License-Identifier: MIT */
#include "relay/rendition.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool rendition_is_of(const char *name, struct slice base)
{
	if (strncmp(name, base.data, base.len) != 0)
		return false;
	return name[base.len] == '\0' ||
	       (name[base.len] == '/' && strpbrk(name + base.len + 1, "/~") == NULL);
}

static struct slice base_of(const char *name)
{
	const char *last = strrchr(name, '/');

	return (struct slice){name, last != NULL ? (size_t)(last - name) : 0};
}

bool rendition_are_siblings(const char *a, const char *b)
{
	struct slice base = base_of(a);

	return rendition_is_of(b, slice_from(a)) || rendition_is_of(a, slice_from(b)) ||
	       (base.len > 0 && rendition_is_of(b, base));
}

/* ---- in order ---- */

static bool is_smaller(const struct stream *a, const struct stream *b)
{
	uint32_t a_area = (uint32_t)a->width * a->height, b_area = (uint32_t)b->width * b->height;

	if (a_area != b_area)
		return a_area < b_area;
	if (a->kbps != b->kbps)
		return a->kbps < b->kbps;
	return strcmp(a->name, b->name) < 0;
}

static void insert(struct rendition_list *list, struct stream *stream)
{
	size_t at = list->n;

	if (list->n == RENDITION_MAX)
		return;
	for (; at > 0 && is_smaller(stream, list->streams[at - 1]); at--)
		list->streams[at] = list->streams[at - 1];
	list->streams[at] = stream;
	list->n++;
}

static void gather(const struct worker *worker, struct slice base, struct slice like, bool live,
		   struct rendition_list *list)
{
	struct list *link;

	list_each (link, &worker->streams) {
		struct stream *stream = list_item(link, struct stream, link);

		if (!stream->ending && (stream->live || !live) &&
		    rendition_is_of(stream->name, base) &&
		    (like.data == NULL ||
		     relay_config_same_rule(worker->config, slice_from(stream->name), like)))
			insert(list, stream);
	}
}

void rendition_list_like(const struct worker *worker, struct slice base, struct slice like,
			 struct rendition_list *ret_list)
{
	ret_list->n = 0;
	gather(worker, base, like, true, ret_list);
	if (ret_list->n == 0)
		gather(worker, base, like, false, ret_list);
}

void rendition_list(const struct worker *worker, struct slice base, struct rendition_list *ret_list)
{
	rendition_list_like(worker, base, (struct slice){0}, ret_list);
}

/* ---- choosing ---- */

int rendition_wish(struct slice base, const char *wish, char ret_name[NAME_MAX_BYTES + 1])
{
	ret_name[0] = '\0';
	if (*wish == '\0' || strcmp(wish, RENDITION_AUTO) == 0)
		return 0;
	int len = snprintf(ret_name, NAME_MAX_BYTES + 1, "%.*s/%s", (int)base.len, base.data, wish);
	if (len > NAME_MAX_BYTES || strchr(wish, '/') != NULL || !name_valid(slice_from(ret_name)))
		return -EINVAL;
	return 0;
}

struct stream *rendition_choose(const struct worker *worker, struct slice base, const char *wish)
{
	struct stream *stream = wish == NULL ? stream_find(worker, base) : NULL;
	char name[NAME_MAX_BYTES + 1];
	struct rendition_list list;

	if (stream != NULL)
		return stream;
	if (wish != NULL && rendition_wish(base, wish, name) < 0)
		return NULL;
	if (wish != NULL && name[0] != '\0')
		return stream_find(worker, slice_from(name));
	if (wish != NULL &&
	    *wish != '\0') { /* that of a person with a usual network, to begin with */
		rendition_list_like(worker, base, base, &list);
		return list.n > 0 ? list.streams[(list.n - 1) / 2] : NULL;
	}
	rendition_list(worker, base, &list);
	return list.n > 0 ? list.streams[list.n - 1] : NULL;
}
