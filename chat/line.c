/* SPDX-License-Identifier: MIT */
#include "chat/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/websocket.h"

struct line *line_create_room(size_t len)
{
	struct line *line = malloc(sizeof(*line) + len);

	if (line != NULL)
		*line = (struct line){.references = 1, .len = (uint32_t)len, .raw = true};
	return line;
}

struct line *line_create_raw(const char *data, size_t len)
{
	struct line *line = line_create_room(len);

	if (line != NULL)
		memcpy(line->data, data, len);
	return line;
}

struct line *line_create(const char *data, size_t len)
{
	struct line *line = line_create_raw(data, len);
	char head[WEBSOCKET_MAX_HEAD];

	if (line == NULL)
		return NULL;
	assert(len >= LINE_END_LEN && len <= UINT16_MAX);
	line->raw = false;
	line->head_len = (uint8_t)websocket_head(head, WEBSOCKET_TEXT, len - LINE_END_LEN);
	memcpy(line->heads[0], head, line->head_len);
	websocket_head(head, WEBSOCKET_BINARY, len - LINE_END_LEN);
	memcpy(line->heads[1], head, line->head_len);
	return line;
}

void line_release(struct line *line)
{
	while (line != NULL && --line->references == 0) {
		struct line *next = line->next;

		free(line);
		line = next;
	}
}

size_t line_write(const struct line *line, enum line_form form, char *to)
{
	if (line_is_whole(line, form)) {
		memcpy(to, line->data, line->len);
		return line->len;
	}
	memcpy(to, line->heads[form == LINE_BINARY], line->head_len);
	memcpy(to + line->head_len, line->data, line->len - LINE_END_LEN);
	return line_size(line, form);
}
