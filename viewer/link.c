/* SPDX-License-Identifier: MIT */
#include "viewer/link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/casemap.h"
#include "common/list.h"
#include "common/sentence.h"
#include "viewer/link_impl.h"

#define SECOND_US INT64_C(1000000)

static void link_try(struct link *link);
static void link_connect(struct link *link);
static void link_receive(struct link *link);

/* ---- closing a connection, and what comes then ---- */

static bool link_busy(const struct link *link)
{
	return resolver_busy(&link->resolver) || io_busy(&link->connect) || io_busy(&link->recv) ||
	       io_busy(&link->send) || io_busy(&link->watchdog) || io_busy(&link->retry);
}

static void link_go_on(struct link *link);

static void link_retried(struct io_op *op, int result)
{
	(void)result;
	link_go_on(list_item(op, struct link, retry));
}

static void link_finish(struct link *link)
{
	freeaddrinfo(link->addresses);
	link->addresses = NULL;
	link->state = LINK_IDLE;
	link->handler->ended(link, link->error, link->sentence);
}

static void link_retry_later(struct link *link)
{
	link->state = LINK_RETRYING;
	io_timer(link->io, &link->retry, io_now_us(link->io) + backoff_take_us(&link->backoff),
		 link_retried);
}

/* What an operation's function does when it isn't to use its result: does the next thing once all
 * operations have ended. */
static void link_go_on(struct link *link)
{
	if (link_busy(link))
		return;
	if (link->fd >= 0)
		io_close(link->io, link->fd);
	link->fd = -1;
	if (link->state == LINK_RETRYING)
		link_try(link);
	else if (link->next == LINK_NEXT_END)
		link_finish(link);
	else if (link->next == LINK_NEXT_ADDRESS)
		link_connect(link);
	else
		link_retry_later(link);
}

static void link_close(struct link *link, enum link_next next)
{
	link->next = next;
	if (link->state == LINK_CLOSING)
		return;
	link->state = LINK_CLOSING;
	/* With nothing in flight, a timer that is due makes the loop come back here. */
	if (!link_busy(link))
		io_timer(link->io, &link->retry, 0, link_retried);
	resolver_cancel(&link->resolver);
	io_cancel(link->io, &link->connect);
	io_cancel(link->io, &link->recv);
	io_cancel(link->io, &link->send);
	io_cancel(link->io, &link->watchdog);
}

void link_end(struct link *link, int error, const char *sentence)
{
	link->error = error;
	snprintf(link->sentence, sizeof(link->sentence), "%.*s", LINK_MAX_SENTENCE - 1, sentence);
	link_close(link, LINK_NEXT_END);
	io_cancel(link->io, &link->retry);
}

static void link_lost(struct link *link, int error, const char *why)
{
	char sentence[LINK_MAX_SENTENCE];

	if (link->state == LINK_QUITTING) {
		link_end(link, 0, "");
		return;
	}
	snprintf(sentence, sizeof(sentence), "the connection to %.200s is lost: %.250s",
		 link->options->host, *link->farewell != '\0' ? link->farewell : why);
	link->n_unanswered = 0;
	if (!link->was_up || !link->options->reconnect) {
		link_end(link, error, sentence);
		return;
	}
	bool was_up = link->state == LINK_UP;
	link_close(link, LINK_NEXT_TRY);
	if (was_up)
		link->handler->lost(link, sentence);
}

/* It can't be talked to at its present address. */
static void link_unreachable(struct link *link, int error, const char *why)
{
	char sentence[LINK_MAX_SENTENCE];

	if (link->state == LINK_CONNECTING && link->address != NULL &&
	    link->address->ai_next != NULL) {
		link->address = link->address->ai_next;
		link_close(link, LINK_NEXT_ADDRESS);
		return;
	}
	snprintf(sentence, sizeof(sentence), "no chat at %s port %s: %s", link->options->host,
		 link->options->port, why);
	if (link->was_up)
		link_close(link, LINK_NEXT_TRY);
	else
		link_end(link, error, sentence);
}

/* ---- sending ---- */

static void link_sent(struct io_op *op, int result);

static void link_flush(struct link *link)
{
	if (link->out_len > 0 && !io_busy(&link->send))
		io_send(link->io, &link->send, link->fd, link->out, link->out_len, 0, link_sent);
}

static void link_sent(struct io_op *op, int result)
{
	struct link *link = list_item(op, struct link, send);

	if (link->state == LINK_CLOSING) {
		link_go_on(link);
		return;
	}
	if (result < 0)
		return; /* what was received may say why */
	link->out_len -= (size_t)result;
	memmove(link->out, link->out + result, link->out_len);
	link_flush(link);
}

/* The bytes of a send under way stay where they are; more come behind them. */
/* There is room. */
static void link_put(struct link *link, const char *data, size_t len)
{
	memcpy(link->out + link->out_len, data, len);
	link->out_len += len;
}

int link_write(struct link *link, const char *data, size_t len)
{
	if (len > sizeof(link->out) - link->out_len)
		return -ENOBUFS;
	link_put(link, data, len);
	link_flush(link);
	return 0;
}

int link_print(struct link *link, const char *format, ...)
{
	char line[MESSAGE_MAX_LINE];
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(line))
		return -EMSGSIZE;
	return link_write(link, line, (size_t)len);
}

int link_send(struct link *link, const char *line, size_t len, uint32_t *ret_label)
{
	return link_send_tagged(link, "", line, len, ret_label);
}

int link_send_tagged(struct link *link, const char *tags, const char *line, size_t len,
		     uint32_t *ret_label)
{
	char tag[32] = "", ping[32] = "";
	size_t tag_len = 0, ping_len = 0, tags_len = strlen(tags);

	if (link->state != LINK_UP)
		return -ENOTCONN;
	uint32_t label = link->last_label + 1;
	if (link_has_labels(link))
		tag_len = (size_t)snprintf(tag, sizeof(tag), "label=%u%s", label,
					   *tags != '\0' ? ";" : "");
	else
		ping_len = (size_t)snprintf(ping, sizeof(ping), "PING :%u\r\n", label);
	if (link->n_unanswered == LINK_MAX_UNANSWERED ||
	    2 + tag_len + tags_len + len + ping_len > sizeof(link->out) - link->out_len)
		return -ENOBUFS;
	link->last_label = *ret_label = label;
	link->unanswered[link->n_unanswered++] = label;
	if (tag_len + tags_len > 0) {
		link_put(link, "@", 1);
		link_put(link, tag, tag_len);
		link_put(link, tags, tags_len);
		link_put(link, " ", 1);
	}
	link_put(link, line, len);
	return link_write(link, ping, ping_len);
}

void link_quit(struct link *link, const char *line, size_t len)
{
	if (link->state == LINK_IDLE || link->state == LINK_QUITTING ||
	    (link->state == LINK_CLOSING && link->next == LINK_NEXT_END))
		return;
	if (link->state != LINK_UP) {
		link_end(link, 0, "");
		return;
	}
	link->state = LINK_QUITTING;
	link->deadline_us = io_now_us(link->io) + LINK_QUIT_S * SECOND_US;
	if ((len > 0 ? link_write(link, line, len) : link_print(link, "QUIT\r\n")) < 0)
		link_end(link, 0, "");
}

/* ---- receiving ---- */

static void link_line(struct link *link, char *line, size_t len)
{
	struct message message;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	/* What isn't to be understood is passed over, as RFC 1459 would have it. */
	if (message_parse(line, len, &message) == 0)
		link_take(link, &message);
}

static void link_take_lines(struct link *link)
{
	size_t start = 0;
	char *end;

	while (link->state != LINK_CLOSING &&
	       (end = memchr(link->in + start, '\n', link->in_len - start)) != NULL) {
		size_t len = (size_t)(end - (link->in + start));

		if (!link->skips)
			link_line(link, link->in + start, len);
		link->skips = false;
		start += len + 1;
	}
	link->in_len -= start;
	memmove(link->in, link->in + start, link->in_len);
	if (link->in_len == sizeof(link->in)) {
		link->skips = true;
		link->in_len = 0;
	}
}

static void link_received(struct io_op *op, int result)
{
	struct link *link = list_item(op, struct link, recv);

	if (link->state == LINK_CLOSING) {
		link_go_on(link);
	} else if (result <= 0) {
		link_lost(link, result < 0 ? result : -ECONNRESET,
			  result < 0 ? strerror(-result) : "it closed the connection");
	} else {
		link->heard_us = io_now_us(link->io);
		link->in_len += (size_t)result;
		link_take_lines(link);
		if (link->state == LINK_CLOSING)
			link_go_on(link);
		else
			link_receive(link);
	}
}

static void link_receive(struct link *link)
{
	io_recv(link->io, &link->recv, link->fd, link->in + link->in_len,
		sizeof(link->in) - link->in_len, link_received);
}

/* ---- connecting ---- */

/* While the line is quiet: is the server there, and is our nick free again? */
static void link_check(struct link *link, int64_t now_us)
{
	if (now_us - link->heard_us >= LINK_SILENT_S * SECOND_US) {
		link_lost(link, -ETIMEDOUT, "the server is silent");
		return;
	}
	if (now_us - link->pinged_us < LINK_PING_S * SECOND_US)
		return;
	link->pinged_us = now_us;
	link_print(link, "PING :%s\r\n", link->options->host);
	if (!casemap_equal(link->nick, link->wanted)) {
		link->asks_nick = true;
		link_print(link, "NICK %s\r\n", link->wanted);
	}
}

static void link_watch_out(struct io_op *op, int result)
{
	struct link *link = list_item(op, struct link, watchdog);
	int64_t now_us = io_now_us(link->io);

	(void)result;
	if (link->state == LINK_CLOSING) {
		link_go_on(link);
		return;
	}
	io_timer(link->io, &link->watchdog, now_us + SECOND_US, link_watch_out);
	if (link->state == LINK_UP)
		link_check(link, now_us);
	else if (link->state == LINK_CONNECTING && now_us >= link->deadline_us)
		link_unreachable(link, -ETIMEDOUT, "it doesn't answer");
	else if (now_us >= link->deadline_us)
		link_lost(link, -ETIMEDOUT, "the server is silent");
}

static void link_connected(struct io_op *op, int result)
{
	struct link *link = list_item(op, struct link, connect);

	if (link->state == LINK_CLOSING) {
		link_go_on(link);
		return;
	}
	if (result < 0) {
		link_unreachable(link, result, strerror(-result));
		return;
	}
	io_set(link->io, link->fd, IO_OPTION_NODELAY, 1);
	io_set(link->io, link->fd, IO_OPTION_USER_TIMEOUT_MS, LINK_SILENT_S * 1000);
	link->heard_us = link->pinged_us = io_now_us(link->io);
	link->deadline_us = link->heard_us + LINK_REGISTER_S * SECOND_US;
	link->state = LINK_REGISTERING;
	link->in_len = link->out_len = 0;
	link->skips = false;
	link_register(link);
	link_receive(link);
}

static void link_connect(struct link *link)
{
	const struct addrinfo *address = link->address;

	link->state = LINK_CONNECTING;
	link->deadline_us = io_now_us(link->io) + LINK_CONNECT_S * SECOND_US;
	link->fd = io_socket(link->io, address->ai_family);
	if (link->fd < 0) {
		link_unreachable(link, link->fd, strerror(-link->fd));
		return;
	}
	io_timer(link->io, &link->watchdog, io_now_us(link->io) + SECOND_US, link_watch_out);
	io_connect(link->io, &link->connect, link->fd, address->ai_addr, address->ai_addrlen,
		   link_connected);
}

static void link_resolved(struct resolver *resolver, int error, struct addrinfo *addresses)
{
	struct link *link = list_item(resolver, struct link, resolver);

	link->addresses = link->address = addresses;
	if (link->state == LINK_CLOSING)
		link_go_on(link);
	else if (error == 0)
		link_connect(link);
	else
		link_unreachable(link, -EHOSTUNREACH, resolver_sentence(error));
}

static void link_try(struct link *link)
{
	freeaddrinfo(link->addresses);
	link->addresses = link->address = NULL;
	link->state = LINK_RESOLVING;
	resolver_start(&link->resolver, link->io, link->options->host, link->options->port,
		       link_resolved);
}

void link_start(struct link *link, struct io *io, const struct link_options *options,
		const struct link_handler *handler, void *context)
{
	*link = (struct link){
		.context = context,
		.io = io,
		.options = options,
		.handler = handler,
		.fd = -1,
	};
	snprintf(link->wanted, sizeof(link->wanted), "%s", options->nick);
	backoff_init(&link->backoff);
	link_try(link);
}
