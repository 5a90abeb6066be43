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
		conn_create(worker, result);
		return;
	}
	if (!listener->closing)
		log_warning("can't accept connections: %s; trying again", strerror(-result));
	io_timer(worker->io, op, io_now_us(worker->io) + (listener->closing ? 0 : PAUSE_US),
		 resume);
}

/* The kernel takes an io_uring down, with the sockets in it, a moment after its process has gone: right
 * after a relay was killed its address is still taken. */
static int listen_patiently(struct io *io, const struct sockaddr *address, socklen_t len)
{
	int fd = io_listen(io, address, len, BACKLOG);

	for (int i = 1; fd == -EADDRINUSE && i < LISTEN_TRIES; i++) {
		usleep(LISTEN_PAUSE_US);
		fd = io_listen(io, address, len, BACKLOG);
	}
	return fd;
}

static int listen_on(struct worker *worker, const struct addrinfo *info, in_port_t *port)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct sockaddr_storage address = {0};
	char text[PEER_TEXT_SIZE];

	if (listener == NULL)
		return -ENOMEM;
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	/* A free port is the same one for all addresses of a name. */
	in_port_t *place = info->ai_family == AF_INET6
				   ? &((struct sockaddr_in6 *)&address)->sin6_port
				   : &((struct sockaddr_in *)&address)->sin_port;
	if (*place == 0)
		*place = *port;
	listener->fd = listen_patiently(worker->io, (struct sockaddr *)&address, info->ai_addrlen);
	if (listener->fd < 0) {
		int error = listener->fd;

		free(listener);
		return error;
	}
	io_local(worker->io, listener->fd, &address);
	*port = *place;
	struct peer peer = peer_from(&address);
	log_info("listening on http://%s/ (%s)", peer_text(&peer, text), io_name(worker->io));
	listener->worker = worker;
	list_init(&listener->link);
	list_add_tail(&worker->listeners, &listener->link);
	io_accept(worker->io, &listener->op, listener->fd, accepted);
	return 0;
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
