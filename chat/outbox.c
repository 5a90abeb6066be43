/* SPDX-License-Identifier: MIT */
#include "chat/outbox.h"

#include <errno.h>
#include <stdlib.h>

enum { OUTBOX_FIRST_SIZE = 8 };

static struct line **slot(const struct outbox *outbox, size_t i)
{
	return &outbox->lines[(outbox->first + i) % outbox->size];
}

static int grow(struct outbox *outbox)
{
	size_t size = outbox->size > 0 ? 2 * outbox->size : OUTBOX_FIRST_SIZE;
	struct line **lines = calloc(size, sizeof(struct line *));

	if (lines == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < outbox->n; i++)
		lines[i] = *slot(outbox, i);
	free(outbox->lines);
	outbox->lines = lines;
	outbox->size = size;
	outbox->first = 0;
	return 0;
}

int outbox_add(struct outbox *outbox, struct line *line)
{
	if (outbox->n == outbox->size) {
		int error = grow(outbox);

		if (error < 0)
			return error;
	}
	*slot(outbox, outbox->n++) = line_share(line);
	outbox->bytes += line->len;
	return 0;
}

size_t outbox_pieces(const struct outbox *outbox, struct iovec *ret_pieces, size_t max)
{
	size_t n = 0;

	for (; n < outbox->n && n < max; n++) {
		struct line *line = *slot(outbox, n);
		size_t sent = n == 0 ? outbox->sent : 0;

		ret_pieces[n] = (struct iovec){line->data + sent, line->len - sent};
	}
	return n;
}

static void drop_first(struct outbox *outbox)
{
	line_release(*slot(outbox, 0));
	outbox->first = (outbox->first + 1) % outbox->size;
	outbox->n--;
	outbox->sent = 0;
}

void outbox_sent(struct outbox *outbox, size_t bytes)
{
	outbox->bytes -= bytes;
	while (bytes > 0) {
		size_t left = (*slot(outbox, 0))->len - outbox->sent;

		if (bytes < left) {
			outbox->sent += bytes;
			return;
		}
		bytes -= left;
		drop_first(outbox);
	}
	if (outbox->n == 0)
		outbox_finish(outbox); /* most are idle most of the time */
}

void outbox_drop(struct outbox *outbox, size_t keep)
{
	while (outbox->n > keep) {
		struct line *last = *slot(outbox, --outbox->n);

		outbox->bytes -= last->len;
		line_release(last);
	}
	if (outbox->n == 0)
		outbox_finish(outbox);
}

void outbox_finish(struct outbox *outbox)
{
	while (outbox->n > 0)
		drop_first(outbox);
	free(outbox->lines);
	*outbox = (struct outbox){0};
}
