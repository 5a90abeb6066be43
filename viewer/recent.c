/* SPDX-License-Identifier: MIT */
#include "viewer/recent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"

void recent_finish(struct recent *recent)
{
	free(recent->lines);
	*recent = (struct recent){0};
}

static void remove_at(struct recent *recent, size_t i)
{
	recent->n--;
	memmove(recent->lines + i, recent->lines + i + 1,
		(recent->n - i) * sizeof(recent->lines[0]));
}

void recent_add(struct recent *recent, const char *id, const char *nick, bool own)
{
	struct recent_line *line;

	if (recent->lines == NULL)
		recent->lines = calloc(RECENT_MAX, sizeof(recent->lines[0]));
	if (recent->lines == NULL || *id == '\0' || strlen(id) >= sizeof(line->id))
		return;
	if (recent->n == RECENT_MAX)
		remove_at(recent, 0);
	line = &recent->lines[recent->n++];
	snprintf(line->id, sizeof(line->id), "%s", id);
	snprintf(line->nick, sizeof(line->nick), "%s", nick);
	line->own = own;
}

const struct recent_line *recent_find(const struct recent *recent, const char *id)
{
	for (size_t i = recent->n; i > 0; i--) {
		if (strcmp(recent->lines[i - 1].id, id) == 0)
			return &recent->lines[i - 1];
	}
	return NULL;
}

const struct recent_line *recent_last(const struct recent *recent, const char *nick)
{
	for (size_t i = recent->n; i > 0; i--) {
		const struct recent_line *line = &recent->lines[i - 1];

		if (nick != NULL ? casemap_equal(line->nick, nick) : line->own)
			return line;
	}
	return NULL;
}

const struct recent_line *recent_at(const struct recent *recent, size_t n)
{
	return n > 0 && n <= recent->n ? &recent->lines[recent->n - n] : NULL;
}

void recent_remove(struct recent *recent, const char *id)
{
	const struct recent_line *line = recent_find(recent, id);

	if (line != NULL)
		remove_at(recent, (size_t)(line - recent->lines));
}
