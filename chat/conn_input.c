/* SPDX-License-Identifier: MIT */
#include "chat/conn_impl.h"

#include <string.h>

#include "common/utf8.h"

void conn_skip_input(struct conn *conn, size_t len)
{
	conn->input_len -= len;
	memmove(conn->input, conn->input + len, conn->input_len);
}

/* No command of IRC is called like a method. Whoever brings a browser to send lines in the body of
 * a request has no luck either. */
void conn_decide(struct conn *conn)
{
	static const char *const methods[] = {"GET ",	  "HEAD ",    "POST ",	"PUT ",	 "DELETE ",
					      "OPTIONS ", "CONNECT ", "TRACE ", "PATCH "};

	conn->protocol = CONN_LINES;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i]);
		bool enough = conn->input_len >= len;

		if (memcmp(conn->input, methods[i], enough ? len : conn->input_len) == 0)
			conn->protocol = enough ? CONN_REQUEST : CONN_UNDECIDED;
		if (conn->protocol != CONN_LINES)
			return;
	}
}

/* ---- lines ---- */

/* Hands over the lines that are complete. The line's end may be LF alone, as people who type into
 * nc send it. */
void conn_read_lines(struct conn *conn)
{
	size_t at = 0;
	char *end;

	while (conn->state == CONN_OPEN &&
	       (end = memchr(conn->input + at, '\n', conn->input_len - at)) != NULL) {
		char *line = conn->input + at;
		size_t len = (size_t)(end - line);

		at += len + 1;
		if (len > 0 && line[len - 1] == '\r')
			len--;
		if (!conn->skipping)
			conn->all->owner->line(conn, line, len);
		conn->skipping = false;
	}
	conn_skip_input(conn, at);
	if (conn->state == CONN_OPEN && conn->input_len == CONN_MAX_INPUT) {
		conn->input_len = 0;
		if (!conn->skipping)
			conn->all->owner->overlong(conn);
		conn->skipping = true;
	}
}

/* ---- a request ---- */

void conn_read_request(struct conn *conn)
{
	struct http_head head;
	int len = http_parse_request(conn->input, conn->input_len, &head);

	if (len > 0) {
		conn->all->owner->request(conn, &head);
		conn_skip_input(conn, (size_t)len);
	} else if (len < 0 || conn->input_len == CONN_MAX_HEAD) {
		conn->all->owner->request(conn, NULL);
	}
}

/* ---- WebSocket ---- */

static void fail(struct conn *conn, enum websocket_status status, const char *why)
{
	conn->close_status = (uint16_t)status;
	conn->all->owner->lost(conn, why);
}

/* Whole now. What lies behind it in the input is still to be read. */
static void end_message(struct conn *conn, enum websocket_kind kind)
{
	size_t len = conn->message_len;
	char *line = conn->input, behind = line[len];

	conn->message_len = 0;
	if (conn->skipping) {
		conn->skipping = false;
		conn->all->owner->overlong(conn);
		return;
	}
	if (kind == WEBSOCKET_TEXT && !utf8_valid((struct slice){line, len})) {
		fail(conn, WEBSOCKET_NOT_UTF8, "That wasn't UTF-8");
		return;
	}
	/* A message should have no line end, but some clients give it one. */
	size_t line_len = len;
	if (line_len > 0 && line[line_len - 1] == '\n')
		line_len--;
	if (line_len > 0 && line[line_len - 1] == '\r')
		line_len--;
	conn->all->owner->line(conn, line, line_len);
	line[len] = behind;
}

static void add_data(struct conn *conn, const struct websocket_part *part)
{
	if (conn->message_len + part->data.len > CONN_MAX_INPUT - 2)
		conn->skipping = true;
	if (conn->skipping) {
		conn->message_len = 0;
	} else {
		memmove(conn->input + conn->message_len, part->data.data, part->data.len);
		conn->message_len += part->data.len;
	}
	if (part->end)
		end_message(conn, part->kind);
}

static struct line *control_frame(enum websocket_kind kind, const char *data, size_t len)
{
	char frame[WEBSOCKET_MAX_HEAD + WEBSOCKET_MAX_CONTROL];
	size_t head_len = websocket_head(frame, kind, len);

	memcpy(frame + head_len, data, len);
	return line_create_raw(frame, head_len + len);
}

struct line *conn_close_frame(const struct conn *conn)
{
	char status[2] = {(char)(conn->close_status >> 8), (char)conn->close_status};

	return control_frame(WEBSOCKET_CLOSE, status, sizeof(status));
}

static void answer_ping(struct conn *conn, const struct websocket_part *part)
{
	struct line *pong = control_frame(WEBSOCKET_PONG, part->data.data, part->data.len);

	conn_send(conn, pong);
	line_release(pong);
}

static void close_came(struct conn *conn, const struct websocket_part *part)
{
	if (websocket_close_valid(part->data))
		conn->all->owner->lost(conn, "Connection closed");
	else
		fail(conn, WEBSOCKET_PROTOCOL_ERROR, "Malformed WebSocket frame");
}

static void ignore(struct conn *conn, const struct websocket_part *part)
{
	(void)conn;
	(void)part;
}

void conn_read_frames(struct conn *conn)
{
	static void (*const kinds[])(struct conn * conn, const struct websocket_part *part) = {
		[WEBSOCKET_TEXT] = add_data,	[WEBSOCKET_BINARY] = add_data,
		[WEBSOCKET_CLOSE] = close_came, [WEBSOCKET_PING] = answer_ping,
		[WEBSOCKET_PONG] = ignore,
	};
	size_t at = conn->message_len, used;
	struct websocket_part part;
	int result = 1;

	while (conn->state == CONN_OPEN && result > 0) {
		result = websocket_read(&conn->frames, conn->input + at, conn->input_len - at,
					&used, &part);
		at += used;
		if (result > 0)
			kinds[part.kind](conn, &part);
		else if (result < 0)
			fail(conn, WEBSOCKET_PROTOCOL_ERROR, "Malformed WebSocket frame");
	}
	conn->input_len = conn->message_len;
}
