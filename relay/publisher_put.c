/* SPDX-License-Identifier: MIT */
/*
 * A publisher that is an ordinary tool: PUT with a body of pictures (curl -T, ffmpeg -method PUT).
 * The body is a multipart one, or bare JPEGs one behind another; where no Content-Type says which,
 * its first bytes do. Pictures cost one copy, out of the bounded input buffer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jpeg.h"
#include "common/multipart.h"
#include "relay/publisher.h"

enum { PUT_INPUT_SIZE = 64 * 1024 };

enum body { BODY_UNKNOWN, BODY_MULTIPART, BODY_JPEG };

struct put {
	struct publisher publisher;
	enum body body;
	char first[MULTIPART_MAX_BOUNDARY + 4]; /* the first bytes of an unknown body */
	size_t first_len;
	struct http_chunked chunked;
	int64_t left; /* of the body, by Content-Length */
	bool complete;
	struct multipart multipart;
	struct jpeg_scan scan;
	bool skipping; /* the part's picture is complete; what follows it is rubbish */
	char input[PUT_INPUT_SIZE];
};

static void put_receive(struct put *put);

/* ---- pictures ---- */

/* Appends a picture's bytes up to its end. Returns 1 at its end, with *ret_used bytes taken. */
static int take_picture(struct put *put, struct slice data, size_t *ret_used)
{
	int ended = jpeg_scan(&put->scan, (const uint8_t *)data.data, data.len, ret_used);

	if (ended < 0) {
		publisher_stop(&put->publisher, 415, "The body is not a JPEG picture.");
		return ended;
	}
	if (ended == 0)
		*ret_used = data.len;
	int error = publisher_append(&put->publisher, data.data, *ret_used);
	if (error == 0 && ended == 1) {
		put->scan = (struct jpeg_scan){0};
		error = publisher_publish(&put->publisher);
	}
	return error < 0 ? error : ended;
}

static void take_jpegs(struct put *put, struct slice data)
{
	while (data.len > 0) {
		size_t used;

		if (take_picture(put, data, &used) < 0)
			return;
		data.data += used;
		data.len -= used;
	}
}

/* ---- parts ---- */

static int part_begins(struct put *put)
{
	size_t size = PUBLISHER_FIRST_FRAME;

	put->skipping = false;
	put->scan = (struct jpeg_scan){0};
	if (put->multipart.content_length >= 0)
		size = (size_t)put->multipart.content_length;
	return publisher_room(&put->publisher, size);
}

/* A part with a length ends there; one without at its picture's end, so that it needn't wait for
 * the next boundary. */
static int part_data(struct put *put, struct slice data)
{
	size_t used;

	if (put->multipart.content_length >= 0)
		return publisher_append(&put->publisher, data.data, data.len);
	if (put->skipping)
		return 0;
	int ended = take_picture(put, data, &used);
	put->skipping = ended == 1;
	return ended < 0 ? ended : 0;
}

static int part_ends(struct put *put)
{
	if (put->skipping)
		return 0;
	if (put->multipart.content_length >= 0)
		return publisher_publish(&put->publisher);
	publisher_stop(&put->publisher, 400, "A part ends before its picture does.");
	return -EBADMSG;
}

static void take_parts(struct put *put, struct slice data)
{
	int error = 0;

	while (error == 0) {
		struct slice piece;

		switch (multipart_next(&put->multipart, &data, &piece)) {
		case MULTIPART_BEGIN:
			error = part_begins(put);
			break;
		case MULTIPART_DATA:
			error = part_data(put, piece);
			break;
		case MULTIPART_PART:
			error = part_ends(put);
			break;
		case MULTIPART_END:
			put->complete = true;
			return;
		case MULTIPART_MALFORMED:
			publisher_stop(&put->publisher, 400, "The multipart body is malformed: %s.",
				       put->multipart.error);
			return;
		case MULTIPART_MORE:
			return;
		}
	}
}

/* ---- the body ---- */

static void unsupported(struct put *put)
{
	publisher_stop(&put->publisher, 415,
		       "The body is neither a JPEG picture nor multipart; try ffmpeg -f mpjpeg.");
}

static void take_body(struct put *put, struct slice data);

/* Decides by the first bytes; a boundary line has to be complete for that. */
static void take_first(struct put *put, struct slice data)
{
	while (data.len > 0 && put->first_len < sizeof(put->first)) {
		put->first[put->first_len++] = *data.data++;
		data.len--;
		if (put->first_len == 2 && memcmp(put->first, "\xff\xd8", 2) == 0) {
			put->body = BODY_JPEG;
			break;
		}
		if (put->first_len == 2 && memcmp(put->first, "--", 2) != 0)
			break;
		if (put->first[put->first_len - 1] == '\n') {
			struct slice line = {put->first + 2, put->first_len - 3};

			if (line.len > 0 && line.data[line.len - 1] == '\r')
				line.len--;
			if (multipart_init(&put->multipart, line) == 0)
				put->body = BODY_MULTIPART;
			break;
		}
	}
	if (put->body == BODY_UNKNOWN) {
		if (data.len > 0 || put->first_len == sizeof(put->first))
			unsupported(put);
		return;
	}
	take_body(put, (struct slice){put->first, put->first_len});
	take_body(put, data);
}

static void take_body(struct put *put, struct slice data)
{
	static void (*const takers[])(struct put * put, struct slice data) = {
		[BODY_UNKNOWN] = take_first,
		[BODY_MULTIPART] = take_parts,
		[BODY_JPEG] = take_jpegs,
	};

	if (put->publisher.stop_status == 0 && !put->complete && data.len > 0)
		takers[put->body](put, data);
}

static void take_chunks(struct put *put, const char *data, size_t len)
{
	while (len > 0 && put->publisher.stop_status == 0 && !put->complete) {
		struct slice piece;
		size_t used;
		int more = http_chunked_decode(&put->chunked, data, len, &used, &piece);

		if (more < 0) {
			publisher_stop(&put->publisher, 400, "The body's chunks are malformed.");
			return;
		}
		take_body(put, piece);
		data += used;
		len -= used;
		if (more == 0)
			put->complete = true;
	}
}

static void take_input(struct put *put, const char *data, size_t len)
{
	put->publisher.active_us = io_now_us(put->publisher.conn->worker->io);
	if (put->publisher.conn->request.chunked) {
		take_chunks(put, data, len);
		return;
	}
	if ((int64_t)len > put->left)
		len = (size_t)put->left;
	put->left -= (int64_t)len;
	take_body(put, (struct slice){data, len});
	if (put->left == 0)
		put->complete = true;
}

/* ---- the end ---- */

static void put_finish(struct put *put)
{
	struct conn *conn = put->publisher.conn;
	char text[64];

	if (put->publisher.stop_status == 0 && put->publisher.frames == 0)
		publisher_stop(&put->publisher, 400, "The body held no complete picture.");
	if (put->publisher.stop_status != 0) {
		publisher_refuse(&put->publisher);
		return;
	}
	int len = snprintf(text, sizeof(text), "%llu frames published\n",
			   (unsigned long long)put->publisher.frames);
	publisher_release(&put->publisher);
	free(put);
	conn_answer(conn, 200, "text/plain; charset=utf-8", "", text, (size_t)len);
}

static void put_received(struct io_op *op, int result)
{
	struct put *put = list_item(op, struct conn, op)->borrower;
	bool stopped = put->publisher.stop_status != 0;

	if (!stopped && result <= 0) {
		struct conn *conn = put->publisher.conn;

		publisher_release(&put->publisher);
		free(put);
		conn_return(conn);
		return;
	}
	if (!stopped) {
		take_input(put, put->input, (size_t)result);
		publisher_received(&put->publisher);
	}
	if (put->publisher.stop_status != 0 || put->complete)
		put_finish(put);
	else
		put_receive(put);
}

static void put_receive(struct put *put)
{
	struct conn *conn = put->publisher.conn;

	io_recv(conn->worker->io, &conn->op, conn->fd, put->input, sizeof(put->input),
		put_received);
}

/* ---- starting ---- */

static void put_end(struct conn *conn, const char *reason)
{
	struct put *put = conn->borrower;

	publisher_stop(&put->publisher, 503, "%s", reason);
}

/* What Content-Type says of the body; without it, or where it says nothing, the first bytes
 * will. */
static int body_from_type(const struct http_head *request, enum body *ret_body,
			  struct multipart *ret_multipart)
{
	struct slice type = http_field(request, "Content-Type");

	*ret_body = BODY_UNKNOWN;
	if (type.data == NULL || slice_starts_nocase(type, "application/octet-stream"))
		return 0;
	if (slice_starts_nocase(type, "multipart/")) {
		*ret_body = BODY_MULTIPART;
		return multipart_init(ret_multipart, multipart_boundary(type));
	}
	*ret_body = BODY_JPEG;
	return slice_starts_nocase(type, "image/jpeg") ? 0 : -EINVAL;
}

static void put_opened(struct conn *conn)
{
	struct put *put = conn->borrower;

	if (put->publisher.stop_status == 0)
		take_input(put, conn->input + conn->head_len, conn->input_len - conn->head_len);
	if (put->publisher.stop_status != 0 || put->complete)
		put_finish(put);
	else
		put_receive(put);
}

static void put_start(struct conn *conn)
{
	struct put *put = malloc(sizeof(*put));

	if (put == NULL) {
		conn_refuse(conn, 503, "The relay is out of memory.");
		return;
	}
	memset(put, 0, offsetof(struct put, input));
	put->publisher.conn = conn;
	put->publisher.transport = "put";
	put->left = conn->request.content_length;
	conn_lend(conn, put, put_end);
	body_from_type(&conn->request, &put->body, &put->multipart);
	if (publisher_claim(&put->publisher) < 0)
		publisher_refuse(&put->publisher);
	else if (http_field_has(&conn->request, "Expect", "100-continue"))
		publisher_open(&put->publisher, "HTTP/1.1 100 Continue\r\n\r\n", put_opened);
	else
		put_opened(conn);
}

void publisher_put_start(struct conn *conn)
{
	struct multipart multipart;
	enum body body;

	if (!publisher_may_claim(conn))
		return;
	if (conn->request.content_length < 0 && !conn->request.chunked)
		conn_refuse(conn, 411, "A body needs Content-Length or chunks.");
	else if (body_from_type(&conn->request, &body, &multipart) < 0)
		conn_refuse(conn, 415, "The relay takes image/jpeg and multipart bodies.");
	else
		put_start(conn);
}
