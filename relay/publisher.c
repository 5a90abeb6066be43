/* SPDX-License-Identifier: MIT */
#include "relay/publisher.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/name.h"
#include "relay/relay.h"

/* ---- one a stream ---- */

static bool wants_takeover(const struct conn *conn)
{
	char value[4];

	return http_query(conn->request.query, "takeover", value, sizeof(value)) == 1 &&
	       strcmp(value, "1") == 0;
}

static bool is_taken(const struct conn *conn, const struct stream *stream)
{
	const struct publisher *publisher = stream != NULL ? stream->publisher : NULL;
	int64_t timeout_us = conn->worker->config->publisher_timeout_s * 1000000;

	return publisher != NULL && !wants_takeover(conn) &&
	       io_now_us(conn->worker->io) - publisher->active_us < timeout_us;
}

/* A session is published by who was asked to, alone: only he has been told its name. */
static bool is_no_session(const struct conn *conn)
{
	struct session *session = session_find(conn->worker, conn->stream_name);

	return name_session(conn->stream_name).len > 0 &&
	       (session == NULL || session->state != SESSION_ASKED);
}

/* Who tries keys is to be seen. */
static void refuse_stranger(struct conn *conn, const char *missing)
{
	char name[NAME_MAX_BYTES + 1], text[PEER_TEXT_SIZE];

	slice_copy(conn->stream_name, name, sizeof(name));
	(void)peer_text(&conn->peer, text);
	log_info_of(LOG_OF(.stream = name, .peer = text), "stream %s: %s may not publish it: %s",
		    name, text, missing);
	conn_refuse(conn, 401, "%s", missing);
}

bool publisher_may_claim(struct conn *conn)
{
	struct worker *worker = conn->worker;
	struct stream_rule rule = relay_config_rule(worker->config, conn->stream_name);
	const char *missing = auth_publish(&rule, &conn->request, peer_is_loopback(&conn->peer));
	struct worker *home = stream_home(worker, conn->stream_name);
	struct stream *stream = stream_find(worker, conn->stream_name);

	if (missing != NULL)
		refuse_stranger(conn, missing);
	else if (worker->draining)
		conn_refuse(conn, 503, "The relay is shutting down.");
	else if (home != worker)
		conn_hand_over(conn, home);
	else if (is_no_session(conn))
		conn_refuse(conn, 410, "There is no such session, or it is over.");
	else if (shelf_find(&worker->relay->shelf, conn->stream_name) == SHELF_ENTRY)
		conn_refuse(conn, 409, "The stream is in a catalogue.");
	else if (is_taken(conn, stream))
		conn_refuse(conn, 409, "The stream has a live publisher already.");
	else if (stream == NULL &&
		 relay_total(worker->relay, streams_now) >= (uint64_t)worker->config->max_streams)
		conn_refuse(conn, 503, "The relay has %lld streams already.",
			    (long long)worker->config->max_streams);
	else
		return true;
	return false;
}

int publisher_claim(struct publisher *publisher)
{
	struct conn *conn = publisher->conn;
	struct worker *worker = conn->worker;
	int error = 0;
	char text[PEER_TEXT_SIZE];

	publisher->since_us = publisher->active_us = io_now_us(worker->io);
	struct stream *stream = stream_open(worker, conn->stream_name, &error);
	if (stream == NULL) {
		publisher_stop(publisher, 503, "The relay has no room for another stream.");
		return error;
	}
	struct publisher *old = stream->publisher;
	if (old != NULL) {
		publisher_stop(old, 409, "Another publisher has taken over.");
		publisher_release(old);
	}
	publisher->stream = stream;
	stream_attach(stream, publisher);
	(void)peer_text(&conn->peer, text);
	log_info_of(LOG_OF(.stream = stream->name, .peer = text, .transport = publisher->transport),
		    "stream %s: published by %s (%s)", stream->name, text, publisher->transport);
	return 0;
}

void publisher_refuse(struct publisher *publisher)
{
	struct conn *conn = publisher->conn;
	struct publisher refused = *publisher;

	publisher_release(publisher);
	free(publisher); /* its borrower, whole */
	conn_refuse(conn, refused.stop_status, "%s", refused.stop_reason);
}

static void opening_sent(struct io_op *op, int result);

static void send_opening(struct publisher *publisher)
{
	struct conn *conn = publisher->conn;
	const char *rest = publisher->opening + publisher->opening_sent;

	io_send(conn->worker->io, &conn->op, conn->fd, rest, strlen(rest), 0, opening_sent);
}

static void opening_sent(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, op);
	struct publisher *publisher = conn->borrower;

	if (result > 0)
		publisher->opening_sent += (size_t)result;
	if (result > 0 && publisher->opening[publisher->opening_sent] != '\0') {
		send_opening(publisher);
	} else if (result > 0) {
		publisher->opened(conn);
	} else if (publisher->stop_status != 0 && publisher->opening_sent == 0) {
		publisher_refuse(publisher);
	} else { /* nobody listens */
		publisher_release(publisher);
		free(publisher);
		conn_return(conn);
	}
}

void publisher_open(struct publisher *publisher, const char *opening,
		    void (*opened)(struct conn *conn))
{
	publisher->opening = opening;
	publisher->opened = opened;
	send_opening(publisher);
}

void publisher_release(struct publisher *publisher)
{
	struct stream *stream = publisher->stream;

	if (!io_busy(&publisher->conn->op)) { /* else bytes may still come into the frame */
		frame_release(publisher->frame);
		publisher->frame = NULL;
	}
	library_destroy(publisher->library);
	publisher->library = NULL;
	publisher->stream = NULL;
	if (stream != NULL)
		stream_detach(stream);
}

void publisher_stop(struct publisher *publisher, int status, const char *format, ...)
{
	va_list arguments;

	if (publisher->stop_status != 0)
		return;
	publisher->stop_status = status;
	va_start(arguments, format);
	vsnprintf(publisher->stop_reason, sizeof(publisher->stop_reason), format, arguments);
	va_end(arguments);
	io_cancel(publisher->conn->worker->io, &publisher->conn->op);
}

/* ---- frames ---- */

int publisher_room(struct publisher *publisher, size_t len)
{
	struct worker *worker = publisher->conn->worker;
	struct frame *frame = publisher->frame;
	size_t size = len + (frame != NULL ? frame->header.length : 0);

	if (size > (size_t)worker->config->max_frame_bytes) {
		publisher_stop(publisher, 413, "The frame is over the limit of %lld bytes.",
			       (long long)worker->config->max_frame_bytes);
		return -EMSGSIZE;
	}
	if (frame == NULL) {
		publisher->frame = frame_create(&worker->pool, size);
	} else if (size > frame->capacity) {
		/* By doubling, so that a frame of unknown length isn't copied again and again. */
		size_t doubled = 2 * (size_t)frame->capacity;

		publisher->frame = frame_grow(frame, size > doubled ? size : doubled);
	}
	if (publisher->frame != NULL)
		return 0;
	publisher_stop(publisher, 503, "The relay is out of memory.");
	return -ENOMEM;
}

int publisher_append(struct publisher *publisher, const void *data, size_t len)
{
	int error = publisher_room(publisher, len);

	if (error < 0)
		return error;
	struct frame *frame = publisher->frame;
	memcpy(frame->payload + frame->header.length, data, len);
	frame->header.length += (uint32_t)len;
	return 0;
}

/*
 * A relay that is short of time falls behind in reading, and what it hasn't read can't be dropped
 * for its viewers. So what the publisher has sent is read first, as long as whole frames wait: as
 * many as a viewer may be behind, so that nobody loses any by that.
 */
static bool more_waits(struct publisher *publisher, size_t frame_bytes)
{
	struct worker *worker = publisher->conn->worker;

	if (publisher->held + 1 < worker->limits.frames &&
	    io_unread(worker->io, publisher->conn->fd) >= frame_bytes) {
		publisher->held++;
		return true;
	}
	publisher->held = 0;
	return false;
}

void publisher_received(struct publisher *publisher)
{
	struct conn *conn = publisher->conn;

	if (publisher->held == 0 || publisher->stream == NULL ||
	    io_unread(conn->worker->io, conn->fd) > 0)
		return;
	publisher->held = 0;
	stream_tell(publisher->stream);
}

int publisher_publish(struct publisher *publisher)
{
	struct frame *frame = publisher->frame;

	publisher->frame = NULL;
	if (frame->header.length < 4 || frame->payload[0] != 0xff || frame->payload[1] != 0xd8) {
		frame_release(frame);
		publisher_stop(publisher, 415, "The frame is not a JPEG picture.");
		return -EBADMSG;
	}
	publisher->frames++;
	publisher->bytes += frame->header.length;
	stream_publish(publisher->stream, frame, more_waits(publisher, frame->header.length));
	return 0;
}
