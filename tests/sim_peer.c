/* SPDX-License-Identifier: MIT */
/* The simulated network's peers (sim.h): they connect, send and go. */
#include <errno.h>

#include "tests/sim_impl.h"

/* ---- connecting ---- */

static void connected(struct sim *sim, struct sim_event *event)
{
	struct sim_peer *peer =
		(struct sim_peer *)(void *)((char *)event - offsetof(struct sim_peer, connecting));

	(void)sim;
	if (peer->socket != NULL)
		peer->calls->connected(peer);
}

/* Of several on one address the kernel takes any. */
static struct sim_socket *pick_listener(struct sim *sim)
{
	struct sim_socket *picked = NULL;
	uint64_t n = 0;

	for (struct sim_socket *socket = sim->listeners; socket != NULL;
	     socket = socket->next_listener) {
		if (!socket->closed && sim_random_below(&sim->random, ++n) == 0)
			picked = socket;
	}
	return picked;
}

static void connect_arrives(struct sim *sim, struct sim_event *event)
{
	struct sim_peer *peer =
		(struct sim_peer *)(void *)((char *)event - offsetof(struct sim_peer, connecting));
	struct sim_socket *listener = pick_listener(sim);

	if (listener == NULL) {
		peer->calls->ended(peer, -ECONNREFUSED);
		return;
	}
	struct sim_socket *socket = sim_socket_create(sim);
	socket->local = listener->local;
	socket->remote = peer->address;
	socket->grain = peer->link.grain;
	socket->peer = peer;
	peer->socket = socket;
	sim_pipe_init(&socket->down, &peer->link.down, &sim->random);
	sim_pipe_init(&socket->up, &peer->link.up, &sim->random);
	*listener->pending_tail = socket;
	listener->pending_tail = &socket->next_pending;
	sim_fire(listener);
	sim_at(sim, event, sim->now_us + peer->link.down.latency_us, connected);
}

void sim_connect(struct sim *sim, struct sim_peer *peer)
{
	peer->sim = sim;
	peer->socket = NULL;
	sim_at(sim, &peer->connecting, sim->now_us + peer->link.up.latency_us, connect_arrives);
}

/* ---- what they do ---- */

void sim_peer_send(struct sim_peer *peer, const void *data, size_t len)
{
	struct sim_socket *socket = peer->socket;

	if (socket == NULL || socket->up.cut || socket->up.ending || len == 0)
		return;
	sim_pipe_put(&socket->up, data, len, socket->sim->now_us);
	sim_socket_soon(socket);
}

uint64_t sim_peer_waiting(const struct sim_peer *peer)
{
	return peer->socket != NULL ? peer->socket->up.taken - peer->socket->up.arrived : 0;
}

uint64_t sim_peer_congestion(const struct sim_peer *peer)
{
	if (!peer->link.down.slow_start)
		return UINT64_MAX;
	return peer->socket != NULL ? peer->socket->down.congestion : 0;
}

void sim_peer_stall(struct sim_peer *peer, bool stalled)
{
	peer->stalled = stalled;
	if (!stalled && peer->socket != NULL)
		sim_socket_soon(peer->socket);
}

void sim_peer_finish(struct sim_peer *peer)
{
	struct sim_socket *socket = peer->socket;

	if (socket == NULL || socket->up.ending || socket->up.cut)
		return;
	sim_pipe_end(&socket->up, socket->sim->now_us);
	sim_socket_soon(socket);
}

static struct sim_socket *leave(struct sim_peer *peer)
{
	struct sim_socket *socket = peer->socket;

	sim_call_off(peer->sim, &peer->connecting);
	peer->socket = NULL;
	if (socket != NULL) {
		socket->peer = NULL;
		sim_socket_soon(socket);
	}
	return socket;
}

void sim_peer_close(struct sim_peer *peer)
{
	struct sim_socket *socket = leave(peer);

	if (socket == NULL)
		return;
	if (sim_pipe_readable(&socket->down) > 0)
		sim_socket_reset(socket, false);
	else if (!socket->up.ending && !socket->up.cut)
		sim_pipe_end(&socket->up, socket->sim->now_us);
}

void sim_peer_reset(struct sim_peer *peer)
{
	struct sim_socket *socket = leave(peer);

	if (socket == NULL)
		return;
	socket->up.taken = socket->up.sent;
	sim_socket_reset(socket, false);
}

void sim_peer_vanish(struct sim_peer *peer)
{
	struct sim_socket *socket = leave(peer);

	if (socket != NULL)
		sim_socket_cut(socket);
}
