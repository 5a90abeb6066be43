/* SPDX-License-Identifier: MIT */
#include "chat/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "chat/client.h"
#include "common/log.h"
#include "common/url.h"

enum {
	BACKLOG = 4096,
	PAUSE_US = 100000, /* when descriptors have run out */
	LISTEN_TRIES = 100,
	LISTEN_PAUSE_US = 10000,
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

/* The kernel takes an io_uring down, with the sockets in it, a moment after its process has gone:
 * right after a chat was killed its address is still taken. */
static int listen_patiently(struct io *io, const struct sockaddr *address, socklen_t len)
{
	int fd = io_listen(io, address, len, BACKLOG, false);

	for (int i = 1; fd == -EADDRINUSE && i < LISTEN_TRIES; i++) {
		usleep(LISTEN_PAUSE_US);
		fd = io_listen(io, address, len, BACKLOG, false);
	}
	return fd;
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
					      : &((struct sockaddr_in *)address)->sin_port;
}

static void announce(const struct server *server, const struct sockaddr_storage *address,
		     socklen_t len)
{
	char host[ADDRESS_TEXT] = "?", port[8] = "?";
	bool ipv6 = address->ss_family == AF_INET6;

	getnameinfo((const struct sockaddr *)address, len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	log_info("listening on irc://%s%s%s:%s/ (%s)", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port,
		 io_name(server->io));
}

/* A free port is the same one for all addresses of a name. */
static int listen_on(struct server *server, const struct addrinfo *info, in_port_t *port)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct sockaddr_storage address = {0};

	if (listener == NULL)
		return -ENOMEM;
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	if (*port_of(&address) == 0)
		*port_of(&address) = *port;
	listener->fd =
		listen_patiently(server->io, (const struct sockaddr *)&address, info->ai_addrlen);
	if (listener->fd < 0) {
		int error = listener->fd;

		free(listener);
		return error;
	}
	listener->server = server;
	list_init(&listener->link);
	list_add_tail(&server->listeners, &listener->link);
	io_accept(server->io, &listener->op, listener->fd, accepted);
	io_local(server->io, listener->fd, &address);
	*port = *port_of(&address);
	announce(server, &address, info->ai_addrlen);
	return 0;
}

/* On every address of a name; counts them in *opened, and puts an -errno into *error where none was
 * opened yet, or a port is taken. Returns getaddrinfo()'s error. */
static int listen_on_name(struct server *server, const char *name, const char *port_text,
			  in_port_t *port, int *opened, int *error)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	int failed = getaddrinfo(name, port_text, &hints, &found);

	if (failed != 0)
		return failed;
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
		int result = listen_on(server, info, port);

		/* A machine may have no IPv6; but a port that is taken is taken. */
		if (result == -EADDRINUSE || *opened == 0)
			*error = result;
		*opened += result == 0;
		if (result == -EADDRINUSE)
			break;
	}
	freeaddrinfo(found);
	return 0;
}

int listener_open(struct server *server, const char *endpoint, char *ret_error, size_t error_size)
{
	/* Whatever /etc/hosts says: clients may come by either. */
	static const char *const localhost[] = {"127.0.0.1", "::1", NULL};
	char host[256], port_text[6];
	const char *const itself[] = {host, NULL}, *const *names = itself;
	in_port_t port = 0;
	int error = -EADDRNOTAVAIL, opened = 0;

	if (url_parse_endpoint(endpoint, "localhost", CHAT_DEFAULT_PORT, host, port_text) < 0) {
		snprintf(ret_error, error_size, "%s is not ADDR:PORT", endpoint);
		return -EINVAL;
	}
	if (strcasecmp(host, "localhost") == 0)
		names = localhost;
	for (; *names != NULL && error != -EADDRINUSE; names++) {
		int failed = listen_on_name(server, *names, port_text, &port, &opened, &error);

		if (failed != 0) {
			snprintf(ret_error, error_size, "can't listen on %s: %s", endpoint,
				 gai_strerror(failed));
			return -EADDRNOTAVAIL;
		}
	}
	if (opened > 0 && error != -EADDRINUSE)
		return 0;
	snprintf(ret_error, error_size, "can't listen on %s: %s", endpoint, strerror(-error));
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
