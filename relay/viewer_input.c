/* SPDX-License-Identifier: MIT */
/* What a viewer says: a PING or a WISH now and then, and that it goes. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "relay/viewer_impl.h"

/* Who didn't ask for a rendition at first may wish for one later. */
static void begin_wish(struct viewer *viewer, uint32_t len)
{
	if (viewer->mover == NULL)
		viewer_set_mover(
			viewer,
			mover_create(viewer, slice_from(viewer->feed->stream->name), false));
	if (viewer->mover == NULL || len >= RENDITION_NAME_SIZE)
		return;
	viewer->wishes = true;
	viewer->mover->wish_len = 0;
}

static void end_wish(struct viewer *viewer)
{
	struct mover *mover = viewer->mover;

	if (!viewer->wishes || viewer->skip > 0)
		return;
	viewer->wishes = false;
	mover->wish[mover->wish_len] = '\0';
	if (strlen(mover->wish) == mover->wish_len && !viewer->leaves)
		mover_wish(mover, mover->wish);
}

/* Complete records only; a PING that comes before the last PONG is out replaces it. */
static int take_record(struct viewer *viewer, uint32_t len)
{
	struct wire_header header;

	if (viewer->skip > 0) {
		viewer->skip -= len;
		if (viewer->wishes)
			viewer->mover->wish_len += len;
		end_wish(viewer);
		return 0;
	}
	viewer->record_len += len;
	if (viewer->record_len < WIRE_HEADER_SIZE)
		return 0;
	viewer->record_len = 0;
	if (wire_decode(viewer->record, &header) < 0)
		return -EBADMSG;
	viewer->skip = header.length;
	if (header.type == WIRE_FRAME || header.type == WIRE_END)
		return -EBADMSG;
	if (header.type == WIRE_WISH) {
		begin_wish(viewer, header.length);
		end_wish(viewer);
	}
	if (header.type != WIRE_PING)
		return 0;
	header.type = WIRE_PONG;
	header.length = 0;
	wire_encode(&header, viewer->answer);
	viewer->pong_due = true;
	if (viewer->state == VIEWER_IDLE)
		viewer_wake(viewer);
	return 0;
}

static bool says_too_much(const struct viewer *viewer)
{
	int64_t connected_s = (io_now_us(viewer_worker(viewer)->io) - viewer->joined_us) / 1000000;

	return viewer->input_bytes > VIEWER_INPUT_BURST + VIEWER_INPUT_RATE * (uint64_t)connected_s;
}

static void input_received(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, input);
	int error = result > 0 ? 0 : -EPIPE;

	if (viewer->state != VIEWER_CLOSED && result > 0) {
		viewer->input_bytes += (uint64_t)result;
		if (viewer->feed->transport->records)
			error = take_record(viewer, (uint32_t)result);
		if (says_too_much(viewer))
			error = -EMSGSIZE;
	}
	if (viewer_is_over(viewer, error < 0))
		return;
	viewer_listen(viewer);
}

static void input_ready(struct io_op *op, int result)
{
	struct viewer *viewer = list_item(op, struct viewer, input);
	struct worker *worker = viewer_worker(viewer);
	void *to = worker->scratch;
	size_t len = sizeof(worker->scratch);

	if (viewer_is_over(viewer, result < 0))
		return;
	if (viewer->feed->transport->records && viewer->skip == 0) {
		to = viewer->record + viewer->record_len;
		len = WIRE_HEADER_SIZE - viewer->record_len;
	} else if (viewer->wishes) {
		to = viewer->mover->wish + viewer->mover->wish_len;
		len = viewer->skip;
	} else if (viewer->feed->transport->records && viewer->skip < len) {
		len = viewer->skip;
	}
	io_recv(worker->io, op, viewer->fd, to, len, input_received);
}

/* Waiting is done by poll and not by receive, so that an idle viewer needs no buffer. */
void viewer_listen(struct viewer *viewer)
{
	io_poll(viewer_worker(viewer)->io, &viewer->input, viewer->fd, POLLIN, input_ready);
}
