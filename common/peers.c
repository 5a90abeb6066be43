/* SPDX-License-Identifier: MIT */
#include "common/peers.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct peer peer_from(const struct sockaddr_storage *address)
{
	struct peer peer = {0};

	if (address->ss_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		memcpy(peer.address, mapped, sizeof(mapped));
		memcpy(peer.address + 12, &in.sin_addr, 4);
		peer.port = ntohs(in.sin_port);
	} else if (address->ss_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		memcpy(peer.address, &in6.sin6_addr, 16);
		peer.port = ntohs(in6.sin6_port);
	}
	return peer;
}

bool peer_is_ipv4(const struct peer *peer)
{
	return memcmp(peer->address, mapped, sizeof(mapped)) == 0;
}

bool peer_is_loopback(const struct peer *peer)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	return peer_is_ipv4(peer) ? peer->address[12] == 127
				  : memcmp(peer->address, loopback6, sizeof(loopback6)) == 0;
}

const char *peer_address_text(const struct peer *peer, char text[PEER_ADDRESS_SIZE])
{
	bool ipv4 = peer_is_ipv4(peer);

	inet_ntop(ipv4 ? AF_INET : AF_INET6, peer->address + (ipv4 ? 12 : 0), text,
		  PEER_ADDRESS_SIZE);
	return text;
}

const char *peer_text(const struct peer *peer, char text[PEER_TEXT_SIZE])
{
	bool ipv4 = peer_is_ipv4(peer);
	char address[PEER_ADDRESS_SIZE];

	peer_address_text(peer, address);
	snprintf(text, PEER_TEXT_SIZE, "%s%s%s:%u", ipv4 ? "" : "[", address, ipv4 ? "" : "]",
		 peer->port);
	return text;
}

/* ---- counting: open addressing with linear probing, at most half full ---- */

struct peers_slot {
	uint8_t host[16];
	uint32_t n; /* 0: empty */
};

static void host_of(const struct peer *peer, uint8_t host[16])
{
	memcpy(host, peer->address, 16);
	if (!peer_is_ipv4(peer))
		memset(host + 8, 0, 8);
}

static size_t slot_of(const struct peers *peers, const uint8_t host[16])
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < 16; i++)
		hash = (hash ^ host[i]) * 1099511628211u;
	hash ^= hash >> 32;
	size_t slot = hash & (peers->n_slots - 1);
	while (peers->slots[slot].n > 0 && memcmp(peers->slots[slot].host, host, 16) != 0)
		slot = (slot + 1) & (peers->n_slots - 1);
	return slot;
}

static int resize(struct peers *peers, size_t n_slots)
{
	struct peers larger = {.slots = calloc(n_slots, sizeof(struct peers_slot)),
			       .n_slots = n_slots,
			       .used = peers->used};

	if (larger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < peers->n_slots; i++) {
		if (peers->slots[i].n > 0)
			larger.slots[slot_of(&larger, peers->slots[i].host)] = peers->slots[i];
	}
	free(peers->slots);
	*peers = larger;
	return 0;
}

int peers_add(struct peers *peers, const struct peer *peer, uint32_t max)
{
	uint8_t host[16];

	if (2 * (peers->used + 1) > peers->n_slots) {
		int error = resize(peers, peers->n_slots > 0 ? 2 * peers->n_slots : 64);

		if (error < 0)
			return error;
	}
	host_of(peer, host);
	struct peers_slot *slot = &peers->slots[slot_of(peers, host)];
	if (slot->n >= max)
		return -EMFILE;
	if (slot->n++ == 0) {
		memcpy(slot->host, host, 16);
		peers->used++;
	}
	return 0;
}

void peers_remove(struct peers *peers, const struct peer *peer)
{
	uint8_t host[16];

	host_of(peer, host);
	size_t slot = slot_of(peers, host);
	assert(peers->slots[slot].n > 0);
	if (--peers->slots[slot].n > 0)
		return;
	peers->used--;
	/* What was put behind it because it was taken moves up. */
	for (size_t i = (slot + 1) & (peers->n_slots - 1); peers->slots[i].n > 0;
	     i = (i + 1) & (peers->n_slots - 1)) {
		struct peers_slot moved = peers->slots[i];

		peers->slots[i].n = 0;
		peers->slots[slot_of(peers, moved.host)] = moved;
	}
}

void peers_finish(struct peers *peers)
{
	free(peers->slots);
	*peers = (struct peers){0};
}
