/* SPDX-License-Identifier: MIT */
#include "chat/outbox.h"

#include <assert.h>
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
	outbox->bytes += line_size(line, outbox->form);
	return 0;
}

void outbox_set_form(struct outbox *outbox, enum line_form form)
{
	assert(outbox->n == 0);
	outbox->form = form;
}

size_t outbox_pieces(const struct outbox *outbox, struct iovec *ret_pieces, size_t max)
{
	size_t n = 0, skip = outbox->sent;

	for (size_t i = 0; i < outbox->n; i++) {
		struct iovec pieces[LINE_PIECES];
		size_t n_pieces = line_pieces(*slot(outbox, i), outbox->form, pieces);

		for (size_t j = 0; j < n_pieces; j++) {
			size_t skipped = skip < pieces[j].iov_len ? skip : pieces[j].iov_len;

			skip -= skipped;
			if (skipped == pieces[j].iov_len)
				continue;
			if (n == max)
				return n;
			ret_pieces[n++] = (struct iovec){(char *)pieces[j].iov_base + skipped,
							 pieces[j].iov_len - skipped};
		}
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
		size_t left = line_size(*slot(outbox, 0), outbox->form) - outbox->sent;

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

		outbox->bytes -= line_size(last, outbox->form);
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
	*outbox = (struct outbox){.form = outbox->form};
}
