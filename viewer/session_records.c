/* SPDX-License-Identifier: MIT */
/* The records of a conversation, both ways. */
#include "viewer/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/list.h"
#include "common/sentence.h"
#include "viewer/human.h"
#include "viewer/session_impl.h"

/* Capture times are Unix time, which io_now_us() isn't. */
static int64_t unix_time_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void session_regained(struct session *session, uint64_t sequence)
{
	const char *stream = session->options->url->stream;
	char sentence[SESSION_MAX_SENTENCE], away[HUMAN_SIZE];

	human_time((double)(io_now_us(session->io) - session->trouble_us) / 1e6, away);
	if (!session->seen)
		snprintf(sentence, sizeof(sentence), "%s is there after %s", stream, away);
	else if (session->moved)
		snprintf(sentence, sizeof(sentence), "%s is back after %s, as %s", stream, away,
			 session->watched);
	else if (sequence > session->last_sequence)
		snprintf(sentence, sizeof(sentence), "%s is back after %s; frames missed: %llu",
			 stream, away, (unsigned long long)(sequence - session->last_sequence - 1));
	else
		snprintf(sentence, sizeof(sentence),
			 "%s is back after %s; the relay was started anew", stream, away);
	session->troubles = 0;
	session->handler->event(session, SESSION_REGAINED, sentence);
}

static void session_sent_control(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, send);

	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
		return;
	}
	if (result < 0)
		return; /* receiving will tell, too, and at a better time */
	session->control_sent += (size_t)result;
	if (session->control_sent < sizeof(session->control))
		io_send(session->io, &session->send, session->fd,
			session->control + session->control_sent,
			sizeof(session->control) - session->control_sent, 0, session_sent_control);
}

/* One at a time: a relay that asks faster than it reads is answered less often. */
void session_send_control(struct session *session, const struct wire_header *header)
{
	if (io_busy(&session->send))
		return;
	wire_encode(header, session->control);
	session->control_sent = 0;
	io_send(session->io, &session->send, session->fd, session->control,
		sizeof(session->control), 0, session_sent_control);
}

static void session_take_frame(struct session *session, const struct wire_header *header,
			       const uint8_t *payload)
{
	struct frame frame = {
		.header = *header,
		.data = payload,
		.received_us = unix_time_us(),
		.first = session->first,
		.moved = session->moved,
	};

	if (header->track != 0) /* no JPEG pictures (spillway-wire(7)) */
		return;
	if (header->length == 0) {
		session_lost(session, -EBADMSG, "an empty frame came");
		return;
	}
	if (session->troubles != 0)
		session_regained(session, header->sequence);
	session->first = session->moved = false;
	session->retry_ms = SESSION_RETRY_MIN_MS;
	session->absent = false;
	session->seen = true;
	session->last_sequence = header->sequence;
	if (session->state == SESSION_STREAMING)
		session->held = !session->handler->frame(session, &frame);
}

static void session_take_ping(struct session *session, const struct wire_header *header,
			      const uint8_t *payload)
{
	struct wire_header pong = *header;

	(void)payload;
	pong.type = WIRE_PONG;
	pong.length = 0;
	session_send_control(session, &pong);
}

static void session_take_pong(struct session *session, const struct wire_header *header,
			      const uint8_t *payload)
{
	(void)header;
	(void)payload;
	session->answers = true;
}

static void session_take_end(struct session *session, const struct wire_header *header,
			     const uint8_t *payload)
{
	char sentence[SESSION_MAX_SENTENCE];

	sentence_first((struct slice){(const char *)payload, header->length}, sentence,
		       sizeof(sentence));
	if (header->flags & WIRE_RETURN)
		session_lost(session, -ECONNRESET, *sentence != '\0' ? sentence : "it will return");
	else
		session_end(session, 0, *sentence != '\0' ? sentence : "the stream has ended");
}

static void session_take_rendition(struct session *session, const struct wire_header *header,
				   const uint8_t *payload)
{
	struct slice name = {(const char *)payload, header->length};

	if (!name_valid(name)) {
		session_lost(session, -EBADMSG, "a rendition without a name came");
		return;
	}
	if (!slice_equal(name, session->watched))
		session->moved = true;
	slice_copy(name, session->watched, sizeof(session->watched));
}

static const struct {
	uint8_t type;
	void (*take)(struct session *session, const struct wire_header *header,
		     const uint8_t *payload);
} takers[] = {
	{WIRE_FRAME, session_take_frame},	  {WIRE_PING, session_take_ping},
	{WIRE_PONG, session_take_pong},		  {WIRE_END, session_take_end},
	{WIRE_RENDITION, session_take_rendition},
};

static void session_take(struct session *session, const struct wire_header *header,
			 const uint8_t *payload)
{
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (takers[i].type == header->type)
			takers[i].take(session, header, payload);
}

static void session_received(struct io_op *op, int result);

/* Takes all records that are there, then asks for more bytes. */
void session_read(struct session *session)
{
	struct wire_header header;
	const uint8_t *payload;
	char sentence[128];
	uint8_t *at;
	size_t len;
	int n = 1;

	while (n == 1 && session->state == SESSION_STREAMING && !session->held) {
		n = reader_next(&session->reader, &header, &payload);
		if (n == 1)
			session_take(session, &header, payload);
	}
	if (session->state != SESSION_STREAMING || session->held)
		return;
	if (n == -EMSGSIZE) {
		snprintf(sentence, sizeof(sentence),
			 "a frame of %lu bytes is over the limit of %lu (--max-frame)",
			 (unsigned long)header.length,
			 (unsigned long)session->options->max_frame_bytes);
		session_end(session, n, sentence);
	} else if (n < 0) {
		session_lost(session, n, n == -EBADMSG ? "what came is no record" : strerror(-n));
	} else {
		reader_room(&session->reader, &at, &len);
		io_recv(session->io, &session->recv, session->fd, at, len, session_received);
	}
}

static void session_received(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, recv);

	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
	} else if (result <= 0) {
		session_lost(session, result < 0 ? result : -ECONNRESET,
			     result < 0 ? strerror(-result) : "the relay closed the connection");
	} else {
		session->heard_us = io_now_us(session->io);
		reader_received(&session->reader, (size_t)result);
		session_read(session);
	}
}

void session_resume(struct session *session)
{
	if (!session->held)
		return;
	session->held = false;
	session->heard_us = io_now_us(session->io);
	if (session->state == SESSION_STREAMING)
		session_read(session);
}
