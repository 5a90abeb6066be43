/* SPDX-License-Identifier: MIT */
#include "relay/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/log.h"
#include "common/url.h"
#include "relay/bus.h"
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
	bool inherited; /* connections go to the workers in turn */
	unsigned next;	/* whose turn it is */
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

/* A connection that came by an inherited socket. */
static void give(struct listener *listener, int fd)
{
	struct worker *worker = listener->worker;
	struct relay *relay = worker->relay;
	struct worker *to = &relay->workers[listener->next];

	listener->next = (listener->next + 1) % relay->n_workers;
	if (to == worker)
		conn_create(worker, fd);
	else
		bus_give(worker, to, fd);
}

static void accepted(struct io_op *op, int result)
{
	struct listener *listener = list_item(op, struct listener, op);
	struct worker *worker = listener->worker;

	if (result >= 0) {
		if (listener->closing)
			io_close(worker->io, result);
		else if (listener->inherited)
			give(listener, result);
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

/* Takes over fd. Returns it, or -ENOMEM. */
static int start(struct worker *worker, int fd, bool inherited)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (listener == NULL) {
		io_close(worker->io, fd);
		return -ENOMEM;
	}
	listener->fd = fd;
	listener->inherited = inherited;
	listener->worker = worker;
	list_init(&listener->link);
	list_add_tail(&worker->listeners, &listener->link);
	io_accept(worker->io, &listener->op, fd, accepted);
	return fd;
}

static int start_at(struct worker *worker, const struct sockaddr_storage *address, socklen_t len,
		    bool join)
{
	int fd = listen_patiently(worker->io, (const struct sockaddr *)address, len, join);

	return fd < 0 ? fd : start(worker, fd, false);
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
					      : &((struct sockaddr_in *)address)->sin_port;
}

static void announce(const struct worker *worker, const struct sockaddr_storage *address,
		     const char *how)
{
	struct peer peer = peer_from(address);
	char text[PEER_TEXT_SIZE];

	log_info("listening on http://%s/ (%s%s)", peer_text(&peer, text), io_name(worker->io),
		 how);
}

/* A free port is the same one for all addresses of a name. */
static int listen_on(struct worker *worker, const struct addrinfo *info, in_port_t *port)
{
	struct relay *relay = worker->relay;
	struct sockaddr_storage address = {0};

	if (relay->n_addresses == RELAY_MAX_ADDRESSES)
		return -ENOSPC;
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	if (*port_of(&address) == 0)
		*port_of(&address) = *port;
	int fd = start_at(worker, &address, info->ai_addrlen, false);
	if (fd < 0)
		return fd;
	io_local(worker->io, fd, &address);
	*port = *port_of(&address);
	relay->addresses[relay->n_addresses++] = (struct relay_address){address, info->ai_addrlen};
	announce(worker, &address, "");
	return 0;
}

static bool is_listening_tcp(int fd)
{
	return sd_is_socket_inet(fd, AF_INET, SOCK_STREAM, 1, 0) > 0 ||
	       sd_is_socket_inet(fd, AF_INET6, SOCK_STREAM, 1, 0) > 0;
}

int listeners_inherit(struct worker *worker, char *ret_error, size_t error_size)
{
	int n = sd_listen_fds(true); /* which are close-on-exec then */

	if (n < 0)
		snprintf(ret_error, error_size, "LISTEN_FDS makes no sense: %s", strerror(-n));
	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
		struct sockaddr_storage address = {0};

		if (!is_listening_tcp(fd)) {
			snprintf(ret_error, error_size,
				 "the inherited descriptor %d is not a listening TCP socket", fd);
			return -ENOTSOCK;
		}
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		io_local(worker->io, fd, &address);
		int started = start(worker, fd, true);
		if (started < 0) {
			snprintf(ret_error, error_size, "out of memory");
			return started;
		}
		announce(worker, &address, ", inherited");
	}
	return n;
}

void listeners_join(struct worker *worker)
{
	struct relay *relay = worker->relay;

	for (size_t i = 0; i < relay->n_addresses; i++) {
		int fd = start_at(worker, &relay->addresses[i].address, relay->addresses[i].len,
				  true);

		if (fd < 0)
			log_warning("worker %u can't listen, too: %s", worker->index,
				    strerror(-fd));
	}
}

/* On every address of a name; counts them in *opened, and puts an -errno into *error where none was
 * opened yet, or a port is taken. Returns getaddrinfo()'s error. */
static int listen_on_name(struct worker *worker, const char *name, const char *port_text,
			  in_port_t *port, int *opened, int *error)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	int failed = getaddrinfo(name, port_text, &hints, &found);

	if (failed != 0)
		return failed;
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
		int result = listen_on(worker, info, port);

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

int listener_open(struct worker *worker, const char *endpoint, char *ret_error, size_t error_size)
{
	/* Whatever /etc/hosts says: clients may come by either. */
	static const char *const localhost[] = {"127.0.0.1", "::1", NULL};
	char host[256], port_text[6];
	const char *const itself[] = {host, NULL}, *const *names = itself;
	in_port_t port = 0;
	int error = -EADDRNOTAVAIL, opened = 0;

	if (url_parse_endpoint(endpoint, "localhost", URL_DEFAULT_PORT, host, port_text) < 0) {
		snprintf(ret_error, error_size, "%s is not ADDR:PORT", endpoint);
		return -EINVAL;
	}
	if (strcasecmp(host, "localhost") == 0)
		names = localhost;
	for (; *names != NULL && error != -EADDRINUSE; names++) {
		int failed = listen_on_name(worker, *names, port_text, &port, &opened, &error);

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

void listeners_close(struct worker *worker)
{
	struct list *link;

	list_each (link, &worker->listeners) {
		struct listener *listener = list_item(link, struct listener, link);

		listener->closing = true;
		io_cancel(worker->io, &listener->op);
	}
}
