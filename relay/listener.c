/* SPDX-License-Identifier: MIT */
#include "relay/listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/url.h"
#include "relay/bus.h"
#include "relay/conn.h"
#include "relay/relay.h"

enum { PAUSE_US = 100000 }; /* when descriptors have run out */

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

static void announce(const struct worker *worker, const struct sockaddr_storage *address,
		     const char *how)
{
	struct peer peer = peer_from(address);
	char text[PEER_TEXT_SIZE];

	log_info("listening on http://%s/ (%s%s)", peer_text(&peer, text), io_name(worker->io),
		 how);
}

static int opened(void *context, int fd, const struct sockaddr_storage *address, socklen_t len)
{
	struct worker *worker = context;
	struct relay *relay = worker->relay;

	if (relay->n_addresses == RELAY_MAX_ADDRESSES) {
		io_close(worker->io, fd);
		return -ENOSPC;
	}
	int started = start(worker, fd, false);
	if (started < 0)
		return started;
	relay->addresses[relay->n_addresses++] = (struct relay_address){*address, len};
	announce(worker, address, "");
	return 0;
}

int listener_open(struct worker *worker, const char *endpoint, char *ret_error, size_t error_size)
{
	const struct endpoint_user user = {URL_DEFAULT_PORT, opened, worker};

	return endpoint_listen(worker->io, endpoint, &user, ret_error, error_size);
}

int listener_adopt(struct worker *worker, int fd)
{
	struct sockaddr_storage address = {0};

	io_local(worker->io, fd, &address);
	int started = start(worker, fd, true);
	if (started < 0)
		return started;
	announce(worker, &address, ", inherited");
	return 0;
}

void listeners_join(struct worker *worker)
{
	struct relay *relay = worker->relay;

	for (size_t i = 0; i < relay->n_addresses; i++) {
		const struct relay_address *at = &relay->addresses[i];
		int fd = endpoint_listen_at(worker->io, &at->address, at->len, true);

		if (fd >= 0)
			fd = start(worker, fd, false);
		if (fd < 0)
			log_warning("worker %u can't listen, too: %s", worker->index,
				    strerror(-fd));
	}
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
