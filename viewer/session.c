/* SPDX-License-Identifier: MIT */
#include "viewer/session.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/list.h"
#include "viewer/session_impl.h"

enum { WATCHDOG_US = SECOND_US };

static void session_try(struct session *session);
static void session_connect(struct session *session);

/* ---- telling ---- */

enum session_trouble { TROUBLE_UNREACHABLE, TROUBLE_REFUSED, TROUBLE_LOST };

/* Each kind of trouble is told once, until frames come again. */
static void session_tell(struct session *session, enum session_trouble trouble,
			 const char *sentence)
{
	char told[SESSION_MAX_SENTENCE + 16];

	if (session->troubles == 0)
		session->trouble_us = io_now_us(session->io);
	if (session->troubles & 1u << trouble)
		return;
	session->troubles |= 1u << trouble;
	if (trouble == TROUBLE_LOST) /* which says as much */
		session->troubles |= 1u << TROUBLE_UNREACHABLE;
	snprintf(told, sizeof(told), "%s; trying again", sentence);
	session->handler->event(session, trouble == TROUBLE_LOST ? SESSION_LOST : SESSION_WAITING,
				told);
}

/* ---- closing a connection, and what comes then ---- */

static bool session_busy(const struct session *session)
{
	return resolver_busy(&session->resolver) || io_busy(&session->connect) ||
	       io_busy(&session->recv) || io_busy(&session->send) || io_busy(&session->watchdog) ||
	       io_busy(&session->retry);
}

static void session_finish(struct session *session)
{
	freeaddrinfo(session->addresses);
	reader_finish(&session->reader);
	sodium_memzero(session->request, sizeof(session->request)); /* has the key in it */
	session->state = SESSION_IDLE;
	session->handler->ended(session, session->error, session->sentence);
}

static void session_retried(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, retry);

	(void)result;
	session_go_on(session);
}

static void session_retry_later(struct session *session)
{
	uint32_t wait_ms = session->retry_ms - randombytes_uniform(session->retry_ms / 2);

	session->state = SESSION_RETRYING;
	session->retry_ms *= 2;
	if (session->retry_ms > SESSION_RETRY_MAX_MS)
		session->retry_ms = SESSION_RETRY_MAX_MS;
	io_timer(session->io, &session->retry, io_now_us(session->io) + (int64_t)wait_ms * 1000,
		 session_retried);
}

/* What an operation's function does when it isn't to use its result: does the next thing once all
 * operations have ended. */
void session_go_on(struct session *session)
{
	if (session_busy(session))
		return;
	if (session->fd >= 0)
		io_close(session->io, session->fd);
	session->fd = -1;
	if (session->state == SESSION_RETRYING)
		session_try(session);
	else if (session->next == SESSION_NEXT_END)
		session_finish(session);
	else if (session->next == SESSION_NEXT_ADDRESS)
		session_connect(session);
	else
		session_retry_later(session);
}

/* Ends all operations; next says what is to come. Never calls back at once. */
static void session_close(struct session *session, enum session_next next)
{
	session->next = next;
	if (session->state == SESSION_CLOSING)
		return;
	session->state = SESSION_CLOSING;
	/* With nothing in flight, a timer that is due makes the loop come back here. */
	if (!session_busy(session))
		io_timer(session->io, &session->retry, 0, session_retried);
	resolver_cancel(&session->resolver);
	io_cancel(session->io, &session->connect);
	io_cancel(session->io, &session->recv);
	io_cancel(session->io, &session->send);
	io_cancel(session->io, &session->watchdog);
}

void session_end(struct session *session, int error, const char *sentence)
{
	session->error = error;
	if (sentence != session->sentence)
		snprintf(session->sentence, sizeof(session->sentence), "%s", sentence);
	session_close(session, SESSION_NEXT_END);
	io_cancel(session->io, &session->retry);
}

void session_stop(struct session *session)
{
	if (session->state != SESSION_IDLE &&
	    !(session->state == SESSION_CLOSING && session->next == SESSION_NEXT_END))
		session_end(session, 0, "");
}

/* It didn't work, but may later. */
static void session_fail(struct session *session, enum session_trouble trouble, int error,
			 const char *sentence)
{
	if (!session->options->reconnect) {
		session_end(session, error, sentence);
		return;
	}
	session_close(session, SESSION_NEXT_TRY);
	session_tell(session, trouble, sentence);
}

void session_lost(struct session *session, int error, const char *why)
{
	char sentence[SESSION_MAX_SENTENCE];

	snprintf(sentence, sizeof(sentence), "%s is lost: %s", session->options->url->stream, why);
	session_fail(session, TROUBLE_LOST, error, sentence);
}

/* ---- asking for the stream ---- */

static void session_stream(struct session *session, size_t head_len)
{
	session->state = SESSION_STREAMING;
	session->heard_us = io_now_us(session->io);
	session->pinged_us = session->heard_us;
	session->first = true;
	session->answers = false;
	reader_reset(&session->reader);
	reader_feed(&session->reader, session->answer + head_len, session->answer_len - head_len);
	session_read(session);
}

static void session_refused(struct session *session, const struct handshake_answer *answer)
{
	const struct url *url = session->options->url;
	char sentence[SESSION_MAX_SENTENCE];

	snprintf(sentence, sizeof(sentence), "%s port %s answers %d: %s", url->host, url->port,
		 answer->status, answer->sentence);
	if (answer->status == 404 && !session->absent)
		session->retry_ms =
			SESSION_RETRY_MIN_MS; /* from now on it is the relay that waits */
	session->absent = answer->status == 404;
	if (handshake_verdict(answer->status, answer->explained) == HANDSHAKE_RETRY)
		session_fail(session, TROUBLE_REFUSED, -ENOENT, sentence);
	else
		session_end(session, -EACCES, sentence);
}

/* The relay can't be talked to at its present address. */
static void session_unreachable(struct session *session, int error, const char *why)
{
	const struct url *url = session->options->url;
	char sentence[SESSION_MAX_SENTENCE];

	if (session->state == SESSION_CONNECTING && session->address && session->address->ai_next) {
		session->address = session->address->ai_next;
		session_close(session, SESSION_NEXT_ADDRESS);
		return;
	}
	snprintf(sentence, sizeof(sentence), "no relay at %s port %s: %s", url->host, url->port,
		 why);
	session_fail(session, TROUBLE_UNREACHABLE, error, sentence);
}

/* What is on demand is at a session of its own. A later try asks for another one. */
static bool session_redirected(struct session *session, const struct handshake_answer *answer)
{
	if (answer->stream[0] == '\0' || session->redirects == SESSION_REDIRECTS)
		return false;
	session->redirects++;
	snprintf(session->playback, sizeof(session->playback), "%s", answer->stream);
	session_close(session, SESSION_NEXT_ADDRESS);
	return true;
}

static void session_receive_answer(struct session *session);

static void session_answered(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, recv);
	struct handshake_answer answer;
	int n;

	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
		return;
	}
	session->answer_len += result > 0 ? (size_t)result : 0;
	n = handshake_answer(session->answer, session->answer_len, result <= 0, &answer);
	if (n == 0)
		session_receive_answer(session);
	else if (n < 0)
		session_unreachable(session, n,
				    session->answer_len > 0 ? "what answers isn't HTTP"
				    : result < 0	    ? strerror(-result)
							    : "it closed the connection");
	else if (answer.upgraded)
		session_stream(session, answer.head_len);
	else if (!session_redirected(session, &answer))
		session_refused(session, &answer);
}

static void session_receive_answer(struct session *session)
{
	io_recv(session->io, &session->recv, session->fd, session->answer + session->answer_len,
		sizeof(session->answer) - session->answer_len, session_answered);
}

static void session_asked(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, send);

	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
		return;
	}
	if (result < 0)
		return; /* an early answer may say why */
	session->request_sent += (size_t)result;
	if (session->request_sent < session->request_len)
		io_send(session->io, &session->send, session->fd,
			session->request + session->request_sent,
			session->request_len - session->request_sent, 0, session_asked);
}

static int session_make_request(struct session *session)
{
	struct url url = *session->options->url;
	struct handshake_request request = {
		.method = "GET",
		.url = &url,
		.key = session->options->key,
		.user_agent = "spillway/" SPILLWAY_VERSION,
		.rendition = session->options->rendition,
		.wait_s = session->absent ? SESSION_WAIT_S : 0,
	};
	if (session->playback[0] != '\0')
		snprintf(url.stream, sizeof(url.stream), "%s", session->playback);

	int len = handshake_request(&request, session->request);

	if (len < 0)
		return len;
	session->request_len = (size_t)len;
	return 0;
}

static void session_ask(struct session *session)
{
	int error = session_make_request(session);

	if (error) {
		session_end(session, error,
			    "the URL, the rendition or the key has characters that "
			    "can't be sent");
		return;
	}
	session->state = SESSION_ASKING;
	session->deadline_us =
		io_now_us(session->io) +
		(int64_t)(SESSION_ANSWER_S + (session->absent ? SESSION_WAIT_S : 0)) * SECOND_US;
	session->request_sent = 0;
	session->answer_len = 0;
	io_send(session->io, &session->send, session->fd, session->request, session->request_len, 0,
		session_asked);
	session_receive_answer(session);
}

/* ---- connecting ---- */

/* A still picture is silent for as long as it likes; PINGs tell it from a relay that is gone. Where
 * they aren't even acknowledged, TCP gives up by itself (IO_OPTION_USER_TIMEOUT_MS). */
static void session_check(struct session *session, int64_t now_us)
{
	struct wire_header ping = {.type = WIRE_PING, .pts_us = now_us};
	int64_t quiet_us = now_us - session->heard_us;

	if (session->answers && quiet_us >= (int64_t)SESSION_SILENT_S * SECOND_US) {
		session_lost(session, -ETIMEDOUT, "the relay is silent");
	} else if (quiet_us >= (int64_t)SESSION_PING_S * SECOND_US &&
		   now_us - session->pinged_us >= (int64_t)SESSION_PING_S * SECOND_US) {
		session->pinged_us = now_us;
		session_send_control(session, &ping);
	}
}

static void session_watch_out(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, watchdog);
	int64_t now_us = io_now_us(session->io);

	(void)result;
	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
		return;
	}
	io_timer(session->io, &session->watchdog, now_us + WATCHDOG_US, session_watch_out);
	if (session->state == SESSION_STREAMING && !session->held)
		session_check(session, now_us);
	else if (session->state != SESSION_STREAMING && now_us >= session->deadline_us)
		session_unreachable(session, -ETIMEDOUT, "it doesn't answer");
}

static void session_connected(struct io_op *op, int result)
{
	struct session *session = list_item(op, struct session, connect);

	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
	} else if (result < 0) {
		session_unreachable(session, result, strerror(-result));
	} else {
		io_set(session->io, session->fd, IO_OPTION_NODELAY, 1);
		io_set(session->io, session->fd, IO_OPTION_USER_TIMEOUT_MS,
		       SESSION_SILENT_S * 1000);
		session_ask(session);
	}
}

static void session_connect(struct session *session)
{
	const struct addrinfo *address = session->address;

	session->state = SESSION_CONNECTING;
	session->deadline_us = io_now_us(session->io) + (int64_t)SESSION_CONNECT_S * SECOND_US;
	session->fd = io_socket(session->io, address->ai_family);
	if (session->fd < 0) {
		session_unreachable(session, session->fd, strerror(-session->fd));
		return;
	}
	io_timer(session->io, &session->watchdog, io_now_us(session->io) + WATCHDOG_US,
		 session_watch_out);
	io_connect(session->io, &session->connect, session->fd, address->ai_addr,
		   address->ai_addrlen, session_connected);
}

static void session_resolved(struct resolver *resolver, int error, struct addrinfo *addresses)
{
	struct session *session = list_item(resolver, struct session, resolver);
	char sentence[SESSION_MAX_SENTENCE];

	session->addresses = session->address = addresses;
	if (session->state == SESSION_CLOSING) {
		session_go_on(session);
	} else if (error == 0) {
		session->resolved = true;
		session_connect(session);
	} else if (!session->resolved && (error == EAI_NONAME || error == EAI_SERVICE)) {
		/* Later it is no reason to give up: the network may be away, and the names with
		 * it. */
		snprintf(sentence, sizeof(sentence), "%s: %s", session->options->url->host,
			 resolver_sentence(error));
		session_end(session, -ENOENT, sentence);
	} else {
		session_unreachable(session, -EHOSTUNREACH, resolver_sentence(error));
	}
}

static void session_try(struct session *session)
{
	const struct url *url = session->options->url;

	freeaddrinfo(session->addresses);
	session->addresses = session->address = NULL;
	session->redirects = 0;
	session->playback[0] = '\0';
	session->state = SESSION_RESOLVING;
	resolver_start(&session->resolver, session->io, url->host, url->port, session_resolved);
}

int session_start(struct session *session, struct io *io, const struct session_options *options,
		  const struct session_handler *handler, void *context)
{
	int error;

	*session = (struct session){
		.context = context,
		.io = io,
		.options = options,
		.handler = handler,
		.fd = -1,
		.retry_ms = SESSION_RETRY_MIN_MS,
	};
	error = reader_init(&session->reader, options->max_frame_bytes);
	if (error == 0)
		session_try(session);
	return error;
}
