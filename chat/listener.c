/* SPDX-License-Identifier: MIT */
#include "chat/listener.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/client.h"
#include "common/endpoint.h"
#include "common/log.h"

enum {
	PAUSE_US = 100000, /* when descriptors have run out */
	ADDRESS_TEXT = 64,
};

struct listener {
	struct list link; /* in server->listeners */
	struct server *server;
	struct io_op op;
	int fd;
	bool closing;
};

static void accepted(struct io_op *op, int result);

static void resume(struct io_op *op, int result)
{
	struct listener *listener = list_item(op, struct listener, op);
	struct server *server = listener->server;

	(void)result;
	if (!listener->closing) {
		io_accept(server->io, op, listener->fd, accepted);
		return;
	}
	io_close(server->io, listener->fd);
	list_remove(&listener->link);
	free(listener);
	server_check_drained(server);
}

static void accepted(struct io_op *op, int result)
{
	struct listener *listener = list_item(op, struct listener, op);
	struct server *server = listener->server;

	if (result >= 0) {
		if (listener->closing)
			io_close(server->io, result);
		else
			client_create(server, result);
		return;
	}
	if (!listener->closing)
		log_warning("can't accept connections: %s; trying again", strerror(-result));
	io_timer(server->io, op, io_now_us(server->io) + (listener->closing ? 0 : PAUSE_US),
		 resume);
}

static void announce(const struct server *server, const struct sockaddr_storage *address,
		     socklen_t len, const char *how)
{
	char host[ADDRESS_TEXT] = "?", port[8] = "?";
	bool ipv6 = address->ss_family == AF_INET6;

	getnameinfo((const struct sockaddr *)address, len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	log_info("listening on irc://%s%s%s:%s/ (%s%s)", ipv6 ? "[" : "", host, ipv6 ? "]" : "",
		 port, io_name(server->io), how);
}

/* Takes over fd. */
static int start(struct server *server, int fd)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL) {
		io_close(server->io, fd);
		return -ENOMEM;
	}
	listener->fd = fd;
	listener->server = server;
	list_init(&listener->link);
	list_add_tail(&server->listeners, &listener->link);
	io_accept(server->io, &listener->op, fd, accepted);
	return 0;
}

static int opened(void *context, int fd, const struct sockaddr_storage *address, socklen_t len)
{
	struct server *server = context;
	int error = start(server, fd);

	if (error == 0)
		announce(server, address, len, "");
	return error;
}

int listener_open(struct server *server, const char *endpoint, char *ret_error, size_t error_size)
{
	const struct endpoint_user user = {CHAT_DEFAULT_PORT, opened, server};

	return endpoint_listen(server->io, endpoint, &user, ret_error, error_size);
}

int listener_adopt(struct server *server, int fd)
{
	struct sockaddr_storage address = {0};

	io_local(server->io, fd, &address);
	int error = start(server, fd);
	if (error == 0)
		announce(server, &address, sizeof(address), ", inherited");
	return error;
}

void listeners_close(struct server *server)
{
	struct list *link;

	list_each (link, &server->listeners) {
		struct listener *listener = list_item(link, struct listener, link);

		listener->closing = true;
		io_cancel(server->io, &listener->op);
	}
}
