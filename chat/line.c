/* SPDX-License-Identifier: MIT */
#include "chat/line.h"

#include <stdlib.h>
#include <string.h>

struct line *line_create(const char *data, size_t len)
{
	struct line *line = malloc(sizeof(*line) + len);

	if (line == NULL)
		return NULL;
	line->references = 1;
	line->len = (uint32_t)len;
	memcpy(line->data, data, len);
	return line;
}

struct line *line_share(struct line *line)
{
	line->references++;
	return line;
}

void line_release(struct line *line)
{
	if (line != NULL && --line->references == 0)
		free(line);
}
