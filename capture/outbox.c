/* SPDX-License-Identifier: MIT */
#include "capture/outbox.h"

#include <assert.h>
#include <string.h>

static void give_back(struct frame **frame)
{
	(*frame)->release(*frame);
	*frame = NULL;
}

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox){.message = {.msg_iov = outbox->pieces, .msg_iovlen = 2}};
}

/* iovec serves reading, too, so its pointers aren't const; these are only read. */
static struct iovec piece_of(const void *data, size_t len)
{
	struct iovec piece = {.iov_len = len};

	memcpy(&piece.iov_base, &data, sizeof data);
	return piece;
}

void outbox_request(struct outbox *outbox, const void *data, size_t len)
{
	outbox->kind = OUTBOX_REQUEST;
	outbox->pieces[0] = piece_of(data, len);
	outbox->pieces[1] = piece_of(NULL, 0);
}

/* ---- what is due ---- */

void outbox_frame(struct outbox *outbox, struct frame *frame)
{
	if (outbox->waiting != NULL) {
		give_back(&outbox->waiting);
		outbox->behind++;
	}
	outbox->waiting = frame;
	outbox->pause_due = false;
}

void outbox_pong(struct outbox *outbox, const struct wire_header *ping)
{
	assert(outbox->pong.type == 0);
	if (outbox->end_begun)
		return;
	outbox->pong = *ping;
	outbox->pong.type = WIRE_PONG;
	outbox->pong.length = 0;
}

void outbox_ping(struct outbox *outbox)
{
	outbox->ping_due = true;
}

void outbox_pause(struct outbox *outbox)
{
	outbox->pause_due = true;
}

void outbox_record(struct outbox *outbox, const struct wire_header *header, const void *payload)
{
	outbox->record = *header;
	outbox->record_payload = payload;
}

void outbox_end(struct outbox *outbox, const char *why)
{
	outbox->end_why = why;
}

/* ---- beginning a record ---- */

static void begin(struct outbox *outbox, enum outbox_kind kind, const struct wire_header *header,
		  const void *payload)
{
	wire_encode(header, outbox->head);
	outbox->kind = kind;
	outbox->pieces[0] = piece_of(outbox->head, WIRE_HEADER_SIZE);
	outbox->pieces[1] = piece_of(payload, header->length);
}

static void begin_pong(struct outbox *outbox)
{
	begin(outbox, OUTBOX_PONG, &outbox->pong, NULL);
	outbox->pong.type = 0;
}

static void begin_ping(struct outbox *outbox, int64_t now_us)
{
	struct wire_header header = {.type = WIRE_PING, .pts_us = now_us};

	begin(outbox, OUTBOX_PING, &header, NULL);
	outbox->ping_due = false;
}

static void begin_pause(struct outbox *outbox)
{
	struct wire_header header = {.type = WIRE_PAUSE};

	begin(outbox, OUTBOX_PAUSE, &header, NULL);
	outbox->pause_due = false;
}

static void begin_frame(struct outbox *outbox)
{
	const struct frame *frame = outbox->waiting;
	struct wire_header header = {
		.type = WIRE_FRAME,
		.flags = WIRE_KEY,
		.length = (uint32_t)frame->len,
		.sequence = outbox->frames,
		.pts_us = frame->pts_us,
		.capture_us = frame->capture_us,
	};

	begin(outbox, OUTBOX_FRAME, &header, frame->data);
	outbox->begun = outbox->waiting;
	outbox->waiting = NULL;
}

static void begin_record(struct outbox *outbox)
{
	begin(outbox, OUTBOX_RECORD, &outbox->record, outbox->record_payload);
	outbox->record.type = 0;
}

static void begin_end(struct outbox *outbox)
{
	struct wire_header header = {
		.type = WIRE_END,
		.length = (uint32_t)strlen(outbox->end_why),
	};

	begin(outbox, OUTBOX_END, &header, outbox->end_why);
	outbox->end_begun = true;
}

bool outbox_is_due(const struct outbox *outbox)
{
	return !outbox->end_begun &&
	       (outbox->pong.type != 0 || outbox->ping_due || outbox->waiting != NULL ||
		outbox->pause_due || outbox->record.type != 0 || outbox->end_why != NULL);
}

bool outbox_next(struct outbox *outbox, int64_t now_us)
{
	if (!outbox_is_due(outbox))
		return false;
	if (outbox->pong.type != 0)
		begin_pong(outbox);
	else if (outbox->ping_due)
		begin_ping(outbox, now_us);
	else if (outbox->waiting != NULL)
		begin_frame(outbox);
	else if (outbox->pause_due)
		begin_pause(outbox);
	else if (outbox->record.type != 0)
		begin_record(outbox);
	else
		begin_end(outbox);
	return true;
}

/* ---- sending it ---- */

bool outbox_took(struct outbox *outbox, size_t len)
{
	for (size_t i = 0; i < 2; i++) {
		struct iovec *piece = &outbox->pieces[i];
		size_t part = len < piece->iov_len ? len : piece->iov_len;

		if (part > 0)
			piece->iov_base = (char *)piece->iov_base + part;
		piece->iov_len -= part;
		len -= part;
	}
	if (outbox->pieces[0].iov_len + outbox->pieces[1].iov_len > 0)
		return false;
	if (outbox->kind == OUTBOX_FRAME) {
		outbox->frames++;
		outbox->bytes += outbox->begun->len;
		give_back(&outbox->begun);
	}
	return true;
}

unsigned outbox_clear(struct outbox *outbox)
{
	unsigned n = 0;

	for (int i = 0; i < 2; i++) {
		struct frame **frame = i == 0 ? &outbox->begun : &outbox->waiting;

		if (*frame != NULL) {
			give_back(frame);
			n++;
		}
	}
	outbox->pong.type = outbox->record.type = 0;
	outbox->ping_due = outbox->pause_due = outbox->end_begun = false;
	return n;
}
