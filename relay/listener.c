/* SPDX-License-Identifier: MIT */
#include "relay/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/url.h"
#include "relay/conn.h"
#include "relay/relay.h"

enum {
	BACKLOG = 4096,
	PAUSE_US = 100000, /* when descriptors have run out */
	LISTEN_TRIES = 100,
	LISTEN_PAUSE_US = 10000,
};

struct listener {
	struct list link; /* in worker->listeners */
	struct worker *worker;
	struct io_op op;
	int fd;
	bool closing;
};

static void accepted(struct io_op *op, int result);

static void resume(struct io_op *op, int result)
{
	struct listener *listener = list_item(op, struct listener, op);
	struct worker *worker = listener->worker;

	(void)result;
	if (!listener->closing) {
		io_accept(worker->io, op, listener->fd, accepted);
		return;
	}
	io_close(worker->io, listener->fd);
	list_remove(&listener->link);
	free(listener);
	worker_check_drained(worker);
}

static void accepted(struct io_op *op, int result)
{
	struct listener *listener = list_item(op, struct listener, op);
	struct worker *worker = listener->worker;

	if (result >= 0) {
		if (listener->closing)
			io_close(worker->io, result);
		else
			conn_create(worker, result);
		return;
	}
	if (!listener->closing)
		log_warning("can't accept connections: %s; trying again", strerror(-result));
	io_timer(worker->io, op, io_now_us(worker->io) + (listener->closing ? 0 : PAUSE_US),
		 resume);
}

/* The kernel takes an io_uring down, with the sockets in it, a moment after its process has gone:
 * right after a relay was killed its address is still taken. */
static int listen_patiently(struct io *io, const struct sockaddr *address, socklen_t len, bool join)
{
	int fd = io_listen(io, address, len, BACKLOG, join);

	for (int i = 1; fd == -EADDRINUSE && i < LISTEN_TRIES; i++) {
		usleep(LISTEN_PAUSE_US);
		fd = io_listen(io, address, len, BACKLOG, join);
	}
	return fd;
}

static int start(struct worker *worker, const struct sockaddr_storage *address, socklen_t len,
		 bool join)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL)
		return -ENOMEM;
	listener->fd = listen_patiently(worker->io, (const struct sockaddr *)address, len, join);
	if (listener->fd < 0) {
		int error = listener->fd;

		free(listener);
		return error;
	}
	listener->worker = worker;
	list_init(&listener->link);
	list_add_tail(&worker->listeners, &listener->link);
	io_accept(worker->io, &listener->op, listener->fd, accepted);
	return listener->fd;
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
					      : &((struct sockaddr_in *)address)->sin_port;
}

/* A free port is the same one for all addresses of a name. */
static int listen_on(struct worker *worker, const struct addrinfo *info, in_port_t *port)
{
	struct relay *relay = worker->relay;
	struct sockaddr_storage address = {0};
	char text[PEER_TEXT_SIZE];

	if (relay->n_addresses == RELAY_MAX_ADDRESSES)
		return -ENOSPC;
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	if (*port_of(&address) == 0)
		*port_of(&address) = *port;
	int fd = start(worker, &address, info->ai_addrlen, false);
	if (fd < 0)
		return fd;
	io_local(worker->io, fd, &address);
	*port = *port_of(&address);
	relay->addresses[relay->n_addresses++] = (struct relay_address){address, info->ai_addrlen};
	struct peer peer = peer_from(&address);
	log_info("listening on http://%s/ (%s)", peer_text(&peer, text), io_name(worker->io));
	return 0;
}

void listeners_join(struct worker *worker)
{
	struct relay *relay = worker->relay;

	for (size_t i = 0; i < relay->n_addresses; i++) {
		int fd = start(worker, &relay->addresses[i].address, relay->addresses[i].len, true);

		if (fd < 0)
			log_warning("worker %u can't listen, too: %s", worker->index,
				    strerror(-fd));
	}
}

int listener_open(struct worker *worker, const char *endpoint, char *ret_error, size_t error_size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	char host[256], port_text[6];
	in_port_t port = 0;
	int error = -EADDRNOTAVAIL, opened = 0;

	if (url_parse_endpoint(endpoint, "localhost", URL_DEFAULT_PORT, host, port_text) < 0) {
		snprintf(ret_error, error_size, "%s is not ADDR:PORT", endpoint);
		return -EINVAL;
	}
	int failed = getaddrinfo(host, port_text, &hints, &found);
	if (failed != 0) {
		snprintf(ret_error, error_size, "can't listen on %s: %s", endpoint,
			 gai_strerror(failed));
		return -EADDRNOTAVAIL;
	}
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
		int result = listen_on(worker, info, &port);

		/* A machine may have no IPv6; but a port that is taken is taken. */
		if (result == -EADDRINUSE || opened == 0)
			error = result;
		opened += result == 0;
		if (result == -EADDRINUSE)
			break;
	}
	freeaddrinfo(found);
	if (opened > 0 && error != -EADDRINUSE)
		return 0;
	snprintf(ret_error, error_size, "can't listen on %s: %s", endpoint, strerror(-error));
	return error;
}

void listeners_close(struct worker *worker)
{
	struct list *link;

	list_each (link, &worker->listeners) {
		struct listener *listener = list_item(link, struct listener, link);

		listener->closing = true;
		io_cancel(worker->io, &listener->op);
	}
}
