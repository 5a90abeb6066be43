/* SPDX-License-Identifier: MIT */
#include "chat/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/websocket.h"

enum { END_LEN = 2 }; /* CR LF */

struct line *line_create_raw(const char *data, size_t len)
{
	struct line *line = malloc(sizeof(*line) + len);

	if (line == NULL)
		return NULL;
	*line = (struct line){.references = 1, .len = (uint32_t)len, .raw = true};
	memcpy(line->data, data, len);
	return line;
}

struct line *line_create(const char *data, size_t len)
{
	struct line *line = line_create_raw(data, len);
	char head[WEBSOCKET_MAX_HEAD];

	if (line == NULL)
		return NULL;
	assert(len >= END_LEN && len <= UINT16_MAX);
	line->raw = false;
	line->head_len = (uint8_t)websocket_head(head, WEBSOCKET_TEXT, len - END_LEN);
	memcpy(line->heads[0], head, line->head_len);
	websocket_head(head, WEBSOCKET_BINARY, len - END_LEN);
	memcpy(line->heads[1], head, line->head_len);
	return line;
}

struct line *line_share(struct line *line)
{
	line->references++;
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

size_t line_pieces(struct line *line, enum line_form form, struct iovec ret_pieces[LINE_PIECES])
{
	if (form == LINE_PLAIN || line->raw) {
		ret_pieces[0] = (struct iovec){line->data, line->len};
		return 1;
	}
	ret_pieces[0] = (struct iovec){line->heads[form == LINE_BINARY], line->head_len};
	ret_pieces[1] = (struct iovec){line->data, line->len - END_LEN};
	return 2;
}

size_t line_size(const struct line *line, enum line_form form)
{
	return form == LINE_PLAIN || line->raw ? line->len : line->head_len + line->len - END_LEN;
}
