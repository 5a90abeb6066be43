/* SPDX-License-Identifier: MIT */
#include "chat/outbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A ring of the first size stays: giving it up with each line that was sent would cost more than it
 * takes. */
enum { OUTBOX_FIRST_SIZE = 4 };

/* The size is a power of two. */
static struct line **slot(const struct outbox *outbox, uint32_t i)
{
	return &outbox->lines[(outbox->first + i) & (outbox->size - 1)];
}

static int grow(struct outbox *outbox)
{
	uint32_t size = outbox->size > 0 ? 2 * outbox->size : OUTBOX_FIRST_SIZE;
	struct line **lines = malloc(size * sizeof(struct line *));

	if (lines == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < outbox->n; i++)
		lines[i] = *slot(outbox, i);
	free(outbox->lines);
	outbox->lines = lines;
	outbox->size = size;
	outbox->first = 0;
	return 0;
}

static void check_empty(struct outbox *outbox)
{
	if (outbox->n == 0 && outbox->size > OUTBOX_FIRST_SIZE)
		outbox_finish(outbox); /* most are idle most of the time */
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
	outbox->form = (uint8_t)form;
}

static void drop_first(struct outbox *outbox)
{
	line_release(*slot(outbox, 0));
	outbox->first = (outbox->first + 1) & (outbox->size - 1);
	outbox->n--;
	outbox->sent = 0;
}

/* How many lines go together; there is one. */
static size_t gather(const struct outbox *outbox, struct line *ret_lines[BUNDLE_MAX_LINES])
{
	size_t bytes = 0;
	uint32_t n = 0;

	do {
		ret_lines[n] = *slot(outbox, n);
		bytes += line_size(ret_lines[n], outbox->form);
		n++;
	} while (n < outbox->n && n < BUNDLE_MAX_LINES &&
		 bytes + line_size(*slot(outbox, n), outbox->form) <= BUNDLE_MAX_BYTES);
	return n;
}

static int bundle_up(struct outbox *outbox, struct bundle *bundle)
{
	struct line *lines[BUNDLE_MAX_LINES], *joined;
	size_t n = gather(outbox, lines);

	if (n == 1 && line_is_whole(lines[0], outbox->form))
		return 0;
	joined = bundle_join(bundle, lines, n, outbox->form);
	if (joined == NULL)
		return -ENOMEM;
	while (n-- > 1)
		drop_first(outbox);
	line_release(*slot(outbox, 0));
	*slot(outbox, 0) = joined;
	return 0;
}

int outbox_next(struct outbox *outbox, struct bundle *bundle, struct slice *ret_next)
{
	int error = outbox->sent > 0 ? 0 : bundle_up(outbox, bundle);
	struct line *line = *slot(outbox, 0);

	*ret_next = (struct slice){line->data + outbox->sent, line->len - outbox->sent};
	return error;
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
	check_empty(outbox);
}

void outbox_drop(struct outbox *outbox, bool keep_first)
{
	while (outbox->n > (keep_first ? 1 : 0)) {
		struct line *last = *slot(outbox, --outbox->n);

		outbox->bytes -= line_size(last, outbox->form);
		line_release(last);
	}
	if (outbox->n == 0)
		outbox->bytes = outbox->sent = 0; /* a part of it had gone */
	check_empty(outbox);
}

void outbox_finish(struct outbox *outbox)
{
	while (outbox->n > 0)
		drop_first(outbox);
	free(outbox->lines);
	*outbox = (struct outbox){.form = outbox->form};
}
