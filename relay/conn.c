/* SPDX-License-Identifier: MIT */
#include "relay/conn.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/name.h"
#include "relay/bus.h"
#include "relay/relay.h"
#include "relay/rendition.h"
#include "relay/route.h"

static void receive(struct conn *conn);
static void read_request(struct conn *conn);

/* ---- coming and going ---- */

static void check_gone(struct conn *conn)
{
	struct worker *worker = conn->worker;

	if (conn->state != CONN_CLOSED || io_busy(&conn->op))
		return;
	if (conn->fd >= 0) {
		io_close(worker->io, conn->fd);
		relay_remove_peer(worker->relay, &conn->peer);
	}
	frame_release(conn->frame);
	worker->large_bytes -= conn->large;
	list_remove(&conn->link);
	list_remove(&conn->waiting);
	free(conn->answer);
	free(conn->input);
	free(conn);
	counter_subtract(&worker->counters.conns_now, 1);
	worker_check_drained(worker);
}

void conn_close(struct conn *conn)
{
	assert(conn->state != CONN_LENT);
	conn->state = CONN_CLOSED;
	io_cancel(conn->worker->io, &conn->op);
	check_gone(conn);
}

static void set_deadline(struct conn *conn, int64_t after_us)
{
	conn->expired = false;
	conn->deadline_us = io_now_us(conn->worker->io) + after_us;
}

static int64_t request_timeout_us(const struct conn *conn)
{
	return conn->worker->config->request_timeout_s * 1000000;
}

void conn_check_deadline(struct conn *conn, int64_t now_us)
{
	if (conn->state == CONN_LENT || conn->state == CONN_CLOSED || conn->expired ||
	    now_us < conn->deadline_us)
		return;
	conn->expired = true;
	/* A reader and a waiter are told why, once their operation has ended. */
	if (conn->state == CONN_READING || conn->state == CONN_WAITING)
		io_cancel(conn->worker->io, &conn->op);
	else
		conn_close(conn);
}

void conn_end(struct conn *conn, const char *reason)
{
	if (conn->state == CONN_LENT)
		conn->end(conn, reason);
	else if (conn->state == CONN_READING || conn->state == CONN_WAITING)
		conn_close(conn);
}

/* Takes over input. NULL without memory. */
static struct conn *make_conn(struct worker *worker, int fd, const struct peer *peer, char *input,
			      size_t input_len)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		free(input);
		io_close(worker->io, fd);
		relay_remove_peer(worker->relay, peer);
		return NULL;
	}
	conn->worker = worker;
	conn->fd = fd;
	conn->peer = *peer;
	conn->input = input;
	conn->input_len = conn->input_size = input_len;
	list_init(&conn->waiting);
	list_init(&conn->link);
	list_add_tail(&worker->conns, &conn->link);
	counter_add(&worker->counters.conns_now, 1);
	set_deadline(conn, request_timeout_us(conn));
	return conn;
}

void conn_create(struct worker *worker, int fd)
{
	const struct relay_config *config = worker->config;
	struct sockaddr_storage address;
	struct peer peer = {0};

	counter_add(&worker->counters.connections, 1);
	if (io_peer(worker->io, fd, &address) == 0)
		peer = peer_from(&address);
	uint64_t n_conns = relay_total(worker->relay, conns_now);
	int counted = -EMFILE;
	bool crowded = false;
	if (n_conns < (uint64_t)config->max_connections + CONN_SPARE)
		counted = relay_add_peer(worker->relay, &peer, (uint32_t)config->max_per_address);
	if (counted == -EMFILE && n_conns < (uint64_t)config->max_connections + CONN_SPARE) {
		crowded = true;
		counted = relay_add_peer(worker->relay, &peer, UINT32_MAX);
	}
	if (counted < 0) {
		io_close(worker->io, fd);
		return;
	}
	struct conn *conn = make_conn(worker, fd, &peer, NULL, 0);
	if (conn == NULL)
		return;
	if (crowded)
		conn_refuse(conn, 429, "There are %lld connections from your address already.",
			    (long long)config->max_per_address);
	else if (n_conns >= (uint64_t)config->max_connections)
		conn_refuse(conn, 503, "The relay has %lld connections already.",
			    (long long)config->max_connections);
	else
		receive(conn);
}

void conn_adopt(struct worker *worker, int fd, const struct peer *peer, char *input,
		size_t input_len)
{
	struct conn *conn;

	if (worker->draining) {
		free(input);
		io_close(worker->io, fd);
		relay_remove_peer(worker->relay, peer);
		return;
	}
	conn = make_conn(worker, fd, peer, input, input_len);
	if (conn != NULL) {
		conn->adopted = true;
		read_request(conn);
	}
}

void conn_hand_over(struct conn *conn, struct worker *to)
{
	struct worker *worker = conn->worker;
	char *input = conn->input;
	int fd = conn->fd;

	conn->fd = -1;
	conn->input = NULL;
	bus_hand_over(worker, to, fd, &conn->peer, input, conn->input_len);
	conn_close(conn);
}

/* ---- the request ---- */

static void request_failed(struct conn *conn, int error)
{
	if (error == -E2BIG)
		conn_refuse(conn, 431, "The request has more than %d header fields.",
			    HTTP_MAX_FIELDS);
	else if (error == -EPROTONOSUPPORT)
		conn_refuse(conn, 505, "The relay speaks HTTP/1.1.");
	else
		conn_refuse(conn, 400, "The request is malformed.");
}

static void received(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, op);

	if (result == -ECANCELED && conn->expired && conn->input_len > 0) {
		conn_refuse(conn, 408, "The request was not complete after %lld s.",
			    (long long)conn->worker->config->request_timeout_s);
		return;
	}
	if (conn->state == CONN_CLOSED || result <= 0) {
		conn_close(conn);
		return;
	}
	conn->input_len += (size_t)result;
	read_request(conn);
}

/* A ClientHello would have no end that a request can have: it would be waited for in vain. */
static bool is_tls(const struct conn *conn)
{
	enum { TLS_HANDSHAKE = 0x16 }; /* the type of a record (RFC 8446 section 5.1) */

	return conn->input_len > 0 && conn->input[0] == TLS_HANDSHAKE;
}

static void read_request(struct conn *conn)
{
	if (is_tls(conn)) {
		conn_refuse(conn, 400, "This port speaks plain HTTP: use http://, not https://.");
		return;
	}
	int len = http_parse_request(conn->input, conn->input_len, &conn->request);
	if (len > 0) {
		conn->head_len = (size_t)len;
		counter_add(&conn->worker->counters.requests, 1);
		route_request(conn);
	} else if (len < 0) {
		request_failed(conn, len);
	} else {
		receive(conn);
	}
}

static bool make_room(struct conn *conn)
{
	size_t max = (size_t)conn->worker->config->max_header_bytes;
	size_t size = conn->input_size < CONN_INPUT ? CONN_INPUT : 2 * conn->input_size;

	if (conn->input_len < conn->input_size || conn->input_size >= max)
		return true;
	if (size > max)
		size = max;
	char *input = realloc(conn->input, size);
	if (input == NULL)
		return false;
	conn->input = input;
	conn->input_size = size;
	return true;
}

static void receive(struct conn *conn)
{
	conn->state = CONN_READING;
	if (!make_room(conn))
		conn_refuse(conn, 503, "The relay is out of memory.");
	else if (conn->input_len == conn->input_size)
		conn_refuse(conn, 431, "The request's head is over the limit of %lld bytes.",
			    (long long)conn->worker->config->max_header_bytes);
	else
		io_recv(conn->worker->io, &conn->op, conn->fd, conn->input + conn->input_len,
			conn->input_size - conn->input_len, received);
}

/* ---- answers ---- */

static void drained(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, op);
	struct worker *worker = conn->worker;

	if (conn->state == CONN_CLOSED || result <= 0)
		conn_close(conn);
	else
		io_recv(worker->io, op, conn->fd, worker->scratch, sizeof(worker->scratch),
			drained);
}

/* Closing with input unread would reset the connection, and the peer might never read the
 * answer. */
static void drain(struct conn *conn)
{
	struct worker *worker = conn->worker;

	conn->state = CONN_DRAINING;
	set_deadline(conn, CONN_DRAIN_US);
	io_shutdown(worker->io, conn->fd, SHUT_WR);
	io_recv(worker->io, &conn->op, conn->fd, worker->scratch, sizeof(worker->scratch), drained);
}

static void answer_sent(struct io_op *op, int result);

static void send_answer(struct conn *conn)
{
	size_t at = conn->answered;
	const char *data = conn->answer + at;
	size_t len = conn->answer_len - at;

	if (at >= conn->answer_len) {
		at -= conn->answer_len;
		data = (const char *)conn->frame->payload + at;
		len = conn->frame->header.length - at;
	}
	io_send(conn->worker->io, &conn->op, conn->fd, data, len, 0, answer_sent);
}

static size_t answer_size(const struct conn *conn)
{
	return conn->answer_len + (conn->frame != NULL ? conn->frame->header.length : 0);
}

static void answer_sent(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, op);

	if (conn->state == CONN_CLOSED || result < 0) {
		conn_close(conn);
		return;
	}
	conn->answered += (size_t)result;
	if (conn->answered < answer_size(conn)) {
		if (conn->frame != NULL || conn->large > 0) /* may take its time, but must move */
			set_deadline(conn, request_timeout_us(conn));
		send_answer(conn);
	} else if (conn->state == CONN_OPENING) {
		conn->opened(conn);
	} else {
		drain(conn);
	}
}

/* Takes over answer, which begins at `from` and ends at `to`. */
static void start_answer_at(struct conn *conn, enum conn_state state, char *answer, size_t from,
			    size_t to)
{
	free(conn->answer);
	conn->answer = answer;
	conn->answer_len = to;
	conn->answered = from;
	conn->state = (uint8_t)state;
	list_remove(&conn->waiting);
	set_deadline(conn, request_timeout_us(conn));
	if (answer == NULL)
		conn_close(conn);
	else
		send_answer(conn);
}

/* Takes over answer. */
static void start_answer(struct conn *conn, enum conn_state state, char *answer, size_t len)
{
	start_answer_at(conn, state, answer, 0, len);
}

static size_t print_head(char *to, size_t size, int status, const char *type, const char *fields,
			 size_t body_len)
{
	return (size_t)snprintf(to, size,
				"HTTP/1.1 %d %s\r\n"
				"Content-Type: %s\r\n"
				"Content-Length: %zu\r\n"
				"Cache-Control: no-store\r\n"
				"Connection: close\r\n"
				"%s\r\n",
				status, http_reason(status), type, body_len, fields);
}

/* With room for the body. NULL without memory. */
static char *format_head(int status, const char *type, const char *fields, size_t body_len,
			 size_t *ret_len)
{
	size_t size = CONN_HEAD_ROOM + strlen(type) + strlen(fields) + body_len;
	char *answer = malloc(size);

	if (answer != NULL)
		*ret_len = print_head(answer, size, status, type, fields, body_len);
	return answer;
}

static bool is_head(const struct conn *conn)
{
	return conn->head_len > 0 && slice_equal(conn->request.method, "HEAD");
}

void conn_answer(struct conn *conn, int status, const char *type, const char *fields,
		 const char *body, size_t len)
{
	size_t head_len = 0;
	char *answer = format_head(status, type, fields, len, &head_len);

	if (answer != NULL && !is_head(conn)) {
		memcpy(answer + head_len, body, len);
		head_len += len;
	}
	start_answer(conn, CONN_ANSWERING, answer, head_len);
}

void conn_answer_large(struct conn *conn, const char *type, char *answer, size_t len)
{
	size_t *large_bytes = &conn->worker->large_bytes;
	char head[CONN_HEAD_ROOM];

	if (*large_bytes + len > CONN_MAX_LARGE) {
		free(answer);
		conn_refuse(conn, 503, "Too many large answers are being read.");
		return;
	}
	conn->large = len;
	*large_bytes += len;
	size_t head_len = print_head(head, sizeof(head), 200, type, "", len - CONN_HEAD_ROOM);
	memcpy(answer + CONN_HEAD_ROOM - head_len, head, head_len);
	start_answer_at(conn, CONN_ANSWERING, answer, CONN_HEAD_ROOM - head_len,
			is_head(conn) ? CONN_HEAD_ROOM : len);
}

void conn_answer_frame(struct conn *conn, struct frame *frame)
{
	char timestamp[64];
	size_t len = 0;
	char *answer;

	snprintf(timestamp, sizeof(timestamp), "X-Timestamp: %lld.%06lld\r\n",
		 (long long)(frame->header.capture_us / 1000000),
		 (long long)(frame->header.capture_us % 1000000));
	answer = format_head(200, "image/jpeg", timestamp, frame->header.length, &len);
	if (!is_head(conn))
		conn->frame = frame_reference(frame);
	start_answer(conn, CONN_ANSWERING, answer, len);
}

void conn_refuse_with(struct conn *conn, int status, const char *fields, const char *sentence)
{
	char body[512], text[PEER_TEXT_SIZE];
	int len = snprintf(body, sizeof(body), "%s\n", sentence);

	assert(len < (int)sizeof(body));
	counter_add(&conn->worker->counters.errors, 1);
	(void)peer_text(&conn->peer, text);
	log_debug_of(LOG_OF(.peer = text), "%s: %d %s", text, status, sentence);
	conn_answer(conn, status, "text/plain; charset=utf-8", fields, body, (size_t)len);
}

void conn_refuse(struct conn *conn, int status, const char *format, ...)
{
	static const char challenge[] = "WWW-Authenticate: Bearer realm=\"spillway\"\r\n"
					"WWW-Authenticate: Basic realm=\"spillway\"\r\n";
	static const char upgrade[] = "Upgrade: " WIRE_PROTOCOL "\r\nConnection: Upgrade\r\n";
	char sentence[510];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	conn_refuse_with(conn, status,
			 status == 401			  ? challenge
			 : status == 426		  ? upgrade
			 : status == 429 || status == 503 ? "Retry-After: 5\r\n"
							  : "",
			 sentence);
}

void conn_finish(struct conn *conn, const char *ending, size_t len)
{
	char *answer = malloc(len);

	if (answer != NULL)
		memcpy(answer, ending, len);
	start_answer(conn, CONN_ANSWERING, answer, len);
}

/* ---- becoming something else ---- */

void conn_open(struct conn *conn, const char *opening, void (*opened)(struct conn *conn))
{
	conn->opened = opened;
	start_answer(conn, CONN_OPENING, strdup(opening), strlen(opening));
}

int conn_take(struct conn *conn)
{
	int fd = conn->fd;

	conn->fd = -1;
	conn_close(conn);
	return fd;
}

void conn_lend(struct conn *conn, void *borrower,
	       void (*end)(struct conn *conn, const char *reason))
{
	conn->state = CONN_LENT;
	conn->borrower = borrower;
	conn->end = end;
}

void conn_return(struct conn *conn)
{
	drain(conn);
}

/* ---- waiting for a stream ---- */

static void waited(struct io_op *op, int result)
{
	struct conn *conn = list_item(op, struct conn, op);

	list_remove(&conn->waiting);
	/* Who waits says nothing; what comes is the end of the connection. */
	if (conn->state == CONN_CLOSED || result != -ECANCELED)
		conn_close(conn);
	else
		route_request(conn);
}

void conn_wait(struct conn *conn, int64_t seconds)
{
	struct worker *worker = conn->worker;

	if (conn->wait_until_us == 0)
		conn->wait_until_us = io_now_us(worker->io) + seconds * 1000000;
	conn->state = CONN_WAITING;
	conn->expired = false;
	conn->deadline_us = conn->wait_until_us;
	list_add_tail(&worker->waiting, &conn->waiting);
	io_poll(worker->io, &conn->op, conn->fd, POLLIN, waited);
}

static void wake_waiting(struct conn *conn)
{
	list_remove(&conn->waiting);
	io_cancel(conn->worker->io, &conn->op);
}

/* A session's first stream is what the session is waited for. */
void conn_wake_waiting(struct worker *worker, const char *stream_name)
{
	bool of_session = name_session(slice_from(stream_name)).len > 0;
	struct list *link, *after;

	list_each_safe (link, after, &worker->waiting) {
		struct conn *conn = list_item(link, struct conn, waiting);

		if (rendition_is_of(stream_name, conn->stream_name) ||
		    (of_session && conn->session_id != 0))
			wake_waiting(conn);
	}
}

void conn_wake_session(struct worker *worker, uint64_t session_id)
{
	struct list *link, *after;

	list_each_safe (link, after, &worker->waiting) {
		struct conn *conn = list_item(link, struct conn, waiting);

		if (conn->session_id == session_id)
			wake_waiting(conn);
	}
}
